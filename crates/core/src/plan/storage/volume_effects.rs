//! What a change does to volumes: which are new, which grow, and which are mounted again with what they hold.

use std::borrow::Cow;

use iriskit_state::plan::{AllowanceName, ImpactClass, RuleId, VolumeEffect, VolumeImpact};
use serde_json::Value;

use crate::plan::{
    impact::{predicted::Predicted, subject::Subject},
    live::Live,
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Claim, StatefulSet},
};

/// A claim that a manifest names itself.
pub(crate) fn of_claim_update(before: &Value, after: &Value) -> Predicted {
    let mut predicted = Predicted::default();
    let size = |claim| Claim::new(claim).requested_storage();
    if size(before) != size(after) {
        let mut grown = volume(after, VolumeEffect::Grows);
        grown.size_before = size(before).map(Cow::into_owned);
        predicted.impact.volumes.push(grown);
        predicted.impact.class = ImpactClass::Live;
        predicted.impact.irreversible = Some("A volume that grew can't be made smaller.".into());
        predicted.impact.rules.push(RuleId::ClaimsGrow);
    }
    predicted
}

/// A claim that is deleted by name.
pub(crate) fn of_claim_deletion(object: &ObjectRef, found: &Value) -> Predicted {
    let mut predicted = Predicted::default();
    predicted.impact.class = ImpactClass::Data;
    predicted.impact.volumes.push(volume(found, VolumeEffect::Deleted));
    predicted.impact.irreversible = Some("Its data are lost, unless the volume's reclaim policy keeps them.".into());
    predicted.allowances.push((AllowanceName::DeleteData, format!("{} is deleted with its data", object.address())));
    predicted
}

/// What it means that some of these volumes exist, or may, and are mounted by pods that never had them.
pub(crate) fn reuse(subject: Subject<'_>, volumes: &[VolumeImpact]) -> Predicted {
    let set = &subject.object.name;
    let having = |effect| volumes.iter().filter(move |volume| volume.effect == effect);
    let (reused, unknown) = (having(VolumeEffect::Reused).count(), having(VolumeEffect::Unknown).count());
    let mut predicted = Predicted::default();
    if reused > 0 {
        let created = having(VolumeEffect::Reused).filter_map(|volume| volume.created_at.as_deref());
        let oldest = created.min().unwrap_or("at an unknown time");
        let reason = format!("{set} re-uses {reused} existing volumes with their data, the oldest created {oldest}");
        predicted.allowances.push((AllowanceName::ReuseData, reason));
    }
    if unknown > 0 {
        let reason =
            format!("whether {unknown} volumes of {set} exist already, with data, is unknown: claims can't be listed");
        predicted.allowances.push((AllowanceName::ReuseData, reason));
    }
    if reused + unknown > 0 {
        predicted.impact.class = ImpactClass::Data;
        predicted.impact.rules.push(RuleId::ClaimsAreReused);
    }
    predicted
}

/// A claim, or the template of one, as a part of the impact.
pub(crate) fn volume(claim: &Value, effect: VolumeEffect) -> VolumeImpact {
    let claim = Claim::new(claim);
    VolumeImpact {
        claim: claim.name().to_owned(),
        effect,
        size: claim.requested_storage().map(Cow::into_owned),
        size_before: None,
        storage_class: claim.storage_class().map(str::to_owned),
        created_at: claim.creation_timestamp().map(str::to_owned),
    }
}

/// The claims of some ordinals, pod by pod: existing ones are used as they are. Where claims can't be listed nobody knows.
pub(crate) fn claims(subject: Subject<'_>, set: &Value, ordinals: &[u64], live: &Live) -> Vec<VolumeImpact> {
    let namespace = subject.object.namespace.as_deref().unwrap_or_default();
    let missing = if live.why_no_claims(namespace).is_some() { VolumeEffect::Unknown } else { VolumeEffect::New };
    let mut volumes = Vec::new();
    for ordinal in ordinals {
        for template in StatefulSet::new(set).claim_templates() {
            let claim = format!("{}-{}-{ordinal}", template.name(), subject.object.name);
            volumes.push(match live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, &claim)) {
                Some(found) => volume(found, VolumeEffect::Reused),
                None => VolumeImpact { claim, ..volume(template.value(), missing) },
            });
        }
    }
    volumes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_size_may_be_a_number() {
        let claim = |storage: Value| json!({"spec": {"resources": {"requests": {"storage": storage}}}});
        let (before, after) = (claim(json!("1Gi")), claim(json!(2_147_483_648_u64)));
        let grown = of_claim_update(&before, &after).impact.volumes.remove(0);
        assert_eq!((grown.size_before.as_deref(), grown.size.as_deref()), (Some("1Gi"), Some("2147483648")));
    }
}
