//! Normal form of values, to compare what was written with what a server stores.

use serde_json::{Number, Value};

use super::{Kind, Path, Scalar, Type, TypeId, access::type_at, quantity, table};

/// Brings an object into its normal form: quantities in the server's spelling, whole numbers without a fraction, base64
/// without line breaks. What does not fit its type stays as it is.
pub fn canonical(kind: &Kind, value: &mut Value) {
    canonical_value(kind.root, value);
}

/// [`canonical`] for a value of any type.
pub fn canonical_value(id: TypeId, value: &mut Value) {
    match (table().type_of(id), &mut *value) {
        (Type::Struct { fields, .. }, Value::Object(map)) => {
            for (name, value) in map {
                if let Some(id) = fields.get(name.as_str()) {
                    canonical_value(*id, value);
                }
            }
        }
        (Type::Map { value: inner, .. }, Value::Object(map)) => {
            for value in map.values_mut() {
                canonical_value(*inner, value);
            }
        }
        (Type::List { item, .. }, Value::Array(items)) => {
            for value in items {
                canonical_value(*item, value);
            }
        }
        (Type::Scalar(scalar), _) => canonical_scalar(*scalar, value),
        _ => {}
    }
}

pub(super) fn canonical_scalar(scalar: Scalar, value: &mut Value) {
    let new = match (scalar, &*value) {
        (Scalar::Quantity, Value::String(text)) => quantity::canonical(text).ok().map(Value::String),
        (Scalar::Quantity, Value::Number(number)) => quantity::canonical(&number.to_string()).ok().map(Value::String),
        (Scalar::Integer | Scalar::IntOrString, Value::Number(number)) => whole(number).map(Value::Number),
        (Scalar::Bytes, Value::String(text)) if text.contains(['\n', '\r']) => {
            Some(Value::String(text.replace(['\n', '\r'], "")))
        }
        _ => None,
    };
    if let Some(new) = new {
        *value = new;
    }
}

/// `1.0` as `1`.
fn whole(number: &Number) -> Option<Number> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    format!("{float:.0}").parse::<i64>().ok().map(Number::from)
}

/// Whether two values at a place of an object of this kind mean the same.
pub fn equal_after_canonicalisation(kind: &Kind, path: &Path, a: &Value, b: &Value) -> bool {
    if a == b {
        return true;
    }
    let Some(id) = type_at(kind, path) else { return false };
    let normal = |value: &Value| {
        let mut value = value.clone();
        canonical_value(id, &mut value);
        value
    };
    normal(a) == normal(b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_spelled_as_the_server_does() {
        let kind = table().kind("apps/v1", "StatefulSet").unwrap();
        let mut value = json!({"spec": {
            "replicas": 2.0,
            "template": {"spec": {"containers": [{"name": "a", "resources": {
                "limits": {"cpu": 1, "memory": "1024Mi"}, "requests": {"cpu": "nonsense"}}}]}},
            "volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "0.5Ti"}}}}],
        }});
        canonical(kind, &mut value);
        assert_eq!(value["spec"]["replicas"], json!(2));
        let resources = &value["spec"]["template"]["spec"]["containers"][0]["resources"];
        assert_eq!(resources, &json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "nonsense"}}));
        assert_eq!(
            value["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"],
            json!("512Gi")
        );
    }

    #[test]
    fn equal_amounts_are_equal_and_labels_are_text() {
        let kind = table().kind("v1", "PersistentVolumeClaim").unwrap();
        let storage = Path::fields(["spec", "resources", "requests", "storage"]);
        assert!(equal_after_canonicalisation(kind, &storage, &json!("1Gi"), &json!("1024Mi")));
        // The server keeps both spellings, and a change from one to the other is a change.
        assert!(!equal_after_canonicalisation(kind, &storage, &json!("1Gi"), &json!("1073741824")));
        let label = Path::fields(["metadata", "labels", "a"]);
        assert!(!equal_after_canonicalisation(kind, &label, &json!("1Gi"), &json!("1024Mi")));
    }
}
