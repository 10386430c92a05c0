//! Volumes that go with what a plan does, though no step of it deletes them: the retention policy of their set says so, an
//! object that goes owns them, or somebody deleted the claim already and only its pod still holds it. It needs the same
//! allowance as deleting them.

use iriskit_state::plan::{AllowanceName, Impact, ImpactClass, PodEffect, RuleId, VolumeEffect};
use serde_json::Value;

use crate::plan::{
    impact::predicted::Predicted,
    live::Live,
    storage::{claim_changes, volume_effects::volume},
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Claim, Object, OwnerReference, Pod, RetentionPolicy, StatefulSet},
};

const NO_UNDO: &str = "The data of a volume that is deleted are lost, unless its reclaim policy keeps them.";

/// The claims that are collected with their set when it is deleted together with its pods.
pub(crate) fn with_set(object: &ObjectRef, set: &Value, live: &Live) -> Predicted {
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
    loss(&going, &format!("{} goes, and its retention policy deletes", object.name), RuleId::ClaimsRetention)
}

/// The claims of pods that go with fewer replicas; `impact` is what is known of these.
pub(crate) fn with_replicas(impact: &Impact, object: &ObjectRef, after: &Value, live: &Live) -> Predicted {
    if StatefulSet::new(after).when_scaled() != RetentionPolicy::Delete {
        return Predicted::default();
    }
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let staying = impact.volumes.iter().filter(|volume| volume.effect == VolumeEffect::Stays);
    let found = |claim: &str| live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, claim));
    let going: Vec<Claim<'_>> = staying.filter_map(|volume| found(&volume.claim)).map(Claim::new).collect();
    loss(&going, &format!("{} gets fewer pods, and its retention policy deletes", object.name), RuleId::ClaimsRetention)
}

/// The claims that go with the pods of `impact` which restart or are deleted.
pub(crate) fn with_pods(impact: &Impact, object: &ObjectRef, live: &Live) -> Predicted {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let goes = |name: &str| {
        let touched = |effect| matches!(effect, PodEffect::Restarts | PodEffect::Deleted);
        impact.pods.iter().any(|pod| pod.pod == name && touched(pod.effect))
    };
    let pods: Vec<Pod<'_>> = live.of_kind("Pod", namespace).map(Pod::new).filter(|pod| goes(pod.name())).collect();
    with_these(object, &pods, live)
}

/// The claims that go with an object which is deleted: those that it owns, and those of the pods that it controls.
pub(crate) fn with_object(object: &ObjectRef, found: &Value, live: &Live) -> Predicted {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let Some(uid) = Object::new(found).uid() else { return Predicted::default() };
    let owned: Vec<Claim<'_>> = live
        .of_kind("PersistentVolumeClaim", namespace)
        .map(Claim::new)
        .filter(|claim| claim.owners().any(|owner| owner.uid() == Some(uid)))
        .collect();
    let why = format!("{} goes, and with it what it owns: that deletes", object.name);
    loss(&owned, &why, RuleId::ClaimsOwned).and_of_volumes(with_pods_of(object, found, live))
}

/// The claims that go when all pods of an object are deleted.
fn with_pods_of(object: &ObjectRef, found: &Value, live: &Live) -> Predicted {
    let pods: Vec<Pod<'_>> = live.pods_of(found).into_iter().map(Pod::new).collect();
    with_these(object, &pods, live)
}

/// The claims that go with pods: those that are deleted already and wait for them, so that a new pod gets an empty volume, and
/// those that the pods own.
fn with_these(object: &ObjectRef, pods: &[Pod<'_>], live: &Live) -> Predicted {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    if let Some(why) = live.why_no_claims(namespace)
        && pods.iter().any(|pod| pod.claims().next().is_some())
    {
        let reason = format!(
            "whether claims of {} go with its pods, deleted by somebody before or owned by them, is unknown: {why}",
            object.name
        );
        return Predicted { allowances: vec![(AllowanceName::DeleteData, reason)], ..Predicted::default() };
    }
    let owns = |claim: &Claim<'_>| {
        let mut owners = claim.owners().filter_map(OwnerReference::uid);
        owners.any(|owner| pods.iter().any(|pod| pod.uid() == Some(owner)))
    };
    let owned: Vec<Claim<'_>> = live.of_kind("PersistentVolumeClaim", namespace).map(Claim::new).filter(owns).collect();
    let why = format!("they belong to pods of {} that go (ephemeral volumes): that deletes", object.name);
    let owned = loss(&owned, &why, RuleId::ClaimsOwned);
    let claims = pods
        .iter()
        .flat_map(|pod| pod.claims())
        .filter_map(|claim| live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, claim)));
    let going: Vec<Claim<'_>> = claims.map(Claim::new).filter(|claim| claim.is_terminating() && !owns(claim)).collect();
    let why =
        format!("somebody deleted them before, and they wait only for pods of {} to go: that deletes", object.name);
    let mut waiting = loss(&going, &why, RuleId::ClaimsGoing);
    if !going.is_empty() {
        let effect = "A claim that is being deleted goes with its pod; the next pod starts with an empty volume.";
        waiting.impact.effects.push(effect.into());
    }
    owned.and_of_volumes(waiting)
}

/// What the loss of these claims means; nothing where there are none.
fn loss(going: &[Claim<'_>], why: &str, rule: RuleId) -> Predicted {
    let mut predicted = Predicted::default();
    if going.is_empty() {
        return predicted;
    }
    let names: Vec<&str> = going.iter().map(|claim| claim.name()).collect();
    let impact = &mut predicted.impact;
    impact.volumes = going.iter().map(|claim| volume(claim.value(), VolumeEffect::Deleted)).collect();
    impact.class = ImpactClass::Data;
    impact.irreversible = Some(NO_UNDO.to_owned());
    impact.rules.push(rule);
    predicted.allowances.push((AllowanceName::DeleteData, format!("{why} {}", names.join(", "))));
    predicted
}
