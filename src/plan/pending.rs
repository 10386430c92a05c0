//! Parameters that wait for a restart: who takes them over within the plan, and who goes on without them.

use std::collections::BTreeSet;

use iriskit_state::plan::{PodEffect, ResourceChange, TakesEffect};
use serde_json::Value;

use super::live::{Live, name};

/// Fills in which running pods take changed parameters over with the plan's own restarts, and which don't.
pub(super) fn settle(changes: Vec<&mut ResourceChange>, live: &Live) {
    let waits = |change: &&mut ResourceChange| {
        change.impact.parameters.iter().any(|parameter| parameter.takes_effect == TakesEffect::NextRestart)
    };
    if !changes.iter().any(waits) {
        return;
    }
    let going = going(changes.iter().map(|change| &**change));
    for change in changes.into_iter().filter(waits) {
        let namespace = change.namespace.clone().unwrap_or_default();
        let (restarting, waiting): (Vec<&Value>, Vec<&Value>) = readers(live, &namespace, &change.name)
            .partition(|pod| going.contains(&(namespace.clone(), name(pod).to_owned())));
        let names = |pods: &[&Value]| pods.iter().map(|pod| name(pod).to_owned()).collect::<Vec<_>>();
        for parameter in &mut change.impact.parameters {
            if parameter.takes_effect == TakesEffect::NextRestart {
                (parameter.loaded_by, parameter.waiting) = (names(&restarting), names(&waiting));
            }
        }
    }
}

/// Running pods that restart or go, by namespace and name.
fn going<'a>(changes: impl Iterator<Item = &'a ResourceChange>) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for change in changes {
        let namespace = change.namespace.clone().unwrap_or_default();
        let pods = change.impact.pods.iter().filter(|pod| pod.effect != PodEffect::Created);
        found.extend(pods.map(|pod| (namespace.clone(), pod.pod.clone())));
    }
    found
}

/// The pods that mount a ConfigMap, by name.
fn readers<'a>(live: &'a Live, namespace: &'a str, config_map: &'a str) -> impl Iterator<Item = &'a Value> {
    live.of_kind("Pod", namespace).filter(move |pod| {
        let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
        let named = |volume: &Value| volume.pointer("/configMap/name") == Some(&Value::from(config_map));
        volumes.into_iter().flatten().any(named)
    })
}
