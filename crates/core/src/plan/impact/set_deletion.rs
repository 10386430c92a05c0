//! An object that is deleted, most of all a StatefulSet.

use iriskit_state::plan::{AllowanceName, ImpactClass, PodEffect, RuleId};
use serde_json::Value;

use crate::{
    mirror::RestartRule,
    plan::{
        impact::{companion_pods, pods::effects, predicted::Predicted},
        live::Live,
        mirror::members::{members, primary_last},
        storage::lost_volumes,
    },
};

use iriskit_kubernetes::schema::ObjectRef;

/// What deleting an object does. `by_role`: iriskit deletes the pods one by one; else they go together with their set.
pub(crate) fn of_deletion(object: &ObjectRef, before: &Value, live: &Live, by_role: bool) -> Predicted {
    if object.kind != "StatefulSet" {
        let predicted = companion_pods::of_deletion(object, before, live);
        return predicted.and_of_volumes(lost_volumes::with_object(object, before, live));
    }
    let mut predicted = Predicted::default();
    let pods = primary_last(members(before, live));
    if !pods.is_empty() {
        predicted.impact.class = ImpactClass::Outage;
        let rule = if by_role { RestartRule::PrimaryLast.id() } else { RuleId::StatefulSetDelete };
        predicted.impact.pods = effects(&pods, PodEffect::Deleted, rule);
        predicted.impact.rules.push(rule);
        predicted.impact.unordered = !by_role;
    }
    // Without its set a claim has no owner any more.
    if !by_role {
        predicted = predicted.and_of_volumes(lost_volumes::with_set(object, before, live));
    }
    let lost = lost_volumes::with_pods(&predicted.impact, object, live);
    predicted.and_of_volumes(lost)
}

/// What has to be allowed to take away what others still count on.
pub(crate) fn outage_of_removal(object: &ObjectRef, before: &Value, live: &Live) -> Option<(AllowanceName, String)> {
    if object.kind != "StatefulSet" {
        return companion_pods::outage_of_removal(object, before, live);
    }
    let serves = members(before, live).iter().any(|member| member.ready);
    serves.then(|| (AllowanceName::Outage, format!("all pods of {} go for good", object.name)))
}
