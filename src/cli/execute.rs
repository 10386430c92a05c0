//! A plan that was approved is carried out: progress while it lasts, a report at the end.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use iriskit_state::plan::Plan;
use jiff::Timestamp;
use tokio::signal;

use super::{CliError, ErrorId, ExitCode, approve::Approval, refusal};
use crate::{
    apply::{self, ApplyError, ApplyOptions, Event, Report, Stopper},
    cluster::Cluster,
    ui::Ui,
    view::run::{Displayer, displayer, report},
};
use iriskit_core::plan::SecretValues;

/// What is carried out, and how.
pub(super) struct Run<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) plan: &'a Plan,
    pub(super) secret_values: &'a SecretValues,
    pub(super) approval: &'a Approval,
    /// The command that goes on after a run that was cut off.
    pub(super) go_on: String,
    /// The command that goes on after a pause.
    pub(super) past_the_pause: String,
}

/// Carries it out.
pub(super) async fn execute(ui: &Ui, run: Run<'_>) -> Result<ExitCode, CliError> {
    let (stopper, stop) = Stopper::new();
    let options =
        ApplyOptions { timeout: run.approval.timeout(), allow: run.approval.given(), stop, ..ApplyOptions::default() };
    let begun = Instant::now();
    let displayer = Mutex::new(displayer(ui, run.plan));
    let work = apply::run(run.cluster, run.plan, run.secret_values, &options, |event| show(&displayer, &event));
    let ended = stoppable(ui, work, &stopper).await;
    displayer.into_inner().unwrap_or_else(PoisonError::into_inner).close();
    let look = ui.out();
    let say = |far: &Report, go_on: &str| {
        // The writes are done, even if the output is closed.
        let _ = ui.print(&report(run.plan, far, begun.elapsed(), Some(go_on), &look));
    };
    match ended {
        None => {
            let text = "interrupted; operations that were begun may still be in progress";
            Err(CliError::new(ErrorId::Interrupted, text).help(format!("to continue: {}", run.go_on)))
        }
        Some(Ok(far)) => {
            say(&far, &run.past_the_pause);
            Ok(ExitCode::Success)
        }
        Some(Err(error)) => {
            if let Some(far) = error.report() {
                say(far, &run.go_on);
            }
            Err(refusal::of(&error, run.plan))
        }
    }
}

/// Shows an event with the time of day. The displayer is held until the text is out, so that lines keep the order of
/// events, wherever they come from.
fn show(displayer: &Mutex<Box<dyn Displayer>>, event: &Event) {
    let now = Timestamp::now().strftime("%H:%M:%S").to_string();
    displayer.lock().unwrap_or_else(PoisonError::into_inner).show(event, &now);
}

/// The first interruption stops the run before its next write, the second one leaves it where it is: `None`.
async fn stoppable(
    ui: &Ui,
    work: impl Future<Output = Result<Report, ApplyError>>,
    stopper: &Stopper,
) -> Option<Result<Report, ApplyError>> {
    tokio::pin!(work);
    tokio::select! {
        ended = &mut work => return Some(ended),
        () = interrupted() => stopper.stop(),
    }
    ui.status("\nStopping before the next write; interrupt again to exit at once.\n");
    tokio::select! {
        ended = work => Some(ended),
        () = interrupted() => None,
    }
}

/// Ctrl-C, or the SIGTERM of a pipeline that was cancelled.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut term) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = signal::ctrl_c() => return,
            _ = term.recv() => return,
        }
    }
    let _ = signal::ctrl_c().await;
}
