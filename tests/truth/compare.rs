//! Predicted beside observed. Each disagreement is one sentence; none means that the plan told the truth.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_core::diff::differences;
use iriskit_kubernetes::schema::table;
use iriskit_state::plan::{Plan, PodEffect, ResourceChange, Step, Verb, VolumeEffect};
use serde_json::Value;

use crate::{
    facts::{
        Effect, Fate, Touched, fates, field_owners, is_not_compared, lives_of_pods, marks, primary_moves, touched,
        visible,
    },
    history::{Span, State, claims_of, going, is_mounted, uid},
    place::KINDS,
};

/// The rule of pods that go together.
const NO_ORDER: &str = "statefulset-delete";

/// What was seen of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) span: Span,
    /// The requests of iriskit that changed something, `METHOD plural/name`.
    pub(crate) writes: Vec<String>,
}

/// Everything in which a history differs from the plan.
pub(crate) fn disagreements(plan: &Plan, seen: &Seen) -> Vec<String> {
    let mut found = Vec::new();
    let Seen { span, writes } = seen;
    let seen = Observed { pods: touched(span), moves: primary_moves(span), fates: fates(span), span };
    objects(plan, &seen, &mut found);
    pods(plan, &seen, true, &mut found);
    volumes(plan, span, &mut found);
    order(plan, &seen, &mut found);
    nothing_after_the_end(&seen, &mut found);
    requests(plan, span, writes, &mut found);
    found
}

/// In what a plan differs from what several runs did together, the first of which was cut off: not in the order, nor in the
/// requests.
pub(crate) fn differences_in_sum(plan: &Plan, span: &Span) -> Vec<String> {
    let mut found = Vec::new();
    let seen = Observed { pods: touched(span), moves: primary_moves(span), fates: fates(span), span };
    objects(plan, &seen, &mut found);
    pods(plan, &seen, false, &mut found);
    volumes(plan, span, &mut found);
    found
}

struct Observed<'a> {
    span: &'a Span,
    pods: BTreeMap<String, Vec<Touched>>,
    moves: BTreeMap<String, usize>,
    fates: BTreeMap<String, Fate>,
}

pub(crate) fn id_of(change: &ResourceChange) -> String {
    format!("{}/{}", change.kind, change.name)
}

fn is_set(change: &ResourceChange) -> bool {
    change.kind == "StatefulSet"
}

/// Actions, values, and that nothing else was touched.
fn objects(plan: &Plan, seen: &Observed<'_>, found: &mut Vec<String>) {
    let mut planned = BTreeSet::new();
    for change in &plan.resource_changes {
        let id = id_of(change);
        planned.insert(id.clone());
        let none = Fate::default();
        let fate = seen.fates.get(&id).unwrap_or(&none);
        let (before, after) = (seen.span.before.get(&id), seen.span.after.get(&id));
        let count = (fate.made, fate.changed, fate.deleted);
        let actions = change.change.actions.as_slice();
        let is_claim = change.kind == "PersistentVolumeClaim";
        match actions {
            [Verb::NoOp] => {
                if count != (0, 0, 0) {
                    found.push(format!("{id}: no-op planned, {fate:?}"));
                }
                if before.map(|object| marks(object)) != after.map(|object| marks(object)) {
                    found.push(format!("{id}: no-op planned, ownership changed"));
                }
                continue;
            }
            [Verb::Create] if count != (1, 0, 0) => found.push(format!("{id}: create planned, {fate:?}")),
            [Verb::Delete] if !is_claim && count != (0, 0, 1) => found.push(format!("{id}: delete planned, {fate:?}")),
            [Verb::Delete] if after.is_some() => found.push(format!("{id}: delete planned, it is there")),
            [Verb::Update] => {
                let writes = change.steps.iter().any(|step| matches!(step, Step::Update { .. }));
                // The default that goes before stuck pods is a write of its own.
                let defaults = change.fields.iter().filter(|field| is_written_default(change, &field.path)).count();
                let writes = writes || defaults > 0;
                let expected = usize::from(change.fields.len() > defaults) + defaults;
                if count != (0, expected, 0) {
                    found.push(format!("{id}: update of {} fields planned, {fate:?}", change.fields.len()));
                }
                if before.map(|object| uid(object)) != after.map(|object| uid(object)) {
                    found.push(format!("{id}: update planned, it is another object"));
                }
                let same_marks = before.map(|object| marks(object)) == after.map(|object| marks(object));
                // What iriskit held already is taken from others all the same.
                let takes = change.steps.iter().any(|step| matches!(step, Step::TakeOver { .. }));
                let went_over =
                    takes && before.map(|object| field_owners(object)) != after.map(|object| field_owners(object));
                if writes && expected == 0 && same_marks && !went_over {
                    found.push(format!("{id}: update planned, nothing happened"));
                }
                if !writes && !same_marks {
                    found.push(format!("{id}: no write planned, ownership changed"));
                }
            }
            [_, _] if count != (1, 0, 1) => found.push(format!("{id}: replacement planned, {fate:?}")),
            _ => {}
        }
        values(change, before.map(|object| visible(object)), after.map(|object| visible(object)), found);
    }
    let ids: BTreeSet<&String> =
        seen.span.before.keys().chain(seen.span.after.keys()).chain(seen.fates.keys()).collect();
    for id in ids.into_iter().filter(|id| !planned.contains(*id)) {
        let (before, after) = (seen.span.before.get(id), seen.span.after.get(id));
        if before.or(after).is_some_and(|object| is_not_compared(id, object)) {
            continue;
        }
        if let Some(fate) = seen.fates.get(id) {
            found.push(format!("{id}: not in the plan, {fate:?}"));
        }
    }
}

