//! Conditions in the status of an object.

use serde_json::Value;

use super::path;

/// One entry of `status.conditions`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition<'a>(&'a Value);

impl<'a> Condition<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// `type`, or nothing.
    pub fn name(self) -> &'a str {
        path::text(self.0, &["type"]).unwrap_or_default()
    }

    /// Whether it holds. `Unknown` is neither true nor false.
    pub fn is_true(self) -> bool {
        self.status() == Some("True")
    }

    /// Whether it does not hold.
    pub fn is_false(self) -> bool {
        self.status() == Some("False")
    }

    /// `reason`.
    pub fn reason(self) -> Option<&'a str> {
        path::text(self.0, &["reason"])
    }

    /// `message`.
    pub fn message(self) -> Option<&'a str> {
        path::text(self.0, &["message"])
    }

    fn status(self) -> Option<&'a str> {
        path::text(self.0, &["status"])
    }
}
