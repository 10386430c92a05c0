//! Parameters that wait for a restart: who takes them over within the plan, who goes on without them, and what still
//! waits from earlier runs.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    plan::{Note, NoteId, ParameterChange, PodEffect, ResourceChange, Severity, TakesEffect},
    record::Pending,
};
use serde_json::Value;

use crate::{
    diff::replace_secrets,
    iris::value_of,
    plan::{changes::examine::OwnerInput, live::Live, notes},
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{ConfigMap, ContainerStatus, Pod},
};

/// Pods that restart or are deleted within the plan, by namespace and name.
type StoppedPods = BTreeSet<(String, String)>;

/// The parameters of each change, in the order of the changes: with the pods that take them over by the plan's own restarts,
/// and those that don't.
pub(crate) fn parameters_with_pods(
    changes: &[&ResourceChange],
    owners: &[OwnerInput],
    live: &Live,
) -> Vec<Vec<ParameterChange>> {
    if !changes.iter().any(|change| change.impact.parameters.iter().any(waits)) {
        return changes.iter().map(|change| change.impact.parameters.clone()).collect();
    }
    let stopped = stopped_pods(changes);
    let recorded: BTreeMap<String, &[Pending]> = owners.iter().map(|owner| (owner.id(), pending(owner))).collect();
    let of_change = |change: &&ResourceChange| {
        let parameters = &change.impact.parameters;
        if !parameters.iter().any(waits) {
            return parameters.clone();
        }
        let recorded = recorded.get(&change.owner).copied().unwrap_or_default();
        let readers = Readers::of_config_map(change, recorded, &stopped, live);
        parameters.iter().map(|parameter| readers.of_parameter(parameter)).collect()
    };
    changes.iter().map(of_change).collect()
}

/// What an owner's record says of parameters that wait for a restart.
fn pending(owner: &OwnerInput) -> &[Pending] {
    owner.record.as_ref().map(|record| record.pending.as_slice()).unwrap_or_default()
}

fn waits(parameter: &ParameterChange) -> bool {
    parameter.takes_effect == TakesEffect::NextRestart
}

/// The pods that read the texts of a ConfigMap.
struct Readers<'a> {
    config_map: &'a str,
    pods: Vec<Pod<'a>>,
    /// Those of them that the plan stops.
    stopped: BTreeSet<&'a str>,
    recorded: &'a [Pending],
}

impl<'a> Readers<'a> {
    fn of_config_map(
        change: &'a ResourceChange,
        recorded: &'a [Pending],
        stopped: &StoppedPods,
        live: &'a Live,
    ) -> Self {
        let namespace = change.namespace.clone().unwrap_or_default();
        let pods = live.of_kind("Pod", &namespace).filter(|pod| mounts_config_map(pod, &change.name));
        let pods: Vec<Pod<'_>> = pods.map(Pod::new).collect();
        let is_stopped = |name: &&str| stopped.contains(&(namespace.clone(), (*name).to_owned()));
        let stopped = pods.iter().map(|pod| pod.name()).filter(is_stopped).collect();
        Self { config_map: &change.name, pods, stopped, recorded }
    }

    /// Tells the pods that load a parameter within the plan from those that don't, and from those that run with the value
    /// already, because the text comes back to it.
    fn of_parameter(&self, parameter: &ParameterChange) -> ParameterChange {
        let mut parameter = parameter.clone();
        if !waits(&parameter) {
            return parameter;
        }
        let others: Vec<&str> =
            self.pods.iter().filter(|pod| !self.has_loaded(**pod, &parameter)).map(|pod| pod.name()).collect();
        if others.is_empty() && !self.pods.is_empty() {
            parameter.takes_effect = TakesEffect::NoEffect;
            "what runs has this value already".clone_into(&mut parameter.note);
            return parameter;
        }
        let (loading, waiting): (Vec<&str>, Vec<&str>) = others.into_iter().partition(|pod| self.stopped.contains(pod));
        let owned = |pods: Vec<&str>| pods.into_iter().map(str::to_owned).collect();
        (parameter.loaded_by, parameter.waiting) = (owned(loading), owned(waiting));
        parameter
    }

    fn has_loaded(&self, pod: Pod<'_>, parameter: &ParameterChange) -> bool {
        let known = self.recorded.iter().find(|known| {
            known.config_map == self.config_map && is_about(known, parameter) && is_of_pod(known, pod.value())
        });
        known.is_some_and(|known| !known.sensitive && known.loaded.is_some() && known.loaded == parameter.after)
    }
}