/// Whether a field is Kubernetes' own default, written out before stuck pods are deleted.
fn is_written_default(change: &ResourceChange, path: &str) -> bool {
    path.starts_with("spec.updateStrategy.rollingUpdate")
        && change.steps.iter().any(|step| matches!(step, Step::ReplaceStuckPods { .. }))
}

/// `before`, `after` and the fields between them.
fn values(change: &ResourceChange, before: Option<Value>, after: Option<Value>, found: &mut Vec<String>) {
    let id = id_of(change);
    let said = &change.change;
    let mut compare = |which: &str, planned: &Value, observed: Option<&Value>, hidden: [&Value; 2]| {
        let mut planned = planned.clone();
        let mut observed = observed.cloned().unwrap_or_default();
        for marks in hidden {
            hide(&mut planned, marks);
            hide(&mut observed, marks);
        }
        if planned != observed {
            let places = leaves_between(&planned, &observed);
            found.push(format!("{id}: {which} is not as planned: {}", places.join("; ")));
        }
    };
    compare("before", &said.before, before.as_ref(), [&said.before_sensitive, &Value::Null]);
    compare("after", &said.after, after.as_ref(), [&said.after_sensitive, &said.after_unknown]);
    let (Some(before), Some(mut after)) = (before, after) else { return };
    if said.actions != [Verb::Update] {
        return;
    }
    hide(&mut after, &said.after_unknown);
    let kind = table().kind(&change.api_version, &change.kind).expect("a known kind");
    let observed: BTreeMap<String, (Value, Value)> = differences(kind, &before, &after)
        .into_iter()
        .map(|one| (one.path.to_human(), (one.before.unwrap_or_default(), one.after.unwrap_or_default())))
        .collect();
    let planned: BTreeSet<&String> = change.fields.iter().map(|field| &field.path).collect();
    for path in observed.keys().filter(|path| !planned.contains(path)) {
        found.push(format!("{id}: {path} changed, which was not planned"));
    }
    for field in &change.fields {
        match observed.get(&field.path) {
            None => found.push(format!("{id}: {} was to change, and did not", field.path)),
            Some((before, _)) if !field.sensitive && *before != field.before => {
                found.push(format!("{id}: {} was {before}, planned from {}", field.path, field.before));
            }
            Some((_, after)) if !field.sensitive && *after != field.after => {
                found.push(format!("{id}: {} is {after}, planned {}", field.path, field.after));
            }
            Some(_) => {}
        }
    }
}

/// Takes out the marked places.
pub(crate) fn hide(value: &mut Value, marks: &Value) {
    match (value, marks) {
        (Value::Object(members), Value::Object(marks)) => {
            for (name, mark) in marks {
                if *mark == Value::Bool(true) {
                    members.remove(name);
                } else if let Some(member) = members.get_mut(name) {
                    hide(member, mark);
                }
            }
        }
        (Value::Array(items), Value::Array(marks)) => {
            items.iter_mut().zip(marks).for_each(|(item, mark)| hide(item, mark));
        }
        (value, Value::Bool(true)) => *value = Value::Null,
        _ => {}
    }
}

