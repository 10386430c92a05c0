//! A plan that was approved is carried out: progress while it lasts, a report at the end.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use iriskit_state::plan::Plan;
use jiff::Timestamp;
use tokio::signal;

use super::{CliError, ExitCode, approve::Approval, refusal};
use crate::apply::{self, ApplyError, ApplyOptions, Event, Report, Stopper};
use crate::cluster::Cluster;
use crate::ui::{Progress, Ui};
use crate::view::run::{Events, report};
use iriskit_core::plan::SecretValues;

/// What is carried out, and how.
pub(super) struct Run<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) plan: &'a Plan,
    pub(super) fills: &'a SecretValues,
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
    let teller = Teller::new(ui, run.plan);
    let work = apply::run(run.cluster, run.plan, run.fills, &options, |event| teller.tell(&event));
    let ended = stoppable(ui, work, &stopper).await;
    teller.close();
    let look = ui.out();
    let say = |far: &Report, go_on: &str| {
        // What was done is done, whether or not somebody still reads.
        let _ = ui.print(&report(run.plan, far, begun.elapsed(), Some(go_on), &look));
    };
    match ended {
        None => {
            let text = "left in the middle; what was begun may still be going on";
            Err(CliError::with(ExitCode::Interrupted, "interrupted", text).help(format!("to go on: {}", run.go_on)))
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

/// Shows events as they come, from wherever they come.
struct Teller<'a> {
    ui: &'a Ui,
    /// What was told so far, and whether that was anything.
    story: Mutex<(Events, bool)>,
    progress: Progress,
}

impl<'a> Teller<'a> {
    fn new(ui: &'a Ui, plan: &Plan) -> Self {
        let story = Events::new(plan, ui.err());
        if ui.bars() {
            ui.status("\n"); // apart from the plan above
        }
        let progress = Progress::new(ui, &story.stages());
        for (index, row) in story.rows() {
            progress.stage(index, &row);
        }
        Self { ui, story: Mutex::new((story, ui.bars())), progress }
    }

    fn tell(&self, event: &Event) {
        let now = Timestamp::now().strftime("%H:%M:%S").to_string();
        // Held until the text is out, so that lines keep the order of events.
        let mut guard = self.story.lock().unwrap_or_else(PoisonError::into_inner);
        let (story, begun) = &mut *guard;
        let told = story.tell(event, &now);
        if let Some(line) = told.line.filter(|_| told.matters || !self.progress.draws()) {
            if !std::mem::replace(begun, true) {
                self.ui.status("\n");
            }
            self.progress.log(&line);
        }
        if let Some((index, row)) = told.row {
            self.progress.stage(index, &row);
        }
    }

    fn close(self) {
        self.progress.close();
    }
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
    ui.status("\nStopping before the next write; once more to leave at once.\n");
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
