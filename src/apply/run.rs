//! The whole run: everything is checked, then the record is widened, then stage after stage.

use std::collections::BTreeMap;

use iriskit_state::plan::{Blocked, Note, Operation, Plan, ResourceChange, Severity};
use jiff::Timestamp;

use super::{
    ApplyError, ApplyOptions, Event, Refusal, Report, Stopper,
    feed::Feeds,
    finish, identity,
    ledger::Ledger,
    observe::Observer,
    perform::Performer,
    rehearse::rehearse,
    reread::reread,
    stage::{self, Progress},
    stale,
};
use crate::cluster::Cluster;
use crate::survey::{self, SurveyError};
use iriskit_core::plan::{SecretValues, active, blocked, recorded_owners};

/// Applies a plan. Until the record is widened nothing is written; after that an error tells how far it came.
pub async fn run(
    cluster: &Cluster,
    plan: &Plan,
    fills: &SecretValues,
    options: &ApplyOptions,
    events: impl Fn(Event) + Sync,
) -> Result<Report, ApplyError> {
    check_blocked(plan.blocked.clone())?;
    check_allowances(plan, options)?;
    check_applicable(plan)?;
    let owners = recorded_owners(plan);
    if owners.is_empty() && active(plan).next().is_none() {
        return Ok(Report::default());
    }
    let seen = reread(cluster, plan).await?;
    identity::check(&plan.cluster, cluster.connection(), &seen.namespaces)
        .map_err(|reason| ApplyError::OtherCluster { reason })?;
    let now = cluster.server_time().unwrap_or_else(Timestamp::now);
    check_expiry(plan, now)?;
    let mut ledgers = Vec::new();
    for owner in owners {
        let ledger = Ledger::open(owner.clone(), seen.record(&owner).cloned())?;
        ledger.check_unused(plan)?;
        ledgers.push(ledger);
    }
    check_blocked(active(plan).filter_map(|change| blocked(change, |object| seen.get(object))).collect())?;
    stale::check(plan, &seen)?;
    check_rights(cluster, plan).await?;
    check_obstacles(cluster, plan, fills, &events).await?;
    let dry_runs = rehearse(cluster, plan, fills, &seen).await?;
    events(Event::Checked { objects: plan.resource_changes.len(), dry_runs });
    let (halt, stop) = Stopper::new();
    // One stop for both: the user's, and ours after a failure.
    let inner = ApplyOptions { stop, ..options.clone() };
    let feeds = Feeds::new(cluster);
    // Events know whole seconds.
    let began = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let performer =
        Performer { cluster, plan, fills, options: &inner, tell: &events, seen: &seen, feeds: &feeds, began };
    let forward = async {
        options.stop.stopped().await;
        halt.stop();
        std::future::pending::<()>().await;
    };
    if options.stop.is_stopped() {
        halt.stop();
    }
    tokio::select! {
        // First, so that a stop is known before the next write.
        biased;
        () = forward => Ok(Report::default()),
        result = execute(&performer, &mut ledgers, &halt) => result,
    }
}

async fn execute(performer: &Performer<'_>, ledgers: &mut [Ledger], halt: &Stopper) -> Result<Report, ApplyError> {
    let plan = performer.plan;
    let mut progress = Progress::default();
    let stages = stages(plan);
    if performer.go_on().is_err() {
        let not_started = active(plan).map(|change| change.address.clone()).collect();
        return Err(ApplyError::Interrupted { report: Box::new(Report { not_started, ..Report::default() }) });
    }
    let observer = Observer::begin(performer).await;
    start_ledgers(performer, ledgers, &mut progress).await?;
    for (name, changes) in &stages {
        let changes: Vec<&ResourceChange> = changes.clone();
        if progress.is_over() || performer.go_on().is_err() {
            progress.stopped |= progress.report.failed.is_none();
            progress.report.not_started.extend(changes.iter().map(|change| change.address.clone()));
            continue;
        }
        let addresses = changes.iter().map(|change| change.address.clone()).collect();
        (performer.tell)(Event::StageStarted { stage: name.clone(), changes: addresses });
        let (namespaces, others): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.kind == "Namespace");
        stage::run(performer, &namespaces, &mut progress, halt).await;
        if !progress.is_over() {
            // The records of clusters whose namespace was just made.
            start_ledgers(performer, ledgers, &mut progress).await?;
        }
        stage::run(performer, &others, &mut progress, halt).await;
        if !progress.is_over() {
            (performer.tell)(Event::StageDone { stage: name.clone() });
        }
    }
    if !progress.is_over() {
        let (seen, differences) = observer.conclude(performer).await;
        progress.report.seen = seen;
        progress.report.observed.extend(differences);
    }
    conclude(performer, ledgers, progress).await
}

/// Marks the plan as started in every record whose namespace exists, before anything else is written there.
async fn start_ledgers(
    performer: &Performer<'_>,
    ledgers: &mut [Ledger],
    progress: &mut Progress,
) -> Result<(), ApplyError> {
    let plan = performer.plan;
    for ledger in ledgers.iter_mut().filter(|ledger| !ledger.record.plans.contains_key(&plan.id)) {
        let namespace = format!("Namespace/{}", ledger.owner.namespace);
        let exists = performer.seen.namespaces.get(&ledger.owner.namespace).is_none_or(|known| known.exists)
            || progress.report.done.contains(&namespace);
        if !exists {
            continue;
        }
        let at = performer.now().to_string();
        let pods = performer.seen.pods(&ledger.owner.namespace);
        if let Err(error) = ledger.start(performer.cluster, plan, &pods, &at).await {
            if progress.report.done.is_empty() {
                return Err(error);
            }
            progress.report.failed = Some((format!("record of {}", ledger.owner.id()), error.to_string()));
            return Ok(());
        }
    }
    Ok(())
}

