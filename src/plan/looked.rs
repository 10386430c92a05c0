//! What a plan depends on besides its own objects: claims under the names that new pods will ask for.

use std::collections::BTreeSet;

use iriskit_state::plan::{Reference, ResourceChange, VolumeEffect};

use super::{fingerprint::reference, live::Live};
use crate::schema::ObjectRef;

const CLAIM: &str = "PersistentVolumeClaim";

/// References to the claims that the changes would make or mount: whether they exist decides over new volumes or old
/// data, so it has to be the same when the plan is applied.
pub(super) fn claims(changes: &[ResourceChange], live: &Live) -> Vec<Reference> {
    let of_change = |change: &ResourceChange| {
        let namespace = change.namespace.clone();
        let asked_for = change.impact.volumes.iter().filter(|volume| {
            matches!(volume.effect, VolumeEffect::New | VolumeEffect::Reused) && change.kind == "StatefulSet"
        });
        let claims: Vec<_> = asked_for.filter_map(|volume| Some((namespace.clone()?, volume.claim.clone()))).collect();
        claims
    };
    let asked_for: BTreeSet<(String, String)> = changes.iter().flat_map(of_change).collect();
    asked_for
        .into_iter()
        .filter(|(namespace, _)| live.readable(CLAIM, Some(namespace)))
        .map(|(namespace, name)| {
            let object = ObjectRef::namespaced("v1", CLAIM, &namespace, &name);
            Reference {
                address: object.address(),
                api_version: object.api_version.clone(),
                fingerprint: Some(reference(live.get(&object), None)),
            }
        })
        .collect()
}
