//! Changes of one stage: at the same time, but each after those that it depends on.

use std::{collections::BTreeSet, time::Duration};

use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use iriskit_state::plan::ResourceChange;
use tokio::time::{Instant, sleep};

use super::{
    Event, Moved, Report, Stopper,
    context::Context,
    failure::Failure,
    objects::is_deletion,
    perform::{Outcome, perform},
    record::Outcomes,
};

/// Changes that are on their way at the same time: enough to keep the server busy, too few for it to push back.
const AT_ONCE: usize = 32;

/// How long an answer takes at most until it is understood.
const TAKE_IN: Duration = Duration::from_secs(1);

/// How far a run came.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) report: Report,
    pub(super) outcomes: Outcomes,
    pub(super) moved: Vec<Moved>,
    pub(super) stopped: bool,
    /// Whether the plan is marked as started in a record.
    pub(super) started: bool,
}

impl Progress {
    /// Whether nothing new may be begun.
    pub(super) fn is_over(&self) -> bool {
        self.stopped || self.report.failed.is_some()
    }

    fn take(
        &mut self,
        context: &Context<'_>,
        change: &ResourceChange,
        result: Result<Outcome, Failure>,
        begun: Instant,
    ) {
        let address = change.address.clone();
        match result {
            Ok(outcome) => {
                match outcome.uid {
                    Some(uid) => {
                        self.outcomes.uids.insert(address.clone(), uid);
                    }
                    None if is_deletion(change) => {
                        self.outcomes.gone.insert(address.clone());
                    }
                    None => {}
                }
                self.report.observed.extend(outcome.observed);
                if !change.is_no_op() {
                    self.report.done.push(address.clone());
                }
                (context.tell)(Event::ChangeDone { address, took: begun.elapsed() });
            }
            Err(Failure::Stopped) => {
                self.stopped = true;
                self.report.unfinished.push(address);
            }
            Err(failure) => {
                let reason = match failure {
                    Failure::Moved(moved) => {
                        self.moved.extend(moved);
                        "it is not as the plan saw it".to_owned()
                    }
                    Failure::Failed(reason) => reason,
                    Failure::Stopped => String::new(),
                };
                (context.tell)(Event::ChangeFailed { address: address.clone(), reason: reason.clone() });
                if self.report.failed.is_none() {
                    self.report.failed = Some((address, reason));
                } else {
                    self.report.unfinished.push(address);
                }
            }
        }
    }
}

/// After a stop, when everything that was sent is answered, and the answers were taken in.
async fn stopped_and_answered(context: &Context<'_>) {
    context.options.stop.stopped().await;
    context.options.stop.gate().all_answered().await;
    sleep(TAKE_IN).await;
}

/// Does these changes. After a failure nothing new is begun, and waits of the others end.
pub(super) async fn run(context: &Context<'_>, changes: &[&ResourceChange], progress: &mut Progress, halt: &Stopper) {
    let mut waiting: Vec<&ResourceChange> = changes.to_vec();
    let mut open: BTreeSet<&str> = waiting.iter().map(|change| change.address.as_str()).collect();
    let mut running = FuturesUnordered::new();
    loop {
        while !progress.is_over() && !context.options.stop.is_stopped() && running.len() < AT_ONCE {
            let free = waiting.iter().position(|change| {
                !change.depends_on.iter().any(|needed| *needed != change.address && open.contains(needed.as_str()))
            });
            // Changes that depend on one another in a circle keep the plan's order.
            let next = free.or_else(|| (running.is_empty() && !waiting.is_empty()).then_some(0));
            let Some(next) = next else { break };
            let change = waiting.remove(next);
            (context.tell)(Event::ChangeStarted { address: change.address.clone() });
            let begun = Instant::now();
            running.push(perform(context, change).map(move |result| (change, begun, result)));
        }
        let ended = tokio::select! {
            biased;
            ended = running.next() => ended,
            () = stopped_and_answered(context) => {
                // What is left only reads or waits.
                let left = changes.iter().filter(|change| open.contains(change.address.as_str()));
                let left = left.filter(|change| !waiting.iter().any(|other| other.address == change.address));
                progress.report.unfinished.extend(left.map(|change| change.address.clone()));
                progress.stopped |= progress.report.failed.is_none();
                break;
            }
        };
        let Some((change, begun, result)) = ended else { break };
        open.remove(change.address.as_str());
        progress.take(context, change, result, begun);
        if progress.report.failed.is_some() {
            halt.stop();
        }
    }
    // What still waits does so because of a failure or a stop.
    progress.stopped |= !waiting.is_empty() && progress.report.failed.is_none();
    let waiting = waiting.iter().filter(|change| !change.is_no_op());
    progress.report.not_started.extend(waiting.map(|change| change.address.clone()));
}
