//! What a change of a StatefulSet does to its pods and the primary, each prediction with its rule (docs/rules.md).

use iriskit_state::plan::{RuleId, VolumeEffect};
use serde_json::Value;

use crate::{
    expand::Rolling,
    mirror::RollTerms,
    plan::{
        impact::{
            companion_pods, image_change, kubernetes_roll, mirror_roll, parameters,
            pod_template::{image, template_differs},
            predicted::Predicted,
            rollout_limits::Limits,
            scale, stuck_pods,
            subject::Subject,
        },
        live::Live,
        mirror::{
            blocked_roll,
            members::{Member, blind, members_under, mirror_state},
            unfinished_upgrade::Unfinished,
        },
        storage::{
            lost_volumes, missing_claims,
            volume_effects::{claims, of_claim_update},
        },
    },
};

/// What a change from `before` to `after` does; `before` equal to `after` for outdated pods alone. `unfinished` is what is
/// known of an upgrade that was cut off.
pub(crate) fn of_update(
    subject: Subject<'_>,
    before: &Value,
    after: &Value,
    live: &Live,
    unfinished: Option<&Unfinished>,
) -> Predicted {
    match subject.object.kind.as_str() {
        "StatefulSet" => {
            let predicted = of_set_update(subject, before, after, live, unfinished);
            let lost = lost_volumes::with_pods(&predicted.impact, subject.object, live);
            predicted.and_of_volumes(lost)
        }
        "ConfigMap" => parameters::of_config_update(subject, before, after),
        "PersistentVolumeClaim" => of_claim_update(before, after),
        // What restarts in place keeps its claims.
        "Pod" => companion_pods::of_update(subject.object, before, after, live),
        _ => {
            let predicted = companion_pods::of_update(subject.object, before, after, live);
            let lost = lost_volumes::with_pods(&predicted.impact, subject.object, live);
            predicted.and_of_volumes(lost)
        }
    }
}

fn of_set_update(
    subject: Subject<'_>,
    before: &Value,
    after: &Value,
    live: &Live,
    unfinished: Option<&Unfinished>,
) -> Predicted {
    let mut predicted = scale::predict(subject, before, after, live);
    let removed: Vec<String> = predicted.impact.pods.iter().map(|pod| pod.pod.clone()).collect();
    let all = members_under(before, after, live);
    let staying: Vec<Member> =
        all.iter().filter(|member| !removed.iter().any(|pod| pod == member.name())).cloned().collect();
    let limits = Limits::of(after);
    let kept = |member: &Member| {
        subject.rolling == Rolling::Kubernetes && !member.state.lacks_claim && member.ordinal() < limits.from
    };
    let (kept, restarting): (Vec<Member>, Vec<Member>) =
        staying.iter().filter(|member| member.needs_restart()).cloned().partition(kept);
    predicted.impact.left_outdated = kept.into_iter().map(|member| member.state.name).collect();
    if !predicted.impact.left_outdated.is_empty() {
        predicted.impact.rules.push(RuleId::StatefulSetPartition);
    }
    let new_template = template_differs(before, after);
    let was_primary = unfinished.and_then(|unfinished| unfinished.primaries_in(after));
    if restarting.is_empty() {
        if let Some(was_primary) = was_primary {
            let state = mirror_state(after, &staying);
            predicted = predicted.and(mirror_roll::last_fail_over(subject, &state, was_primary, blind(after, &all)));
            predicted.notes.extend(blocked_roll::note(&predicted, subject, before, live));
        }
        if new_template && predicted.impact.left_outdated.is_empty() {
            predicted = predicted.and(image_change::predict(subject, (before, after), &restarting, live));
        }
        return predicted;
    }
    if subject.rolling != Rolling::ReportOnly && restarting.iter().any(|member| member.state.lacks_claim) {
        let ordinals: Vec<u64> = restarting.iter().map(Member::ordinal).collect();
        let mut made = claims(subject, after, &ordinals, live);
        made.retain(|volume| matches!(volume.effect, VolumeEffect::New | VolumeEffect::Unknown));
        predicted.impact.volumes.extend(made);
        predicted = predicted.and(replace(subject, after, &restarting, &staying));
    } else {
        let behind = stuck_pods::behind_stopped_member(subject, after, (&restarting, &all), &predicted, live);
        predicted = predicted.and(behind);
        let (stuck, others) = stuck_pods::partition(subject, &restarting);
        if !stuck.is_empty() {
            predicted = stuck_pods::predict(subject, after, (&stuck, &all), &predicted, live).and(predicted);
        }
        // Kubernetes goes on when those serve.
        let serving = |member: &Member| {
            let repaired = stuck.iter().any(|one| one.name() == member.name());
            Member { ready: member.ready || repaired, ..member.clone() }
        };
        let all: Vec<Member> = all.iter().map(serving).collect();
        if !others.is_empty() {
            let pods = Pods { all: &all, staying: &staying, restarting: &others };
            predicted = predicted.and(restart(subject, (before, after), &pods, was_primary));
        }
    }
    if new_template || !predicted.impact.pods.is_empty() {
        predicted = predicted.and(image_change::predict(subject, (before, after), &restarting, live));
    }
    predicted.notes.extend(blocked_roll::note(&predicted, subject, before, live));
    predicted
}

