//! Pods that lack a claim which their StatefulSet wants. Kubernetes can't add it, stops there, and makes no pod of a
//! higher ordinal again (kubernetes-facts §7): they are replaced from the lowest ordinal up.

use iriskit_state::plan::{AllowanceName, ImpactClass, PodEffect, PodImpact, RuleId};
use serde_json::Value;

use crate::expand::Component;
use crate::expand::Desired;
use crate::expand::Rolling;
use crate::plan::impact::restarts::OUTAGE;
use crate::plan::impact::restarts::Predicted;
use crate::plan::impact::restarts::last_ready;
use crate::plan::live::Live;
use crate::plan::mirror::members::Member;
use crate::plan::mirror::members::blind;
use crate::plan::storage::claim_templates;

/// How pods that lack a claim are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// Whether they are a mirror.
    pub mirrored: bool,
    /// Whether members' status can't be known.
    pub blind: bool,
}

/// Whether some pod of the live set `before` lacks a claim of `after`.
pub(crate) fn any(before: &Value, after: &Value, live: &Live) -> bool {
    live.pods_of(before).into_iter().any(|pod| !claim_templates::missing_in(after, pod).is_empty())
}

/// Predicts the replacement of `pods`; `all` are those that the set has, and `after` is the set as it will be.
pub(crate) fn replaced(
    predicted: &mut Predicted,
    desired: &Desired,
    after: &Value,
    mut pods: Vec<Member>,
    all: &[Member],
) {
    pods.sort_by_key(Member::ordinal);
    if desired.rolling == Rolling::UpToPrimary {
        // Nobody can stop before the primary: it may well be the lowest.
        predicted.left_outdated = pods.into_iter().map(|pod| pod.name).collect();
        return;
    }
    let set = &desired.object.name;
    let mirrored = desired.rolling == Rolling::ByRole;
    let blind = mirrored && blind(after, all);
    let moves = moves(&pods, all);
    let last = last_ready(&pods, all).filter(|_| !mirrored && desired.component != Component::Arbiter);
    let impact = &mut predicted.impact;
    impact.pods.extend(pods.into_iter().map(|pod| PodImpact {
        pod: pod.name,
        role: pod.role,
        effect: PodEffect::Restarts,
        rule: Some(RuleId::ClaimsAdded),
    }));
    impact.rules.push(RuleId::ClaimsAdded);
    impact.class = impact.class.max(ImpactClass::Rolling);
    if mirrored && moves > 0 {
        impact.class = impact.class.max(ImpactClass::PrimaryMoves);
        impact.primary_moves = moves;
        impact.unavailable.push(match moves {
            1 => format!("{set} has no primary for the length of one fail-over."),
            count => format!("{set} has no primary for the length of each of {count} fail-overs."),
        });
        impact.rules.push(RuleId::PlannedFailover);
        predicted
            .allowances
            .push((AllowanceName::RestartPrimary, format!("the primary of {set} restarts and its role moves")));
    }
    if let Some(pod) = last {
        impact.class = impact.class.max(ImpactClass::Outage);
        impact
            .unavailable
            .push(format!("{pod} is the only ready pod of {set}: nothing answers until it is ready again."));
        impact.rules.push(RuleId::LastPodRestarts);
        predicted.allowances.push((OUTAGE, format!("{pod} is the only ready pod of {set}, and restarts")));
    }
    if blind {
        predicted.allowances.push((
            AllowanceName::RollBlind,
            format!("the members of {set} do not report their mirror status (no mirror labeler)"),
        ));
    }
    if all.len() > 1 {
        predicted.impact.effects.push(
            "From the lowest ordinal up, whoever is primary: until a pod has the new volume Kubernetes makes no pod of a \
             higher ordinal again."
                .into(),
        );
    }
    predicted.replaced = Some(Replaced { mirrored, blind });
}

/// How often the primary moves when `pods` restart in this order: each time that the one that is primary then restarts
/// it moves to another member, of a pair to the only other one. Where nobody is known to be primary it moves at least
/// once.
fn moves(pods: &[Member], all: &[Member]) -> usize {
    let Some(mut primary) = all.iter().find(|member| member.is_primary()) else { return usize::from(!pods.is_empty()) };
    let takes_over = |from: &Member| {
        let backup = all.iter().find(|member| member.name != from.name && member.role.as_deref() == Some("backup"));
        backup.or_else(|| all.iter().find(|member| member.name != from.name && member.role.is_some()))
    };
    let mut moves = 0;
    for pod in pods {
        if pod.name == primary.name {
            moves += 1;
            if let Some(next) = takes_over(primary) {
                primary = next;
            }
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_moves_once_when_it_goes_last_and_twice_when_it_goes_first() {
        let member = |n: usize, role: &str| Member {
            role: (!role.is_empty()).then(|| role.to_owned()),
            ..Member::of(&serde_json::json!({"metadata": {"name": format!("c-data-0-{n}")}}))
        };
        for (first, second, expected) in [("primary", "backup", 2), ("backup", "primary", 1), ("", "", 1)] {
            let all = [member(0, first), member(1, second)];
            assert_eq!(moves(&all, &all), expected, "{first} {second}");
        }
        let trio = [member(0, "primary"), member(1, "backup"), member(2, "")];
        assert_eq!(moves(&trio, &trio), 2);
        let all = [member(0, "primary"), member(1, "backup")];
        assert_eq!(moves(&all[1..], &all), 0);
    }
}
