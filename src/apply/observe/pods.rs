//! Pods and primaries as they were seen beside what the plan said of them. Pure.

use std::collections::BTreeMap;

use iriskit_state::plan::{Impact, Plan, PodEffect, PodImpact, ResourceChange, Role, Step};

use crate::apply::{Seen, watch::PodHistory};

/// The StatefulSets of a plan.
pub(super) fn sets(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.resource_changes.iter().filter(|change| change.kind == "StatefulSet")
}

/// The pods of a set that were not ready when the plan was made.
pub(super) fn expected<'a>(plan: &'a Plan, address: &str) -> &'a [String] {
    let known = plan.not_ready.iter().find(|known| known.address == address);
    known.map(|known| known.pods.as_slice()).unwrap_or_default()
}

/// The pods of which something is to be seen.
fn touched(impact: &Impact) -> impl Iterator<Item = &PodImpact> {
    impact.pods.iter().filter(|pod| pod.effect != PodEffect::Adopted)
}

/// Pods and primaries of every set that was watched.
pub(super) fn compare_pods(
    plan: &Plan,
    history: &BTreeMap<&str, PodHistory>,
    all_watched: bool,
) -> (Seen, Vec<String>) {
    let (mut seen, mut differences) = (Seen::default(), Vec::new());
    for change in sets(plan) {
        let Some(history) = change.namespace.as_deref().and_then(|namespace| history.get(namespace)) else {
            continue;
        };
        let touched_pods = history.touched(&change.name);
        let primaries = history.primaries(&change.name);
        let moves = primaries.len().saturating_sub(1);
        let impact = &change.impact;
        let mut planned: Vec<(String, PodEffect)> = touched(impact).map(|pod| (pod.pod.clone(), pod.effect)).collect();
        // Pods that were not ready come and go by themselves.
        let expected = expected(plan, &change.address);
        let by_itself = |seen: &&(String, PodEffect)| expected.contains(&seen.0) && !planned.contains(seen);
        let mut observed: Vec<(String, PodEffect)> =
            touched_pods.iter().filter(|seen| !by_itself(seen)).cloned().collect();
        // Lists know no order.
        if !all_watched || !has_order(change, moves, primaries.first().copied()) {
            planned.sort_by_key(|(pod, effect)| (pod.clone(), *effect as u8));
            observed.sort_by_key(|(pod, effect)| (pod.clone(), *effect as u8));
        }
        if planned != observed
            && in_exchanged_roles(change, primaries.first().copied(), moves) != Some(observed.clone())
        {
            differences.push(format!(
                "{}: planned {}; seen {}",
                change.address,
                in_words(&planned),
                in_words(&observed)
            ));
        }
        // Where no pod is labelled primary, it is unknown whether the role moved.
        if all_watched && !primaries.is_empty() && moves != impact.primary_moves {
            let planned = impact.primary_moves;
            differences
                .push(format!("{}: the primary was to move {planned} times; it moved {moves} times", change.address));
        }
        seen.pods.extend(touched_pods);
        seen.primary_moves += moves;
    }
    (seen, differences)
}

/// Whether the plan's order of pods is a promise. In a roll by role it is one for the roles that the members had; when
/// these were others, or the primary moved by itself, each goes when its role says so.
fn has_order(change: &ResourceChange, moves: usize, first_primary: Option<&str>) -> bool {
    let pods = &change.impact.pods;
    if change.impact.unordered {
        return false;
    }
    let by_role = |step: &Step| {
        matches!(step, Step::RollByRole { .. } | Step::DeletePodsByRole { .. } | Step::ReplacePods { .. })
    };
    if !change.steps.iter().any(by_role) {
        return true;
    }
    let expected = pods.iter().find(|pod| pod.role == Some(Role::Primary)).map(|pod| pod.pod.as_str());
    moves == change.impact.primary_moves && expected.is_none_or(|expected| first_primary == Some(expected))
}

/// What was planned, sorted, with the member that was to be primary and the one that was in each other's place: in a new
/// version one of them restarts twice, and which one is a matter of role. `None` where the plan's roles held.
fn in_exchanged_roles(
    change: &ResourceChange,
    first_primary: Option<&str>,
    moves: usize,
) -> Option<Vec<(String, PodEffect)>> {
    let pods = &change.impact.pods;
    let expected = pods.iter().find(|pod| pod.role == Some(Role::Primary))?.pod.as_str();
    let actual = first_primary.filter(|actual| *actual != expected && moves == change.impact.primary_moves)?;
    let by_role = |step: &Step| matches!(step, Step::RollByRole { both_primary: true, .. });
    if !change.steps.iter().any(by_role) {
        return None;
    }
    let mut exchanged: Vec<(String, PodEffect)> = touched(&change.impact)
        .map(|pod| match pod.pod.as_str() {
            name if name == expected => (actual.to_owned(), pod.effect),
            name if name == actual => (expected.to_owned(), pod.effect),
            name => (name.to_owned(), pod.effect),
        })
        .collect();
    exchanged.sort_by_key(|(pod, effect)| (pod.clone(), *effect as u8));
    Some(exchanged)
}

fn in_words(pods: &[(String, PodEffect)]) -> String {
    if pods.is_empty() {
        return "no pod touched".to_owned();
    }
    let words = pods.iter().map(|(pod, effect)| match effect {
        PodEffect::Created => format!("{pod} made"),
        PodEffect::Restarts => format!("{pod} restarted"),
        PodEffect::Deleted => format!("{pod} deleted"),
        PodEffect::Adopted => format!("{pod} left running"),
    });
    words.collect::<Vec<_>>().join(", ")
}
