//! What the server answers when it refuses: a `Status`.

use serde_json::{Map, Value, json};

use super::cause::Cause;
use crate::fields;
use iriskit_kubernetes::schema::Kind;

/// A refusal: code, reason and details are those of the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// HTTP status.
    pub(crate) code: u16,
    /// `reason` of the `Status`; errors of the schema in a server-side apply have none.
    pub(crate) reason: Option<String>,
    /// `message` of the `Status`.
    pub(crate) message: String,
    /// `details` of the `Status`.
    pub(crate) details: Option<Value>,
}

impl Failure {
    /// A failure without details.
    pub(crate) fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: Some(reason.to_owned()), message: message.into(), details: None }
    }

    /// 400: the request can't be understood.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 500 without a reason: what server-side apply answers to values that don't fit the schema.
    pub(crate) fn schema(message: impl Into<String>) -> Self {
        Self { code: 500, reason: None, message: message.into(), details: None }
    }

    /// 404: no such object.
    pub(crate) fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.resource())).of_resource(kind, name)
    }

    /// 409: an object of this name is there.
    pub(crate) fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.resource()))
            .of_resource(kind, name)
    }

    /// 409: an object of this name is there and waits for its finalizers.
    pub(crate) fn being_deleted(kind: &Kind, name: &str) -> Self {
        let message = format!("object is being deleted: {} \"{name}\" already exists", kind.resource());
        Self::new(409, "AlreadyExists", message).of_resource(kind, name)
    }

    /// 403: not allowed, with why.
    pub(crate) fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let object = if name.is_empty() { kind.resource() } else { format!("{} \"{name}\"", kind.resource()) };
        Self::new(403, "Forbidden", format!("{object} is forbidden: {why}")).of_resource(kind, name)
    }

    /// 422: a kind that is only changed by who says which version of it was sent none. It names the resource, not the kind.
    pub(crate) fn no_version(kind: &Kind, name: &str) -> Self {
        let cause = Cause::invalid("metadata.resourceVersion", 0, "must be specified for an update");
        let message = format!("{} \"{name}\" is invalid: {}: {}", kind.resource(), cause.field, cause.message);
        let mut details = details(kind, name, kind.plural);
        details.insert("causes".to_owned(), Value::Array(vec![cause.to_value()]));
        Self::new(422, "Invalid", message).with_details(details)
    }

    /// 409: the resourceVersion sent is not the live one.
    pub(crate) fn modified(kind: &Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// 409 with a text of its own after `Operation cannot be fulfilled on …`.
    pub(crate) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Self::new(409, "Conflict", message).of_resource(kind, name)
    }

    /// 409: an object is to be made under a uid that it can't have.
    pub(crate) fn no_object_of_uid(kind: &Kind, name: &str, uid: &str) -> Self {
        let why = format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        Self::conflict(kind, name, &why)
    }

    /// 409: the precondition of a delete names another uid.
    pub(crate) fn uid_precondition(kind: &Kind, name: &str, wanted: &str, live: &str) -> Self {
        let why = format!(
            "the UID in the precondition ({wanted}) does not match the UID in record ({live}). The object might have been \
             deleted and then recreated"
        );
        Self::precondition(kind, name, &why)
    }

    /// 409: the precondition of a delete names another resourceVersion.
    pub(crate) fn version_precondition(kind: &Kind, name: &str, wanted: &str, live: &str) -> Self {
        let why = format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({live}). The \
             object might have been modified"
        );
        Self::precondition(kind, name, &why)
    }

    /// Preconditions name the kind where other conflicts name the resource.
    fn precondition(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.group_kind());
        Self::new(409, "Conflict", message).with_details(details(kind, name, kind.kind))
    }

    /// 422 when there is a cause why the object is not valid.
    ///
    /// # Errors
    /// [`Failure::invalid`].
    pub(crate) fn unless_valid(kind: &Kind, object: &Value, causes: &[Cause]) -> Result<(), Self> {
        if causes.is_empty() { Ok(()) } else { Err(Self::invalid(kind, fields::name(object), causes)) }
    }

    /// 422: the object is understood and not valid, with all causes.
    pub(crate) fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for cause in causes {
            let text = format!("{}: {}", cause.field, cause.message);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let text = match texts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let mut details = details(kind, name, kind.kind);
        details.insert("causes".to_owned(), Value::Array(causes.iter().map(Cause::to_value).collect()));
        let message = format!("{} \"{name}\" is invalid: {text}", kind.group_kind());
        Self::new(422, "Invalid", message).with_details(details)
    }

    fn of_resource(self, kind: &Kind, name: &str) -> Self {
        self.with_details(details(kind, name, kind.plural))
    }

    pub(super) fn with_details(mut self, details: Map<String, Value>) -> Self {
        self.details = Some(Value::Object(details));
        self
    }

    /// The `Status` object of the answer.
    pub(crate) fn to_status(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "code": self.code,
        });
        if let Value::Object(map) = &mut status {
            if let Some(reason) = &self.reason {
                map.insert("reason".to_owned(), Value::from(reason.as_str()));
            }
            if let Some(details) = &self.details {
                map.insert("details".to_owned(), details.clone());
            }
        }
        status
    }
}