/// A note for each parameter that waits since an earlier run and still will.
pub(crate) fn pending_notes(changes: &[&ResourceChange], owners: &[OwnerInput], live: &Live) -> Vec<Note> {
    let stopped = stopped_pods(changes);
    let recording = owners.iter().filter(|owner| !pending(owner).is_empty());
    recording.flat_map(|owner| notes_of_owner(owner, changes, &stopped, live)).collect()
}

/// What an owner's record says, as far as it is so still and the plan neither ends it nor speaks of it itself.
fn notes_of_owner(owner: &OwnerInput, changes: &[&ResourceChange], stopped: &StoppedPods, live: &Live) -> Vec<Note> {
    let recorded = pending(owner);
    if let Some(reason) = live.why_no_pods(&owner.namespace)
        && let Some(first) = recorded.first()
    {
        let object = ObjectRef::namespaced("v1", "ConfigMap", &owner.namespace, &first.config_map);
        let message = format!("whether changed parameters still wait for a restart is unknown: {reason}");
        return vec![notes::on(Severity::Note, NoteId::RestartPending, &object, message)];
    }
    let id = owner.id();
    let told: Vec<&ResourceChange> =
        changes.iter().copied().filter(|change| change.owner == id && !change.impact.parameters.is_empty()).collect();
    let mut found: BTreeMap<(&str, &str, &str, &str), Vec<&Pending>> = BTreeMap::new();
    for known in recorded {
        let pod = live.get(&ObjectRef::namespaced("v1", "Pod", &owner.namespace, &known.pod));
        let ends = stopped.contains(&(owner.namespace.clone(), known.pod.clone()));
        let is_in_plan = told.iter().filter(|change| change.name == known.config_map).any(|change| {
            change.impact.parameters.iter().any(|parameter| !parameter.removed && is_about(known, parameter))
        });
        if pod.is_some_and(|pod| is_of_pod(known, pod)) && !ends && !is_in_plan && differs(known, owner, live) {
            let place = (known.config_map.as_str(), known.file.as_str(), known.section.as_str(), known.key.as_str());
            found.entry(place).or_default().push(known);
        }
    }
    found.into_values().filter_map(|pods| pending_note(owner, &pods, live)).collect()
}

/// A value that holds no secret.
fn holds_no_secret(value: &&str) -> bool {
    replace_secrets(&format!("_:{value}"), |_, _| String::new()) == format!("_:{value}")
}

fn pending_note(owner: &OwnerInput, pods: &[&Pending], live: &Live) -> Option<Note> {
    let known = pods.first()?;
    let names: Vec<&str> = pods.iter().map(|known| known.pod.as_str()).collect();
    let values = match (known.sensitive, &known.loaded, wanted(known, owner, live).filter(holds_no_secret)) {
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
    Some(notes::on(Severity::Note, NoteId::RestartPending, &object, message))
}

/// Whether what the pod loads at its next start is not what it has loaded.
fn differs(known: &Pending, owner: &OwnerInput, live: &Live) -> bool {
    known.sensitive || wanted(known, owner, live).is_some_and(|wanted| Some(wanted) != known.loaded.as_deref())
}

/// The value of the live text, or the last one of a line that is gone from it.
fn wanted<'a>(known: &'a Pending, owner: &OwnerInput, live: &'a Live) -> Option<&'a str> {
    let map = live.get(&ObjectRef::namespaced("v1", "ConfigMap", &owner.namespace, &known.config_map));
    let text = map.and_then(|map| ConfigMap::new(map).text(&known.file));
    text.and_then(|text| value_of(text, &known.section, &known.key)).or(known.removed_value.as_deref())
}

fn is_about(known: &Pending, parameter: &ParameterChange) -> bool {
    known.file == parameter.file
        && known.section.eq_ignore_ascii_case(&parameter.section)
        && known.key.eq_ignore_ascii_case(&parameter.key)
}

/// Whether the pod is the one that was recorded, and has not started again.
pub(crate) fn is_of_pod(known: &Pending, pod: &Value) -> bool {
    Pod::new(pod).uid() == Some(known.uid.as_str()) && reader_restarts(pod, &known.file) == known.restarts
}

fn stopped_pods(changes: &[&ResourceChange]) -> StoppedPods {
    let mut stopped = StoppedPods::new();
    for change in changes {
        let namespace = change.namespace.clone().unwrap_or_default();
        let pods =
            change.impact.pods.iter().filter(|pod| !matches!(pod.effect, PodEffect::Created | PodEffect::Adopted));
        stopped.extend(pods.map(|pod| (namespace.clone(), pod.pod.clone())));
    }
    stopped
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
