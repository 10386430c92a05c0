//! The settings of a StatefulSet.

use serde_json::Value;

use crate::{fields, key::Key};

/// The settings of a StatefulSet, read once.
#[derive(Debug)]
pub(super) struct Set<'a> {
    pub(super) key: &'a Key,
    pub(super) value: &'a Value,
    pub(super) replicas: i64,
    pub(super) start: i64,
    pub(super) ordered: bool,
    pub(super) on_delete: bool,
    /// `None` when `rollingUpdate` is not there at all.
    pub(super) partition: Option<i64>,
    pub(super) min_ready: i64,
}

impl<'a> Set<'a> {
    pub(super) fn of(key: &'a Key, value: &'a Value) -> Self {
        let rolling = value.pointer("/spec/updateStrategy/rollingUpdate");
        Self {
            key,
            value,
            replicas: fields::number(value, "/spec/replicas").unwrap_or(1),
            start: fields::number(value, "/spec/ordinals/start").unwrap_or_default(),
            ordered: fields::text(value, "/spec/podManagementPolicy") != "Parallel",
            on_delete: fields::text(value, "/spec/updateStrategy/type") == "OnDelete",
            partition: rolling.map(|rolling| fields::number(rolling, "/partition").unwrap_or_default()),
            min_ready: fields::number(value, "/spec/minReadySeconds").unwrap_or_default(),
        }
    }

    pub(super) fn name(&self) -> &'a str {
        fields::name(self.value)
    }

    pub(super) fn pod_name(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", self.name())
    }

    /// The ordinal in a pod's name, when the name is one of this set.
    pub(super) fn ordinal(&self, pod_name: &str) -> Option<i64> {
        let digits = pod_name.strip_prefix(self.name())?.strip_prefix('-')?;
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    }

    pub(super) fn in_range(&self, ordinal: i64) -> bool {
        (self.start..self.end()).contains(&ordinal)
    }

    /// The ordinal after the last.
    pub(super) fn end(&self) -> i64 {
        self.start.saturating_add(self.replicas)
    }

    pub(super) fn owner_reference(&self) -> Value {
        serde_json::json!({
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "name": self.name(),
            "uid": fields::uid(self.value),
            "controller": true,
            "blockOwnerDeletion": true,
        })
    }
}

/// A reference to a pod that takes its claims along.
pub(super) fn pod_reference(pod: &Value) -> Value {
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "name": fields::name(pod),
        "uid": fields::uid(pod),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}
