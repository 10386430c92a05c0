//! Owners of an object.

use serde_json::Value;

use super::path;

/// One entry of `metadata.ownerReferences`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnerReference<'a>(&'a Value);

impl<'a> OwnerReference<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// `apiVersion`, or nothing.
    pub fn api_version(self) -> &'a str {
        path::text(self.0, &["apiVersion"]).unwrap_or_default()
    }

    /// `kind`, or nothing.
    pub fn kind(self) -> &'a str {
        path::text(self.0, &["kind"]).unwrap_or_default()
    }

    /// `name`, or nothing.
    pub fn name(self) -> &'a str {
        path::text(self.0, &["name"]).unwrap_or_default()
    }

    /// `uid`.
    pub fn uid(self) -> Option<&'a str> {
        path::text(self.0, &["uid"])
    }

    /// Whether this owner manages the object.
    pub(crate) fn is_controller(self) -> bool {
        self.0.get("controller") == Some(&Value::Bool(true))
    }
}
