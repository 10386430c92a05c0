//! What a plan depends on besides its own objects: claims under the names that new pods will ask for, and those that are
//! to grow, with their storage classes.

use std::collections::BTreeSet;

use iriskit_state::plan::{Reference, ResourceChange, VolumeEffect};

use super::{fingerprint::reference, growing::class_of, live::Live};
use crate::schema::ObjectRef;

const CLAIM: &str = "PersistentVolumeClaim";

/// References to the claims that the changes would make or mount: whether they exist decides over new volumes or old
/// data, so it has to be the same when the plan is applied. So have the sizes of those that grow, and what their storage
/// classes allow.
pub(super) fn claims(changes: &[ResourceChange], live: &Live) -> Vec<Reference> {
    let of_change = |change: &ResourceChange| {
        let namespace = change.namespace.as_deref().unwrap_or_default();
        let asked_for = change.impact.volumes.iter().filter(|volume| {
            matches!(volume.effect, VolumeEffect::New | VolumeEffect::Reused | VolumeEffect::Grows)
                && change.kind == "StatefulSet"
        });
        let mut objects = Vec::new();
        for volume in asked_for {
            objects.push(ObjectRef::namespaced("v1", CLAIM, namespace, &volume.claim));
            let class = volume.storage_class.as_deref().filter(|_| volume.effect == VolumeEffect::Grows);
            objects.extend(class.map(class_of));
        }
        objects
    };
    let asked_for: BTreeSet<ObjectRef> = changes.iter().flat_map(of_change).collect();
    asked_for
        .into_iter()
        .filter(|object| live.readable(&object.kind, object.namespace.as_deref()))
        .map(|object| Reference {
            address: object.address(),
            api_version: object.api_version.clone(),
            fingerprint: Some(reference(live.get(&object), None)),
        })
        .collect()
}
