//! The objects of a plan that exist, stay and are not ready.

use iriskit_state::plan::{NotReady, NotReadyState, ResourceChange, Verb};
use serde_json::Value;

use crate::plan::{live::Live, objects::object_of};
use iriskit_kubernetes::views::{
    Pod, StatefulSet,
    readiness::{Readiness, is_unsettled, is_waited_for, readiness_as_found, unready_pods},
};

/// What of these is not ready, in their order. Shared objects are nobody's to wait for.
pub(crate) fn not_ready(changes: &[ResourceChange], live: &Live) -> Vec<NotReady> {
    let stays = |change: &&ResourceChange| matches!(change.change.actions.as_slice(), [Verb::NoOp | Verb::Update]);
    let ours = changes.iter().filter(|change| !change.owner.is_empty() && is_waited_for(&change.kind));
    ours.filter(stays).filter_map(|change| look(change, live)).collect()
}

fn look(change: &ResourceChange, live: &Live) -> Option<NotReady> {
    let found = live.get(&object_of(change))?;
    let readable = live.why_no_pods(change.namespace.as_deref().unwrap_or_default()).is_none();
    let pods = if readable { live.pods_of(found) } else { Vec::new() };
    let (state, reason) = match readiness_as_found(found, readable.then_some(&pods)) {
        Readiness::Ready => return None,
        Readiness::Waiting(reason) if is_unsettled(found) => (NotReadyState::Unsettled, reason),
        Readiness::Waiting(reason) => (NotReadyState::Waiting, reason),
        Readiness::Failed(reason) => (NotReadyState::Failed, reason),
    };
    Some(NotReady { address: change.address.clone(), state, reason, pods: unready(found, &pods, readable) })
}

fn unready(found: &Value, pods: &[&Value], readable: bool) -> Vec<String> {
    let set = StatefulSet::new(found);
    if set.kind() != "StatefulSet" || !readable {
        return Vec::new();
    }
    unready_pods(set, &pods.iter().map(|pod| Pod::new(pod)).collect::<Vec<_>>())
}
