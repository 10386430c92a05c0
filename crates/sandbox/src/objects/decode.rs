//! From the body of a request to an object: which object it means, and what of it does not fit the schema.

use serde_json::Value;

use super::{cause::Cause, failure::Failure};
use crate::registry::Served;
use iriskit_kubernetes::{
    schema::{self, Kind, Path, PathElement, Problem, ProblemKind, Scalar, Type, type_at},
    server_side_apply::take_managed_fields,
};

/// What becomes of unknown fields: `fieldValidation` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Dropped.
    Ignore,
    /// Dropped, with a warning that the caller sends ([`unknown_fields`]).
    Warn,
    /// Refused.
    Strict,
}

/// `metadata.name` of a body.
pub(super) fn name(body: &Value) -> &str {
    body.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

/// Puts namespace and name of the URL into a body, or the other way round checks them. `name` is `None` for a POST.
///
/// # Errors
/// 400 when the body means another object.
pub(crate) fn address(body: &mut Value, namespace: Option<&str>, name: Option<&str>) -> Result<(), Failure> {
    let Some(object) = body.as_object_mut() else {
        return Err(Failure::bad_request("the object provided is unrecognized (must be an object)"));
    };
    let metadata = object.entry("metadata").or_insert(Value::Null);
    if metadata.is_null() {
        *metadata = Value::Object(serde_json::Map::new());
    }
    // A metadata of another type is the schema's business.
    let Some(metadata) = metadata.as_object_mut() else { return Ok(()) };
    let sent = |metadata: &serde_json::Map<String, Value>, key: &str| match metadata.get(key) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let own = sent(metadata, "name");
    match name {
        Some(name) if own.is_empty() => {
            metadata.insert("name".to_owned(), Value::from(name));
        }
        Some(name) if own != name => {
            return Err(Failure::bad_request(format!(
                "the name of the object ({own}) does not match the name on the URL ({name})"
            )));
        }
        _ => {}
    }
    let own = sent(metadata, "namespace");
    let namespace = namespace.unwrap_or_default();
    if own.is_empty() && !namespace.is_empty() {
        metadata.insert("namespace".to_owned(), Value::from(namespace));
    } else if own != namespace {
        return Err(Failure::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// 400 unless the body of an apply is of the kind of the URL.
pub(super) fn same_kind(kind: &Kind, body: &Value) -> Result<(), Failure> {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("kind") == kind.kind && text("apiVersion") == kind.api_version {
        return Ok(());
    }
    let version = text("apiVersion");
    let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
    Err(Failure::bad_request(format!("invalid object type: {version}, Kind={}", text("kind"))))
}

/// 500 for the body of an apply that does not fit the schema. Required fields are no matter of the schema there.
pub(super) fn check_applied(kind: &Kind, body: &Value) -> Result<(), Failure> {
    let problems = schema::check(kind.root, body);
    let texts: Vec<String> =
        problems.iter().filter(|problem| problem.kind != ProblemKind::MissingField).map(describe).collect();
    if texts.is_empty() {
        return Ok(());
    }
    let namespace = body.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    Err(Failure::schema(format!(
        "failed to create typed patch object ({namespace}/{}; {}/{}, Kind={}): {}",
        name(body),
        kind.group,
        kind.version,
        kind.kind,
        texts.join("; ")
    )))
}

fn describe(problem: &Problem) -> String {
    let path = &problem.path;
    match &problem.kind {
        ProblemKind::UnknownField { .. } => format!("{path}: field not declared in schema"),
        ProblemKind::WrongType { expected } => format!("{path}: expected {expected}"),
        ProblemKind::MissingField => format!("{path}: required"),
        ProblemKind::BadQuantity(error) => format!("{path}: {error}"),
        ProblemKind::BadBase64 => format!("{path}: illegal base64 data"),
        ProblemKind::BadTime => format!("{path}: expected a time such as 2026-01-01T00:00:00Z"),
        ProblemKind::DuplicateKey => format!("{path}: another item has the same key"),
        ProblemKind::MissingKey => format!("{path}: an item without its key fields"),
    }
}

fn is_integer(kind: &Kind, path: &Path) -> bool {
    type_at(kind, path).is_some_and(|id| *schema::table().type_of(id) == Type::Scalar(Scalar::Integer))
}

/// The object of a POST or PUT body, defaults filled in.
///
/// # Errors
/// 400 for values that can't be read, and under [`Strictness::Strict`] for unknown fields.
pub(crate) fn decode(served: Served, body: &Value, strictness: Strictness) -> Result<Value, Failure> {
    let kind = served.kind;
    let refuse = |what: &str| {
        Failure::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: {what}",
            kind.kind, kind.version, kind.kind
        ))
    };
    if body.get("kind").is_some_and(|sent| sent != kind.kind) {
        return Err(refuse("the body is of another kind"));
    }
    let problems = schema::check(kind.root, body);
    if let Some(problem) = problems.iter().find(|problem| is_unreadable(kind, body, problem)) {
        return Err(refuse(&describe(problem)));
    }
    // A whole number with a fraction of zero is fine for an apply only.
    let fraction =
        schema::leaves(kind, body).into_iter().find(|(path, value)| value.is_f64() && is_integer(kind, path));
    if let Some((path, _)) = fraction {
        return Err(refuse(&describe(&Problem { path, kind: ProblemKind::WrongType { expected: "an integer" } })));
    }
    let unknown = unknown_of(kind, body, &problems);
    if strictness == Strictness::Strict && !unknown.is_empty() {
        return Err(refuse(&format!("strict decoding error: {}", unknown.join(", "))));
    }
    Ok(decode_known(served, body, &problems))
}

/// Whether a value can't be read into its type.
fn is_unreadable(kind: &Kind, body: &Value, problem: &Problem) -> bool {
    match problem.kind {
        ProblemKind::BadQuantity(_) | ProblemKind::BadBase64 | ProblemKind::BadTime => true,
        ProblemKind::WrongType { .. } => schema::get(kind, body, &problem.path).is_some_and(|value| !value.is_null()),
        ProblemKind::UnknownField { .. }
        | ProblemKind::MissingField
        | ProblemKind::DuplicateKey
        | ProblemKind::MissingKey => false,
    }
}

/// The object without the fields that its kind does not have, with defaults.
fn decode_known(served: Served, body: &Value, problems: &[Problem]) -> Value {
    let Served { kind, strategy } = served;
    let mut object = body.clone();
    for problem in problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::UnknownField { .. })) {
        schema::remove(kind, &mut object, &problem.path);
    }
    if let Some(object) = object.as_object_mut() {
        object.insert("kind".to_owned(), Value::from(kind.kind));
        object.insert("apiVersion".to_owned(), Value::from(kind.api_version));
    }
    // An empty list of managers means something, and must not go with the other empty lists.
    let managers = take_managed_fields(&mut object);
    strategy.set_defaults(&mut object);
    schema::default(kind, &mut object);
    if let (Some(managers), Some(metadata)) = (managers, object.get_mut("metadata").and_then(Value::as_object_mut)) {
        metadata.insert("managedFields".to_owned(), managers);
    }
    object
}

