//! A plan that was approved is carried out: progress while it lasts, a report at the end.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use iriskit_state::plan::Plan;
use jiff::Timestamp;

use super::{CliError, ErrorId, ExitCode, approve::Approval, refusal, signals::Signals};
use crate::{
    apply::{self, ApplyError, ApplyOptions, Event, LockOptions, PlanOrigin, Report, Stopper},
    cluster::Cluster,
    ui::{Ui, plural},
    view::run::{Displayer, displayer, report, report_lines},
};
use iriskit_core::plan::SecretValues;

/// What is carried out, and how.
pub(super) struct Run<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) plan: &'a Plan,
    pub(super) origin: PlanOrigin,
    pub(super) secret_values: &'a SecretValues,
    pub(super) approval: &'a Approval,
    /// How its locks are taken.
    pub(super) lock: LockOptions,
    /// The command that goes on after a run that was cut off.
    pub(super) go_on: String,
    /// The command that goes on after a pause.
    pub(super) past_the_pause: String,
}

/// How long a run that is left at once takes to let go of its locks.
const LET_GO: Duration = Duration::from_secs(1);

/// How a run ended.
enum Ended {
    ByItself(Box<Result<Report, ApplyError>>),
    /// It was left where it was.
    AtOnce {
        /// Changes that were sent and are not answered: nobody else should work before they are done.
        on_their_way: usize,
    },
}

/// Carries it out.
pub(super) async fn execute(ui: &Ui, run: Run<'_>) -> Result<ExitCode, CliError> {
    let (stopper, stop) = Stopper::new();
    let (timeout, allow) = (run.approval.timeout(), run.approval.given());
    let options =
        ApplyOptions { timeout, allow, stop, lock: run.lock.clone(), origin: run.origin, ..ApplyOptions::default() };
    let follower = options.follower.clone();
    let begun = Instant::now();
    let displayer = Mutex::new(displayer(ui, run.plan, run.approval.prints_events(), timeout));
    let work = apply::run(run.cluster, run.plan, run.secret_values, &options, |event| show(&displayer, &event));
    let ended = stoppable(ui, work, &stopper).await;
    displayer.into_inner().unwrap_or_else(PoisonError::into_inner).close();
    let look = ui.out();
    let say = |far: &Report, go_on: &str| {
        // The writes are done, even if the output is closed.
        let _ = ui.print(&if run.approval.prints_events() {
            report_lines(run.plan, far, begun.elapsed(), Some(go_on))
        } else {
            report(run.plan, far, begun.elapsed(), Some(go_on), &look)
        });
    };
    match ended {
        Ended::AtOnce { on_their_way } => {
            if on_their_way == 0 {
                run.lock.locks.let_go(run.cluster, LET_GO).await;
            }
            say(&follower.report(), &run.go_on);
            let text = "stopped at once; what is unfinished may still be going on in the cluster";
            Err(CliError::new(ErrorId::Interrupted, text))
        }
        Ended::ByItself(ended) => match *ended {
            Ok(far) => {
                say(&far, &run.past_the_pause);
                Ok(ExitCode::Success)
            }
            Err(error) => {
                if let Some(far) = error.report() {
                    say(far, &run.go_on);
                }
                // Programs read the error alone.
                let told = if run.approval.prints_events() { refusal::of } else { refusal::below_report };
                Err(told(&error, run.plan))
            }
        },
    }
}

/// Shows an event with the time of day. The displayer is held until the text is out, so that lines keep the order of
/// events, wherever they come from.
fn show(displayer: &Mutex<Box<dyn Displayer>>, event: &Event) {
    let now = Timestamp::now().strftime("%H:%M:%S").to_string();
    displayer.lock().unwrap_or_else(PoisonError::into_inner).show(event, &now);
}

/// The first interruption stops the run: nothing is sent that was not sent. The second one leaves it where it is.
async fn stoppable(ui: &Ui, work: impl Future<Output = Result<Report, ApplyError>>, stopper: &Stopper) -> Ended {
    let mut signals = Signals::listen();
    tokio::pin!(work);
    tokio::select! {
        ended = &mut work => return Ended::ByItself(Box::new(ended)),
        () = signals.next() => {}
    }
    let sent = match stopper.stop() {
        0 => "No further change is sent".to_owned(),
        sent => format!(
            "No further change is sent; {} that {} sent before {} on the way",
            plural(sent, "request"),
            if sent == 1 { "was" } else { "were" },
            if sent == 1 { "is" } else { "are" }
        ),
    };
    ui.status(&format!("\nStopping. {sent}. Interrupt again to exit at once.\n"));
    tokio::select! {
        ended = work => Ended::ByItself(Box::new(ended)),
        () = signals.next() => Ended::AtOnce { on_their_way: stopper.stop() },
    }
}
