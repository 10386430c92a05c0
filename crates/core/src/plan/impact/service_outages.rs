//! Services that lose their endpoints while pods restart or go, and until when, or because they are to select other pods.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{Impact, ImpactClass, PodEffect, ResourceChange, RuleId, ServiceImpact, ServiceUntil, Verb};
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

/// What Services lose by a change whose pods restart or go. Of the Services `besides` nothing is said.
pub(crate) fn service_outages(change: &ResourceChange, besides: &BTreeSet<String>, live: &Live) -> Option<Impact> {
    let touched = change.impact.pods.iter().any(|pod| goes(pod.effect));
    let namespace = change.namespace.clone().filter(|_| touched)?;
    let mut services: Vec<(ObjectRef, BTreeMap<&str, &str>)> =
        live.of_kind("Service", &namespace).filter_map(selecting).collect();
    services.retain(|(service, _)| !besides.contains(&service.address()));
    let relabelled = Relabelling::of(change);
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
        let stays = pod.effect == PodEffect::Restarts;
        let later = stays.then(|| relabelled.applied(&own));
        for ((service, selector), _) in services.iter().zip(before).filter(|(_, had)| *had) {
            let held = takes(selector, &own);
            let of_primary = selector.get(MIRROR_ROLE) == Some(&Role::Primary.as_str());
            let until = match pod.effect {
                _ if held && of_primary && successor.is_some() => ServiceUntil::FailOver,
                _ if has_endpoint(&ready, selector) => continue,
                // What comes back has other labels.
                _ if held && !later.as_ref().is_some_and(|later| takes(selector, later)) => ServiceUntil::Gone,
                PodEffect::Deleted => ServiceUntil::Gone,
                _ => ServiceUntil::PodReady,
            };
            found.push(ServiceImpact { service: service.address(), pod: pod.pod.clone(), until });
        }
        if stays {
            own = relabelled.applied(&own);
            if successor.is_some() {
                own.insert(MIRROR_ROLE, Role::Backup.as_str());
            }
            ready.insert(&pod.pod, own);
        }
    }
    let is_lost = !found.is_empty();
    is_lost.then(|| Impact { services: found, rules: vec![RuleId::ServiceEndpoints], ..Impact::default() })
}

/// Whether a change gives a Service another selector.
pub(crate) fn selects_others(change: &ResourceChange) -> bool {
    let selector = |service| labels(service, "/spec/selector");
    change.kind == "Service" && selector(&change.change.before) != selector(&change.change.after)
}

/// What a Service loses that is to select other pods: endpoints it has now, and none among the pods as the plan leaves them.
pub(crate) fn selector_outage(change: &ResourceChange, changes: &[&ResourceChange], live: &Live) -> Option<Impact> {
    let namespace = change.namespace.as_deref()?;
    let (_, before) = selecting(&change.change.before).filter(|_| selects_others(change))?;
    let (_, after) = selecting(&change.change.after)?;
    let ready = || live.of_kind("Pod", namespace).filter(|pod| is_ready(pod));
    let had = ready().any(|pod| takes(&before, &labels(pod, "/metadata/labels")));
    let here = || changes.iter().filter(|change| change.namespace.as_deref() == Some(namespace));
    let left = ready().filter_map(|pod| {
        let own = labels(pod, "/metadata/labels");
        let touched = here().find_map(|change| {
            Some((change, change.impact.pods.iter().find(|one| one.pod == name(pod) && goes(one.effect))?))
        });
        match touched {
            Some((_, one)) if one.effect == PodEffect::Deleted => None,
            Some((change, _)) => Some(Relabelling::of(change).applied(&own)),
            None => Some(own),
        }
    });
    let made = here().filter(|change| change.change.actions.contains(&Verb::Create)).map(|change| {
        let pointer = if change.kind == "Pod" { "/metadata/labels" } else { TEMPLATE_LABELS };
        labels(&change.change.after, pointer)
    });
    if !had || left.chain(made).any(|labels| takes(&after, &labels)) {
        return None;
    }
    let sentence =
        format!("Service {} has no endpoints from then on: no ready pod has the labels that it selects.", change.name);
    let (class, rules) = (ImpactClass::Outage, vec![RuleId::ServiceEndpoints]);
    Some(Impact { class, unavailable: vec![sentence], rules, ..Impact::default() })
}

const TEMPLATE_LABELS: &str = "/spec/template/metadata/labels";

/// The labels that a change of a template takes from pods and gives to them.
struct Relabelling<'a> {
    before: BTreeMap<&'a str, &'a str>,
    after: BTreeMap<&'a str, &'a str>,
}

impl<'a> Relabelling<'a> {
    fn of(change: &'a ResourceChange) -> Self {
        let pointer = if change.kind == "Pod" { "/metadata/labels" } else { TEMPLATE_LABELS };
        let of = |object| labels(object, pointer);
        Self { before: of(&change.change.before), after: of(&change.change.after) }
    }

    /// The labels of a pod that is made again. A label that nobody's template has is given to it again.
    fn applied(&self, own: &BTreeMap<&'a str, &'a str>) -> BTreeMap<&'a str, &'a str> {
        let mut labels = own.clone();
        labels.retain(|name, _| !self.before.contains_key(name));
        labels.extend(&self.after);
        labels
    }
}

fn takes(selector: &BTreeMap<&str, &str>, labels: &BTreeMap<&str, &str>) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

fn has_endpoint(ready: &Ready<'_>, selector: &BTreeMap<&str, &str>) -> bool {
    ready.values().any(|labels| takes(selector, labels))
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
