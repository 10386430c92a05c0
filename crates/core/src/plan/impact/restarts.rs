//! What a change does to pods and the primary, each prediction with its rule (docs/rules.md).

use iriskit_state::plan::{
    AllowanceName, Impact, ImpactClass, Note, NoteId, PodEffect, PodImpact, RuleId, Severity, VolumeEffect,
};
use serde_json::{Value, json};

use crate::diff::differences;
use crate::expand::Component;
use crate::expand::Desired;
use crate::expand::Rolling;
use crate::plan::impact::image_change;
use crate::plan::impact::parameters;
use crate::plan::impact::revisions::runs_template_of;
use crate::plan::impact::rollout_limits::Limits;
use crate::plan::live::Live;
use crate::plan::mirror;
use crate::plan::mirror::members::Member;
use crate::plan::mirror::members::blind;
use crate::plan::mirror::members::highest_first;
use crate::plan::mirror::members::members;
use crate::plan::mirror::members::primary_last;
use crate::plan::mirror::roll::Terms;
use crate::plan::mirror::rolling::course;
use crate::plan::mirror::unfinished_upgrade::Unfinished;
use crate::plan::notes;
use crate::plan::storage::lost_volumes;
use crate::plan::storage::missing_claims;
use crate::plan::storage::missing_claims::Replaced;
use crate::plan::storage::volume_effects::claims;
use crate::plan::storage::volume_effects::of_claim_update;
use crate::plan::storage::volume_effects::reuse_found;

use iriskit_kubernetes::schema::{ObjectRef, table};

/// Needed where something that serves is away for a while.
pub(crate) const OUTAGE: AllowanceName = AllowanceName::Outage;
/// Needed where volumes, or databases, are deleted.
pub(crate) const DELETE_DATA: AllowanceName = AllowanceName::DeleteData;

/// Impact of a change and what follows from it for the plan.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Predicted {
    /// The impact.
    pub impact: Impact,
    /// Named permissions that it needs, with the reason.
    pub allowances: Vec<(AllowanceName, String)>,
    /// Whether iriskit itself has to roll the pods.
    pub roll: Option<Terms>,
    /// Whether iriskit itself has to replace pods that lack a claim; a roll would not come to its end.
    pub replaced: Option<Replaced>,
    /// Members that have been primary in the new version already, in an earlier run.
    pub been: Vec<String>,
    /// Pods that stay on the old revision.
    pub left_outdated: Vec<String>,
    /// What stops the plan.
    pub notes: Vec<Note>,
}

/// What creating a StatefulSet does.
pub(crate) fn of_creation(desired: &Desired, after: &Value, live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    if desired.object.kind != "StatefulSet" {
        return predicted;
    }
    let ordinals: Vec<u64> = (0..replicas(after)).collect();
    let impact = &mut predicted.impact;
    impact.pods = created(&desired.object.name, &ordinals);
    impact.volumes = claims(desired, after, &ordinals, live);
    impact.rules.push(RuleId::StatefulSetStart);
    reuse_found(&mut predicted, desired);
    predicted
}

/// What a change from `before` to `after` does; `before` equal to `after` for outdated pods alone. `unfinished` is what is
/// known of an upgrade that was cut off.
pub(crate) fn of_update(
    desired: &Desired,
    before: &Value,
    after: &Value,
    live: &Live,
    unfinished: Option<&Unfinished>,
) -> Predicted {
    match desired.object.kind.as_str() {
        "StatefulSet" => {
            let mut predicted = of_set_update(desired, before, after, live, unfinished);
            lost_volumes::with_pods(&mut predicted, &desired.object, live);
            predicted
        }
        "ConfigMap" => parameters::of_config_update(desired, before, after),
        "PersistentVolumeClaim" => of_claim_update(before, after),
        _ => Predicted::default(),
    }
}

/// What deleting an object does. `by_role`: iriskit deletes the pods one by one; else they go together with their set.
pub(crate) fn of_deletion(object: &ObjectRef, before: &Value, live: &Live, by_role: bool) -> Predicted {
    let mut predicted = Predicted::default();
    if object.kind != "StatefulSet" {
        return predicted;
    }
    let pods = primary_last(members(before, live));
    if !pods.is_empty() {
        predicted.impact.class = ImpactClass::Outage;
        if by_role {
            predicted.impact.pods = effects(pods, PodEffect::Deleted, RuleId::PrimaryLast);
            predicted.impact.rules.push(RuleId::PrimaryLast);
        } else {
            predicted.impact.pods = effects(pods, PodEffect::Deleted, RuleId::StatefulSetDelete);
            predicted.impact.rules.push(RuleId::StatefulSetDelete);
        }
    }
    // Without its set a claim has no owner any more.
    if !by_role {
        lost_volumes::with_set(&mut predicted, object, before, live);
    }
    lost_volumes::with_pods(&mut predicted, object, live);
    predicted
}

