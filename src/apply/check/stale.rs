//! Whether the world is still the one that the plan was made in: everything that it looked at, all differences at once.

use std::collections::BTreeSet;

use iriskit_state::plan::{Observed, Plan, ResourceChange, Verb};

use crate::apply::{
    ApplyError, Moved,
    live::LiveObjects,
    moved::{author_of, moved_fields, moved_fields_of_reference},
    objects::{is_deletion, object_of_reference},
};
use iriskit_core::plan::object_of;
use iriskit_kubernetes::{names::IRIS_CLUSTER, schema::ObjectRef, views::StatefulSet};
use serde_json::Value;

/// Compares every object of the plan, unchanged ones and those that were only read included, with what is there now.
pub(in crate::apply) fn check_unchanged(plan: &Plan, live: &LiveObjects) -> Result<(), ApplyError> {
    let moved = moved(plan, live);
    if moved.is_empty() { Ok(()) } else { Err(ApplyError::Stale { moved }) }
}

/// Everything that moved, in the order of the plan.
pub(in crate::apply) fn moved(plan: &Plan, live: &LiveObjects) -> Vec<Moved> {
    let mut moved = Vec::new();
    for change in plan.resource_changes.iter().filter(|change| !is_made_by_another(change, live)) {
        if let Some(then) = &change.fingerprint {
            let object = object_of(change);
            moved.extend(moved_fields(&object, then, live.get(&object)));
        }
    }
    for reference in &plan.references {
        if let (Some(then), Some(object)) = (&reference.fingerprint, object_of_reference(reference)) {
            moved.extend(moved_fields_of_reference(&object, then, live.get(&object)));
        }
    }
    moved.extend(unused_shared_services(plan).flat_map(|service| new_users(plan, service, live)));
    moved
}

/// Whether a shared object was to be made and is there by now: it does not matter by which cluster's run.
pub(super) fn is_made_by_another(change: &ResourceChange, live: &LiveObjects) -> bool {
    change.owner.is_empty() && change.change.actions == [Verb::Create] && live.get(&object_of(change)).is_some()
}

/// The shared headless Services that the plan removes because nothing uses them any more.
pub(super) fn unused_shared_services(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.resource_changes
        .iter()
        .filter(|change| change.kind == "Service" && change.owner.is_empty() && is_deletion(change))
}

/// StatefulSets that name a shared Service and stay, and clusters of the operator.
pub(super) fn new_users(plan: &Plan, service: &ResourceChange, live: &LiveObjects) -> Vec<Moved> {
    let going: BTreeSet<ObjectRef> =
        plan.resource_changes.iter().filter(|change| is_deletion(change)).map(object_of).collect();
    let beside = |object: &ObjectRef| object.namespace == service.namespace;
    let sets = live.of_kind("StatefulSet").filter(|(object, set)| {
        beside(object) && StatefulSet::new(set).service_name() == Some(&service.name) && !going.contains(object)
    });
    let used = |object: &ObjectRef, found: &Value, by: String, field: &str| {
        let (who, when) = author_of(object, field, found);
        Moved {
            address: service.address.clone(),
            field: "users".to_owned(),
            then: None,
            now: Some(Observed::Value(format!("used by {by}").into())),
            who,
            when,
        }
    };
    let by_sets = sets.map(|(object, set)| used(object, set, object.name.clone(), ".spec.serviceName"));
    let clusters = live.of_kind(IRIS_CLUSTER).filter(|(object, _)| beside(object));
    let by_clusters =
        clusters.map(|(object, found)| used(object, found, format!("{IRIS_CLUSTER} {}", object.name), "metadata.uid"));
    by_sets.chain(by_clusters).collect()
}
