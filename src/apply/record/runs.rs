//! Runs in a record: begun, and ended, as what it keeps of them. Pure.

use iriskit_state::{
    lock::LockHolder,
    plan::{Plan, PodEffect},
    record::{Record, Run, RunOutcome},
};

use crate::apply::{Report, Seen};
use iriskit_core::plan::{OwnerName, active};

/// How a run ended.
#[derive(Debug, Clone)]
pub(in crate::apply) struct Ending {
    pub(in crate::apply) outcome: RunOutcome,
    failed: Option<(String, String)>,
    seen: Vec<String>,
}

impl Ending {
    /// Of a run that came so far; `stopped` when nothing failed and not all was done.
    pub(in crate::apply) fn of(report: &Report, stopped: bool) -> Self {
        let outcome = match (report.failed.is_some(), stopped, report.observed.is_empty()) {
            (true, ..) => RunOutcome::Failed,
            (_, true, _) => RunOutcome::Interrupted,
            (.., false) => RunOutcome::Differs,
            (.., true) => RunOutcome::Done,
        };
        let seen = sentences(&report.seen).into_iter().chain(report.observed.iter().cloned()).collect();
        Self { outcome, failed: report.failed.clone(), seen }
    }
}

/// Writes down that a run begins. One that is still there ended without a word.
pub(super) fn begin(record: &Record, plan: &Plan, owner: &OwnerName, (holder, at): (&LockHolder, &str)) -> Record {
    let mut record = record.clone();
    if let Some(killed) = record.run.take() {
        record.remember(killed.ended(at, RunOutcome::Killed));
    }
    let id = owner.id();
    record.run = Some(Run {
        plan: plan.id.clone(),
        operation: holder.command.clone(),
        by: holder.user.clone(),
        host: holder.host.clone(),
        began: at.to_owned(),
        changes: active(plan).filter(|change| change.owner == id).count(),
        journal: std::collections::BTreeMap::new(),
    });
    record
}

/// Writes down how the run of a plan ended.
pub(super) fn end(record: &Record, plan: &str, at: &str, ending: &Ending) -> Record {
    let mut record = record.clone();
    if let Some(run) = record.run.take_if(|run| run.plan == plan) {
        let failed = ending.failed.as_ref().map(|(address, reason)| (address.as_str(), reason.as_str()));
        record.remember(run.ended(at, ending.outcome).with(failed, ending.seen.clone()));
    }
    record
}

fn sentences(seen: &Seen) -> Vec<String> {
    let mut sentences = Vec::new();
    for (effect, word) in
        [(PodEffect::Created, "made"), (PodEffect::Restarts, "restarted"), (PodEffect::Deleted, "deleted")]
    {
        let pods: Vec<&str> = seen.pods.iter().filter(|pod| pod.1 == effect).map(|pod| pod.0.as_str()).collect();
        if !pods.is_empty() {
            sentences.push(format!("pods {word}: {}", pods.join(", ")));
        }
    }
    for (count, what) in [
        (seen.primary_moves, "moves of a primary"),
        (seen.volumes_new, "volumes made"),
        (seen.volumes_deleted, "volumes deleted"),
    ] {
        if count > 0 {
            sentences.push(format!("{what}: {count}"));
        }
    }
    sentences
}
