//! Parameters that wait for a restart: who takes them over within the plan, who goes on without them, and what still
//! waits from earlier runs.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    plan::{Note, ParameterChange, PodEffect, ResourceChange, Severity, TakesEffect},
    record::Pending,
};
use serde_json::Value;

use crate::diff::replace_secrets;
use crate::iris::value_of;
use crate::plan::changes::examine::OwnerInput;
use crate::plan::live::Live;
use crate::plan::notes;
use iriskit_kubernetes::schema::ObjectRef;
use iriskit_kubernetes::views::{ConfigMap, ContainerStatus, Pod};

/// Running pods that restart or go within the plan, by namespace and name.
type Going = BTreeSet<(String, String)>;

/// Fills in which running pods take changed parameters over with the plan's own restarts, and which don't. Gives a note
/// for each parameter that waits since an earlier run and still will.
pub(crate) fn settle(mut changes: Vec<&mut ResourceChange>, owners: &[OwnerInput], live: &Live) -> Vec<Note> {
    let waits = |change: &ResourceChange| change.impact.parameters.iter().any(waits);
    let recorded = |owner: &OwnerInput| owner.record.as_ref().is_some_and(|record| !record.pending.is_empty());
    if !changes.iter().any(|change| waits(change)) && !owners.iter().any(recorded) {
        return Vec::new();
    }
    let going = going(&changes);
    let earlier = |change: &ResourceChange| {
        let owner = owners.iter().find(|owner| owner.id() == change.owner);
        owner.and_then(|owner| owner.record.as_ref()).map(|record| record.pending.as_slice()).unwrap_or_default()
    };
    for change in changes.iter_mut().filter(|change| waits(change)) {
        share(change, earlier(change), &going, live);
    }
    owners.iter().flat_map(|owner| still(owner, &changes, &going, live)).collect()
}

fn waits(parameter: &ParameterChange) -> bool {
    parameter.takes_effect == TakesEffect::NextRestart
}

/// Tells the pods that load a text's parameters with the plan from those that don't, and from those that run with the
/// value already, because the text comes back to it.
fn share(change: &mut ResourceChange, earlier: &[Pending], going: &Going, live: &Live) {
    let namespace = change.namespace.clone().unwrap_or_default();
    let readers: Vec<&Value> =
        live.of_kind("Pod", &namespace).filter(|pod| mounts_config_map(pod, &change.name)).collect();
    for parameter in change.impact.parameters.iter_mut().filter(|parameter| waits(parameter)) {
        let has_it = |pod: &&&Value| {
            let known = earlier
                .iter()
                .find(|known| known.config_map == change.name && is_about(known, parameter) && concerns(known, pod));
            known.is_some_and(|known| !known.sensitive && known.loaded.is_some() && known.loaded == parameter.after)
        };
        let others: Vec<&&Value> = readers.iter().filter(|pod| !has_it(pod)).collect();
        if others.is_empty() && !readers.is_empty() {
            parameter.takes_effect = TakesEffect::NoEffect;
            "what runs has this value already".clone_into(&mut parameter.note);
            continue;
        }
        let goes = |pod: &&&Value| going.contains(&(namespace.clone(), Pod::new(pod).name().to_owned()));
        let (restarting, waiting): (Vec<&Value>, Vec<&Value>) = others.into_iter().copied().partition(|pod| goes(&pod));
        let names = |pods: Vec<&Value>| pods.into_iter().map(|pod| Pod::new(pod).name().to_owned()).collect();
        (parameter.loaded_by, parameter.waiting) = (names(restarting), names(waiting));
    }
}

