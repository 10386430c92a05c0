//! What was seen of a run beside what the plan said of it: pods and their order, moves of primaries, volumes.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::{
    FutureExt as _,
    future::{join_all, select_all},
};
use iriskit_state::plan::{
    Impact, Plan, PodEffect, PodImpact, ResourceChange, RuleId, Step, VolumeEffect, VolumeImpact,
};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    event::Seen,
    feed::Feed,
    perform::Performer,
    sighting::{Sightings, is_of},
    target::{name, uid},
};

/// How long watches and labelers may lag behind the end of a run.
const LAG: Duration = Duration::from_secs(10);
/// Between two looks at claims that are late.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the first list of pods may take.
const FIRST_LIST: Duration = Duration::from_secs(30);
/// The rules of pods that go together, in no order.
const NO_ORDER: [RuleId; 2] = [RuleId::StatefulSetDelete, RuleId::StatefulSetMaxUnavailable];

/// Watches of pods, begun before the first write, and the claims that were there. Who may not watch pods or list claims
/// gets no word on them.
pub(super) struct Observer {
    pods: BTreeMap<String, Feed>,
    claims: BTreeMap<String, Claims>,
}

/// The uids of the claims of a namespace, by name.
type Claims = BTreeMap<String, String>;

impl Observer {
    /// Begins, and waits until it is known who is there.
    pub(super) async fn begin(performer: &Performer<'_>) -> Self {
        let namespaces: BTreeSet<&str> =
            sets(performer.plan).filter_map(|change| change.namespace.as_deref()).collect();
        let mut pods: BTreeMap<String, Feed> = namespaces
            .iter()
            .map(|namespace| ((*namespace).to_owned(), performer.feeds.of("v1", "Pod", Some(namespace))))
            .collect();
        let listed = namespaces
            .into_iter()
            .map(async |namespace| Some((namespace.to_owned(), claims(performer, namespace).await?)));
        let claims = join_all(listed).await.into_iter().flatten().collect();
        for feed in pods.values_mut() {
            tokio::select! {
                () = performer.options.stop.stopped() => {}
                () = feed.changed() => {}
                () = sleep(FIRST_LIST) => {}
            }
        }
        pods.retain(|_, feed| feed.is_filled() && feed.problem().is_none());
        Self { pods, claims }
    }

    /// What was seen, and in what it differs from the plan. What is late is waited for, a little.
    pub(super) async fn conclude(mut self, performer: &Performer<'_>) -> (Seen, Vec<String>) {
        let end = Instant::now() + LAG;
        let (mut seen, mut differences) = loop {
            self.pods.values_mut().for_each(Feed::mark_seen);
            let sightings = self.pods.iter().map(|(namespace, feed)| (namespace.as_str(), feed.sightings())).collect();
            let compared = compare(performer.plan, &sightings);
            if compared.1.is_empty() || Instant::now() >= end {
                break compared;
            }
            let mut changes: Vec<_> = self.pods.values_mut().map(|feed| feed.changed().boxed()).collect();
            changes.push(sleep_until(end).boxed());
            select_all(changes).await;
        };
        for (namespace, before) in &self.claims {
            while let Some(after) = claims(performer, namespace).await {
                if Instant::now() < end && is_late(performer.plan, namespace, before, &after) {
                    sleep(PAUSE).await;
                    continue;
                }
                differences.extend(compare_claims(performer.plan, namespace, before, &after, &mut seen));
                break;
            }
        }
        (seen, differences)
    }
}

/// The StatefulSets of a plan.
fn sets(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.resource_changes.iter().filter(|change| change.kind == "StatefulSet")
}

/// The pods of which something is to be seen.
fn touched(impact: &Impact) -> impl Iterator<Item = &PodImpact> {
    impact.pods.iter().filter(|pod| pod.effect != PodEffect::Adopted)
}

/// Pods and primaries of every set that was watched.
fn compare(plan: &Plan, sightings: &BTreeMap<&str, Sightings>) -> (Seen, Vec<String>) {
    let (mut seen, mut differences) = (Seen::default(), Vec::new());
    for change in sets(plan) {
        let Some(sightings) = change.namespace.as_deref().and_then(|namespace| sightings.get(namespace)) else {
            continue;
        };
        let course = sightings.course(&change.name);
        let primaries = sightings.primaries(&change.name);
        let moves = primaries.len().saturating_sub(1);
        let impact = &change.impact;
        let mut planned: Vec<(String, PodEffect)> = touched(impact).map(|pod| (pod.pod.clone(), pod.effect)).collect();
        let mut observed = course.clone();
        if !has_order(change, moves, primaries.first().copied()) {
            planned.sort_by_key(|(pod, effect)| (pod.clone(), *effect as u8));
            observed.sort_by_key(|(pod, effect)| (pod.clone(), *effect as u8));
        }
        if planned != observed
            && in_exchanged_roles(change, primaries.first().copied(), moves) != Some(observed.clone())
        {
            differences.push(format!("{}: planned {}; seen {}", change.address, told(&planned), told(&observed)));
        }
        // Where no pod says that it is primary, nobody can tell whether the role moved.
        if !primaries.is_empty() && moves != impact.primary_moves {
            let planned = impact.primary_moves;
            differences
                .push(format!("{}: the primary was to move {planned} times; it moved {moves} times", change.address));
        }
        seen.pods.extend(course);
        seen.primary_moves += moves;
    }
    (seen, differences)
}