/// What has to be allowed to take away a StatefulSet that others still count on.
pub(crate) fn outage_of_removal(object: &ObjectRef, before: &Value, live: &Live) -> Option<(AllowanceName, String)> {
    let serves = object.kind == "StatefulSet" && members(before, live).iter().any(|member| member.ready);
    serves.then(|| (OUTAGE, format!("all pods of {} go for good", object.name)))
}

fn of_set_update(
    desired: &Desired,
    before: &Value,
    after: &Value,
    live: &Live,
    unfinished: Option<&Unfinished>,
) -> Predicted {
    let mut predicted = Predicted::default();
    scale(&mut predicted, desired, before, after, live);
    let all = members(before, live);
    let removed: Vec<String> = predicted.impact.pods.iter().map(|pod| pod.pod.clone()).collect();
    let new_template = template_differs(before, after);
    let lacking = desired.rolling != Rolling::ReportOnly && missing_claims::any(before, after, live);
    let limits = Limits::of(after);
    let kept = |member: &&Member| desired.rolling == Rolling::Kubernetes && !lacking && member.ordinal() < limits.from;
    let (kept, restarting): (Vec<&Member>, Vec<&Member>) = all
        .iter()
        .filter(|member| !removed.contains(&member.name))
        .filter(|member| {
            let template = new_template && !runs_template_of(before, &member.name, after, live);
            lacking || if new_template { template } else { member.outdated }
        })
        .partition(kept);
    let restarting: Vec<Member> = restarting.into_iter().cloned().collect();
    predicted.left_outdated = kept.into_iter().map(|member| member.name.clone()).collect();
    if !predicted.left_outdated.is_empty() {
        predicted.impact.rules.push(RuleId::StatefulSetPartition);
    }
    let been = unfinished.and_then(|unfinished| unfinished.been_in(after));
    if restarting.is_empty() {
        if let Some(been) = been {
            last_fail_over(&mut predicted, desired, after, &all, been);
            let held_up = mirror::foreseen(&predicted, desired, before, live);
            predicted.notes.extend(held_up);
        }
        if new_template && predicted.left_outdated.is_empty() {
            image_change::predict(&mut predicted, desired, (before, after), &restarting, live);
        }
        return predicted;
    }
    if lacking {
        let ordinals: Vec<u64> = restarting.iter().map(Member::ordinal).collect();
        let mut made = claims(desired, after, &ordinals, live);
        made.retain(|volume| volume.effect == VolumeEffect::New);
        predicted.impact.volumes.extend(made);
        missing_claims::replaced(&mut predicted, desired, after, restarting.clone(), &all);
    } else {
        restart(&mut predicted, desired, (before, after), restarting.clone(), (&all, been));
    }
    if new_template || !predicted.impact.pods.is_empty() {
        image_change::predict(&mut predicted, desired, (before, after), &restarting, live);
    }
    let held_up = mirror::foreseen(&predicted, desired, before, live);
    predicted.notes.extend(held_up);
    predicted
}

/// What the outdated ones among `all` go through.
pub(crate) fn roll(predicted: &mut Predicted, desired: &Desired, after: &Value, all: &[Member]) {
    let outdated: Vec<Member> = all.iter().filter(|member| member.outdated).cloned().collect();
    if !outdated.is_empty() {
        restart(predicted, desired, (after, after), outdated, (all, None));
    }
}

fn restart(
    predicted: &mut Predicted,
    desired: &Desired,
    (before, after): (&Value, &Value),
    restarting: Vec<Member>,
    (all, been): (&[Member], Option<&[String]>),
) {
    match desired.rolling {
        Rolling::ReportOnly => predicted.left_outdated = restarting.into_iter().map(|member| member.name).collect(),
        Rolling::Kubernetes => {
            let at_once = Limits::of(after).at_once;
            kubernetes_rolls(predicted, desired, highest_first(restarting), all, at_once);
        }
        Rolling::ByRole | Rolling::UpToPrimary => {
            // Where nothing ran from another image, no version changes.
            let other_image =
                |member: &Member| !member.stopped && member.image.as_deref().or(image(before)) != image(after);
            let terms = Terms {
                blind: blind(after, all),
                both_primary: been.is_some() || restarting.iter().any(other_image),
                up_to_primary: desired.rolling == Rolling::UpToPrimary,
            };
            roll_by_role(predicted, desired, &restarting, (all, been.unwrap_or_default()), terms);
        }
    }
}

