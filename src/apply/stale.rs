//! Whether the world is still the one that the plan was made in: everything that it looked at, all differences at once.

use std::collections::BTreeSet;

use iriskit_state::plan::{Observed, Plan, ResourceChange};

use super::{
    ApplyError, Moved, guard,
    reread::Seen,
    target::{is_deletion, name, object_of, object_of_reference, text},
};
use iriskit_kubernetes::schema::ObjectRef;

/// Compares every object of the plan, unchanged ones and those that were only read included, with what is there now.
pub(super) fn check(plan: &Plan, seen: &Seen) -> Result<(), ApplyError> {
    let moved = moved(plan, seen);
    if moved.is_empty() { Ok(()) } else { Err(ApplyError::Stale { moved }) }
}

/// Everything that moved, in the order of the plan.
pub(super) fn moved(plan: &Plan, seen: &Seen) -> Vec<Moved> {
    let mut moved = Vec::new();
    for change in &plan.resource_changes {
        if let Some(then) = &change.fingerprint {
            let object = object_of(change);
            moved.extend(guard::compare(&object, then, seen.get(&object)));
        }
    }
    for reference in &plan.references {
        if let (Some(then), Some(object)) = (&reference.fingerprint, object_of_reference(reference)) {
            moved.extend(guard::compare_reference(&object, then, seen.get(&object)));
        }
    }
    moved.extend(shared(plan).flat_map(|service| new_users(plan, service, seen)));
    moved
}

/// The shared headless Services that the plan removes because nobody uses them any more.
pub(super) fn shared(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.resource_changes
        .iter()
        .filter(|change| change.kind == "Service" && change.owner.is_empty() && is_deletion(change))
}

/// StatefulSets that name a shared Service and stay.
fn new_users(plan: &Plan, service: &ResourceChange, seen: &Seen) -> Vec<Moved> {
    let going: BTreeSet<ObjectRef> =
        plan.resource_changes.iter().filter(|change| is_deletion(change)).map(object_of).collect();
    let sets = seen.of_kind("StatefulSet").filter(|(object, set)| {
        object.namespace == service.namespace
            && text(set, "/spec/serviceName") == Some(&service.name)
            && !going.contains(object)
    });
    sets.map(|(object, set)| {
        let uses = format!("used by {}", name(set));
        let (who, when) = guard::author_of(object, ".spec.serviceName", set);
        Moved {
            address: service.address.clone(),
            field: "users".to_owned(),
            then: None,
            now: Some(Observed::Value(uses.into())),
            who,
            when,
        }
    })
    .collect()
}
