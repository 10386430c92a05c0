//! Claims as they were seen beside what the plan said of them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{Plan, VolumeEffect, VolumeImpact};

use super::pods::{expected, sets};
use crate::apply::{Seen, watch::is_pod_of};

/// The uids of the claims of a namespace, by name.
pub(super) type Claims = BTreeMap<String, String>;

/// Whether a claim that goes is still there: who collects it comes after the pods.
pub(super) fn is_late(plan: &Plan, namespace: &str, before: &Claims, after: &Claims) -> bool {
    let of_namespace = plan.resource_changes.iter().filter(|change| change.namespace.as_deref() == Some(namespace));
    let deleted = |volume: &&VolumeImpact| volume.effect == VolumeEffect::Deleted;
    of_namespace.flat_map(|change| &change.impact.volumes).filter(deleted).any(|volume| {
        let now = after.get(&volume.claim);
        now.is_some() && now == before.get(&volume.claim)
    })
}

/// Claims beside what the plan says of them.
pub(super) fn compare_claims(
    plan: &Plan,
    namespace: &str,
    before: &Claims,
    after: &Claims,
    seen: &mut Seen,
) -> Vec<String> {
    let mut differences = Vec::new();
    let of_namespace = || plan.resource_changes.iter().filter(|change| change.namespace.as_deref() == Some(namespace));
    let is_new = |claim: &str| !before.contains_key(claim) && after.contains_key(claim);
    let mut planned: BTreeSet<&str> = BTreeSet::new();
    for volume in of_namespace().flat_map(|change| &change.impact.volumes) {
        let claim = volume.claim.as_str();
        planned.insert(claim);
        let was = match (volume.effect, before.get(claim), after.get(claim)) {
            (VolumeEffect::New | VolumeEffect::Unknown, None, Some(_)) => {
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
            VolumeEffect::New | VolumeEffect::Unknown => "to be made",
            VolumeEffect::Deleted => "to be deleted",
            _ => "to stay",
        };
        differences.push(format!("PersistentVolumeClaim/{namespace}/{}: it was {wish}; {was}", volume.claim));
    }
    let sets = sets(plan).filter(|set| set.namespace.as_deref() == Some(namespace));
    for set in sets {
        let expected = expected(plan, &set.address);
        let of_expected = |claim: &str| expected.iter().any(|pod| claim.ends_with(&format!("-{pod}")));
        let unplanned = |claim: &&str| {
            is_new(claim) && !planned.contains(*claim) && belongs_to(claim, &set.name) && !of_expected(claim)
        };
        let made = after.keys().map(String::as_str).filter(unplanned);
        differences.extend(
            made.map(|claim| format!("PersistentVolumeClaim/{namespace}/{claim}: made, which was not planned")),
        );
    }
    differences
}

/// Whether a claim has the name of one of a set: template, pod.
fn belongs_to(claim: &str, set: &str) -> bool {
    claim.match_indices('-').any(|(at, _)| claim.get(at + 1..).is_some_and(|pod| is_pod_of(pod, set)))
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
