//! Asking what we may do.

use http::Method;
use serde_json::{Value, json};

use super::{
    ApiError, Cluster,
    exchange::{Call, JSON},
    resource::Resource,
    uri::Target,
};

impl Cluster {
    /// Whether we may do `verb` on a kind, in a namespace, on one name or on all.
    pub async fn can(
        &self,
        verb: &str,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<bool, ApiError> {
        let resource = Resource::of(api_version, kind)?;
        let mut attributes = json!({"verb": verb, "group": resource.group(), "resource": resource.plural});
        if let Some(members) = attributes.as_object_mut() {
            for (key, value) in [("namespace", namespace.filter(|_| resource.namespaced)), ("name", name)] {
                if let Some(value) = value {
                    members.insert(key.to_owned(), Value::from(value));
                }
            }
        }
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        });
        let target = Target::new(Resource::of("authorization.k8s.io/v1", "SelfSubjectAccessReview")?.collection(None));
        let call = Call::with_body(Method::POST, target, JSON, &review).harmless(true);
        let answer = self.exchange(&call).await?.body;
        Ok(answer.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false))
    }
}