/// What the outdated ones among `all` go through.
pub(crate) fn roll(subject: Subject<'_>, after: &Value, all: &[Member]) -> Predicted {
    let restarting: Vec<Member> = all.iter().filter(|member| member.needs_restart()).cloned().collect();
    if restarting.is_empty() {
        return Predicted::default();
    }
    restart(subject, (after, after), &Pods { all, staying: all, restarting: &restarting }, None)
}

/// What those among `all` go through that lack a claim, and the outdated ones beside them.
pub(crate) fn replace(subject: Subject<'_>, after: &Value, restarting: &[Member], all: &[Member]) -> Predicted {
    let replaced = missing_claims::replacement(subject, after, restarting, all);
    if subject.rolling != Rolling::Kubernetes {
        return replaced;
    }
    // Kubernetes rolls what is only outdated when no pod lacks a claim any more.
    let outdated: Vec<Member> = restarting.iter().filter(|member| !member.state.lacks_claim).cloned().collect();
    if outdated.is_empty() { replaced } else { replaced.and(kubernetes_roll::predict(subject, after, outdated, all)) }
}

/// The pods of a set that changes.
struct Pods<'a> {
    /// Those that there are.
    all: &'a [Member],
    /// Those of them that the set still wants.
    staying: &'a [Member],
    /// Those of them that restart.
    restarting: &'a [Member],
}

fn restart(
    subject: Subject<'_>,
    (before, after): (&Value, &Value),
    pods: &Pods<'_>,
    was_primary: Option<&[String]>,
) -> Predicted {
    match subject.rolling {
        Rolling::ReportOnly => {
            let left_outdated = pods.restarting.iter().map(|member| member.name().to_owned()).collect();
            Predicted::of_left_outdated(left_outdated)
        }
        Rolling::Kubernetes => kubernetes_roll::predict(subject, after, pods.restarting.to_vec(), pods.all),
        Rolling::ByRole | Rolling::UpToPrimary => {
            // Where nothing ran from another image, no version changes.
            let other_image =
                |member: &Member| !member.state.stopped && member.image.as_deref().or(image(before)) != image(after);
            let terms = RollTerms {
                blind: blind(after, pods.all),
                both_primary: was_primary.is_some() || pods.restarting.iter().any(other_image),
                up_to_primary: subject.rolling == Rolling::UpToPrimary,
            };
            mirror_roll::predict(subject, &mirror_state(after, pods.staying), was_primary.unwrap_or_default(), terms)
        }
    }
}
