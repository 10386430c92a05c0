//! From the body of a request to an object: which object it means, and what of it does not fit the schema.

use serde_json::Value;

use super::{
    cause::Cause,
    failure::Failure,
    finish,
    wording::{go_syntax, go_text, go_type},
};
use iriskit_kubernetes::{
    schema::{self, Kind, ListKind, Path, PathElement, Problem, ProblemKind, Scalar, Type, type_at},
    server_side_apply::take_managed_fields,
};

/// What becomes of unknown fields: `fieldValidation` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
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
pub fn address(body: &mut Value, namespace: Option<&str>, name: Option<&str>) -> Result<(), Failure> {
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

/// `n/c; /v1, Kind=ConfigMap`.
fn meant(kind: &Kind, body: &Value) -> String {
    let namespace = body.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    format!("{namespace}/{}; {}/{}, Kind={}", name(body), kind.group, kind.version, kind.kind)
}

/// 500 for a body of an apply that does not fit the schema.
pub(super) fn typed(kind: &Kind, body: &Value, problem: &str) -> Failure {
    Failure::schema(format!("failed to create typed patch object ({}): {problem}", meant(kind, body)))
}

/// Checks the body of an apply against the schema. Required fields are no matter of the schema there.
pub(super) fn check_applied(kind: &Kind, body: &Value) -> Result<(), Failure> {
    let problems = schema::check(kind.root, body);
    let shape: Vec<String> = problems.iter().filter_map(|problem| shape_problem(kind, body, problem)).collect();
    match shape.as_slice() {
        [] => {}
        [one] => return Err(typed(kind, body, one)),
        several => return Err(typed(kind, body, &format!("errors:\n  {}", several.join("\n  ")))),
    }
    match problems.iter().find_map(|problem| value_problem(kind, body, problem)) {
        None => Ok(()),
        Some(problem) => Err(Failure::schema(format!(
            "failed to convert new object ({}) to proper version: unable to convert unstructured object to {}/{}, Kind={}: \
             {problem}",
            meant(kind, body),
            kind.group,
            kind.version,
            kind.kind
        ))),
    }
}

fn scalar_at(kind: &Kind, path: &Path) -> Option<Scalar> {
    match schema::table().type_of(type_at(kind, path)?) {
        Type::Scalar(scalar) => Some(*scalar),
        _ => None,
    }
}

/// Whether the path ends in an item of a keyed list or set that has no key.
fn keyless_item(kind: &Kind, path: &Path) -> Option<(Path, usize, ListKind)> {
    let (last, before) = path.0.split_last()?;
    let PathElement::Index(at) = last else { return None };
    let around = Path(before.to_vec());
    match schema::table().type_of(type_at(kind, &around)?) {
        Type::List { kind: ListKind::Atomic, .. } => None,
        Type::List { kind, .. } => Some((around, *at, *kind)),
        _ => None,
    }
}

/// What the typed layer of server-side apply finds.
fn shape_problem(kind: &Kind, body: &Value, problem: &Problem) -> Option<String> {
    let path = &problem.path;
    let value = schema::get(kind, body, path).unwrap_or(&Value::Null);
    match &problem.kind {
        ProblemKind::UnknownField { .. } => Some(format!("{path}: field not declared in schema")),
        ProblemKind::DuplicateKey => {
            let (last, before) = path.0.split_last()?;
            Some(format!("{}: duplicate entries for key {last}", Path(before.to_vec())))
        }
        ProblemKind::MissingKey | ProblemKind::WrongType { .. } if keyless_item(kind, path).is_some() => {
            let (list, at, list_kind) = keyless_item(kind, path)?;
            let what = match (list_kind, value) {
                (ListKind::Map, Value::Null) => "associative list with keys may not have a null element",
                (ListKind::Map, _) => "associative list with keys may not have non-map elements",
                (_, Value::Null) => "associative list without keys has an element that's an explicit null",
                (_, Value::Object(_)) => "associative list without keys has an element that's a map type",
                (_, _) => "not supported: associative list with lists as elements",
            };
            Some(format!("{list}: element {at}: {what}"))
        }
        ProblemKind::WrongType { expected } => {
            let inside = value.is_object() || value.is_array();
            let what = match scalar_at(kind, path) {
                Some(Scalar::String | Scalar::Bytes) => {
                    format!("expected string, got &value.valueUnstructured{{Value:{}}}", go_syntax(value))
                }
                Some(Scalar::Integer | Scalar::Number) if value.is_number() => return None,
                Some(Scalar::Integer | Scalar::Number) => {
                    format!("expected numeric (int or float), got {}", go_type(value))
                }
                Some(Scalar::Boolean) => format!("expected boolean, got &{{{}}}", go_text(value)),
                Some(_) if inside => format!("expected any scalar, got &{{{}}}", go_text(value)),
                Some(_) => return None,
                None if *expected == "a list" => format!("expected list, got &{{{}}}", go_text(value)),
                None => format!("expected map, got &{{{}}}", go_text(value)),
            };
            Some(format!("{path}: {what}"))
        }
        _ => None,
    }
}

/// What the conversion to Go's types finds.
fn value_problem(kind: &Kind, body: &Value, problem: &Problem) -> Option<String> {
    let value = schema::get(kind, body, &problem.path).unwrap_or(&Value::Null);
    let scalar = scalar_at(kind, &problem.path);
    match &problem.kind {
        ProblemKind::BadQuantity(error) => Some(error.to_string()),
        ProblemKind::BadBase64 => Some("error decoding from json: illegal base64 data at input byte 0".to_owned()),
        ProblemKind::BadTime => Some(bad_time(value, scalar == Some(Scalar::MicroTime))),
        ProblemKind::WrongType { .. } => Some(match scalar? {
            Scalar::Integer => "cannot convert float64 to int32".to_owned(),
            Scalar::Quantity => schema::quantity::QuantityError::Format.to_string(),
            Scalar::IntOrString if value.is_number() => {
                format!("json: cannot unmarshal number {value} into Go value of type int32")
            }
            Scalar::IntOrString => "json: cannot unmarshal bool into Go value of type int32".to_owned(),
            _ if value.is_number() => "json: cannot unmarshal number into Go value of type string".to_owned(),
            _ => "json: cannot unmarshal bool into Go value of type string".to_owned(),
        }),
        _ => None,
    }
}

fn bad_time(value: &Value, micro: bool) -> String {
    let text = value.as_str().unwrap_or_default();
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    // A time with the wrong number of decimals is the usual mistake.
    let (rest, wanted) = match text.get(19..) {
        Some(rest) if micro && text.get(10..11) == Some("T") => (rest, ".000000"),
        _ => (text, "2006"),
    };
    format!("parsing time \"{text}\" as \"{layout}\": cannot parse \"{rest}\" as \"{wanted}\"")
}

/// The object of a POST or PUT body, defaults filled in.
///
/// # Errors
/// 400 for values that can't be read, and under [`Strictness::Strict`] for unknown fields.
pub fn decode(kind: &Kind, body: &Value, strictness: Strictness) -> Result<Value, Failure> {
    let refuse = |what: &str| {
        let sent = body.get("kind").and_then(Value::as_str).unwrap_or(kind.kind);
        let version = body.get("apiVersion").and_then(Value::as_str).unwrap_or(kind.api_version);
        let version = version.rsplit('/').next().unwrap_or_default();
        Failure::bad_request(format!("{sent} in version \"{version}\" cannot be handled as a {}: {what}", kind.kind))
    };
    if body.get("kind").is_some_and(|sent| sent != kind.kind) {
        let package = if kind.group.is_empty() { "core" } else { kind.group.split('.').next().unwrap_or_default() };
        let sent = body.get("kind").and_then(Value::as_str).unwrap_or_default();
        return Err(refuse(&format!("converting (v1.{sent}) to ({package}.{}): unknown conversion", kind.kind)));
    }
    let problems = schema::check(kind.root, body);
    if let Some(problem) = problems.iter().find_map(|problem| json_problem(kind, body, problem)) {
        return Err(refuse(&problem));
    }
    // A whole number with a fraction of zero is fine for an apply only.
    let fraction = schema::leaves(kind, body)
        .into_iter()
        .find(|(path, value)| value.is_f64() && scalar_at(kind, path) == Some(Scalar::Integer));
    if let Some((path, _)) = fraction {
        let problem = Problem { path, kind: ProblemKind::WrongType { expected: "an integer" } };
        if let Some(what) = json_problem(kind, body, &problem) {
            return Err(refuse(&what));
        }
    }
    let unknown = unknown_of(kind, body, &problems);
    if strictness == Strictness::Strict && !unknown.is_empty() {
        return Err(refuse(&format!("strict decoding error: {}", unknown.join(", "))));
    }
    Ok(decode_known(kind, body, &problems))
}

/// The object without the fields that its kind does not have, with defaults.
fn decode_known(kind: &Kind, body: &Value, problems: &[Problem]) -> Value {
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
    if kind.kind == "Secret" {
        finish::fold_string_data(&mut object);
    }
    schema::default(kind, &mut object);
    if let (Some(managers), Some(metadata)) = (managers, object.get_mut("metadata").and_then(Value::as_object_mut)) {
        metadata.insert("managedFields".to_owned(), managers);
    }
    object
}

/// [`decode`] for the outcome of a merge or JSON patch, where unknown fields are 422 with the whole object in the message.
///
/// # Errors
/// As [`decode`], and 422.
pub fn decode_patched(kind: &Kind, patched: &Value, strictness: Strictness) -> Result<Value, Failure> {
    let unknown = unknown_fields(kind, patched);
    if strictness == Strictness::Strict && !unknown.is_empty() {
        let cause =
            Cause::invalid("patch", patched.to_string(), &format!("strict decoding error: {}", unknown.join(", ")));
        let message = format!(" \"\" is invalid: {}: {}", cause.field, cause.message);
        let details = [("causes".to_owned(), Value::Array(vec![cause.to_value()]))];
        return Err(Failure::new(422, "Invalid", message).with_details(details.into_iter().collect()));
    }
    decode(kind, patched, Strictness::Ignore)
}

/// `unknown field "spec.dta"` for every field that the kind does not have.
pub fn unknown_fields(kind: &Kind, body: &Value) -> Vec<String> {
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

/// What Go's JSON decoder finds.
fn json_problem(kind: &Kind, body: &Value, problem: &Problem) -> Option<String> {
    let path = &problem.path;
    let value = schema::get(kind, body, path).unwrap_or(&Value::Null);
    let ProblemKind::WrongType { .. } = problem.kind else {
        return value_problem(kind, body, problem).map(|what| what.replace("error decoding from json: ", ""));
    };
    if scalar_at(kind, path) == Some(Scalar::Quantity) {
        return Some(schema::quantity::QuantityError::Format.to_string());
    }
    let found = match value {
        Value::Null => return None,
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if number.is_f64() && scalar_at(kind, path) == Some(Scalar::Integer) => {
            format!("number {number}")
        }
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    // Named are the fields of structs, and the last struct.
    let mut names: Vec<&str> = Vec::new();
    let mut owner = "";
    let mut around = Path::default();
    for element in &path.0 {
        let id = type_at(kind, &around)?;
        if let (Type::Struct { .. }, PathElement::Field(name)) = (schema::table().type_of(id), element) {
            names.push(name);
            owner = short_name(id);
        }
        around.0.push(element.clone());
    }
    let wanted = go_name(type_at(kind, path)?);
    Some(format!("json: cannot unmarshal {found} into Go struct field {owner}.{} of type {wanted}", names.join(".")))
}

fn short_name(id: schema::TypeId) -> &'static str {
    let name = schema::table().name_of(id).unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default()
}

/// A type as Go names it; the width of integers is a guess.
fn go_name(id: schema::TypeId) -> String {
    match schema::table().type_of(id) {
        Type::Scalar(Scalar::Integer | Scalar::IntOrString) => "int32".to_owned(),
        Type::Scalar(Scalar::Number) => "float64".to_owned(),
        Type::Scalar(Scalar::Boolean) => "bool".to_owned(),
        Type::Scalar(Scalar::Bytes) => "[]uint8".to_owned(),
        Type::Scalar(_) => "string".to_owned(),
        Type::Struct { .. } => format!("v1.{}", short_name(id)),
        Type::Map { value, .. } => format!("map[string]{}", go_name(*value)),
        Type::List { item, .. } => format!("[]{}", go_name(*item)),
    }
}
