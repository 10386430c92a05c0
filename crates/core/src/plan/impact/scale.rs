//! Pods that come and go with `spec.replicas`.

use iriskit_state::plan::{AllowanceName, Component, ImpactClass, PodEffect, PodImpact, RuleId, VolumeEffect};
use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    expand::Desired,
    plan::{
        impact::{pod_template::replicas, pods::created, predicted::Predicted},
        live::Live,
        mirror::members::{Member, members, mirror_state},
        storage::{
            lost_volumes,
            volume_effects::{claims, reuse},
        },
    },
};

/// Compares both numbers.
pub(crate) fn predict(desired: &Desired, before: &Value, after: &Value, live: &Live) -> Predicted {
    let (then, now) = (replicas(before), replicas(after));
    match now.cmp(&then) {
        std::cmp::Ordering::Greater => up(desired, after, &(then..now).collect::<Vec<_>>(), live),
        std::cmp::Ordering::Less => down(desired, before, after, (now..then).rev().collect(), live),
        std::cmp::Ordering::Equal => Predicted::default(),
    }
}

fn up(desired: &Desired, after: &Value, added: &[u64], live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    predicted.impact.pods = created(&desired.object.name, added);
    predicted.impact.volumes = claims(desired, after, added, live);
    predicted.impact.rules.push(RuleId::StatefulSetStart);
    let reuse = reuse(desired, &predicted.impact.volumes);
    predicted.and(reuse)
}

fn down(desired: &Desired, before: &Value, after: &Value, removed: Vec<u64>, live: &Live) -> Predicted {
    let set = &desired.object.name;
    let there = members(before, live);
    // Somebody may just have asked for pods that were not made yet.
    let is_there = |n: &u64| there.iter().any(|member| member.name() == format!("{set}-{n}"));
    let gone: Vec<u64> = removed.into_iter().filter(is_there).collect();
    let names: Vec<String> = gone.iter().map(|n| format!("{set}-{n}")).collect();
    let mut predicted = Predicted::default();
    let mut volumes = claims(desired, before, &gone, live);
    volumes.retain(|volume| volume.effect == VolumeEffect::Reused);
    for volume in &mut volumes {
        volume.effect = VolumeEffect::Stays;
    }
    let impact = &mut predicted.impact;
    impact.volumes = volumes;
    impact.pods = deleted(before, &there, &names);
    let lost = lost_volumes::with_replicas(impact, &desired.object, after, live);
    predicted = predicted.and_of_volumes(lost);
    let impact = &mut predicted.impact;
    let outage = replicas(after) == 0 && desired.component != Component::Arbiter;
    impact.class = impact.class.max(if outage { ImpactClass::Outage } else { ImpactClass::Rolling });
    impact.rules.push(RuleId::StatefulSetScaleDown);
    if outage && there.iter().any(|member| member.ready) {
        impact.unavailable.push(format!("{set} has no pods from then on."));
        predicted.allowances.push((AllowanceName::Outage, format!("all pods of {set} go")));
    }
    if desired.component == Component::Compute {
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
