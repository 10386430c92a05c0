//! An object without its secret values.

use serde_json::Value;

use crate::diff::mask;
use iriskit_kubernetes::schema::{Kind, Path, get};

/// An object of which only may be shown what is no secret.
pub(crate) struct Redacted<'a> {
    object: &'a Value,
    masked: Value,
}

impl<'a> Redacted<'a> {
    /// Secret values that differ from those of `other` are shown as changed.
    pub(crate) fn new(object: &'a Value, other: Option<&Value>) -> Self {
        Self { object, masked: mask(object, other).0 }
    }

    /// Whether the value at `path` is a secret or holds one.
    pub(crate) fn hides(&self, kind: &Kind, path: &Path) -> bool {
        get(kind, self.object, path) != get(kind, &self.masked, path)
    }

    /// What may be shown of `value`, which stands at `path`.
    pub(crate) fn at(&self, kind: &Kind, path: &Path, value: Option<Value>) -> Value {
        match value {
            Some(_) if self.hides(kind, path) => get(kind, &self.masked, path).cloned().unwrap_or_default(),
            value => value.unwrap_or_default(),
        }
    }
}
