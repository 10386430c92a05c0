//! One cluster.

use iriskit_kubernetes::{
    schema::{FieldSet, ObjectRef, Path, table},
    views::{Object, Service, readiness::is_waited_for},
};
use iriskit_state::{
    record::Record,
    status::{ClusterStatus, DriftedObject, LastApplied, PendingRestart},
};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    service::service_status,
    workload::{mirror_problems, workload_status},
};
use crate::{
    diff::{Applied, hash_at, hollow, last_holder, other_holders, our_fields},
    plan::{
        impact::pending_restarts::is_of_pod,
        live::Live,
        ownership::{
            lock::{Lock, lease_ref},
            prune::reference,
        },
    },
};

/// How the cluster of this record stands at `now`.
pub(crate) fn cluster_status(
    namespace: &str,
    name: &str,
    record: &Record,
    live: &Live,
    now: Timestamp,
) -> ClusterStatus {
    let mut status = ClusterStatus {
        name: name.to_owned(),
        problems: Vec::new(),
        working: working(namespace, name, live, now),
        last_apply: record.last_apply.as_ref().map(|last| LastApplied {
            at: last.at.clone(),
            by: last.by.clone(),
            version: last.iriskit_version.clone(),
        }),
        workloads: Vec::new(),
        services: Vec::new(),
        pending_restarts: pending(namespace, record, live),
        drift: Vec::new(),
    };
    for recorded in &record.objects {
        let object = reference(recorded);
        let Some(found) = live.get(&object) else {
            if live.why_unknown(&object).is_none() {
                match (&recorded.uid, &status.working) {
                    (Some(_), _) => status.problems.push(format!("{} is gone", object.address())),
                    (None, None) => status.problems.push(format!("{} is not made yet", object.address())),
                    // Who works on it is about to make it.
                    (None, Some(_)) => {}
                }
            }
            continue;
        };
        if recorded.uid.as_deref().is_some_and(|uid| Object::new(found).uid() != Some(uid)) {
            status.problems.push(format!("{} was made again by somebody else", object.address()));
        }
        if is_waited_for(&object.kind) {
            let workload = workload_status(found, live, now);
            let of_mirror = mirror_problems(found, live, now);
            let reasons = workload.reason.iter().chain(&of_mirror);
            status.problems.extend(reasons.map(|why| format!("{} {}: {why}", object.kind, object.name)));
            status.workloads.push(workload);
        }
        if object.kind == "Service" {
            let service = service_status(Service::new(found), live);
            if service.endpoints == Some(0) {
                status.problems.push(format!("Service {} has no endpoints", object.name));
            }
            status.services.push(service);
        }
        status.drift.extend(drifted(&object, found));
    }
    status
}

/// The holder of the cluster's lock.
fn working(namespace: &str, name: &str, live: &Live, now: Timestamp) -> Option<String> {
    match Lock::of(live.get(&lease_ref(namespace, name))?, now) {
        Lock::Held(holder) => Some(holder.to_string()),
        Lock::Free(_) | Lock::Expired(_) => None,
    }
}

/// Parameters that pods of the cluster have not loaded.
fn pending(namespace: &str, record: &Record, live: &Live) -> Vec<PendingRestart> {
    let waits = |pending: &&iriskit_state::record::Pending| {
        live.of_kind("Pod", namespace).any(|pod| Object::new(pod).name() == pending.pod && is_of_pod(pending, pod))
    };
    let restart = |pending: &iriskit_state::record::Pending| PendingRestart {
        pod: pending.pod.clone(),
        parameter: format!("{} [{}] {}", pending.file, pending.section, pending.key),
        since: pending.since.clone(),
    };
    record.pending.iter().filter(waits).map(restart).collect()
}

/// The fields that have other values than were applied. Secrets are not compared: nothing is kept of them.
fn drifted(object: &ObjectRef, found: &Value) -> Option<DriftedObject> {
    let kind = table().kind(&object.api_version, &object.kind)?;
    let applied = Applied::read(found)?;
    let ours = our_fields(found).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    let holders = other_holders(found);
    let hollow = hollow(found);
    // Whoever changes a field holds it from then on; what is ours alone differs at most by what the server filled in.
    let is_ours = |path: &Path| ours.contains(path) && last_holder(&holders, path).is_none();
    let moved = |text: &&str| {
        Path::parse_in(kind, text)
            .is_ok_and(|path| !is_ours(&path) && hash_at(kind, &hollow, &path).as_deref() != applied.get(&path))
    };
    let human = |text: &str| Path::parse_in(kind, text).map_or_else(|_| text.to_owned(), |path| path.to_human());
    let fields: Vec<String> = applied.paths().filter(moved).map(human).collect();
    (!fields.is_empty()).then(|| DriftedObject { address: object.address(), fields })
}
