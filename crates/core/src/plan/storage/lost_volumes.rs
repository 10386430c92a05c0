//! Volumes that go with what a plan does, though no step of it deletes them: the retention policy of their set says so, or
//! somebody deleted the claim already and only its pod still holds it. It needs the same allowance as deleting them.

use iriskit_state::plan::{AllowanceName, ImpactClass, PodEffect, RuleId, VolumeEffect};
use serde_json::Value;

use crate::plan::{
    impact::predicted::Predicted,
    live::Live,
    storage::{claim_changes, volume_effects::volume},
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Claim, Pod, RetentionPolicy, StatefulSet},
};

const NO_UNDO: &str = "The data of a volume that is deleted are lost, unless its reclaim policy keeps them.";

/// The claims that are collected with their set when it is deleted together with its pods.
pub(crate) fn with_set(predicted: &mut Predicted, object: &ObjectRef, set: &Value, live: &Live) {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let set = StatefulSet::new(set);
    let by_policy: Vec<&str> = if set.when_deleted() == RetentionPolicy::Delete {
        let of_template = |template: Claim<'_>| claim_changes::existing(object, template.name(), set.ordinals(), live);
        set.claim_templates().into_iter().flat_map(of_template).map(|claim| claim.name()).collect()
    } else {
        Vec::new()
    };
    let owned =
        |claim: &Claim<'_>| by_policy.contains(&claim.name()) || claim.owners().any(|owner| owner.uid() == set.uid());
    let going: Vec<Claim<'_>> =
        live.of_kind("PersistentVolumeClaim", namespace).map(Claim::new).filter(owned).collect();
    if add_loss(predicted, &going, &format!("{} goes, and its retention policy deletes", object.name)) {
        predicted.impact.rules.push(RuleId::ClaimsRetention);
    }
}

/// The claims of pods that go with fewer replicas.
pub(crate) fn with_replicas(predicted: &mut Predicted, object: &ObjectRef, after: &Value, live: &Live) {
    if StatefulSet::new(after).when_scaled() != RetentionPolicy::Delete {
        return;
    }
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let staying = predicted.impact.volumes.iter().filter(|volume| volume.effect == VolumeEffect::Stays);
    let found = |claim: &str| live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, claim));
    let going: Vec<Claim<'_>> = staying.filter_map(|volume| found(&volume.claim)).map(Claim::new).collect();
    if add_loss(predicted, &going, &format!("{} gets fewer pods, and its retention policy deletes", object.name)) {
        predicted.impact.rules.push(RuleId::ClaimsRetention);
    }
}

/// The claims that are deleted already and wait for a pod to go which now goes. A new pod gets an empty volume.
pub(crate) fn with_pods(predicted: &mut Predicted, object: &ObjectRef, live: &Live) {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let goes = |name: &str| {
        let touched = |effect| matches!(effect, PodEffect::Restarts | PodEffect::Deleted);
        predicted.impact.pods.iter().any(|pod| pod.pod == name && touched(pod.effect))
    };
    let pods = live.of_kind("Pod", namespace).map(Pod::new).filter(|pod| goes(pod.name()));
    let claims = pods
        .flat_map(Pod::claims)
        .filter_map(|claim| live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, claim)));
    let going: Vec<Claim<'_>> = claims.map(Claim::new).filter(|claim| claim.is_terminating()).collect();
    let why =
        format!("somebody deleted them before, and they wait only for pods of {} to go: that deletes", object.name);
    if add_loss(predicted, &going, &why) {
        predicted.impact.rules.push(RuleId::ClaimsGoing);
        predicted
            .impact
            .effects
            .push("A claim that is being deleted goes with its pod; the next pod starts with an empty volume.".into());
    }
}

/// Notes the loss; `false` when there is none.
fn add_loss(predicted: &mut Predicted, going: &[Claim<'_>], why: &str) -> bool {
    if going.is_empty() {
        return false;
    }
    let names: Vec<&str> = going.iter().map(|claim| claim.name()).collect();
    let impact = &mut predicted.impact;
    impact.volumes.retain(|volume| !names.contains(&volume.claim.as_str()));
    impact.volumes.extend(going.iter().map(|claim| volume(claim.value(), VolumeEffect::Deleted)));
    impact.class = ImpactClass::Data;
    impact.irreversible = Some(NO_UNDO.to_owned());
    predicted.allowances.push((AllowanceName::DeleteData, format!("{why} {}", names.join(", "))));
    true
}
