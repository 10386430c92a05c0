//! The members of a mirror as its rules see them.

use iriskit_state::plan::ResourceChange;
use jiff::Timestamp;
use serde_json::Value;

use crate::apply::wait::Now;
use iriskit_core::plan::mirror::{Belief, Scene, Sight};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Pod, StatefulSet, readiness::pod_state},
};

/// A StatefulSet as its change has written it.
pub(in crate::apply) struct WrittenSet<'a> {
    pub(in crate::apply) change: &'a ResourceChange,
    pub(in crate::apply) object: &'a ObjectRef,
    pub(in crate::apply) uid: &'a str,
    /// The generation that was written.
    pub(in crate::apply) generation: i64,
}

/// The pods of a set at one moment.
pub(super) fn scene_at(now: &Now, generation: i64, at: Timestamp) -> Scene {
    scene(&now.object, &now.pods(), generation, at)
}

/// The pods of a set. `generation` is the one that was written.
pub(super) fn scene(set: &Value, pods: &[&Value], generation: i64, now: Timestamp) -> Scene {
    let view = StatefulSet::new(set);
    let seen = |pod: &&Value| {
        let (seen, pod) = (Sight::of(pod, Belief::Fresh(now)), Pod::new(pod));
        Sight {
            outdated: view.is_outdated(pod) != Some(false),
            lacks: !view.missing_claims(pod).is_empty(),
            ready: seen.ready.map_err(|_| pod_state(pod)),
            ..seen
        }
    };
    let newest = view.generation().unwrap_or_default();
    let observed = newest >= generation && view.is_observed() && view.update_revision().is_some();
    Scene { observed, ..Scene::of(set, pods.iter().map(seen).collect()) }
}
