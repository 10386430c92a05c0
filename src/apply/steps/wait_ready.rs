//! Waiting until an object is ready.

use iriskit_state::plan::{ResourceChange, Step};
use serde_json::Value;

use crate::apply::{
    context::Context,
    failure::Failure,
    wait::{Condition, Now, ObjectWatch, State, wait_for},
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{
        Object, Pod, StatefulSet, UpdateStrategy,
        readiness::{Readiness, readiness},
    },
};

/// Waits until the object is ready, as it was written or found last (`live`). Gives what differs from the plan without being
/// broken.
pub(in crate::apply) async fn wait_ready(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
    live: Option<&Value>,
) -> Result<Vec<String>, Failure> {
    let mut ready = Ready {
        generation: live.and_then(|live| Object::new(live).generation()).unwrap_or(0),
        every_pod_new: every_pod_gets_new(change, live),
    };
    let watch = ObjectWatch::with_pods(context, object, live.and_then(|live| Object::new(live).uid()));
    let outdated = wait_for(context, &change.address, &watch, &mut ready).await?;
    if outdated.is_empty() || !change.impact.left_outdated.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{}: {} still on an older revision, which the plan did not say",
        change.address,
        outdated.join(", ")
    )])
}

/// Under `OnDelete` without a whole roll of ours old pods stay until they are deleted.
fn every_pod_gets_new(change: &ResourceChange, live: Option<&Value>) -> bool {
    let is_whole_roll =
        |step: &Step| matches!(step, Step::RollByRole { pause_before: None, .. } | Step::ReplacePods { .. });
    let on_delete = live.is_some_and(|live| StatefulSet::new(live).update_strategy() == UpdateStrategy::OnDelete);
    !on_delete || change.steps.iter().any(is_whole_roll)
}

struct Ready {
    /// The generation that was written.
    generation: i64,
    /// Whether every pod has to be of the newest revision.
    every_pod_new: bool,
}

impl Condition for Ready {
    /// The names of its pods that are of an older revision.
    type Found = Vec<String>;

    fn check(&mut self, now: &Now) -> State<Vec<String>> {
        match readiness(&now.object, &now.pods(), self.generation, self.every_pod_new) {
            Readiness::Ready => State::Met(outdated(now)),
            Readiness::Failed(reason) => State::Impossible(reason),
            Readiness::Waiting(reason) => State::Pending { reason, terminal: now.terminal_states() },
        }
    }
}

fn outdated(now: &Now) -> Vec<String> {
    let set = StatefulSet::new(&now.object);
    if set.kind() != "StatefulSet" {
        return Vec::new();
    }
    let is_outdated = |pod: &Pod<'_>| set.is_outdated(*pod) != Some(false);
    now.pods().into_iter().map(Pod::new).filter(is_outdated).map(|pod| pod.name().to_owned()).collect()
}