/// `name`, `group` and `kind` as far as there are any; `word` is the resource or the kind.
fn details(kind: &Kind, name: &str, word: &str) -> Map<String, Value> {
    [("name", name), ("group", kind.group), ("kind", word)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| (key.to_owned(), Value::from(text)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use iriskit_kubernetes::schema::table;

    #[test]
    fn refusals_have_the_form_of_the_server() {
        let config = table().kind("v1", "ConfigMap").unwrap();
        let set = table().kind("apps/v1", "StatefulSet").unwrap();
        let failures = [
            Failure::not_found(config, "c"),
            Failure::not_found(set, "s"),
            Failure::already_exists(config, "c"),
            Failure::being_deleted(set, "fg"),
            Failure::modified(config, "c"),
            Failure::uid_precondition(set, "s", "x", "y"),
            Failure::version_precondition(set, "s", "1", "2"),
            Failure::no_object_of_uid(config, "c", "u"),
            Failure::forbidden(config, "c", "no"),
            Failure::schema("failed"),
        ];
        let texts: Vec<_> = failures.iter().map(|failure| failure.to_status().to_string()).collect();
        insta::assert_snapshot!(texts.join("\n"), @r#"
        {"apiVersion":"v1","code":404,"details":{"kind":"configmaps","name":"c"},"kind":"Status","message":"configmaps \"c\" not found","metadata":{},"reason":"NotFound","status":"Failure"}
        {"apiVersion":"v1","code":404,"details":{"group":"apps","kind":"statefulsets","name":"s"},"kind":"Status","message":"statefulsets.apps \"s\" not found","metadata":{},"reason":"NotFound","status":"Failure"}
        {"apiVersion":"v1","code":409,"details":{"kind":"configmaps","name":"c"},"kind":"Status","message":"configmaps \"c\" already exists","metadata":{},"reason":"AlreadyExists","status":"Failure"}
        {"apiVersion":"v1","code":409,"details":{"group":"apps","kind":"statefulsets","name":"fg"},"kind":"Status","message":"object is being deleted: statefulsets.apps \"fg\" already exists","metadata":{},"reason":"AlreadyExists","status":"Failure"}
        {"apiVersion":"v1","code":409,"details":{"kind":"configmaps","name":"c"},"kind":"Status","message":"Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply your changes to the latest version and try again","metadata":{},"reason":"Conflict","status":"Failure"}
        {"apiVersion":"v1","code":409,"details":{"group":"apps","kind":"StatefulSet","name":"s"},"kind":"Status","message":"Operation cannot be fulfilled on StatefulSet.apps \"s\": the UID in the precondition (x) does not match the UID in record (y). The object might have been deleted and then recreated","metadata":{},"reason":"Conflict","status":"Failure"}
        {"apiVersion":"v1","code":409,"details":{"group":"apps","kind":"StatefulSet","name":"s"},"kind":"Status","message":"Operation cannot be fulfilled on StatefulSet.apps \"s\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (2). The object might have been modified","metadata":{},"reason":"Conflict","status":"Failure"}
        {"apiVersion":"v1","code":409,"details":{"kind":"configmaps","name":"c"},"kind":"Status","message":"Operation cannot be fulfilled on configmaps \"c\": uid mismatch: the provided object specified uid u, and no existing object was found","metadata":{},"reason":"Conflict","status":"Failure"}
        {"apiVersion":"v1","code":403,"details":{"kind":"configmaps","name":"c"},"kind":"Status","message":"configmaps \"c\" is forbidden: no","metadata":{},"reason":"Forbidden","status":"Failure"}
        {"apiVersion":"v1","code":500,"kind":"Status","message":"failed","metadata":{},"status":"Failure"}
        "#);
    }

    #[test]
    fn several_causes_are_in_brackets_and_none_is_no_failure() {
        let budget = table().kind("policy/v1", "PodDisruptionBudget").unwrap();
        let negative = Cause::invalid("spec.maxUnavailable", -1, "must be greater than or equal to 0");
        let one = Failure::invalid(budget, "p", std::slice::from_ref(&negative));
        assert_eq!(
            one.message,
            "PodDisruptionBudget.policy \"p\" is invalid: spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0"
        );
        assert_eq!(
            one.details,
            Some(json!({"name": "p", "group": "policy", "kind": "PodDisruptionBudget", "causes": [{
                "reason": "FieldValueInvalid", "field": "spec.maxUnavailable",
                "message": "Invalid value: -1: must be greater than or equal to 0"}]}))
        );
        let two = Failure::invalid(budget, "p", &[negative.clone(), Cause::required("a", ""), negative]);
        assert!(two.message.ends_with("is invalid: [spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0, a: Required value]"));
        assert_eq!(Failure::unless_valid(budget, &json!({}), &[]), Ok(()));
    }
}