/// Writes down what was done and says how it ended.
async fn conclude(
    performer: &Performer<'_>,
    ledgers: &mut [Ledger],
    mut progress: Progress,
) -> Result<Report, ApplyError> {
    let complete = !progress.is_over();
    for ledger in ledgers.iter_mut().filter(|ledger| ledger.exists()) {
        let written = if complete {
            finish::done(performer, ledger, &progress.outcomes).await
        } else {
            finish::partly(performer, ledger, &progress.outcomes).await
        };
        if let Err(error) = written {
            (performer.tell)(Event::Warning { address: None, message: error.to_string() });
            if complete && progress.report.failed.is_none() {
                progress.report.failed = Some((format!("record of {}", ledger.owner.id()), error.to_string()));
            }
        }
    }
    let report = Box::new(progress.report);
    if !progress.moved.is_empty() {
        return Err(ApplyError::MidwayStale { moved: progress.moved, report });
    }
    if report.failed.is_some() {
        return Err(ApplyError::Incomplete { report });
    }
    if progress.stopped {
        return Err(ApplyError::Interrupted { report });
    }
    if !report.observed.is_empty() {
        return Err(ApplyError::Incomplete { report });
    }
    Ok(*report)
}

/// The stages of the plan with the changes that do something.
fn stages(plan: &Plan) -> Vec<(String, Vec<&ResourceChange>)> {
    let by_address: BTreeMap<&str, &ResourceChange> =
        active(plan).map(|change| (change.address.as_str(), change)).collect();
    plan.stages
        .iter()
        .map(|stage| {
            let changes = stage.changes.iter().filter_map(|address| by_address.get(address.as_str()).copied());
            (stage.name.clone(), changes.collect::<Vec<_>>())
        })
        .filter(|(_, changes)| !changes.is_empty())
        .collect()
}

/// What is protected is neither deleted nor replaced, whether that was known when planning or came since.
fn check_blocked(blocked: Vec<Blocked>) -> Result<(), ApplyError> {
    if blocked.is_empty() { Ok(()) } else { Err(ApplyError::Protected { blocked }) }
}

/// Every verb of the plan, before the first of them is used.
async fn check_rights(cluster: &Cluster, plan: &Plan) -> Result<(), ApplyError> {
    let missing = survey::missing_rights(cluster, plan).await;
    let missing = missing.map_err(|error| match error {
        SurveyError::Api { error, .. } => ApplyError::api("asking for the rights that the plan needs")(*error),
        error => ApplyError::Unchecked { reason: error.to_string() },
    })?;
    if missing.is_empty() { Ok(()) } else { Err(ApplyError::Rights { missing }) }
}

/// Whether controllers can make of it what the plan says: quotas, accounts and pod security may have changed since.
async fn check_obstacles(
    cluster: &Cluster,
    plan: &Plan,
    fills: &SecretValues,
    events: &impl Fn(Event),
) -> Result<(), ApplyError> {
    let notes = survey::obstacles(cluster, plan, fills).await;
    let notes = notes.map_err(|error| ApplyError::Unchecked { reason: error.to_string() })?;
    let (errors, others): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| note.severity == Severity::Error);
    if errors.is_empty() {
        for note in others.into_iter().filter(|note| note.severity == Severity::Warning && !plan.notes.contains(note)) {
            events(Event::Warning { address: note.address, message: note.message });
        }
        return Ok(());
    }
    let refusal = |note: Note| Refusal { address: note.address.unwrap_or_default(), message: note.message };
    Err(ApplyError::Refused { refusals: errors.into_iter().map(refusal).collect() })
}

fn check_allowances(plan: &Plan, options: &ApplyOptions) -> Result<(), ApplyError> {
    let missing: Vec<_> =
        plan.allowances.iter().filter(|needed| !options.allow.contains(&needed.name)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(ApplyError::Allowances { missing }) }
}

/// A plan with errors is only to be looked at, and so is one without fingerprints.
fn check_applicable(plan: &Plan) -> Result<(), ApplyError> {
    if let Some(note) = plan.notes.iter().find(|note| note.severity == Severity::Error) {
        return Err(ApplyError::NotApplicable { reason: note.message.clone() });
    }
    if let Some(change) = active(plan).find(|change| change.fingerprint.is_none()) {
        let reason = format!("it does not say what it saw of {}", change.address);
        return Err(ApplyError::NotApplicable { reason });
    }
    let staged: Vec<&String> = plan.stages.iter().flat_map(|stage| &stage.changes).collect();
    if let Some(change) = active(plan).find(|change| !staged.contains(&&change.address)) {
        return Err(ApplyError::NotApplicable { reason: format!("{} is in no stage", change.address) });
    }
    if plan.operation == Operation::Apply || !plan.owners.is_empty() {
        return Ok(());
    }
    Err(ApplyError::NotApplicable { reason: "it destroys nothing".to_owned() })
}

fn check_expiry(plan: &Plan, now: Timestamp) -> Result<(), ApplyError> {
    match plan.expires_at.parse::<Timestamp>() {
        Ok(expires) if now < expires => Ok(()),
        _ => Err(ApplyError::Expired { at: plan.expires_at.clone() }),
    }
}
