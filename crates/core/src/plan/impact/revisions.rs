//! Revisions of pod templates that pods of a StatefulSet still run from: a template that comes back to one of them
//! restarts nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    diff::Difference,
    plan::{
        impact::pod_template::{OF_SETS, template_differences},
        live::Live,
    },
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{ControllerRevision, Pod, StatefulSet, readiness::is_unsettled},
};

/// The ControllerRevisions of pods that are of another revision than their set wants, as far as that is known; none where
/// nothing is outdated.
pub(crate) fn revisions_in_use<'a>(namespaces: impl IntoIterator<Item = &'a str>, live: &Live) -> BTreeSet<ObjectRef> {
    let mut wanted = BTreeSet::new();
    for namespace in namespaces {
        for set in live.of_kind("StatefulSet", namespace) {
            let newest = StatefulSet::new(set).update_revision();
            let of_pods = live.pods_of(set).into_iter().filter_map(|pod| Pod::new(pod).revision());
            let other = |revision: &&str| Some(*revision) != newest || is_unsettled(set);
            wanted.extend(of_pods.filter(other).map(|name| reference(namespace, name)));
        }
    }
    wanted
}

/// The name of the ControllerRevision that a pod was made from.
pub(crate) fn revision_name(pod: &Value) -> Option<ObjectRef> {
    let pod = Pod::new(pod);
    Some(reference(pod.namespace().unwrap_or_default(), pod.revision()?))
}

/// The ControllerRevision that a pod was made from, where it was read.
pub(crate) fn revision_of<'a>(pod: &Value, live: &'a Live) -> Option<&'a Value> {
    live.get(&revision_name(pod)?)
}

/// Whether a revision has the very pod template of a set.
pub(crate) fn has_template_of(revision: &Value, set: &Value) -> bool {
    differing_fields(revision, set).is_empty()
}

/// In what the pod template of a revision, before, differs from that of a set, after.
pub(crate) fn differing_fields(revision: &Value, set: &Value) -> Vec<Difference> {
    let then = ControllerRevision::new(revision).pod_template();
    template_differences(OF_SETS, then.as_ref(), set.pointer("/spec/template"))
}

fn reference(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::namespaced("apps/v1", "ControllerRevision", namespace, name)
}
