//! The whole run: everything is checked, then the record is widened, then stage after stage.

use std::collections::BTreeMap;

use iriskit_state::plan::{Plan, ResourceChange};
use jiff::Timestamp;

use super::{
    ApplyError, ApplyOptions, Event, Report, Stopper,
    check::{
        check_allowances, check_applicable, check_blocked, check_cluster, check_expiry, check_obstacles, check_rights,
        check_unchanged, dry_run, read_live,
    },
    context::Context,
    observe::Observer,
    record::{StoredRecord, finish},
    stage::{self, Progress},
    watch::WatchCaches,
};
use crate::cluster::Cluster;
use iriskit_core::plan::{SecretValues, active, blocked, is_awaited, recorded_owners};

/// Applies a plan. Until the record is widened nothing is written; after that an error tells how far it came.
pub async fn run(
    cluster: &Cluster,
    plan: &Plan,
    secret_values: &SecretValues,
    options: &ApplyOptions,
    events: impl Fn(Event) + Sync,
) -> Result<Report, ApplyError> {
    check_blocked(plan.blocked.clone())?;
    check_allowances(plan, options)?;
    check_applicable(plan)?;
    let owners = recorded_owners(plan);
    if owners.is_empty() && active(plan).chain(awaited(plan)).next().is_none() {
        return Ok(Report::default());
    }
    let live = read_live(cluster, plan).await?;
    check_cluster(&plan.cluster, cluster.connection(), &live.namespaces)
        .map_err(|reason| ApplyError::OtherCluster { reason })?;
    let now = cluster.server_time().unwrap_or_else(Timestamp::now);
    check_expiry(plan, now)?;
    let mut records = Vec::new();
    for owner in owners {
        let stored = StoredRecord::open(owner.clone(), live.record(&owner).cloned())?;
        stored.check_unused(plan)?;
        records.push(stored);
    }
    check_blocked(active(plan).filter_map(|change| blocked(change, |object| live.get(object))).collect())?;
    check_unchanged(plan, &live)?;
    check_rights(cluster, plan).await?;
    check_obstacles(cluster, plan, secret_values, &events).await?;
    let dry_runs = dry_run(cluster, plan, secret_values, &live).await?;
    events(Event::Checked { objects: plan.resource_changes.len(), dry_runs });
    let (halt, stop) = Stopper::new();
    // One stop for both: the user's, and ours after a failure.
    let inner = ApplyOptions { stop: stop.or(&options.stop), ..options.clone() };
    let watches = WatchCaches::new(cluster);
    // Events know whole seconds.
    let began = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let context =
        Context { cluster, plan, secret_values, options: &inner, tell: &events, live: &live, watches: &watches, began };
    execute(&context, &mut records, &halt).await
}

async fn execute(context: &Context<'_>, records: &mut [StoredRecord], halt: &Stopper) -> Result<Report, ApplyError> {
    let plan = context.plan;
    let mut progress = Progress::default();
    let stages = stages(plan);
    before_any_write(context)?;
    let observer = Observer::begin(context).await;
    before_any_write(context)?;
    start_records(context, records, &mut progress).await?;
    for (name, changes) in &stages {
        let changes: Vec<&ResourceChange> = changes.clone();
        if progress.is_over() || context.may_write().is_err() {
            progress.stopped |= progress.report.failed.is_none();
            let begun = changes.iter().filter(|change| !change.is_no_op());
            progress.report.not_started.extend(begun.map(|change| change.address.clone()));
            continue;
        }
        let addresses = changes.iter().map(|change| change.address.clone()).collect();
        (context.tell)(Event::StageStarted { stage: name.clone(), changes: addresses });
        let (namespaces, others): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.kind == "Namespace");
        stage::run(context, &namespaces, &mut progress, halt).await;
        if !progress.is_over() && context.may_write().is_ok() {
            // The records of clusters whose namespace was just made.
            start_records(context, records, &mut progress).await?;
        }
        stage::run(context, &others, &mut progress, halt).await;
        if !progress.is_over() {
            (context.tell)(Event::StageDone { stage: name.clone() });
        }
    }
    if !progress.is_over() {
        let (seen, differences) = observer.conclude(context).await;
        progress.report.seen = seen;
        progress.report.observed.extend(differences);
    }
    conclude(context, records, progress).await
}

/// A run that is stopped now has begun nothing.
fn before_any_write(context: &Context<'_>) -> Result<(), ApplyError> {
    context.may_write().map_err(|_| {
        let not_started = active(context.plan).map(|change| change.address.clone()).collect();
        ApplyError::Interrupted { report: Box::new(Report { not_started, ..Report::default() }) }
    })
}

/// Marks the plan as started in every record whose namespace exists, before anything else is written there.
async fn start_records(
    context: &Context<'_>,
    records: &mut [StoredRecord],
    progress: &mut Progress,
) -> Result<(), ApplyError> {
    let plan = context.plan;
    for stored in records.iter_mut().filter(|stored| !stored.record.plans.contains_key(&plan.id)) {
        let namespace = format!("Namespace/{}", stored.owner.namespace);
        let exists = context.live.namespaces.get(&stored.owner.namespace).is_none_or(|known| known.exists)
            || progress.report.done.contains(&namespace);
        if !exists {
            continue;
        }
        let at = context.now().to_string();
        let pods = context.live.pods(&stored.owner.namespace);
        if let Err(error) = stored.start(context.cluster, plan, &pods, &at).await {
            if progress.report.done.is_empty() {
                return Err(error);
            }
            progress.report.failed = Some((format!("record of {}", stored.owner.id()), error.to_string()));
            return Ok(());
        }
    }
    Ok(())
}

/// Writes down what was done and says how it ended.
async fn conclude(
    context: &Context<'_>,
    records: &mut [StoredRecord],
    mut progress: Progress,
) -> Result<Report, ApplyError> {
    let complete = !progress.is_over();
    for stored in records.iter_mut().filter(|stored| stored.exists()) {
        if let Err(error) = finish(context, stored, &progress.outcomes, complete).await {
            (context.tell)(Event::Warning { address: None, message: error.to_string() });
            if complete && progress.report.failed.is_none() {
                progress.report.failed = Some((format!("record of {}", stored.owner.id()), error.to_string()));
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

/// The objects that need no change and are waited for all the same.
fn awaited(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.resource_changes.iter().filter(|change| is_awaited(change))
}

/// The stages of the plan with the changes that do something, and with what is waited for in them.
fn stages(plan: &Plan) -> Vec<(String, Vec<&ResourceChange>)> {
    let by_address: BTreeMap<&str, &ResourceChange> =
        active(plan).chain(awaited(plan)).map(|change| (change.address.as_str(), change)).collect();
    plan.stages
        .iter()
        .map(|stage| {
            let changes = stage.changes.iter().filter_map(|address| by_address.get(address.as_str()).copied());
            (stage.name.to_string(), changes.collect::<Vec<_>>())
        })
        .filter(|(_, changes)| !changes.is_empty())
        .collect()
}
