//! The members of a mirror as its rules see them.

use iriskit_state::plan::ResourceChange;
use jiff::Timestamp;
use serde_json::Value;

use crate::apply::wait::Now;
use iriskit_core::mirror::{MemberState, MirrorState, StatusAge};
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
pub(super) fn mirror_state_at(now: &Now, generation: i64, at: Timestamp) -> MirrorState {
    mirror_state(&now.object, &now.pods(), generation, at)
}

/// The pods of a set. `generation` is the one that was written.
pub(super) fn mirror_state(set: &Value, pods: &[&Value], generation: i64, now: Timestamp) -> MirrorState {
    let view = StatefulSet::new(set);
    let seen = |pod: &&Value| {
        let (seen, pod) = (MemberState::of(pod, StatusAge::FreshAt(now)), Pod::new(pod));
        MemberState {
            outdated: view.is_outdated(pod) != Some(false),
            lacks_claim: !view.missing_claims(pod).is_empty(),
            ready: seen.ready.map_err(|_| pod_state(pod)),
            ..seen
        }
    };
    let newest = view.generation().unwrap_or_default();
    let observed = newest >= generation && view.is_observed() && view.update_revision().is_some();
    MirrorState { observed, ..MirrorState::of(set, pods.iter().map(seen).collect()) }
}
