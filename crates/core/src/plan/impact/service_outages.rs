//! Services that lose their endpoints while pods restart or go, and until when.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{PodEffect, ResourceChange, RuleId, ServiceImpact, ServiceUntil};
use serde_json::Value;

use crate::plan::live::Live;
use crate::plan::live::name;
use crate::plan::mirror::members::MIRROR_ROLE;
use crate::plan::mirror::members::is_ready;
use iriskit_kubernetes::schema::ObjectRef;

/// Labels of ready pods, by name; of those that restart as they come back.
type Ready<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>;

/// Whether a pod stops serving, for a while or for good.
fn goes(effect: PodEffect) -> bool {
    matches!(effect, PodEffect::Restarts | PodEffect::Deleted)
}

/// Fills in `impact.services` of a change whose pods restart or go. Of Services that the plan deletes nothing is said.
pub(crate) fn settle(change: &mut ResourceChange, deleted: &BTreeSet<String>, live: &Live) {
    let touched = change.impact.pods.iter().any(|pod| goes(pod.effect));
    let Some(namespace) = change.namespace.clone().filter(|_| touched) else { return };
    let mut services: Vec<(ObjectRef, BTreeMap<&str, &str>)> =
        live.of_kind("Service", &namespace).filter_map(selecting).collect();
    services.retain(|(service, _)| !deleted.contains(&service.address()));
    let mut ready: Ready<'_> = live
        .of_kind("Pod", &namespace)
        .filter(|pod| is_ready(pod))
        .map(|pod| (name(pod), labels(pod, "/metadata/labels")))
        .collect();
    let mut found = Vec::new();
    for pod in change.impact.pods.iter().filter(|pod| goes(pod.effect)) {
        let before: Vec<bool> = services.iter().map(|(_, selector)| has_endpoint(&ready, selector)).collect();
        let Some(mut own) = ready.remove(pod.pod.as_str()) else { continue };
        let successor = successor(&own, &change.impact.pods, &ready);
        if let Some(other) = successor.and_then(|other| ready.get_mut(other)) {
            other.insert(MIRROR_ROLE, "primary");
        }
        for ((service, selector), _) in services.iter().zip(before).filter(|(_, had)| *had) {
            let held = selector.iter().all(|(key, value)| own.get(key) == Some(value));
            let fails_over = held && selector.get(MIRROR_ROLE) == Some(&"primary") && successor.is_some();
            let until = match pod.effect {
                _ if fails_over => ServiceUntil::FailOver,
                _ if has_endpoint(&ready, selector) => continue,
                PodEffect::Deleted => ServiceUntil::Gone,
                _ => ServiceUntil::PodReady,
            };
            found.push(ServiceImpact { service: service.address(), pod: pod.pod.clone(), until });
        }
        if pod.effect == PodEffect::Restarts {
            if successor.is_some() {
                own.insert(MIRROR_ROLE, "backup");
            }
            ready.insert(&pod.pod, own);
        }
    }
    if !found.is_empty() {
        change.impact.rules.push(RuleId::ServiceEndpoints);
        change.impact.services = found;
    }
}

/// The member that takes over from a primary: one that is ready and in the same set.
fn successor<'a>(
    own: &BTreeMap<&str, &str>,
    pods: &[iriskit_state::plan::PodImpact],
    ready: &Ready<'a>,
) -> Option<&'a str> {
    if own.get(MIRROR_ROLE) != Some(&"primary") {
        return None;
    }
    let set = |labels: &BTreeMap<&str, &str>| {
        labels
            .iter()
            .filter(|(key, _)| key.starts_with("intersystems.com/") && **key != MIRROR_ROLE)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    let leaves = |name: &str| pods.iter().any(|pod| pod.pod == name && pod.effect == PodEffect::Deleted);
    let backup = |labels: &BTreeMap<&str, &str>| labels.get(MIRROR_ROLE) == Some(&"backup");
    ready
        .iter()
        .find(|(name, labels)| set(labels) == set(own) && backup(labels) && !leaves(name))
        .map(|(name, _)| *name)
}

fn has_endpoint(ready: &Ready<'_>, selector: &BTreeMap<&str, &str>) -> bool {
    ready.values().any(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
}

/// A Service that sends its users to ready pods only, with its selector.
fn selecting(service: &Value) -> Option<(ObjectRef, BTreeMap<&str, &str>)> {
    let selector = labels(service, "/spec/selector");
    let unready_too = service.pointer("/spec/publishNotReadyAddresses") == Some(&Value::Bool(true));
    (!selector.is_empty() && !unready_too).then_some((ObjectRef::of(service)?, selector))
}

fn labels<'a>(object: &'a Value, pointer: &str) -> BTreeMap<&'a str, &'a str> {
    let members = object.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}
