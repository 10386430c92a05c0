//! The settings of a StatefulSet.

use iriskit_kubernetes::views::{PodManagementPolicy, StatefulSet, UpdateStrategy};
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
        let view = StatefulSet::new(value);
        Self {
            key,
            value,
            replicas: signed(view.replicas()),
            start: signed(view.first_ordinal()),
            ordered: view.pod_management_policy() == PodManagementPolicy::OrderedReady,
            on_delete: view.update_strategy() == UpdateStrategy::OnDelete,
            partition: view.partition().map(signed),
            min_ready: signed(view.min_ready_seconds()),
        }
    }

    /// The set as everybody else sees it.
    pub(super) fn view(&self) -> StatefulSet<'a> {
        StatefulSet::new(self.value)
    }

    pub(super) fn name(&self) -> &'a str {
        fields::name(self.value)
    }

    pub(super) fn pod_name(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", self.name())
    }

    /// The ordinal in a pod's name, when the name is one of this set.
    pub(super) fn ordinal(&self, pod_name: &str) -> Option<i64> {
        self.view().ordinal_of(pod_name).map(signed)
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

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
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