/// The places at which two values differ, for people.
fn leaves_between(planned: &Value, observed: &Value) -> Vec<String> {
    fn walk(path: &str, planned: &Value, observed: &Value, out: &mut Vec<String>) {
        match (planned, observed) {
            _ if planned == observed => {}
            (Value::Object(a), Value::Object(b)) => {
                for name in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                    let (a, b) = (a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null));
                    walk(&format!("{path}/{name}"), a, b, out);
                }
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).enumerate().for_each(|(at, (a, b))| walk(&format!("{path}/{at}"), a, b, out));
            }
            _ => out.push(format!("{path} planned {planned}, is {observed}")),
        }
    }
    let mut out = Vec::new();
    walk("", planned, observed, &mut out);
    out
}

/// Pods with what happens to them, in order, and moves of primaries.
fn pods(plan: &Plan, seen: &Observed<'_>, in_order: bool, found: &mut Vec<String>) {
    let mut sets: BTreeSet<&str> = seen.pods.keys().chain(seen.moves.keys()).map(String::as_str).collect();
    let changes: BTreeMap<&str, &ResourceChange> = plan
        .resource_changes
        .iter()
        .filter(|change| is_set(change))
        .map(|change| (change.name.as_str(), change))
        .collect();
    sets.extend(changes.keys());
    for set in sets {
        let mut planned: Vec<(&str, Effect)> = changes
            .get(set)
            .into_iter()
            .flat_map(|change| &change.impact.pods)
            .filter_map(|pod| Some((pod.pod.as_str(), effect(pod.effect)?)))
            .collect();
        let none = Vec::new();
        let touched = seen.pods.get(set).unwrap_or(&none);
        let mut observed: Vec<(&str, Effect)> = touched.iter().map(|pod| (pod.pod.as_str(), pod.effect)).collect();
        let has_order = in_order && !changes.get(set).is_some_and(|change| has_no_order(change));
        if !has_order {
            planned.sort_unstable_by_key(|pod| pod.0);
            observed.sort_unstable_by_key(|pod| pod.0);
        }
        if planned != observed {
            let lives = lives_of_pods(seen.span, set);
            found.push(format!("{set}: pods planned {planned:?}, observed {observed:?}\n{lives}"));
        }
        adopted(changes.get(set).copied(), seen, found);
        let planned = changes.get(set).map_or(0, |change| change.impact.primary_moves);
        let observed = seen.moves.get(set).copied().unwrap_or_default();
        if planned != observed {
            found.push(format!("{set}: {planned} moves of the primary planned, {observed} observed"));
        }
    }
}

/// Whether the pods of a set go together.
pub(crate) fn has_no_order(change: &ResourceChange) -> bool {
    change.impact.rules.iter().any(|rule| rule.as_str() == NO_ORDER)
}

/// Pods that go on running under a set that was made again.
fn adopted(change: Option<&ResourceChange>, seen: &Observed<'_>, found: &mut Vec<String>) {
    let Some(change) = change else { return };
    let set = seen.span.after.get(&id_of(change));
    for pod in change.impact.pods.iter().filter(|pod| pod.effect == PodEffect::Adopted) {
        let id = format!("Pod/{}", pod.pod);
        let (before, after) = (seen.span.before.get(&id), seen.span.after.get(&id));
        let owner = after.and_then(|pod| pod["metadata"]["ownerReferences"][0]["uid"].as_str());
        if before.map(|pod| uid(pod)) != after.map(|pod| uid(pod)) || owner != set.map(|set| uid(set)) {
            found.push(format!("{}: was to go on under the new set, its owner is {owner:?}", pod.pod));
        }
    }
}

/// `None` for a pod that goes on running: nothing is to be seen of it.
pub(crate) fn effect(planned: PodEffect) -> Option<Effect> {
    match planned {
        PodEffect::Created => Some(Effect::Created),
        PodEffect::Restarts => Some(Effect::Restarts),
        PodEffect::Deleted => Some(Effect::Deleted),
        PodEffect::Adopted => None,
    }
}

