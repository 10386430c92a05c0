//! A StatefulSet whose pods Kubernetes restarts.

use iriskit_state::plan::{AllowanceName, Component, ImpactClass, PodEffect, RuleId};
use serde_json::Value;

use crate::plan::{
    impact::{pods::effects, predicted::Predicted, rollout_limits::Limits, subject::Subject},
    mirror::members::{Member, highest_first},
};

/// Restarts some of `all` pods, from the highest ordinal down.
pub(crate) fn predict(subject: Subject<'_>, after: &Value, restarting: Vec<Member>, all: &[Member]) -> Predicted {
    let set = &subject.object.name;
    let at_once = Limits::of(after).at_once;
    let restarting = highest_first(restarting);
    let mut predicted = Predicted::default();
    let arbiter = subject.component == Component::Arbiter;
    let together = all_at_once(&restarting, all, at_once) && !arbiter;
    let last = last_ready(&restarting, all).filter(|_| !arbiter);
    let impact = &mut predicted.impact;
    impact.rules.push(RuleId::StatefulSetRoll);
    impact.class = if together || last.is_some() { ImpactClass::Outage } else { ImpactClass::Rolling };
    let rule = if at_once > 1 { RuleId::StatefulSetMaxUnavailable } else { RuleId::StatefulSetRoll };
    if at_once > 1 {
        impact.unordered = true;
        let text =
            format!("Up to {at_once} pods of {set} restart at a time (maxUnavailable, which iriskit does not set).");
        impact.effects.push(text);
        impact.rules.push(rule);
    }
    if together {
        let text =
            format!("All ready pods of {set} may restart at the same time: nothing answers until one is ready again.");
        impact.unavailable.push(text);
        predicted
            .allowances
            .push((AllowanceName::Outage, format!("all ready pods of {set} may restart at the same time")));
    }
    if arbiter {
        impact.unavailable.push(format!("The mirror is without its arbiter until {set}-0 is ready again."));
        impact.rules.push(RuleId::ArbiterAway);
    }
    if subject.component == Component::Compute {
        impact.effects.push("Open transactions of a compute node that restarts are rolled back.".into());
        impact.rules.push(RuleId::ComputeRestart);
    }
    if let Some(pod) = last.filter(|_| !together) {
        let text = format!("{pod} is the only ready pod of {set}: nothing answers until it is ready again.");
        impact.unavailable.push(text);
        impact.rules.push(RuleId::LastPodRestarts);
        predicted
            .allowances
            .push((AllowanceName::Outage, format!("{pod} is the only ready pod of {set}, and restarts")));
    }
    predicted.impact.pods = effects(&restarting, PodEffect::Restarts, rule);
    predicted
}

/// Whether every pod that serves may be away at once, where several restart at a time.
fn all_at_once(restarting: &[Member], all: &[Member], at_once: u64) -> bool {
    let serving: Vec<&Member> = all.iter().filter(|member| member.ready).collect();
    let count = u64::try_from(serving.len()).unwrap_or(u64::MAX);
    at_once > 1
        && (2..=at_once).contains(&count)
        && serving.iter().all(|member| restarting.iter().any(|one| one.name() == member.name()))
}

/// The pod that leaves nobody ready when it restarts: the first one, since those after it find it back.
pub(crate) fn last_ready(restarting: &[Member], all: &[Member]) -> Option<String> {
    let first = restarting.first().filter(|pod| pod.ready)?;
    let other = |member: &Member| member.name() != first.name() && member.ready;
    (!all.iter().any(other)).then(|| first.name().to_owned())
}
