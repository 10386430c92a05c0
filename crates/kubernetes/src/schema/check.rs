//! What is wrong with a value, seen from its type.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{
    Path, PathElement, Scalar, Type, TypeId,
    items::keyed_elements,
    quantity::{self, QuantityError},
    table,
};

/// Something that the type does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where; for a missing field its own place.
    pub path: Path,
    /// What.
    pub kind: ProblemKind,
}

/// What a type does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// The type has no such field.
    UnknownField {
        /// The fields that it has.
        known: Vec<String>,
    },
    /// Another kind of value is expected.
    WrongType {
        /// What is expected: `a string`, `an integer`, `an object` …
        expected: &'static str,
    },
    /// A required field is missing.
    MissingField,
    /// Not a quantity.
    BadQuantity(QuantityError),
    /// Not base64.
    BadBase64,
    /// Not a time of the form `2026-01-01T00:00:00Z`, with six decimals for a micro-time.
    BadTime,
    /// Another item of the list has the same key.
    DuplicateKey,
    /// An item without any of its key fields, or `null`.
    MissingKey,
}

/// All problems of a value against a type, in the order of field names and of the lists. `null` fits everywhere but as an
/// item of a keyed list.
pub fn check(id: TypeId, value: &Value) -> Vec<Problem> {
    let mut walk = Walk { path: Vec::new(), problems: Vec::new() };
    walk.value(id, value);
    walk.problems
}

struct Walk {
    path: Vec<PathElement>,
    problems: Vec<Problem>,
}

impl Walk {
    fn report(&mut self, kind: ProblemKind) {
        self.problems.push(Problem { path: Path(self.path.clone()), kind });
    }

    fn report_at(&mut self, element: PathElement, kind: ProblemKind) {
        self.problems.push(Problem { path: Path(self.path.clone()).join(element), kind });
    }

    fn value(&mut self, id: TypeId, value: &Value) {
        if value.is_null() {
            return;
        }
        match (table().type_of(id), value) {
            (Type::Scalar(scalar), _) => {
                if let Some(problem) = wrong_scalar(*scalar, value) {
                    self.report(problem);
                }
            }
            (Type::Struct { fields, required, .. }, Value::Object(map)) => {
                for (name, value) in map {
                    if let Some((name, id)) = fields.get_key_value(name.as_str()) {
                        self.within(PathElement::Field((*name).into()), *id, value);
                    } else {
                        let known = fields.keys().map(|name| (*name).to_owned()).collect();
                        self.report_at(PathElement::field(name), ProblemKind::UnknownField { known });
                    }
                }
                self.required(required, map);
            }
            (Type::Map { value: inner, .. }, Value::Object(map)) => {
                for (name, value) in map {
                    self.within(PathElement::field(name), *inner, value);
                }
            }
            (Type::List { .. }, Value::Array(items)) => self.items(id, items),
            (Type::Struct { .. } | Type::Map { .. }, _) => {
                self.report(ProblemKind::WrongType { expected: "an object" });
            }
            (Type::List { .. }, _) => self.report(ProblemKind::WrongType { expected: "a list" }),
        }
    }