/// [`decode`] for the outcome of a merge or JSON patch, where unknown fields are 422.
///
/// # Errors
/// As [`decode`], and 422.
pub(crate) fn decode_patched(served: Served, patched: &Value, strictness: Strictness) -> Result<Value, Failure> {
    let unknown = unknown_fields(served.kind, patched);
    if strictness == Strictness::Strict && !unknown.is_empty() {
        let problem = format!("strict decoding error: {}", unknown.join(", "));
        let cause = Cause::invalid("patch", Value::Null, &problem);
        let details = [("causes".to_owned(), Value::Array(vec![cause.to_value()]))];
        return Err(Failure::new(422, "Invalid", problem).with_details(details.into_iter().collect()));
    }
    decode(served, patched, Strictness::Ignore)
}

/// `unknown field "spec.dta"` for every field that the kind does not have.
pub(crate) fn unknown_fields(kind: &Kind, body: &Value) -> Vec<String> {
    unknown_of(kind, body, &schema::check(kind.root, body))
}

fn unknown_of(kind: &Kind, body: &Value, problems: &[Problem]) -> Vec<String> {
    let unknown = problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::UnknownField { .. }));
    unknown.map(|problem| format!("unknown field \"{}\"", indexed(kind, body, &problem.path))).collect()
}

/// `spec.containers[0].image`: items by their place.
fn indexed(kind: &Kind, body: &Value, path: &Path) -> String {
    let mut around = Path::default();
    let mut by_place = Path::default();
    for element in &path.0 {
        let item = around.join(element.clone());
        let place = match element {
            PathElement::Key(_) | PathElement::Value(_) => {
                let wanted = schema::get(kind, body, &item);
                let items = schema::get(kind, body, &around).and_then(Value::as_array);
                items.into_iter().flatten().position(|item| Some(item) == wanted)
            }
            _ => None,
        };
        by_place.0.push(place.map_or_else(|| element.clone(), PathElement::Index));
        around = item;
    }
    by_place.to_string().trim_start_matches('.').to_owned()
}
