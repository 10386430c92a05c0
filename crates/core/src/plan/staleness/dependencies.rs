//! What a plan depends on besides its own objects and fields: claims under the names that new pods will ask for, and those
//! that are to grow, with their storage classes; and what others may change of a StatefulSet that decides over its pods.

use std::collections::BTreeSet;

use iriskit_state::plan::{PodEffect, Reference, ResourceChange, Staying, VolumeEffect};
use serde_json::Value;

use crate::plan::{
    live::Live,
    staleness::fingerprint::{presence, reference},
    storage::claim_growth::storage_class,
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Pod, StatefulSet, UpdateStrategy},
};

const CLAIM: &str = "PersistentVolumeClaim";

const TEMPLATE: &str = ".spec.template";

/// References to the claims that the changes would make or mount: whether they exist decides over new volumes or old
/// data, so it has to be the same when the plan is applied. So have the sizes of those that grow, and what their storage
/// classes allow. Of claims that pods give up which go or restart, and of those that are told to stay, it counts whether
/// they are still there and not being deleted: a claim that somebody deleted goes with the pod that holds it.
pub(crate) fn claim_references(changes: &[ResourceChange], staying: &[Staying], live: &Live) -> Vec<Reference> {
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
            objects.extend(class.map(storage_class));
        }
        objects
    };
    let deleted: BTreeSet<ObjectRef> =
        changes.iter().filter(|change| change.kind == CLAIM).filter_map(claim_of).collect();
    let asked_for: BTreeSet<ObjectRef> = changes.iter().flat_map(of_change).collect();
    let kept = changes
        .iter()
        .flat_map(|change| claims_of_stopped_pods(change, live))
        .chain(staying.iter().filter_map(staying_claim));
    let kept: BTreeSet<ObjectRef> =
        kept.filter(|claim| !asked_for.contains(claim) && !deleted.contains(claim)).collect();
    let whole = asked_for.into_iter().map(|object| (reference(live.get(&object), None), object));
    let there = kept.into_iter().map(|object| (presence(live.get(&object)), object));
    whole
        .chain(there)
        .filter(|(_, object)| live.why_unknown(object).is_none())
        .map(|(seen, object)| Reference {
            address: object.address(),
            api_version: object.api_version.clone(),
            fingerprint: Some(seen),
        })
        .collect()
}

fn claim_of(change: &ResourceChange) -> Option<ObjectRef> {
    Some(ObjectRef::namespaced("v1", CLAIM, change.namespace.as_deref()?, &change.name))
}

/// The claims of the pods that a change deletes or restarts.
fn claims_of_stopped_pods(change: &ResourceChange, live: &Live) -> Vec<ObjectRef> {
    let namespace = change.namespace.as_deref().unwrap_or_default();
    let touched = |effect| matches!(effect, PodEffect::Restarts | PodEffect::Deleted);
    let pods = change.impact.pods.iter().filter(|pod| touched(pod.effect));
    let pods = pods.filter_map(|pod| live.get(&ObjectRef::namespaced("v1", "Pod", namespace, &pod.pod)));
    let claims = pods.flat_map(|pod| Pod::new(pod).claims());
    claims.map(|claim| ObjectRef::namespaced("v1", CLAIM, namespace, claim)).collect()
}

fn staying_claim(staying: &Staying) -> Option<ObjectRef> {
    let (namespace, name) = staying.address.strip_prefix(CLAIM)?.strip_prefix('/')?.split_once('/')?;
    Some(ObjectRef::namespaced("v1", CLAIM, namespace, name))
}

/// Whether Kubernetes makes pods because of a change.
fn makes_pods(change: &ResourceChange) -> bool {
    let of_pods = |path: &str| path.starts_with("spec.template") || path == "spec.replicas";
    change.fields.iter().any(|field| of_pods(&field.path))
}

/// What the words of a change on pods hang on, whoever holds it: how many pods there are, when it touches some or their
/// claims; and their template, when pods are made from it, now or again, or some stay as they are that Kubernetes would not
/// bring to another one by itself.
pub(crate) fn fields_that_decide_over_pods(change: &ResourceChange, found: &Value, live: &Live) -> Vec<&'static str> {
    if matches!(change.kind.as_str(), "Deployment" | "DaemonSet") && makes_pods(change) {
        return vec![TEMPLATE];
    }
    if change.kind != "StatefulSet" {
        return Vec::new();
    }
    let impact = &change.impact;
    let mut places = Vec::new();
    if !impact.pods.is_empty() || !impact.volumes.is_empty() {
        places.push(".spec.replicas");
    }
    let set = StatefulSet::new(found);
    let by_hand = set.update_strategy() == UpdateStrategy::OnDelete;
    let touched = |pod: &str| impact.pods.iter().any(|one| one.pod == pod && one.effect != PodEffect::Adopted);
    let stays = live.pods_of(found).into_iter().any(|pod| !touched(Pod::new(pod).name()));
    let comes = impact.pods.iter().any(|pod| matches!(pod.effect, PodEffect::Restarts | PodEffect::Created));
    if comes || stays && (by_hand || set.first_rolled_ordinal() > 0) {
        places.push(TEMPLATE);
    }
    places
}