    fn required(&mut self, required: &[&'static str], map: &Map<String, Value>) {
        for name in required {
            if map.get(*name).is_none_or(Value::is_null) {
                self.report_at(PathElement::Field((*name).into()), ProblemKind::MissingField);
            }
        }
    }

    fn items(&mut self, list: TypeId, items: &[Value]) {
        let Type::List { item: inner, keys, .. } = table().type_of(list) else { return };
        let Some(elements) = keyed_elements(list, items) else {
            for (at, item) in items.iter().enumerate() {
                self.within(PathElement::Index(at), *inner, item);
            }
            return;
        };
        let mut seen = BTreeSet::new();
        for (at, (element, item)) in elements.iter().zip(items).enumerate() {
            // An item that says nothing of its key is better found by its place than by a key of defaults.
            let says = keys.is_empty() || keys.iter().any(|key| item.get(*key).is_some());
            if let Some(element) = element.as_ref().filter(|_| says) {
                if !seen.insert(element) {
                    self.report_at(element.clone(), ProblemKind::DuplicateKey);
                }
                self.within(element.clone(), *inner, item);
            } else {
                let before = self.problems.len();
                self.within(PathElement::Index(at), *inner, item);
                if self.problems.len() == before && element.is_none() {
                    self.report_at(PathElement::Index(at), ProblemKind::MissingKey);
                }
            }
        }
    }

    fn within(&mut self, element: PathElement, id: TypeId, value: &Value) {
        self.path.push(element);
        self.value(id, value);
        self.path.pop();
    }
}

fn wrong_scalar(scalar: Scalar, value: &Value) -> Option<ProblemKind> {
    let whole = value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let wrong = |fits: bool, expected| (!fits).then_some(ProblemKind::WrongType { expected });
    match scalar {
        Scalar::Any => None,
        Scalar::String => wrong(value.is_string(), "a string"),
        Scalar::Integer => wrong(whole, "an integer"),
        Scalar::Number => wrong(value.is_number(), "a number"),
        Scalar::Boolean => wrong(value.is_boolean(), "a boolean"),
        Scalar::IntOrString => wrong(whole || value.is_string(), "an integer or a string"),
        Scalar::Quantity => match value {
            Value::String(text) => quantity::parse(text).err().map(ProblemKind::BadQuantity),
            Value::Number(number) => quantity::parse(&number.to_string()).err().map(ProblemKind::BadQuantity),
            _ => wrong(false, "a quantity"),
        },
        Scalar::Bytes => match value {
            Value::String(text) => {
                let text: String = text.chars().filter(|letter| !matches!(letter, '\n' | '\r')).collect();
                STANDARD.decode(text).is_err().then_some(ProblemKind::BadBase64)
            }
            _ => wrong(false, "base64 text"),
        },
        Scalar::Time | Scalar::MicroTime => match value {
            Value::String(text) => (!is_time(text, scalar == Scalar::MicroTime)).then_some(ProblemKind::BadTime),
            _ => wrong(false, "a time"),
        },
    }
}

/// Whether the text is a time of RFC 3339: exactly six decimals for a micro-time, any number of them otherwise.
fn is_time(text: &str, micro: bool) -> bool {
    if text.parse::<jiff::Timestamp>().is_err() {
        return false;
    }
    let decimals = text.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
    text.get(10..11) == Some("T") && (!micro || decimals == 6)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(api_version: &str, kind: &str, value: &Value) -> Vec<String> {
        let kind = table().kind(api_version, kind).unwrap();
        let text = |problem: Problem| {
            let what = match problem.kind {
                ProblemKind::UnknownField { .. } => "unknown".to_owned(),
                ProblemKind::WrongType { expected } => format!("not {expected}"),
                ProblemKind::MissingField => "missing".to_owned(),
                ProblemKind::BadQuantity(error) => error.to_string(),
                ProblemKind::BadBase64 => "not base64".to_owned(),
                ProblemKind::BadTime => "not a time".to_owned(),
                ProblemKind::DuplicateKey => "twice".to_owned(),
                ProblemKind::MissingKey => "no key".to_owned(),
            };
            format!("{} {what}", problem.path)
        };
        check(kind.root, value).into_iter().map(text).collect()
    }

    #[test]
    fn all_problems_are_found() {
        let found = problems(
            "apps/v1",
            "StatefulSet",
            &json!({
                "metadata": {"name": 1, "creationTimestamp": null, "finalizers": ["a.b/c", "a.b/c"]},
                "spec": {
                    "replicas": "3", "colour": 1,
                    "template": {"spec": {
                        "containers": [
                            {"name": "a", "env": [{"name": "A"}, {"name": "A"}], "ports": [{}],
                             "resources": {"limits": {"cpu": "1gi", "memory": 1.5}}},
                            {"image": true}, null, 7,
                        ],
                        "terminationGracePeriodSeconds": 1.5, "hostNetwork": 1, "volumes": {},
                    }},
                },
            }),
        );
        let template = ".spec.template.spec";
        assert_eq!(
            found,
            [
                ".metadata.finalizers[=\"a.b/c\"] twice".to_owned(),
                ".metadata.name not a string".to_owned(),
                ".spec.colour unknown".to_owned(),
                ".spec.replicas not an integer".to_owned(),
                format!("{template}.containers[name=\"a\"].env[name=\"A\"] twice"),
                format!("{template}.containers[name=\"a\"].ports[0].containerPort missing"),
                format!("{template}.containers[name=\"a\"].resources.limits.cpu {}", QuantityError::Format),
                format!("{template}.containers[1].image not a string"),
                format!("{template}.containers[1].name missing"),
                format!("{template}.containers[2] no key"),
                format!("{template}.containers[3] not an object"),
                format!("{template}.hostNetwork not a boolean"),
                format!("{template}.terminationGracePeriodSeconds not an integer"),
                format!("{template}.volumes not a list"),
                ".spec.selector missing".to_owned(),
            ]
        );
    }

    #[test]
    fn bytes_and_times() {
        let secret = json!({"data": {"a": "eA==", "b": "eA", "c": "e\nA=="}});
        assert_eq!(problems("v1", "Secret", &secret), [".data.b not base64"]);
        for (time, fits) in [
            ("2026-01-01T00:00:00.000000Z", true),
            ("2026-01-01T00:00:00.000000+01:00", true),
            ("2026-01-01T00:00:00Z", false),
            ("2026-01-01T00:00:00.000Z", false),
            ("now", false),
        ] {
            let lease = json!({"spec": {"acquireTime": time}});
            assert_eq!(problems("coordination.k8s.io/v1", "Lease", &lease).is_empty(), fits, "{time}");
        }
        let set = json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}});
        assert!(problems("v1", "ConfigMap", &set).is_empty());
    }

    #[test]
    fn an_unknown_field_names_the_known_ones() {
        let kind = table().kind("v1", "ConfigMap").unwrap();
        let found = check(kind.root, &json!({"dta": {}}));
        let known = ["apiVersion", "binaryData", "data", "immutable", "kind", "metadata"].map(str::to_owned).to_vec();
        assert_eq!(found, [Problem { path: Path::fields(["dta"]), kind: ProblemKind::UnknownField { known } }]);
    }
}
