//! What is taken for granted in place of pods and claims that could not be listed: what a StatefulSet says of its pods. Missing
//! rights are no absence; a plan that saw no pods would promise that nothing restarts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::plan::{live::Live, planner::question::Read};
use iriskit_kubernetes::{
    names::CONTROLLER_REVISION_HASH,
    schema::ObjectRef,
    views::{Object, Pod, StatefulSet},
};

/// Adds to `live` the pods that StatefulSets say they have, where pods can't be listed, and the claims of pods, where claims can't.
pub(crate) fn assume_unlisted(live: &mut Live) {
    let unlisted: BTreeSet<String> = live.refused().filter_map(|(read, _)| namespace_of_unlisted(read)).collect();
    let sets: Vec<Value> =
        unlisted.iter().flat_map(|namespace| live.of_kind("StatefulSet", namespace)).cloned().collect();
    for set in &sets {
        let namespace = Object::new(set).namespace().unwrap_or_default().to_owned();
        if live.why_no_pods(&namespace).is_some() {
            for pod in pods_of(set) {
                live.assume(pod);
            }
        }
        if live.why_no_claims(&namespace).is_some() {
            let pods = live.pods_of(set).into_iter();
            let claims: Vec<Value> = pods.flat_map(|pod| claims_of(set, Pod::new(pod), &namespace)).collect();
            for claim in claims {
                live.assume(claim);
            }
        }
    }
}

/// The namespace whose pods or claims were to be listed.
fn namespace_of_unlisted(read: &Read) -> Option<String> {
    match read {
        Read::List { kind, namespace, .. } if matches!(kind.as_str(), "Pod" | "PersistentVolumeClaim") => {
            namespace.clone()
        }
        _ => None,
    }
}

/// The pods that a set has by its own word. They run and have no role that anybody knows. Where not all are ready it may be any
/// of them that serves: then it is the first one that restarts.
fn pods_of(set: &Value) -> Vec<Value> {
    let view = StatefulSet::new(set);
    if view.status_replicas() == 0 {
        return Vec::new();
    }
    let all_ready = view.ready_replicas() >= view.replicas();
    let all_new = view.updated_replicas() >= view.replicas();
    let revision = if all_new { view.update_revision() } else { view.current_revision() };
    // After a roll that was cut off under `OnDelete` both revisions may be the same word.
    let revision = if all_new || view.current_revision() != view.update_revision() { revision } else { None };
    let last = view.ordinals().next_back();
    view.ordinals().map(|ordinal| pod(view, ordinal, revision, all_ready || last == Some(ordinal))).collect()
}

fn pod(set: StatefulSet<'_>, ordinal: u64, revision: Option<&str>, ready: bool) -> Value {
    let name = set.pod_name(ordinal);
    let template = set.template();
    let mut labels = template.value().pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    if let (Some(labels), Some(revision)) = (labels.as_object_mut(), revision) {
        labels.insert(CONTROLLER_REVISION_HASH.to_owned(), revision.into());
    }
    let claims = set.claim_templates().into_iter().map(|template| {
        json!({"name": template.name(),
            "persistentVolumeClaim": {"claimName": set.claim_name(template.name(), ordinal)}})
    });
    let own = template.spec().value().get("volumes").and_then(Value::as_array).into_iter().flatten();
    let volumes: Vec<Value> = claims.chain(own.cloned()).collect();
    let mut spec = template.spec().value().clone();
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("volumes".to_owned(), volumes.into());
    }
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": set.namespace(), "labels": labels,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": set.name(), "uid": set.uid(),
                "controller": true}]},
        "spec": spec,
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
}

/// The claims that a pod mounts by the templates of its set.
fn claims_of(set: &Value, pod: Pod<'_>, namespace: &str) -> Vec<Value> {
    let set = StatefulSet::new(set);
    let mounted = |claim: &str| pod.claims().any(|mounted| mounted == claim);
    let templates = set.claim_templates().into_iter();
    let claim = |template: &Value, name: String| {
        let labels = set.value().pointer("/spec/selector/matchLabels");
        let object = ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, &name);
        json!({"apiVersion": object.api_version, "kind": object.kind,
            "metadata": {"name": object.name, "namespace": object.namespace, "labels": labels},
            "spec": template.get("spec")})
    };
    templates
        .map(|template| (template, format!("{}-{}", template.name(), pod.name())))
        .filter(|(_, name)| mounted(name))
        .map(|(template, name)| claim(template.value(), name))
        .collect()
}
