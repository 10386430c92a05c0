//! Volumes that go with what a plan does, though no step of it deletes them: the retention policy of their set says so, or
//! somebody deleted the claim already and only its pod still holds it. It needs the same allowance as deleting them.

use iriskit_state::plan::{ImpactClass, PodEffect, RuleId, VolumeEffect};
use serde_json::Value;

use crate::plan::impact::pod_template::replicas;
use crate::plan::impact::predicted::Predicted;
use crate::plan::live::Live;
use crate::plan::live::name;
use crate::plan::live::uid;
use crate::plan::storage::claim_templates;
use crate::plan::storage::volume_effects::volume;
use iriskit_kubernetes::schema::ObjectRef;
use iriskit_state::plan::AllowanceName;

const NO_UNDO: &str = "The data of a volume that is deleted are lost, unless its reclaim policy keeps them.";

/// Whether the set's policy deletes its claims: `whenDeleted` or `whenScaled`.
fn deletes(set: &Value, when: &str) -> bool {
    set.pointer(&format!("/spec/persistentVolumeClaimRetentionPolicy/{when}")).is_some_and(|policy| policy == "Delete")
}

/// The claims that are collected with their set when it is deleted together with its pods.
pub(crate) fn with_set(predicted: &mut Predicted, object: &ObjectRef, set: &Value, live: &Live) {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let by_policy: Vec<&str> = if deletes(set, "whenDeleted") {
        let of_template = |template| claim_templates::existing(object, name(template), replicas(set), live);
        claim_templates::templates(set).into_iter().flat_map(of_template).map(name).collect()
    } else {
        Vec::new()
    };
    let owned = |claim: &&Value| {
        let owners = claim.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
        by_policy.contains(&name(claim))
            || owners.into_iter().any(|owner| uid(set) == owner.get("uid").and_then(Value::as_str))
    };
    let going: Vec<&Value> = live.of_kind("PersistentVolumeClaim", namespace).filter(owned).collect();
    if lose(predicted, &going, &format!("{} goes, and its retention policy deletes", object.name)) {
        predicted.impact.rules.push(RuleId::ClaimsRetention);
    }
}

/// The claims of pods that go with fewer replicas.
pub(crate) fn with_replicas(predicted: &mut Predicted, object: &ObjectRef, after: &Value, live: &Live) {
    if !deletes(after, "whenScaled") {
        return;
    }
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let staying = predicted.impact.volumes.iter().filter(|volume| volume.effect == VolumeEffect::Stays);
    let found = |claim: &str| live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, claim));
    let going: Vec<&Value> = staying.filter_map(|volume| found(&volume.claim)).collect();
    if lose(predicted, &going, &format!("{} gets fewer pods, and its retention policy deletes", object.name)) {
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
    let pods = live.of_kind("Pod", namespace).filter(|pod| goes(name(pod)));
    let volumes = pods.flat_map(|pod| pod.pointer("/spec/volumes").and_then(Value::as_array).into_iter().flatten());
    let names = volumes.filter_map(|volume| volume.pointer("/persistentVolumeClaim/claimName")?.as_str());
    let claims =
        names.filter_map(|claim| live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, claim)));
    let going: Vec<&Value> = claims.filter(|claim| claim.pointer("/metadata/deletionTimestamp").is_some()).collect();
    let why =
        format!("somebody deleted them before, and they wait only for pods of {} to go: that deletes", object.name);
    if lose(predicted, &going, &why) {
        predicted.impact.rules.push(RuleId::ClaimsGoing);
        predicted
            .impact
            .effects
            .push("A claim that is being deleted goes with its pod; the next pod starts with an empty volume.".into());
    }
}

/// Notes the loss; `false` when there is none.
fn lose(predicted: &mut Predicted, going: &[&Value], why: &str) -> bool {
    if going.is_empty() {
        return false;
    }
    let names: Vec<&str> = going.iter().map(|claim| name(claim)).collect();
    let impact = &mut predicted.impact;
    impact.volumes.retain(|volume| !names.contains(&volume.claim.as_str()));
    impact.volumes.extend(going.iter().map(|claim| volume(claim, VolumeEffect::Deleted)));
    impact.class = ImpactClass::Data;
    impact.irreversible = Some(NO_UNDO.to_owned());
    predicted.allowances.push((AllowanceName::DeleteData, format!("{why} {}", names.join(", "))));
    true
}