/// Whether the plan's order of pods is a promise. In a roll by role it is one for the roles that the members had; when
/// these were others, or the primary moved by itself, each goes when its role says so.
fn has_order(change: &ResourceChange, moves: usize, first_primary: Option<&str>) -> bool {
    let pods = &change.impact.pods;
    if pods.iter().any(|pod| pod.rule.is_some_and(|rule| NO_ORDER.contains(&rule))) {
        return false;
    }
    let by_role = |step: &Step| {
        matches!(step, Step::RollByRole { .. } | Step::DeletePodsByRole { .. } | Step::ReplacePods { .. })
    };
    if !change.steps.iter().any(by_role) {
        return true;
    }
    let expected = pods.iter().find(|pod| pod.role.as_deref() == Some("primary")).map(|pod| pod.pod.as_str());
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
    let expected = pods.iter().find(|pod| pod.role.as_deref() == Some("primary"))?.pod.as_str();
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

fn told(pods: &[(String, PodEffect)]) -> String {
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

/// The claims of a namespace, for who may list them.
async fn claims(performer: &Performer<'_>, namespace: &str) -> Option<Claims> {
    let list = performer.cluster.list("v1", "PersistentVolumeClaim", Some(namespace), None).await.ok()?;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Some(list.items.iter().map(|claim| (name(claim).to_owned(), text(uid(claim)))).collect())
}

/// Whether a claim that goes is still there: who collects it comes after the pods.
fn is_late(plan: &Plan, namespace: &str, before: &Claims, after: &Claims) -> bool {
    let of_namespace = plan.resource_changes.iter().filter(|change| change.namespace.as_deref() == Some(namespace));
    let deleted = |volume: &&VolumeImpact| volume.effect == VolumeEffect::Deleted;
    of_namespace.flat_map(|change| &change.impact.volumes).filter(deleted).any(|volume| {
        let now = after.get(&volume.claim);
        now.is_some() && now == before.get(&volume.claim)
    })
}

/// Claims beside what the plan says of them.
fn compare_claims(plan: &Plan, namespace: &str, before: &Claims, after: &Claims, seen: &mut Seen) -> Vec<String> {
    let mut differences = Vec::new();
    let of_namespace = || plan.resource_changes.iter().filter(|change| change.namespace.as_deref() == Some(namespace));
    let is_new = |claim: &str| !before.contains_key(claim) && after.contains_key(claim);
    let mut planned: BTreeSet<&str> = BTreeSet::new();
    for volume in of_namespace().flat_map(|change| &change.impact.volumes) {
        let claim = volume.claim.as_str();
        planned.insert(claim);
        let was = match (volume.effect, before.get(claim), after.get(claim)) {
            (VolumeEffect::New, None, Some(_)) => {
                seen.volumes_new += 1;
                continue;
            }
            // A pod that comes back gets a new claim of the same name.
            (VolumeEffect::Deleted, then, now) if now.is_none() || then != now => {
                seen.volumes_deleted += 1;
                continue;
            }
            (VolumeEffect::New, Some(_), Some(_)) => "it was there before",
            (VolumeEffect::Deleted, _, Some(_)) => "it is still there",
            (_, _, None) => "it is not there",
            (_, then, now) if then == now => continue,
            _ => "it is another one",
        };
        let wish = match volume.effect {
            VolumeEffect::New => "to be made",
            VolumeEffect::Deleted => "to be deleted",
            _ => "to stay",
        };
        differences.push(format!("PersistentVolumeClaim/{namespace}/{}: it was {wish}; {was}", volume.claim));
    }
    for set in of_namespace().filter(|change| change.kind == "StatefulSet").map(|change| change.name.as_str()) {
        let unplanned = |claim: &&str| is_new(claim) && !planned.contains(*claim) && belongs_to(claim, set);
        let made = after.keys().map(String::as_str).filter(unplanned);
        differences.extend(
            made.map(|claim| format!("PersistentVolumeClaim/{namespace}/{claim}: made, which was not planned")),
        );
    }
    differences
}

/// Whether a claim has the name of one of a set: template, pod.
fn belongs_to(claim: &str, set: &str) -> bool {
    claim.match_indices('-').any(|(at, _)| claim.get(at + 1..).is_some_and(|pod| is_of(pod, set)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_known_by_the_pod_at_the_end_of_their_name() {
        assert!(belongs_to("iris-data-a-data-0", "a-data") && belongs_to("iris-wij-a-data-0-1", "a-data-0"));
        assert!(!belongs_to("iris-data-a-data-0-1", "a-data") && !belongs_to("iris-data-b-data-0", "a-data"));
    }
}
