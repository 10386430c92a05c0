//! The status of a StatefulSet: counts, with zero counts left out as the server does.

use iriskit_kubernetes::views::Pod;
use serde_json::{Value, json};

use super::{pod, revision::Revisions, set::Set};
use crate::{
    clock::Now,
    fields,
    world::{World, Writer},
};

/// Counts over the pods of a set.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    replicas: i64,
    ready: i64,
    available: i64,
    pub(super) current: i64,
    updated: i64,
}

impl Counts {
    /// Counts pods. A pod on its way out is still a replica, and ready while it runs.
    pub(super) fn of<'p>(
        set: &Set<'_>,
        revisions: &Revisions,
        pods: impl Iterator<Item = &'p Value>,
        now: Now,
    ) -> Self {
        let mut counts = Self::default();
        for pod in pods {
            counts.replicas += 1;
            if pod::is_ready(pod) {
                counts.ready += 1;
                if pod::until_available(pod, set.min_ready, now) == Some(0) {
                    counts.available += 1;
                }
            }
            if !fields::is_terminating(pod) {
                let revision = Pod::new(pod).revision().unwrap_or_default();
                counts.current += i64::from(revision == fields::name(&revisions.current));
                counts.updated += i64::from(revision == fields::name(&revisions.update));
            }
        }
        counts
    }
}

/// Writes the status when it differs.
pub(super) fn write(world: &mut World, set: &Set<'_>, revisions: &Revisions, mut counts: Counts, now: Now) {
    let mut current = fields::name(&revisions.current);
    let update = fields::name(&revisions.update);
    let rolled = [counts.updated, counts.ready, counts.replicas].iter().all(|count| *count == set.replicas);
    if rolled && !set.on_delete {
        counts.current = counts.updated;
        current = update;
    }
    let mut status = json!({
        "observedGeneration": fields::number(set.value, "/metadata/generation").unwrap_or_default(),
        "replicas": counts.replicas,
        "availableReplicas": counts.available,
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": 0,
    });
    for (field, count) in
        [("readyReplicas", counts.ready), ("currentReplicas", counts.current), ("updatedReplicas", counts.updated)]
    {
        fields::set(&mut status, &[field], (count != 0).then(|| json!(count)));
    }
    world.update(set.key, &Writer::controller_status(now), |value| {
        fields::set(value, &["status"], Some(status));
    });
}
