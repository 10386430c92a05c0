//! Waiting for an object that needs no change: what comes after it may lean on it.

use iriskit_state::plan::ResourceChange;
use tokio::time::Instant;

use super::wait_ready::wait_ready;
use crate::apply::{Action, Event, context::Context, failure::Failure};
use iriskit_kubernetes::schema::ObjectRef;

/// A wait that is over sooner was none, and nothing is said of it.
const MOMENT: std::time::Duration = std::time::Duration::from_millis(500);

/// Waits until the object is ready, and tells of it where it was not. Gives what differs from the plan without being broken.
pub(in crate::apply) async fn await_unchanged(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
) -> Result<Vec<String>, Failure> {
    let (address, action) = (change.address.clone(), Action::WaitReady);
    let is_known = context.plan.not_ready.iter().any(|known| known.address == address);
    if is_known {
        (context.tell)(Event::StepStarted { address: address.clone(), action });
    }
    let begun = Instant::now();
    let observed = wait_ready(context, change, object, context.live.get(object)).await?;
    let took = begun.elapsed();
    if is_known || took >= MOMENT {
        (context.tell)(Event::StepDone { address, action, took });
    }
    Ok(observed)
}
