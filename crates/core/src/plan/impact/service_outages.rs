//! Services that lose their endpoints while pods restart or go, and until when.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{Impact, PodEffect, ResourceChange, RuleId, ServiceImpact, ServiceUntil};
use serde_json::Value;

use crate::{
    mirror::{Role, is_ready},
    plan::live::{Live, name},
};
use iriskit_kubernetes::{names::MIRROR_ROLE, schema::ObjectRef};

/// Labels of ready pods, by name; of those that restart as they come back.
type Ready<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>;

/// Whether a pod stops serving, for a while or for good.
fn goes(effect: PodEffect) -> bool {
    matches!(effect, PodEffect::Restarts | PodEffect::Deleted)
}

/// What Services lose by a change whose pods restart or go. Of Services that the plan deletes nothing is said.
pub(crate) fn service_outages(change: &ResourceChange, deleted: &BTreeSet<String>, live: &Live) -> Option<Impact> {
    let touched = change.impact.pods.iter().any(|pod| goes(pod.effect));
    let namespace = change.namespace.clone().filter(|_| touched)?;
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
        let is_labelled = own.get(MIRROR_ROLE) == Some(&Role::Primary.as_str());
        let successor = pod.successor.as_deref().filter(|_| is_labelled);
        if let Some(other) = successor {
            // Who is made before that has the labels of its set.
            ready.entry(other).or_insert_with(|| own.clone()).insert(MIRROR_ROLE, Role::Primary.as_str());
        }
        for ((service, selector), _) in services.iter().zip(before).filter(|(_, had)| *had) {
            let held = selector.iter().all(|(key, value)| own.get(key) == Some(value));
            let of_primary = selector.get(MIRROR_ROLE) == Some(&Role::Primary.as_str());
            let until = match pod.effect {
                _ if held && of_primary && successor.is_some() => ServiceUntil::FailOver,
                _ if has_endpoint(&ready, selector) => continue,
                PodEffect::Deleted => ServiceUntil::Gone,
                _ => ServiceUntil::PodReady,
            };
            found.push(ServiceImpact { service: service.address(), pod: pod.pod.clone(), until });
        }
        if pod.effect == PodEffect::Restarts {
            if successor.is_some() {
                own.insert(MIRROR_ROLE, Role::Backup.as_str());
            }
            ready.insert(&pod.pod, own);
        }
    }
    let is_lost = !found.is_empty();
    is_lost.then(|| Impact { services: found, rules: vec![RuleId::ServiceEndpoints], ..Impact::default() })
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
