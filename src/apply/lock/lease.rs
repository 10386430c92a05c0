//! The Lease itself: made by POST, changed by PUT with its resourceVersion, so that one of several wins.

use std::time::Duration;

use iriskit_core::plan::applyset;
use iriskit_kubernetes::{
    names::LOCK_HOLDER,
    schema::ObjectRef,
    views::{Lease, Object},
};
use iriskit_state::lock::LockHolder;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cluster::Cluster;

/// After this time without a renewal others take it.
pub(super) const LASTS: Duration = Duration::from_secs(60);
/// How often it is renewed.
pub(super) const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How long after its last renewal a run still writes: clocks of servers differ, and requests take time.
pub(super) const WRITES_FOR: Duration = Duration::from_secs(50);

/// The Lease taken by `holder`: `live` with a new holder, or a new one.
pub(super) fn taken(object: &ObjectRef, live: Option<&Value>, holder: &LockHolder, now: Timestamp) -> Value {
    let mut lease = live.cloned().unwrap_or_else(|| {
        json!({"apiVersion": object.api_version, "kind": object.kind,
            "metadata": {"name": object.name, "namespace": object.namespace}})
    });
    let text = holder.to_text().unwrap_or_default();
    applyset::set_annotation(&mut lease, LOCK_HOLDER, &text);
    let before = lease.pointer("/spec/leaseTransitions").and_then(Value::as_i64);
    let transitions = before.map_or(0, |before| before.saturating_add(1));
    set(&mut lease, "holderIdentity", json!(holder.id));
    set(&mut lease, "leaseDurationSeconds", json!(LASTS.as_secs()));
    set(&mut lease, "acquireTime", json!(micro_time(now)));
    set(&mut lease, "renewTime", json!(micro_time(now)));
    set(&mut lease, "leaseTransitions", json!(transitions));
    lease
}

/// The same, still there.
pub(super) fn renewed(live: &Value, now: Timestamp) -> Value {
    let mut lease = live.clone();
    set(&mut lease, "renewTime", json!(micro_time(now)));
    lease
}

/// The same, let go. Who held it stays to be read.
pub(super) fn let_go(live: &Value, now: Timestamp) -> Value {
    let mut lease = renewed(live, now);
    if let Some(spec) = lease.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("holderIdentity");
    }
    lease
}

/// Whether a Lease is held under this id.
pub(super) fn is_of(lease: &Value, id: &str) -> bool {
    Lease::new(lease).holder() == Some(id)
}

pub(super) fn version(lease: Option<&Value>) -> Option<String> {
    lease.and_then(|lease| Object::new(lease).resource_version()).map(str::to_owned)
}

/// The server's time.
pub(super) fn now(cluster: &Cluster) -> Timestamp {
    cluster.server_time().unwrap_or_else(Timestamp::now)
}

/// Servers want exactly six decimals.
fn micro_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn set(lease: &mut Value, member: &str, value: Value) {
    if let Some(metadata) = lease.get_mut("metadata").and_then(Value::as_object_mut) {
        // A body without it leaves it as it is.
        metadata.remove("managedFields");
    }
    if let Some(members) = lease.as_object_mut() {
        let spec = members.entry("spec").or_insert_with(|| Value::Object(Map::new()));
        if let Some(spec) = spec.as_object_mut() {
            spec.insert(member.to_owned(), value);
        }
    }
}
