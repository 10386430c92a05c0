//! What a change does to volumes: which are new, which grow, and which are mounted again with what they hold.

use iriskit_state::plan::{AllowanceName, ImpactClass, RuleId, VolumeEffect, VolumeImpact};
use serde_json::Value;

use crate::expand::Desired;
use crate::plan::impact::predicted::Predicted;
use crate::plan::live::Live;
use crate::plan::live::name;
use crate::plan::storage::claim_templates::templates;
use iriskit_kubernetes::schema::ObjectRef;

/// A claim that a manifest names itself.
pub(crate) fn of_claim_update(before: &Value, after: &Value) -> Predicted {
    let mut predicted = Predicted::default();
    let size =
        |claim: &Value| claim.pointer("/spec/resources/requests/storage").and_then(Value::as_str).map(str::to_owned);
    if size(before) != size(after) {
        let mut grown = volume(after, VolumeEffect::Grows);
        grown.size_before = size(before);
        predicted.impact.volumes.push(grown);
        predicted.impact.class = ImpactClass::Live;
        predicted.impact.irreversible = Some("A volume that grew can't be made smaller.".into());
        predicted.impact.rules.push(RuleId::ClaimsGrow);
    }
    predicted
}

/// Volumes of the impact that exist already.
pub(crate) fn reuse_found(predicted: &mut Predicted, desired: &Desired) {
    let volumes = predicted.impact.volumes.clone();
    let reused: Vec<&VolumeImpact> = volumes.iter().filter(|volume| volume.effect == VolumeEffect::Reused).collect();
    if !reused.is_empty() {
        reuse(predicted, desired, &reused);
    }
}

/// Volumes that exist and are mounted by pods that never had them.
pub(crate) fn reuse(predicted: &mut Predicted, desired: &Desired, reused: &[&VolumeImpact]) {
    let oldest = reused.iter().filter_map(|volume| volume.created_at.as_deref()).min().unwrap_or("at an unknown time");
    let set = &desired.object.name;
    let reason =
        format!("{set} re-uses {} existing volumes with their data, the oldest created {oldest}", reused.len());
    predicted.impact.class = ImpactClass::Data;
    predicted.impact.rules.push(RuleId::ClaimsAreReused);
    predicted.allowances.push((AllowanceName::ReuseData, reason));
}

/// A claim, or the template of one, as a part of the impact.
pub(crate) fn volume(claim: &Value, effect: VolumeEffect) -> VolumeImpact {
    let of = |pointer: &str| claim.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    VolumeImpact {
        claim: name(claim).to_owned(),
        effect,
        size: of("/spec/resources/requests/storage"),
        size_before: None,
        storage_class: of("/spec/storageClassName"),
        created_at: of("/metadata/creationTimestamp"),
    }
}

/// The claims of some ordinals, pod by pod: existing ones are used as they are.
pub(crate) fn claims(desired: &Desired, set: &Value, ordinals: &[u64], live: &Live) -> Vec<VolumeImpact> {
    let namespace = desired.object.namespace.as_deref().unwrap_or_default();
    let mut volumes = Vec::new();
    for ordinal in ordinals {
        for template in templates(set) {
            let claim = format!("{}-{}-{ordinal}", name(template), desired.object.name);
            volumes.push(match live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, &claim)) {
                Some(found) => volume(found, VolumeEffect::Reused),
                None => VolumeImpact { claim, ..volume(template, VolumeEffect::New) },
            });
        }
    }
    volumes
}
