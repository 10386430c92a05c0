//! The StatefulSet controller: pods with names that stay, one by one.

mod claims;
mod pod;
mod queue;
mod revision;
mod status;
mod sync;

use serde_json::Value;

use crate::{clock::Now, fields, key::Key, world::World};

pub(crate) use queue::Queue;
/// Purposes of timers that call for a look at sets.
pub(crate) const TIMERS: [&str; 2] = [sync::RETRY, sync::AVAILABLE];

/// One look at every StatefulSet that something may have happened to.
pub(super) fn pass(world: &mut World, now: Now) {
    let all = world.timers.any_passed(&TIMERS, now.instant);
    for key in world.sets.take(&world.store, all) {
        sync::sync(world, &key, now);
    }
}

/// The settings of a StatefulSet, read once.
#[derive(Debug)]
struct Set<'a> {
    key: &'a Key,
    value: &'a Value,
    replicas: i64,
    start: i64,
    ordered: bool,
    on_delete: bool,
    /// `None` when `rollingUpdate` is not there at all.
    partition: Option<i64>,
    min_ready: i64,
}

impl<'a> Set<'a> {
    fn of(key: &'a Key, value: &'a Value) -> Self {
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

    fn name(&self) -> &'a str {
        fields::name(self.value)
    }

    fn pod_name(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", self.name())
    }

    /// The ordinal in a pod's name, when the name is one of this set.
    fn ordinal(&self, pod_name: &str) -> Option<i64> {
        let digits = pod_name.strip_prefix(self.name())?.strip_prefix('-')?;
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    }

    fn in_range(&self, ordinal: i64) -> bool {
        (self.start..self.end()).contains(&ordinal)
    }

    /// The ordinal after the last.
    fn end(&self) -> i64 {
        self.start.saturating_add(self.replicas)
    }

    fn owner_reference(&self) -> Value {
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
fn pod_reference(pod: &Value) -> Value {
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "name": fields::name(pod),
        "uid": fields::uid(pod),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}
