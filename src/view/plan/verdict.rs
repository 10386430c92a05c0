//! The plan in a sentence or two, for the moment of decision: what restarts, whether the primary moves, what becomes of volumes,
//! and what can't be undone.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{ImpactClass, Plan, PodEffect, ResourceChange, Step};

use super::{lookup::Lookup, summary};
use crate::ui::{plural, times};

/// `2 members of hospital restart, the primary moves once, no volume is touched. Not reversible: …`
pub(in crate::view) fn verdict(plan: &Plan) -> String {
    let lookup = Lookup::new(plan);
    let mut clauses = Vec::new();
    clauses.extend(restarts(&lookup));
    clauses.extend(primary(plan));
    clauses.extend(deletions(&lookup));
    clauses.push(volumes(plan));
    let mut said = format!("{}.", clauses.join(", "));
    if let Some(first) = said.get(..1) {
        said.replace_range(..1, &first.to_uppercase());
    }
    let outages = outages(plan);
    if plan.impact.class == ImpactClass::Outage && !lookup.destroys() && !outages.is_empty() {
        said.extend([" Outage: ", &outages.join(" ")]);
    }
    let why = irreversible(plan);
    if !why.is_empty() {
        said.extend([" Not reversible: ", &why.join(" ")]);
    }
    said
}

/// Why it can't be undone, each reason once.
pub(super) fn irreversible(plan: &Plan) -> Vec<&str> {
    once(plan.resource_changes.iter().filter_map(|change| change.impact.irreversible.as_deref()))
}

/// What is unavailable, and until when.
fn outages(plan: &Plan) -> Vec<&str> {
    once(plan.resource_changes.iter().flat_map(|change| &change.impact.unavailable).map(String::as_str))
}

fn once<'a>(sentences: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    sentences.filter(|sentence| seen.insert(*sentence)).collect()
}

/// Pods that restart, members of mirrors apart, and how often.
#[derive(Default)]
struct Restarting<'a> {
    members: BTreeSet<(&'a str, &'a str)>,
    others: BTreeSet<(&'a str, &'a str)>,
    restarts: usize,
}

fn restarts(lookup: &Lookup<'_>) -> Option<String> {
    let plan = lookup.plan;
    let mut clusters: BTreeMap<&str, Restarting<'_>> = BTreeMap::new();
    for change in &plan.resource_changes {
        for pod in change.impact.pods.iter().filter(|pod| pod.effect == PodEffect::Restarts) {
            let cluster = clusters.entry(&change.owner).or_default();
            let place = (change.address.as_str(), pod.pod.as_str());
            let set = if is_mirror(change) { &mut cluster.members } else { &mut cluster.others };
            set.insert(place);
            cluster.restarts += 1;
        }
    }
    let (members, others) = clusters
        .values()
        .fold((0, 0), |(members, others), cluster| (members + cluster.members.len(), others + cluster.others.len()));
    let all: usize = clusters.values().map(|cluster| cluster.restarts).sum();
    let what = match (members, others) {
        (0, 0) => return nothing_restarts(lookup),
        (0, others) => plural(others, "pod"),
        (members, 0) => plural(members, "member"),
        (members, others) => format!("{} and {}", plural(members, "member"), plural(others, "other pod")),
    };
    let whose = match clusters.keys().collect::<Vec<_>>().as_slice() {
        [owner] => format!("`{}`", owner.rsplit('/').next().unwrap_or(owner)),
        owners => plural(owners.len(), "cluster"),
    };
    let verb = if members + others == 1 { "restarts" } else { "restart" };
    let again = if all > members + others { format!(" ({})", plural(all, "restart")) } else { String::new() };
    let unknown = if plan.impact.pods_unknown { ", as far as is known without listing pods" } else { "" };
    Some(format!("{what} of {whose} {verb}{again}{unknown}"))
}

fn nothing_restarts(lookup: &Lookup<'_>) -> Option<String> {
    let plan = lookup.plan;
    Some(match (plan.impact.pods_unknown, lookup.destroys()) {
        (_, true) => return None,
        (true, _) => "whether anything that runs restarts is unknown".to_owned(),
        (false, _) if plan.resource_changes.iter().any(summary::takes_pods) => {
            "nothing that runs is restarted, but some pods go".to_owned()
        }
        (false, _) => "nothing that runs is restarted".to_owned(),
    })
}

fn is_mirror(change: &ResourceChange) -> bool {
    let by_role = |step: &Step| matches!(step, Step::RollByRole { .. } | Step::DeletePodsByRole { .. });
    change.steps.iter().any(by_role) || change.impact.pods.iter().any(|pod| pod.role.is_some())
}

fn primary(plan: &Plan) -> Option<String> {
    let rolls: Vec<&ResourceChange> =
        plan.resource_changes.iter().filter(|change| change.impact.primary_moves > 0).collect();
    let blind = |step: &Step| matches!(step, Step::RollByRole { blind: true, .. });
    let is_blind = plan.resource_changes.iter().any(|change| change.steps.iter().any(blind));
    let restarts_members = plan
        .resource_changes
        .iter()
        .any(|change| is_mirror(change) && change.impact.pods.iter().any(|pod| pod.effect == PodEffect::Restarts));
    match (rolls.len(), restarts_members) {
        (0, false) => None,
        (0, true) => Some("the primary stays".to_owned()),
        (1, _) if is_blind => Some("the primary moves, by whichever member it is".to_owned()),
        (1, _) => Some(format!("the primary moves {}", times(plan.impact.primary_moves))),
        (mirrors, _) => Some(format!("primaries of {mirrors} mirrors move {}", times(plan.impact.primary_moves))),
    }
}

fn deletions(lookup: &Lookup<'_>) -> Option<String> {
    let deleted = lookup.pods(PodEffect::Deleted).len();
    let verb = if deleted == 1 { "is" } else { "are" };
    (deleted > 0).then(|| format!("{} {verb} deleted", plural(deleted, "pod")))
}

/// What becomes of volumes, as clauses.
fn volumes(plan: &Plan) -> String {
    let totals = &plan.impact;
    let counted = |count: usize, one: &str, many: &str| {
        (count > 0).then(|| format!("{} {}", plural(count, "volume"), if count == 1 { one } else { many }))
    };
    let said: Vec<String> = [
        counted(
            totals.volumes_deleted,
            "is deleted with all data (there is no undo)",
            "are deleted with all data (there is no undo)",
        ),
        counted(totals.volumes_reused, "is re-used with old data", "are re-used with old data"),
        counted(
            totals.volumes_unknown,
            "is new or re-used with old data: which is unknown",
            "are new or re-used with old data: which is unknown",
        ),
        counted(totals.volumes_growing, "grows", "grow"),
        counted(totals.volumes_new, "is made", "are made"),
        counted(totals.volumes_staying, "stays with all data", "stay with all data"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let touched = totals.volumes_deleted + totals.volumes_reused + totals.volumes_growing + totals.volumes_unknown;
    let rest = match (touched, totals.claims_unknown) {
        (0, true) => Some("what becomes of volumes is unknown"),
        (0, false) if totals.volumes_new > 0 => Some("no existing volume is touched"),
        (0, false) if totals.volumes_staying == 0 => Some("no volume is touched"),
        _ => None,
    };
    said.into_iter().chain(rest.map(str::to_owned)).collect::<Vec<_>>().join(", ")
}