/// Notes on what an owner's record says, as far as it is so still and the plan neither ends it nor speaks of it itself.
fn still(owner: &OwnerInput, changes: &[&mut ResourceChange], going: &Going, live: &Live) -> Vec<Note> {
    let recorded = owner.record.as_ref().map(|record| record.pending.as_slice()).unwrap_or_default();
    if let Some(reason) = live.unreadable.get(&("Pod".to_owned(), Some(owner.namespace.clone())))
        && let Some(first) = recorded.first()
    {
        let object = ObjectRef::namespaced("v1", "ConfigMap", &owner.namespace, &first.config_map);
        let message = format!("whether changed parameters still wait for a restart is unknown: {reason}");
        return vec![notes::on(Severity::Note, "restart-pending", &object, message)];
    }
    let mut found: BTreeMap<(&str, &str, &str, &str), Vec<&Pending>> = BTreeMap::new();
    for known in recorded {
        let pod = live.get(&ObjectRef::namespaced("v1", "Pod", &owner.namespace, &known.pod));
        let ends = going.contains(&(owner.namespace.clone(), known.pod.clone()));
        let told = changes.iter().any(|change| {
            let ours = change.owner == owner.id() && change.name == known.config_map;
            ours && change.impact.parameters.iter().any(|parameter| !parameter.removed && is_about(known, parameter))
        });
        if pod.is_some_and(|pod| concerns(known, pod)) && !ends && !told && differs(known, owner, live) {
            let place = (known.config_map.as_str(), known.file.as_str(), known.section.as_str(), known.key.as_str());
            found.entry(place).or_default().push(known);
        }
    }
    found.into_values().filter_map(|pods| note(owner, &pods, live)).collect()
}

/// A value that holds no secret.
fn harmless(value: &&str) -> bool {
    replace_secrets(&format!("_:{value}"), |_, _| String::new()) == format!("_:{value}")
}

fn note(owner: &OwnerInput, pods: &[&Pending], live: &Live) -> Option<Note> {
    let known = pods.first()?;
    let names: Vec<&str> = pods.iter().map(|known| known.pod.as_str()).collect();
    let values = match (known.sensitive, &known.loaded, wanted(known, owner, live).filter(harmless)) {
        (false, Some(loaded), Some(wanted)) => format!(" (from {loaded} to {wanted})"),
        (false, None, Some(wanted)) => format!(" (to {wanted})"),
        _ => String::new(),
    };
    let message = format!(
        "[{}] {} of {}, changed at {}{values}, waits for a restart of {}",
        known.section,
        known.key,
        known.file,
        known.since,
        names.join(", ")
    );
    let object = ObjectRef::namespaced("v1", "ConfigMap", &owner.namespace, &known.config_map);
    Some(notes::on(Severity::Note, "restart-pending", &object, message))
}

/// Whether what the pod loads at its next start is not what it has loaded.
fn differs(known: &Pending, owner: &OwnerInput, live: &Live) -> bool {
    known.sensitive || wanted(known, owner, live).is_some_and(|wanted| Some(wanted) != known.loaded.as_deref())
}

/// The value of the live text, or the last one of a line that is gone from it.
fn wanted<'a>(known: &'a Pending, owner: &OwnerInput, live: &'a Live) -> Option<&'a str> {
    let map = live.get(&ObjectRef::namespaced("v1", "ConfigMap", &owner.namespace, &known.config_map));
    let text = map.and_then(|map| ConfigMap::new(map).text(&known.file));
    text.and_then(|text| value_of(text, &known.section, &known.key)).or(known.left.as_deref())
}

fn is_about(known: &Pending, parameter: &ParameterChange) -> bool {
    known.file == parameter.file
        && known.section.eq_ignore_ascii_case(&parameter.section)
        && known.key.eq_ignore_ascii_case(&parameter.key)
}

/// Whether the pod is the one that was recorded, and has not started again.
pub(crate) fn concerns(known: &Pending, pod: &Value) -> bool {
    Pod::new(pod).uid() == Some(known.uid.as_str()) && reader_restarts(pod, &known.file) == known.restarts
}

fn going(changes: &[&mut ResourceChange]) -> Going {
    let mut found = Going::new();
    for change in changes {
        let namespace = change.namespace.clone().unwrap_or_default();
        let pods =
            change.impact.pods.iter().filter(|pod| !matches!(pod.effect, PodEffect::Created | PodEffect::Adopted));
        found.extend(pods.map(|pod| (namespace.clone(), pod.pod.clone())));
    }
    found
}

/// Whether a pod mounts a ConfigMap.
pub fn mounts_config_map(pod: &Value, config_map: &str) -> bool {
    Pod::new(pod).spec().volumes().any(|volume| volume.config_map() == Some(config_map))
}

/// How often the container that reads a text was restarted: IRIS for a CPF, the web gateway for its CSP.ini.
pub fn reader_restarts(pod: &Value, file: &str) -> u64 {
    let container = if file == "CSP.ini" { "webgateway" } else { "iris" };
    Pod::new(pod).container_status(container).map(ContainerStatus::restart_count).unwrap_or_default()
}
