//! What a run may have done that did not come to its end: in everything a beginning of what its plan said, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{Plan, ResourceChange, Verb, VolumeEffect};
use serde_json::Value;

use crate::{
    compare::{Seen, effect, expected_writes, has_no_order, hide, id_of, without, writes_of_steps},
    facts::{Effect, fates, is_not_compared, touched, visible},
    history::{State, going, uid},
};

/// What somebody else did meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Others {
    /// Objects, `Kind/name`, that they changed.
    pub(crate) objects: BTreeSet<String>,
    /// Whether pods may come and go for it.
    pub(crate) pods: bool,
}

/// Everything that goes beyond the plan.
pub(crate) fn excesses(plan: &Plan, seen: &Seen, others: &Others) -> Vec<String> {
    let mut found = Vec::new();
    objects(plan, seen, others, &mut found);
    if !others.pods {
        pods(plan, seen, &mut found);
    }
    claims(plan, seen, others, &mut found);
    let expected = expected_writes(plan, &seen.span, &seen.writes);
    let extra = without(&writes_of_steps(plan, &seen.writes), &expected);
    if !extra.is_empty() {
        found.push(format!("writes that no step explains: {extra:?}"));
    }
    found
}

/// Objects are as they were or as they were planned, and others were not touched.
fn objects(plan: &Plan, seen: &Seen, others: &Others, found: &mut Vec<String>) {
    let fates = fates(&seen.span);
    let planned: BTreeMap<String, &ResourceChange> =
        plan.resource_changes.iter().map(|change| (id_of(change), change)).collect();
    for (id, fate) in fates.iter().filter(|(id, _)| !others.objects.contains(*id)) {
        match planned.get(id) {
            None => found.push(format!("{id}: not in the plan, {fate:?}")),
            Some(change) if change.change.actions == [Verb::NoOp] => {
                found.push(format!("{id}: no-op planned, {fate:?}"));
            }
            Some(_) => {}
        }
    }
    for (id, change) in planned.iter().filter(|(id, _)| !others.objects.contains(*id)) {
        let (before, after) = (seen.span.before.get(id), seen.span.after.get(id));
        let said = &change.change;
        let verbs = said.actions.as_slice();
        let goes = verbs.contains(&Verb::Delete);
        match (before, after) {
            (Some(_), None) if !goes => found.push(format!("{id}: it is gone, and {verbs:?} was planned")),
            (Some(before), Some(after)) if uid(before) != uid(after) && !goes => {
                found.push(format!("{id}: it is another one, and {verbs:?} was planned"));
            }
            (_, Some(after)) if !(is_not_compared(id, after) || goes && going(after)) => {
                let now = |marks: [&Value; 2]| {
                    let mut now = visible(after);
                    for marks in marks {
                        hide(&mut now, marks);
                    }
                    now
                };
                let then = before.map(|before| visible(before));
                let mut planned = said.after.clone();
                for marks in [&said.after_sensitive, &said.after_unknown] {
                    hide(&mut planned, marks);
                }
                if then != Some(visible(after)) && planned != now([&said.after_sensitive, &said.after_unknown]) {
                    found.push(format!("{id}: it is neither as it was nor as planned"));
                }
            }
            _ => {}
        }
    }
}

/// Pods were touched as planned, in the order that was planned, up to some point.
fn pods(plan: &Plan, seen: &Seen, found: &mut Vec<String>) {
    for (set, touched) in touched(&seen.span) {
        let change = plan.resource_changes.iter().find(|change| change.kind == "StatefulSet" && change.name == set);
        let planned = change.into_iter().flat_map(|change| &change.impact.pods);
        let mut planned: Vec<(&str, Effect)> =
            planned.filter_map(|pod| Some((pod.pod.as_str(), effect(pod.effect)?))).collect();
        let in_order = !change.is_some_and(has_no_order);
        for pod in &touched {
            let fits = |(name, effect): &(&str, Effect)| {
                // Between its end and the next one of that name.
                *name == pod.pod
                    && (*effect == pod.effect || *effect == Effect::Restarts && pod.effect == Effect::Deleted)
            };
            match planned.iter().position(fits) {
                Some(0) => drop(planned.remove(0)),
                Some(at) if !in_order => drop(planned.remove(at)),
                Some(_) => {
                    found.push(format!("{}: {:?} before its turn, {planned:?} were first", pod.pod, pod.effect));
                    break;
                }
                None => found.push(format!("{}: {:?}, which was not planned", pod.pod, pod.effect)),
            }
        }
    }
}

