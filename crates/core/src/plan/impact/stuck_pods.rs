//! Outdated pods that are not ready. Kubernetes waits for such a pod before it brings its set to another template, and for ever
//! where the pod can never come (kubernetes-facts §7): iriskit deletes it.

use iriskit_state::plan::{ImpactClass, PodEffect, RuleId, VolumeEffect};
use serde_json::Value;

use crate::{
    expand::Rolling,
    plan::{
        impact::{
            pods::{created, effects},
            predicted::Predicted,
            subject::Subject,
        },
        live::Live,
        mirror::members::Member,
        storage::volume_effects::claims,
    },
};
use iriskit_kubernetes::views::StatefulSet;

/// Those of the pods that restart which have to be deleted by iriskit, from the lowest ordinal up, and the others. A mirror's
/// members all are, by rules of their own.
pub(crate) fn partition(subject: Subject<'_>, restarting: &[Member]) -> (Vec<Member>, Vec<Member>) {
    let is_stuck = |member: &Member| {
        let state = &member.state;
        // A pod that nobody saw has no uid.
        let is_seen = !state.uid.is_empty();
        subject.rolling == Rolling::Kubernetes && is_seen && state.outdated && !member.ready && !state.terminating
    };
    let (mut stuck, others): (Vec<Member>, Vec<Member>) =
        restarting.iter().cloned().partition(|member| is_stuck(member));
    stuck.sort_by_key(Member::ordinal);
    (stuck, others)
}

/// What becomes of the stuck pods of a set, and of those that were never made since Kubernetes waited for them. `there` are
/// all pods that it has, `coming` those that are predicted already.
pub(crate) fn predict(
    subject: Subject<'_>,
    after: &Value,
    (stuck, there): (&[Member], &[Member]),
    coming: &Predicted,
    live: &Live,
) -> Predicted {
    let missing = missing(after, there, coming);
    let ordinals: Vec<u64> = stuck.iter().map(Member::ordinal).chain(missing.iter().copied()).collect();
    let mut predicted = Predicted::default();
    let impact = &mut predicted.impact;
    impact.class = ImpactClass::Rolling;
    impact.rules.push(RuleId::StuckPodReplaced);
    impact.pods = effects(stuck, PodEffect::Restarts, RuleId::StuckPodReplaced);
    impact.pods.extend(created(&subject.object.name, &missing));
    impact.volumes = claims(subject, after, &ordinals, live);
    impact.volumes.retain(|volume| volume.effect == VolumeEffect::New);
    predicted.stuck = stuck.iter().map(|member| (member.name().to_owned(), member.state.uid.clone())).collect();
    predicted
}

/// Of a mirror in which a member does not run: the members that were never made since they come after it, and their volumes.
pub(crate) fn behind_stopped_member(
    subject: Subject<'_>,
    after: &Value,
    (restarting, there): (&[Member], &[Member]),
    coming: &Predicted,
    live: &Live,
) -> Predicted {
    let mut predicted = Predicted::default();
    if subject.rolling == Rolling::Kubernetes || !restarting.iter().any(|member| member.state.stopped) {
        return predicted;
    }
    let missing = missing(after, there, coming);
    let impact = &mut predicted.impact;
    impact.volumes = claims(subject, after, &missing, live);
    impact.volumes.retain(|volume| volume.effect == VolumeEffect::New);
    let set = StatefulSet::new(after);
    let made = |ordinal: &u64| format!("{} is made when the members before it are ready.", set.pod_name(*ordinal));
    impact.effects = missing.iter().map(made).collect();
    predicted
}

/// The ordinals that a set wants and of which nobody is there, or predicted to come.
fn missing(after: &Value, there: &[Member], coming: &Predicted) -> Vec<u64> {
    let set = StatefulSet::new(after);
    let is_missing = |ordinal: &u64| {
        let name = set.pod_name(*ordinal);
        let known = there.iter().any(|member| member.name() == name);
        !known && !coming.impact.pods.iter().any(|pod| pod.pod == name)
    };
    set.ordinals().filter(is_missing).collect()
}
