//! One change of one object.

use iriskit_kubernetes::schema::{Kind, table};
use serde_json::{Value, json};

use super::super::objects::with;

/// What a server says of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Refused, because this field keeps its value.
    Fixed(&'static str),
    /// Accepted; the change is of this field.
    Free(&'static str),
}

/// A change of an object that `iriskit` has made.
#[derive(Debug)]
pub(super) struct Case {
    pub kind: &'static Kind,
    /// The object, without a name.
    pub start: Value,
    /// What it is to become, without a name.
    pub wanted: Value,
    pub verdict: Verdict,
}

/// Changes of one kind, all of the same object.
pub(super) struct Changes {
    kind: &'static Kind,
    start: Value,
    cases: Vec<Case>,
}

impl Changes {
    pub(super) fn of(api_version: &str, kind: &str, start: Value) -> Self {
        let kind =
            table().kind(api_version, kind).unwrap_or_else(|| panic!("{api_version} {kind} is not in the table"));
        Self { kind, start, cases: Vec::new() }
    }

    /// From here on another object.
    pub(super) fn from(mut self, start: Value) -> Self {
        self.start = start;
        self
    }

    /// The same object with more in it, for one change.
    pub(super) fn fixed_after(mut self, more: Value, path: &'static str, change: Value) -> Self {
        self.add(with(self.start.clone(), more), change, Verdict::Fixed(path));
        self
    }

    pub(super) fn fixed(self, path: &'static str, change: Value) -> Self {
        self.fixed_after(json!({}), path, change)
    }

    pub(super) fn free_after(mut self, more: Value, path: &'static str, change: Value) -> Self {
        self.add(with(self.start.clone(), more), change, Verdict::Free(path));
        self
    }

    pub(super) fn free(self, path: &'static str, change: Value) -> Self {
        self.free_after(json!({}), path, change)
    }

    pub(super) fn done(self) -> Vec<Case> {
        self.cases
    }

    /// `change` is merged into the object; what it sets to null goes.
    fn add(&mut self, start: Value, change: Value, verdict: Verdict) {
        let wanted = with(start.clone(), change);
        self.cases.push(Case { kind: self.kind, start, wanted, verdict });
    }
}

/// A change of something in `spec`.
pub(super) fn spec(change: Value) -> Value {
    let mut object = json!({});
    object["spec"] = change;
    object
}
