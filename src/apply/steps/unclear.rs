//! Writes whose answers do not say whether they were done: what there is is read, and the write is sent again only when it
//! certainly did not happen.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    apply::{context::Context, failure::Failure},
    cluster::ApiError,
};

/// How often that may happen to one write.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Counts the answers to one write that left open what happened.
#[derive(Debug, Default)]
pub(super) struct Unclear(u32);

impl Unclear {
    /// Whether an earlier attempt may have been made, or may still be.
    pub(super) fn has_been(&self) -> bool {
        self.0 > 0
    }

    /// Pauses before what there is is looked at. Fails when it has been too often, and at a stop.
    pub(super) async fn again(&mut self, context: &Context<'_>, doing: &str, error: &ApiError) -> Result<(), Failure> {
        self.0 += 1;
        if self.0 >= ATTEMPTS {
            return Err(Failure::request(doing)(error));
        }
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(self.0 - 1);
        tokio::select! {
            () = context.options.stop.stopped() => {}
            () = sleep(pause) => {}
        }
        // What was sent is looked at even after a stop; it is not sent again.
        Ok(())
    }
}
