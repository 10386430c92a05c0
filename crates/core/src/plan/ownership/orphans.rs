//! Pods of a cluster that nobody controls: what is left when a StatefulSet goes without them and the run is cut off.

use iriskit_kubernetes::{
    names::{APPLYSET_PART_OF, IRIS_CLUSTER, IRIS_KIND, IRIS_NAME, POD_NAME},
    schema::ObjectRef,
    views::{Pod, StatefulSet},
};
use serde_json::{Value, json};

use crate::plan::{changes::examine::OwnerInput, live::Live, mirror::members::Member};

/// Such pods of one set, in the order in which they go: the primary last.
pub(crate) struct Orphans<'a> {
    /// The name of the set that they had.
    pub(crate) set: String,
    /// The pods.
    pub(crate) pods: Vec<&'a Value>,
}

/// The pods without a controller that carry the cluster's labels, or that a StatefulSet of the record left which is not
/// there any more. Those that are on their way out already go by themselves.
pub(crate) fn orphans<'a>(owner: &OwnerInput, live: &'a Live) -> Vec<Orphans<'a>> {
    let lost = lost_sets(owner, live);
    let is_ours = |pod: &Pod<'_>| {
        let labelled = pod.label(IRIS_NAME) == Some(&owner.name) && pod.label(IRIS_KIND) == Some(IRIS_CLUSTER);
        // The controller of a set names each pod in a label.
        let of_lost_set = || pod.label(POD_NAME) == Some(pod.name()) && lost.iter().any(|set| is_pod_of(*pod, set));
        labelled || of_lost_set()
    };
    let mut found: Vec<Orphans<'_>> = Vec::new();
    for pod in live.of_kind("Pod", &owner.namespace).map(Pod::new) {
        let is_free = pod.controller().is_none() && !pod.is_terminating() && pod.label(APPLYSET_PART_OF).is_none();
        if !is_free || !is_ours(&pod) {
            continue;
        }
        let set = pod.ordinal().and_then(|_| pod.name().rsplit_once('-')).map_or(pod.name(), |(set, _)| set);
        match found.iter_mut().find(|orphans| orphans.set == set) {
            Some(orphans) => orphans.pods.push(pod.value()),
            None => found.push(Orphans { set: set.to_owned(), pods: vec![pod.value()] }),
        }
    }
    for orphans in &mut found {
        orphans.pods.sort_by_cached_key(|pod| Member::of(pod).deletion_order());
    }
    found
}

/// The names of StatefulSets that are recorded and are not there.
fn lost_sets(owner: &OwnerInput, live: &Live) -> Vec<String> {
    let recorded = owner.record.iter().flat_map(|record| &record.objects);
    let sets = recorded
        .filter(|known| known.kind == "StatefulSet" && known.namespace.as_deref() == Some(owner.namespace.as_str()));
    let is_lost =
        |name: &str| live.get(&ObjectRef::namespaced("apps/v1", "StatefulSet", &owner.namespace, name)).is_none();
    sets.map(|known| known.name.clone()).filter(|name| is_lost(name)).collect()
}

fn is_pod_of(pod: Pod<'_>, set: &str) -> bool {
    StatefulSet::new(&json!({"metadata": {"name": set}})).ordinal_of(pod.name()).is_some()
}