fn kubernetes_rolls(
    predicted: &mut Predicted,
    desired: &Desired,
    restarting: Vec<Member>,
    all: &[Member],
    at_once: u64,
) {
    let set = &desired.object.name;
    let arbiter = desired.component == Component::Arbiter;
    let together = all_at_once(&restarting, all, at_once) && !arbiter;
    let last = last_ready(&restarting, all).filter(|_| !arbiter);
    let impact = &mut predicted.impact;
    impact.rules.push(RuleId::StatefulSetRoll);
    let outage = together || last.is_some();
    impact.class = impact.class.max(if outage { ImpactClass::Outage } else { ImpactClass::Rolling });
    let rule = if at_once > 1 { RuleId::StatefulSetMaxUnavailable } else { RuleId::StatefulSetRoll };
    if at_once > 1 {
        let text =
            format!("Up to {at_once} pods of {set} restart at a time (maxUnavailable, which iriskit does not set).");
        impact.effects.push(text);
        impact.rules.push(rule);
    }
    if together {
        let text =
            format!("All ready pods of {set} may restart at the same time: nothing answers until one is ready again.");
        impact.unavailable.push(text);
        predicted.allowances.push((OUTAGE, format!("all ready pods of {set} may restart at the same time")));
    }
    if arbiter {
        impact.unavailable.push(format!("The mirror is without its arbiter until {set}-0 is ready again."));
        impact.rules.push(RuleId::ArbiterAway);
    }
    if desired.component == Component::Compute {
        impact.effects.push("Open transactions of a compute node that restarts are rolled back.".into());
        impact.rules.push(RuleId::ComputeRestart);
    }
    if let Some(pod) = last.filter(|_| !together) {
        let text = format!("{pod} is the only ready pod of {set}: nothing answers until it is ready again.");
        impact.unavailable.push(text);
        impact.rules.push(RuleId::LastPodRestarts);
        predicted.allowances.push((OUTAGE, format!("{pod} is the only ready pod of {set}, and restarts")));
    }
    predicted.impact.pods.extend(effects(restarting, PodEffect::Restarts, rule));
}

/// Whether every pod that serves may be away at once, where several restart at a time.
fn all_at_once(restarting: &[Member], all: &[Member], at_once: u64) -> bool {
    let serving: Vec<&Member> = all.iter().filter(|member| member.ready).collect();
    let count = u64::try_from(serving.len()).unwrap_or(u64::MAX);
    at_once > 1
        && (2..=at_once).contains(&count)
        && serving.iter().all(|member| restarting.iter().any(|one| one.name == member.name))
}

/// The pod that leaves nobody ready when it restarts, if those before it in order come back.
pub(crate) fn last_ready(restarting: &[Member], all: &[Member]) -> Option<String> {
    let mut back: Vec<&str> = Vec::new();
    for pod in restarting {
        let other = |member: &&Member| member.name != pod.name && member.ready;
        if pod.ready && back.is_empty() && !all.iter().any(|member| other(&member)) {
            return Some(pod.name.clone());
        }
        back.push(&pod.name);
    }
    None
}

/// All members are new, and not each has been primary in the new version.
fn last_fail_over(predicted: &mut Predicted, desired: &Desired, after: &Value, all: &[Member], been: &[String]) {
    let terms = Terms { blind: blind(after, all), both_primary: true, up_to_primary: false };
    let left = course(&[], all, been, terms).pods;
    match (left.first(), desired.rolling) {
        (Some(_), Rolling::ByRole) => roll_by_role(predicted, desired, &[], (all, been), terms),
        (Some(primary), Rolling::UpToPrimary) => {
            let message = format!(
                "{} is the only member that has been primary in the new version: the fail-over that is left is not made \
                 (--pause-before)",
                primary.pod
            );
            predicted.notes.push(notes::on(Severity::Note, NoteId::UpgradeUnfinished, &desired.object, message));
        }
        _ => {}
    }
}

/// The members that are made before a roll begins.
fn made(pods: &[PodImpact]) -> Vec<Member> {
    let made = pods.iter().filter(|pod| pod.effect == PodEffect::Created);
    made.map(|pod| {
        let pod = json!({"metadata": {"name": pod.pod}});
        Member { ready: true, ..Member::of(&pod) }
    })
    .collect()
}