/// No claim is gone but those whose end was told.
fn claims(plan: &Plan, seen: &Seen, others: &Others, found: &mut Vec<String>) {
    let of_sets = plan.resource_changes.iter().flat_map(|change| &change.impact.volumes);
    let told: BTreeSet<&str> = of_sets
        .filter(|volume| volume.effect == VolumeEffect::Deleted)
        .map(|volume| volume.claim.as_str())
        .chain(
            plan.resource_changes.iter().filter(|change| is_claim_that_goes(change)).map(|change| change.name.as_str()),
        )
        .collect();
    for (id, claim) in seen.span.before.iter().filter(|(id, _)| !others.objects.contains(*id)) {
        let Some(name) = id.strip_prefix("PersistentVolumeClaim/") else { continue };
        let is_lost = seen.span.after.get(id).is_none_or(|now| uid(now) != uid(claim));
        if is_lost && !told.contains(name) {
            found.push(format!("claim {name} is lost, and its end was not planned"));
        }
    }
}

fn is_claim_that_goes(change: &ResourceChange) -> bool {
    change.kind == "PersistentVolumeClaim" && change.change.actions.contains(&Verb::Delete)
}

/// A stage before whose end a later one was begun: its sets are not ready now, and were not when this plan's run ended.
pub(crate) fn passed_stages(plan: &Plan, seen: &Seen) -> Vec<String> {
    let fates = fates(&seen.span);
    let mut found = Vec::new();
    let mut unready: Option<&str> = None;
    for stage in &plan.stages {
        let changes = || {
            stage.changes.iter().filter_map(|address| plan.resource_changes.iter().find(|one| one.address == *address))
        };
        if let Some(set) = unready {
            let begun = changes().find(|change| fates.contains_key(&id_of(change)));
            found.extend(begun.map(|change| format!("{} was begun while {set} was not ready", change.address)));
        }
        let of_stage = changes().filter(|change| change.kind == "StatefulSet");
        unready = unready
            .or_else(|| of_stage.map(|change| change.name.as_str()).find(|set| !is_ready(&seen.span.after, set)));
    }
    found
}

/// Whether a set has all of its pods, and they are ready.
pub(crate) fn is_ready(state: &State, set: &str) -> bool {
    let Some(set) = state.get(&format!("StatefulSet/{set}")) else { return false };
    let number = |pointer: &str| set.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    number("/status/readyReplicas") == number("/spec/replicas")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::tampered::sample;

    /// The sample's run as it is at each of its moments.
    fn up_to(at: usize) -> (Plan, Seen) {
        let (plan, mut seen) = sample().clone();
        seen.span.events.truncate(at);
        seen.span.after = seen.span.before.clone();
        for event in &seen.span.events {
            if event.gone {
                seen.span.after.remove(&event.id);
            } else {
                seen.span.after.insert(event.id.clone(), Arc::clone(&event.object));
            }
        }
        (plan, seen)
    }

    #[test]
    fn each_beginning_of_a_run_is_one_and_what_goes_beyond_it_is_told() {
        let whole = sample().1.span.events.len();
        for at in 0..=whole {
            let (plan, seen) = up_to(at);
            assert_eq!(excesses(&plan, &seen, &Others::default()), Vec::<String>::new(), "after {at} events");
        }
        let (plan, seen) = up_to(whole);
        let told = |tamper: &dyn Fn(&mut Seen)| {
            let mut seen = seen.clone();
            tamper(&mut seen);
            excesses(&plan, &seen, &Others::default())
        };
        let is_told = |found: &[String], text: &str| found.iter().any(|one| one.contains(text));
        let lost = told(&|seen| seen.span.after.retain(|id, _| id != "PersistentVolumeClaim/iris-data-a-data-0-0"));
        assert!(is_told(&lost, "is lost"), "{lost:?}");
        let gone = told(&|seen| drop(seen.span.after.remove("Service/a")));
        assert!(is_told(&gone, "Service/a: it is gone"), "{gone:?}");
        let more = told(&|seen| seen.writes.push("DELETE pods/a-compute-0".to_owned()));
        assert!(is_told(&more, "writes that no step explains"), "{more:?}");
        let first = told(&|seen| {
            let backup = plan
                .resource_changes
                .iter()
                .find(|change| !change.impact.pods.is_empty() && change.name == "a-data-0")
                .unwrap();
            let first = format!("Pod/{}", backup.impact.pods[0].pod);
            seen.span.events.retain(|event| event.id != first);
        });
        assert!(is_told(&first, "before its turn"), "{first:?}");
    }
}
