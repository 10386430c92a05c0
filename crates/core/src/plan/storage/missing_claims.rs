//! Pods that lack a claim which their StatefulSet wants. Kubernetes can't add it, stops there, and makes no pod of a
//! higher ordinal again (kubernetes-facts §7): they are replaced from the lowest ordinal up.

use iriskit_state::plan::{AllowanceName, Component, ImpactClass, RuleId};
use serde_json::Value;

use crate::{
    expand::Rolling,
    mirror::{ReplacedPods, RestartRule, forecast_replacement},
    plan::{
        impact::{kubernetes_roll::last_ready, mirror_roll::blind_reason, predicted::Predicted, subject::Subject},
        mirror::members::{Member, blind, mirror_state},
    },
};

/// Predicts that pods which lack a claim are replaced, and in a mirror the outdated ones, too: those that are `restarting` of
/// `all` that the set has. `after` is the set as it will be.
pub(crate) fn replacement(subject: Subject<'_>, after: &Value, restarting: &[Member], all: &[Member]) -> Predicted {
    if subject.rolling == Rolling::UpToPrimary {
        // Nobody can stop before the primary: it may well be the lowest.
        let mut left: Vec<&Member> = restarting.iter().collect();
        left.sort_by_key(|member| member.ordinal());
        let left_outdated = left.into_iter().map(|member| member.name().to_owned()).collect();
        return Predicted::of_left_outdated(left_outdated);
    }
    let set = &subject.object.name;
    let blind = subject.rolling == Rolling::ByRole && blind(after, all);
    let whose = match subject.rolling {
        Rolling::ByRole => ReplacedPods::Mirrored { blind },
        _ => ReplacedPods::Unmirrored,
    };
    let forecast = forecast_replacement(&mirror_state(after, all), whose);
    let mut predicted = Predicted::of_restarts(&forecast);
    let impact = &mut predicted.impact;
    impact.rules.push(RestartRule::ClaimsAdded.id());
    impact.class = ImpactClass::Rolling;
    if impact.primary_moves > 0 {
        impact.class = ImpactClass::PrimaryMoves;
        impact.unavailable.push(match impact.primary_moves {
            1 => format!("{set} has no primary for the length of one fail-over."),
            count => format!("{set} has no primary for the length of each of {count} fail-overs."),
        });
        impact.rules.push(RuleId::PlannedFailover);
        predicted
            .allowances
            .push((AllowanceName::RestartPrimary, format!("the primary of {set} restarts and its role moves")));
    }
    if whose == ReplacedPods::Unmirrored
        && subject.component != Component::Arbiter
        && let Some(pod) = last_ready(&in_turn(&predicted, all), all)
    {
        let impact = &mut predicted.impact;
        impact.class = ImpactClass::Outage;
        impact
            .unavailable
            .push(format!("{pod} is the only ready pod of {set}: nothing answers until it is ready again."));
        impact.rules.push(RuleId::LastPodRestarts);
        predicted
            .allowances
            .push((AllowanceName::Outage, format!("{pod} is the only ready pod of {set}, and restarts")));
    }
    if blind {
        predicted.allowances.push((AllowanceName::RollBlind, blind_reason(set)));
    }
    if all.len() > 1 {
        predicted.impact.effects.push(
            "From the lowest ordinal up, whoever is primary: until a pod has the new volume Kubernetes makes no pod of a \
             higher ordinal again."
                .into(),
        );
    }
    predicted.replaced = Some(whose);
    predicted
}

/// The members that are replaced, in their order.
fn in_turn(predicted: &Predicted, all: &[Member]) -> Vec<Member> {
    let pods = predicted.impact.pods.iter();
    pods.filter_map(|pod| all.iter().find(|member| member.name() == pod.pod)).cloned().collect()
}
