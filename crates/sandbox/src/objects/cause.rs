//! One reason for which an object is not valid.

use serde_json::{Value, json};

/// An entry of `details.causes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    /// Such as `FieldValueInvalid`.
    pub(crate) reason: &'static str,
    /// Where, as `spec.ports[0].name`.
    pub(crate) field: String,
    /// What, without the field.
    pub(crate) message: String,
}

impl Cause {
    fn new(reason: &'static str, field: impl Into<String>, what: &str, detail: &str) -> Self {
        let message = if detail.is_empty() { what.to_owned() } else { format!("{what}: {detail}") };
        Self { reason, field: field.into(), message }
    }

    /// A value is malformed.
    pub(crate) fn invalid(field: impl Into<String>, value: impl Into<Value>, detail: &str) -> Self {
        Self::new("FieldValueInvalid", field, &format!("Invalid value: {}", value.into()), detail)
    }

    /// A value is missing.
    pub(crate) fn required(field: impl Into<String>, detail: &str) -> Self {
        Self::new("FieldValueRequired", field, "Required value", detail)
    }

    /// A value is well-formed and not permitted here.
    pub(crate) fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self::new("FieldValueForbidden", field, "Forbidden", detail)
    }

    /// A value is there twice.
    pub(crate) fn duplicate(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::new("FieldValueDuplicate", field, &format!("Duplicate value: {}", value.into()), "")
    }

    /// Something that is referred to is not there.
    pub(crate) fn not_found(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::new("FieldValueNotFound", field, &format!("Not found: {}", value.into()), "")
    }

    /// A value is none of those that are allowed.
    pub(crate) fn not_supported(field: impl Into<String>, value: impl Into<Value>, supported: &[&str]) -> Self {
        let list: Vec<_> = supported.iter().map(|word| format!("\"{word}\"")).collect();
        let detail = format!("supported values: {}", list.join(", "));
        Self::new("FieldValueNotSupported", field, &format!("Unsupported value: {}", value.into()), &detail)
    }

    /// A value has too many bytes.
    pub(crate) fn too_long(field: impl Into<String>, most: usize) -> Self {
        Self::new("FieldValueTooLong", field, "Too long", &format!("may not be more than {most} bytes"))
    }

    pub(super) fn to_value(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}
