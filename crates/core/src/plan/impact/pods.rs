//! Pods as parts of an impact.

use iriskit_state::plan::{PodEffect, PodImpact, RuleId};

use crate::plan::mirror::members::Member;

/// Pods of a set that are made.
pub(crate) fn created(set: &str, ordinals: &[u64]) -> Vec<PodImpact> {
    let pod = |n: &u64| PodImpact {
        pod: format!("{set}-{n}"),
        role: None,
        successor: None,
        effect: PodEffect::Created,
        rule: Some(RuleId::StatefulSetStart),
    };
    ordinals.iter().map(pod).collect()
}

/// What happens to these members, by one rule.
pub(crate) fn effects(members: &[Member], effect: PodEffect, rule: RuleId) -> Vec<PodImpact> {
    let one = |member: &Member| PodImpact {
        pod: member.name().to_owned(),
        role: member.role(),
        successor: None,
        effect,
        rule: Some(rule),
    };
    members.iter().map(one).collect()
}
