//! Revisions of pod templates that pods of a StatefulSet still run from: a template that comes back to one of them
//! restarts nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::plan::live::Live;
use iriskit_kubernetes::{
    schema::{ObjectRef, table},
    views::{ControllerRevision, Pod, StatefulSet},
};

/// The ControllerRevisions of pods that are of another revision than their set wants; none where nothing is outdated.
pub(crate) fn revisions_in_use<'a>(namespaces: impl IntoIterator<Item = &'a str>, live: &Live) -> BTreeSet<ObjectRef> {
    let mut wanted = BTreeSet::new();
    for namespace in namespaces {
        for set in live.of_kind("StatefulSet", namespace) {
            let newest = StatefulSet::new(set).update_revision();
            let of_pods = live.pods_of(set).into_iter().filter_map(|pod| Pod::new(pod).revision());
            wanted.extend(of_pods.filter(|revision| Some(*revision) != newest).map(|name| reference(namespace, name)));
        }
    }
    wanted
}

/// Whether a pod of the set was made from the very template that `after` has. `false` where its revision is not known.
pub(crate) fn runs_template_of(set: &Value, pod: &str, after: &Value, live: &Live) -> bool {
    let mut pods = live.pods_of(set).into_iter().map(Pod::new);
    let Some(pod) = pods.find(|found| found.name() == pod) else { return false };
    let namespace = pod.namespace().unwrap_or_default();
    let Some(revision) = pod.revision().and_then(|name| live.get(&reference(namespace, name))) else {
        return false;
    };
    let whole = |template: &Value| json!({"spec": {"template": template}});
    let then = whole(&ControllerRevision::new(revision).pod_template().unwrap_or_default());
    let now = whole(StatefulSet::new(after).template().value());
    let kind = table().kind("apps/v1", "StatefulSet");
    kind.is_some_and(|kind| crate::diff::differences(kind, &then, &now).is_empty())
}

fn reference(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::namespaced("apps/v1", "ControllerRevision", namespace, name)
}
