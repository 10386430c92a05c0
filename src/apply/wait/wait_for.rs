//! The one way to wait for a condition of an object.

use super::{
    condition::{Condition, State},
    last_words::with_last_words,
    object_watch::{NotSeen, ObjectWatch},
    until::{GivenUp, Wait},
};
use crate::apply::{context::Context, failure::Failure};

/// Looks whenever something changes that the watch tells of, until the condition is met. `address` is the change that is
/// waited for, for events.
pub(in crate::apply) async fn wait_for<C: Condition>(
    context: &Context<'_>,
    address: &str,
    watch: &ObjectWatch,
    condition: &mut C,
) -> Result<C::Found, Failure> {
    let wait = Wait { address, options: context.options, tell: context.tell };
    match wait.until(&mut watch.caches(), || look(watch, condition)).await {
        Ok(found) => Ok(found),
        Err(GivenUp { failure, log }) => Err(with_last_words(context, watch.namespace(), failure, log).await),
    }
}

fn look<C: Condition>(watch: &ObjectWatch, condition: &mut C) -> State<C::Found> {
    let now = match watch.now() {
        Ok(now) => now,
        Err(NotSeen::Waiting(reason)) => return State::pending(reason),
        Err(NotSeen::Absent { was_deleted }) => return condition.absent(was_deleted),
    };
    match condition.check(&now) {
        State::Pending { reason, terminal } => State::Pending { reason: now.with_newest_warning(reason), terminal },
        state => state,
    }
}
