//! Revisions of pod templates that pods of a StatefulSet still run from: a template that comes back to one of them
//! restarts nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::plan::live::Live;
use crate::plan::live::label;
use crate::plan::live::name;
use iriskit_kubernetes::schema::{ObjectRef, table};

/// The label that names the ControllerRevision that a pod was made from.
const REVISION: &str = "controller-revision-hash";

/// The ControllerRevisions of pods that are of another revision than their set wants; none where nothing is outdated.
pub fn revisions_in_use<'a>(namespaces: impl IntoIterator<Item = &'a str>, live: &Live) -> BTreeSet<ObjectRef> {
    let mut wanted = BTreeSet::new();
    for namespace in namespaces {
        for set in live.of_kind("StatefulSet", namespace) {
            let newest = set.pointer("/status/updateRevision").and_then(Value::as_str);
            let of_pods = live.pods_of(set).into_iter().filter_map(|pod| label(pod, REVISION));
            wanted.extend(of_pods.filter(|revision| Some(*revision) != newest).map(|name| reference(namespace, name)));
        }
    }
    wanted
}

/// Whether a pod of the set was made from the very template that `after` has. `false` where its revision is not known.
pub(crate) fn runs_template_of(set: &Value, pod: &str, after: &Value, live: &Live) -> bool {
    let pods = live.pods_of(set);
    let Some(pod) = pods.into_iter().find(|found| name(found) == pod) else { return false };
    let namespace = pod.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    let Some(revision) = label(pod, REVISION).and_then(|name| live.get(&reference(namespace, name))) else {
        return false;
    };
    let mut template = revision.pointer("/data/spec/template").cloned().unwrap_or_default();
    if let Some(members) = template.as_object_mut() {
        members.remove("$patch");
    }
    let (then, now) =
        (json!({"spec": {"template": template}}), json!({"spec": {"template": after.pointer("/spec/template")}}));
    let kind = table().kind("apps/v1", "StatefulSet");
    kind.is_some_and(|kind| crate::diff::differences(kind, &then, &now).is_empty())
}

fn reference(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::namespaced("apps/v1", "ControllerRevision", namespace, name)
}