fn roll_by_role(
    predicted: &mut Predicted,
    desired: &Desired,
    restarting: &[Member],
    (all, been): (&[Member], &[String]),
    terms: Terms,
) {
    let set = &desired.object.name;
    // Who is made beforehand can take over, too.
    let all = [all, &made(&predicted.impact.pods)].concat();
    let course = course(restarting, &all, been, terms);
    predicted.been = been.to_vec();
    let impact = &mut predicted.impact;
    impact.class = impact.class.max(if course.pods.is_empty() { ImpactClass::None } else { ImpactClass::Rolling });
    for rule in course.pods.iter().filter_map(|pod| pod.rule.as_ref()) {
        if !impact.rules.contains(rule) {
            impact.rules.push(*rule);
        }
    }
    impact.pods.extend(course.pods);
    if course.moves > 0 {
        let fail_overs = if course.moves == 1 { "one fail-over" } else { "a fail-over, twice" };
        impact.class = impact.class.max(ImpactClass::PrimaryMoves);
        impact.primary_moves = course.moves;
        impact.unavailable.push(format!("{set} has no primary for the length of {fail_overs}."));
        impact.rules.push(RuleId::PlannedFailover);
        let moves = if course.moves == 1 { "moves" } else { "moves twice" };
        predicted
            .allowances
            .push((AllowanceName::RestartPrimary, format!("the primary of {set} restarts and its role {moves}")));
    }
    if terms.blind && !restarting.is_empty() {
        predicted.allowances.push((
            AllowanceName::RollBlind,
            format!("the members of {set} do not report their mirror status (no mirror labeler)"),
        ));
        if terms.both_primary {
            impact.effects.push(
                "Nobody can tell which members have been primary in the new version: fail over by hand until both have been."
                    .into(),
            );
        }
    }
    predicted.left_outdated = course.left;
    predicted.roll = Some(terms);
}

/// Pods that come and go with `spec.replicas`.
fn scale(predicted: &mut Predicted, desired: &Desired, before: &Value, after: &Value, live: &Live) {
    let (then, now) = (replicas(before), replicas(after));
    let set = &desired.object.name;
    let impact = &mut predicted.impact;
    if now > then {
        let added: Vec<u64> = (then..now).collect();
        impact.pods.extend(created(set, &added));
        impact.volumes = claims(desired, after, &added, live);
        impact.rules.push(RuleId::StatefulSetStart);
        reuse_found(predicted, desired);
    } else if now < then {
        // Somebody may just have asked for pods that were not made yet.
        let there = members(before, live);
        let is_there = |n: &u64| there.iter().any(|member| member.name == format!("{set}-{n}"));
        let gone: Vec<u64> = (now..then).rev().filter(is_there).collect();
        impact.pods.extend(gone.iter().map(|n| PodImpact {
            pod: format!("{set}-{n}"),
            role: None,
            effect: PodEffect::Deleted,
            rule: Some(RuleId::StatefulSetScaleDown),
        }));
        let mut volumes = claims(desired, before, &gone, live);
        volumes.retain(|volume| volume.effect == VolumeEffect::Reused);
        for volume in &mut volumes {
            volume.effect = VolumeEffect::Stays;
        }
        impact.volumes = volumes;
        lost_volumes::with_replicas(predicted, &desired.object, after, live);
        let impact = &mut predicted.impact;
        let outage = now == 0 && desired.component != Component::Arbiter;
        impact.class = impact.class.max(if outage { ImpactClass::Outage } else { ImpactClass::Rolling });
        impact.rules.push(RuleId::StatefulSetScaleDown);
        if outage && members(before, live).iter().any(|member| member.ready) {
            impact.unavailable.push(format!("{set} has no pods from then on."));
            predicted.allowances.push((OUTAGE, format!("all pods of {set} go")));
        }
        if desired.component == Component::Compute {
            predicted.impact.effects.push("Open transactions of the compute nodes that go are rolled back.".into());
            predicted.impact.rules.push(RuleId::ComputeRestart);
        }
    }
}

pub(crate) fn created(set: &str, ordinals: &[u64]) -> Vec<PodImpact> {
    let pod = |n: &u64| PodImpact {
        pod: format!("{set}-{n}"),
        role: None,
        effect: PodEffect::Created,
        rule: Some(RuleId::StatefulSetStart),
    };
    ordinals.iter().map(pod).collect()
}

fn effects(members: Vec<Member>, effect: PodEffect, rule: RuleId) -> Vec<PodImpact> {
    let one = |member: Member| PodImpact { pod: member.name, role: member.role, effect, rule: Some(rule) };
    members.into_iter().map(one).collect()
}

pub(crate) fn replicas(set: &Value) -> u64 {
    set.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1)
}

/// Whether pods of `after` are stored differently from those of `before`.
pub(crate) fn template_differs(before: &Value, after: &Value) -> bool {
    let template = |set: &Value| serde_json::json!({"spec": {"template": set.pointer("/spec/template")}});
    table()
        .kind("apps/v1", "StatefulSet")
        .is_some_and(|kind| !differences(kind, &template(before), &template(after)).is_empty())
}

/// The image that IRIS runs from in the pods of a set's template.
pub(crate) fn image(set: &Value) -> Option<&str> {
    crate::mirror::image(set.pointer("/spec/template/spec")?)
}