/// Claims that are made, stay or go.
fn volumes(plan: &Plan, span: &Span, found: &mut Vec<String>) {
    let planned: BTreeMap<&str, (VolumeEffect, Option<&str>)> = plan
        .resource_changes
        .iter()
        .flat_map(|change| &change.impact.volumes)
        .map(|volume| (volume.claim.as_str(), (volume.effect, volume.size.as_deref())))
        .collect();
    let claim = |state: &State, name: &str| state.get(&format!("PersistentVolumeClaim/{name}")).cloned();
    let restarts = plan.resource_changes.iter().flat_map(|change| &change.impact.pods);
    let restarts = restarts.filter(|pod| pod.effect == PodEffect::Restarts);
    let restarting: BTreeSet<&str> = restarts
        .filter_map(|pod| span.before.get(&format!("Pod/{}", pod.pod)))
        .flat_map(|pod| claims_of(pod))
        .collect();
    let names: BTreeSet<&str> = span
        .before
        .keys()
        .chain(span.after.keys())
        .chain(span.events.iter().map(|seen| &seen.id))
        .filter_map(|id| id.strip_prefix("PersistentVolumeClaim/"))
        .chain(planned.keys().copied())
        .collect();
    for name in names {
        let (before, after) = (claim(&span.before, name), claim(&span.after, name));
        let same = before.as_ref().map(|claim| uid(claim)) == after.as_ref().map(|claim| uid(claim));
        let size = |claim: &Value| claim["spec"]["resources"]["requests"]["storage"].as_str().map(str::to_owned);
        match planned.get(name) {
            Some((VolumeEffect::New, wanted)) => match &after {
                Some(claim) if before.is_none() => {
                    if wanted.is_some() && size(claim).as_deref() != *wanted {
                        found.push(format!("claim {name}: {wanted:?} planned, {:?} made", size(claim)));
                    }
                }
                _ => found.push(format!("claim {name}: new planned, it is not")),
            },
            Some((VolumeEffect::Grows, wanted))
                if !same || after.as_ref().and_then(|claim| size(claim)).as_deref() != *wanted =>
            {
                found.push(format!(
                    "claim {name}: {wanted:?} planned, {:?} asked for",
                    after.as_ref().and_then(|claim| size(claim))
                ));
            }
            Some((VolumeEffect::Deleted, _)) if before.is_some() && after.is_none() => {}
            // The next pod gets an empty one in the place of one that somebody had deleted before.
            Some((VolumeEffect::Deleted, _))
                if !same && before.as_ref().is_some_and(|claim| going(claim)) && restarting.contains(name) => {}
            Some((VolumeEffect::Deleted, _)) => found.push(format!("claim {name}: its end was planned, it is there")),
            Some((VolumeEffect::Reused, _))
                if !same || after.is_none() || !is_mounted(&span.after, &format!("PersistentVolumeClaim/{name}")) =>
            {
                found.push(format!("claim {name}: re-use planned, it is not in use or another one"));
            }
            Some(_) | None if !same => found.push(format!("claim {name}: made or deleted, which was not planned")),
            Some((VolumeEffect::Grows, _)) => {}
            Some(_) | None => {
                let (before, after) = (before.as_ref().and_then(|it| size(it)), after.as_ref().and_then(|it| size(it)));
                if before != after {
                    found.push(format!("claim {name}: {before:?} became {after:?}, which was not planned"));
                }
            }
        }
    }
    for staying in &plan.staying {
        let name = staying.address.rsplit('/').next().unwrap_or_default();
        if staying.address.starts_with("PersistentVolumeClaim/") && claim(&span.after, name).is_none() {
            found.push(format!("claim {name}: was to stay, and did not"));
        }
    }
}

/// From when until when work on a change was seen.
fn interval(change: &ResourceChange, seen: &Observed<'_>) -> Option<(u64, u64)> {
    let fate = seen.fates.get(&id_of(change));
    let pods = seen.pods.get(&change.name).filter(|_| is_set(change));
    let first = fate.and_then(|fate| fate.first).into_iter().chain(pods.into_iter().flatten().map(|pod| pod.at)).min();
    let last = fate.and_then(|fate| fate.last).into_iter().chain(pods.into_iter().flatten().map(|pod| pod.until)).max();
    first.zip(last)
}

/// Stages one after the other, and inside of them what depends on what.
fn order(plan: &Plan, seen: &Observed<'_>, found: &mut Vec<String>) {
    let by_address: BTreeMap<&str, &ResourceChange> =
        plan.resource_changes.iter().map(|change| (change.address.as_str(), change)).collect();
    let mut end: Option<(u64, String)> = None;
    for stage in &plan.stages {
        let of_stage = stage.changes.iter().filter_map(|address| by_address.get(address.as_str()));
        let work: Vec<(&str, u64, u64)> = of_stage
            .filter_map(|change| interval(change, seen).map(|(from, to)| (change.address.as_str(), from, to)))
            .collect();
        if let (Some((end, earlier)), Some((first, begun, _))) = (&end, work.iter().min_by_key(|(_, from, _)| from))
            && begun < end
        {
            found.push(format!(
                "stage {}: {first} was begun at {begun}, before {earlier} was done at {end}",
                stage.name
            ));
        }
        let last = work.iter().max_by_key(|(.., to)| to).map(|(address, _, to)| (*to, (*address).to_owned()));
        end = end.max(last);
    }
    for change in &plan.resource_changes {
        let Some((begun, _)) = interval(change, seen) else { continue };
        for needed in change.depends_on.iter().filter_map(|needed| by_address.get(needed.as_str())) {
            if let Some((_, done)) = interval(needed, seen)
                && begun < done
                && needed.address != change.address
            {
                found.push(format!(
                    "{} was begun at {begun}, before {} was done at {done}",
                    change.address, needed.address
                ));
            }
        }
    }
}

