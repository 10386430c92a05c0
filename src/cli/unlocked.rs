//! Planning what is to be applied at once: not while another run works on the same clusters.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{CliError, refusal};
use crate::{
    apply::{Event, LockOptions, Locks, wait_until_free},
    cluster::Cluster,
    survey::{Planned, SeenRuns, SurveyError},
    ui::{Ui, clean},
};

/// How often it is said who is waited for.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// A plan in whose making nobody worked on its clusters. Who works is waited for as long as the user said, and then the plan is
/// made anew.
pub(super) async fn unlocked<F>(
    ui: &Ui,
    cluster: &Cluster,
    wait: Duration,
    plan: impl Fn() -> F,
) -> Result<Planned, CliError>
where
    F: Future<Output = Result<Planned, SurveyError>>,
{
    let deadline = Instant::now() + wait;
    let said: Mutex<Option<Instant>> = Mutex::new(None);
    let tell = |event: Event| {
        let Event::Waiting { address, reason, .. } = event else { return };
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
            *said = Some(Instant::now());
            ui.status(&format!("waiting for the lock {}\n", clean(&format!("{address}: {reason}"))));
        }
    };
    loop {
        let planned = plan().await?;
        let waited = wait_until_free(cluster, &planned.runs, deadline, &tell).await;
        if !waited.map_err(|error| refusal::of(&error, &planned.plan))? {
            return Ok(planned);
        }
    }
}

/// How a run takes its locks that was planned when `seen` was all that had been done.
pub(super) fn lock_options(wait: Duration, seen: &[SeenRuns]) -> LockOptions {
    let killed = seen.iter().filter(|seen| seen.run.is_some()).map(|seen| seen.owner.clone()).collect();
    let seen = seen.iter().map(|seen| (seen.owner.clone(), seen.plans.clone())).collect();
    LockOptions { wait, seen, killed, locks: Locks::default() }
}
