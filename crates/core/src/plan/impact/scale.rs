//! Pods that come and go with `spec.replicas` and `spec.ordinals`.

use iriskit_state::plan::{AllowanceName, Component, ImpactClass, PodEffect, PodImpact, RuleId, VolumeEffect};
use std::collections::BTreeSet;

use serde_json::Value;

use crate::plan::{
    impact::{pods::created, predicted::Predicted, subject::Subject},
    live::Live,
    mirror::members::{Member, members, mirror_state},
    storage::{
        lost_volumes,
        volume_effects::{claims, reuse},
    },
};

use iriskit_kubernetes::views::{PodManagementPolicy, StatefulSet};

/// Compares the ordinals of both. Kubernetes makes what is new first, and takes away what is too much when that is ready.
pub(crate) fn predict(subject: Subject<'_>, before: &Value, after: &Value, live: &Live) -> Predicted {
    let (then, now) = (StatefulSet::new(before).ordinals(), StatefulSet::new(after).ordinals());
    let added: Vec<u64> = now.clone().filter(|ordinal| !then.contains(ordinal)).collect();
    let removed: Vec<u64> = then.rev().filter(|ordinal| !now.contains(ordinal)).collect();
    let mut predicted = Predicted::default();
    if !added.is_empty() {
        predicted = predicted.and(up(subject, after, &added, live));
    }
    if !removed.is_empty() {
        predicted = predicted.and(down(subject, before, after, removed, live));
    }
    predicted
}

fn up(subject: Subject<'_>, after: &Value, added: &[u64], live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    predicted.impact.pods = created(&subject.object.name, added);
    predicted.impact.volumes = claims(subject, after, added, live);
    predicted.impact.rules.push(RuleId::StatefulSetStart);
    let reuse = reuse(subject, &predicted.impact.volumes);
    predicted.and(reuse)
}

fn down(subject: Subject<'_>, before: &Value, after: &Value, removed: Vec<u64>, live: &Live) -> Predicted {
    let there = members(before, live);
    // Somebody may just have asked for pods that were not made yet.
    let is_there = |n: &u64| there.iter().any(|member| member.name() == format!("{}-{n}", subject.object.name));
    let gone: Vec<u64> = removed.into_iter().filter(is_there).collect();
    condemned(subject, before, after, &there, &gone, live)
}

/// The pods of these ordinals go, of those that are `there` under the set `before`.
pub(crate) fn condemned(
    subject: Subject<'_>,
    before: &Value,
    after: &Value,
    there: &[Member],
    gone: &[u64],
    live: &Live,
) -> Predicted {
    let set = &subject.object.name;
    let names: Vec<String> = gone.iter().map(|n| format!("{set}-{n}")).collect();
    let mut predicted = Predicted::default();
    let mut volumes = claims(subject, before, gone, live);
    volumes.retain(|volume| volume.effect == VolumeEffect::Reused);
    for volume in &mut volumes {
        volume.effect = VolumeEffect::Stays;
    }
    let impact = &mut predicted.impact;
    impact.volumes = volumes;
    impact.pods = deleted(before, there, &names);
    let lost = lost_volumes::with_replicas(impact, subject.object, after, live);
    predicted = predicted.and_of_volumes(lost);
    let impact = &mut predicted.impact;
    let wanted = StatefulSet::new(after);
    // Pods that come in any order don't wait for one another.
    let all_go = there.iter().all(|member| impact.pods.iter().any(|pod| pod.pod == member.name()));
    let until_new = wanted.replicas() > 0 && wanted.pod_management_policy() == PodManagementPolicy::Parallel && all_go;
    let outage = (wanted.replicas() == 0 || until_new) && subject.component != Component::Arbiter;
    impact.class = impact.class.max(if outage { ImpactClass::Outage } else { ImpactClass::Rolling });
    impact.rules.push(RuleId::StatefulSetScaleDown);
    if outage && there.iter().any(|member| member.ready) {
        let until = if until_new { "until its new pods are ready" } else { "from then on" };
        impact.unavailable.push(format!("{set} has no pods {until}."));
        predicted.allowances.push((AllowanceName::Outage, format!("all pods of {set} go")));
    }
    if subject.component == Component::Compute {
        predicted.impact.effects.push("Open transactions of the compute nodes that go are rolled back.".into());
        predicted.impact.rules.push(RuleId::ComputeRestart);
    }
    predicted
}

/// The pods that go. When a primary is among them, the backup takes over, if it stays.
fn deleted(set: &Value, there: &[Member], gone: &[String]) -> Vec<PodImpact> {
    let state = mirror_state(set, there);
    let primary = |name: &str| there.iter().any(|member| member.name() == name && member.is_primary());
    let successor = |name: &str| state.successor(name, &BTreeSet::new(), |other| gone.iter().any(|pod| pod == other));
    let pod = |name: &String| PodImpact {
        pod: name.clone(),
        role: None,
        successor: primary(name).then(|| successor(name)).flatten().map(|member| member.name.clone()),
        effect: PodEffect::Deleted,
        rule: Some(RuleId::StatefulSetScaleDown),
    };
    gone.iter().map(pod).collect()
}