/// Done means that nothing more happens.
fn nothing_after_the_end(seen: &Observed<'_>, found: &mut Vec<String>) {
    let ended = seen.span.ended;
    for pod in seen.pods.values().flatten().filter(|pod| pod.until > ended) {
        found.push(format!("{}: something happened to it after the run was over", pod.pod));
    }
    for (id, _) in seen.fates.iter().filter(|(_, fate)| fate.last > Some(ended)) {
        found.push(format!("{id}: something happened to it after the run was over"));
    }
}

/// Every write belongs to a step, and every step wrote.
fn requests(plan: &Plan, span: &Span, writes: &[String], found: &mut Vec<String>) {
    let expected = expected_writes(plan, span, writes);
    let mut made = writes_of_steps(plan, writes);
    made.sort();
    if made != expected {
        let (extra, missing) = (without(&made, &expected), without(&expected, &made));
        found.push(format!("writes that no step explains: {extra:?}; steps without their write: {missing:?}"));
    }
}

/// The writes of a plan's steps. What somebody had deleted already may have gone by then.
pub(crate) fn expected_writes(plan: &Plan, span: &Span, writes: &[String]) -> Vec<String> {
    let plural = |kind: &str| KINDS.iter().find(|(.., known)| *known == kind).map_or("?", |(plural, ..)| plural);
    let mut expected = Vec::new();
    for change in &plan.resource_changes {
        let object = format!("{}/{}", plural(&change.kind), change.name);
        for step in &change.steps {
            let pods = |effect: PodEffect| change.impact.pods.iter().filter(move |pod| pod.effect == effect);
            match step {
                Step::Create { .. } | Step::Update { .. } | Step::TakeOver { .. } => {
                    expected.push(format!("PATCH {object}"));
                }
                Step::Delete { .. } => {
                    let write = format!("DELETE {object}");
                    let was_going = span.before.get(&id_of(change)).is_some_and(|before| going(before));
                    if !was_going || writes.contains(&write) {
                        expected.push(write);
                    }
                }
                Step::GrowClaim { claim, .. } => expected.push(format!("PATCH persistentvolumeclaims/{claim}")),
                Step::RollByRole { .. } | Step::ReplacePods { .. } => {
                    expected.extend(pods(PodEffect::Restarts).map(|pod| format!("DELETE pods/{}", pod.pod)));
                }
                Step::DeletePodsByRole { pods } | Step::ReplaceStuckPods { pods } => {
                    let defaults = change.fields.iter().filter(|field| is_written_default(change, &field.path));
                    expected.extend(defaults.map(|_| format!("PATCH {object}")));
                    expected.extend(pods.iter().map(|(pod, _)| format!("DELETE pods/{pod}")));
                }
                Step::WaitReady | Step::WaitMirror { .. } | Step::AdoptPods { .. } => {}
            }
        }
    }
    expected.sort();
    expected
}

/// Writes without those to records and locks.
pub(crate) fn writes_of_steps(plan: &Plan, writes: &[String]) -> Vec<String> {
    let records: Vec<String> = plan.owners.iter().map(|owner| format!("configmaps/{}-iriskit", owner.name)).collect();
    let bookkeeping = |write: &&String| {
        let (method, object) = write.split_once(' ').unwrap_or_default();
        records.iter().any(|record| record == object)
            || method == "POST" && object == "configmaps"
            || object.starts_with("leases")
    };
    writes.iter().filter(|write| !bookkeeping(write)).cloned().collect()
}

pub(crate) fn without(some: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let left = some.iter().filter(|one| match others.iter().position(|other| other == *one) {
        Some(at) => {
            others.remove(at);
            false
        }
        None => true,
    });
    left.cloned().collect()
}
