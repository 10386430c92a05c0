//! The whole run: everything is checked, then the record is widened, then stage after stage.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    lock::LockHolder,
    plan::{Plan, ResourceChange},
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    ApplyError, ApplyOptions, Event, PlanOrigin, Report, Stopper,
    check::{
        DryRuns, check_allowances, check_applicable, check_blocked, check_cluster, check_consequences, check_expiry,
        check_obstacles, check_rights, check_unchanged, check_words, dry_run, read_live,
    },
    context::Context,
    live::LiveObjects,
    lock::{self, LockOptions, Renewal, Taken, look, take},
    observe::Observer,
    record::{Books, Ending, JournalEnd, StoredRecord, finish},
    stage::{self, Progress},
    watch::WatchCaches,
};
use crate::cluster::{Cluster, WriteGate};
use iriskit_core::plan::{OwnerName, SecretValues, active, blocked, is_awaited, lock::lease_ref, recorded_owners};

/// Applies a plan. Until the record is widened nothing is written; after that an error tells how far it came.
pub async fn run(
    cluster: &Cluster,
    plan: &Plan,
    secret_values: &SecretValues,
    options: &ApplyOptions,
    events: impl Fn(Event) + Sync,
) -> Result<Report, ApplyError> {
    if options.origin == PlanOrigin::File {
        check_words(plan)?;
    }
    check_blocked(plan.blocked.clone())?;
    check_allowances(plan, options)?;
    check_applicable(plan)?;
    let owners = touched(plan, &options.lock);
    if owners.is_empty() && active(plan).chain(awaited(plan)).next().is_none() {
        return Ok(Report::default());
    }
    options.follower.begin(plan);
    let events = |event: Event| {
        options.follower.see(&event);
        events(event);
    };
    let (halt, stop) = Stopper::new();
    // One stop for both: the user's, and ours after a failure.
    let inner = ApplyOptions { stop: options.stop.or(&stop), ..options.clone() };
    let locks = inner.lock.locks.held();
    let books_gate = WriteGate::default();
    let gates = vec![inner.stop.gate().clone(), books_gate.clone()];
    let clusters = Clusters { changes: &cluster.behind(inner.stop.gate()), books: &cluster.behind(&books_gate) };
    let ended = match prepare(cluster, plan, secret_values, (&owners, &inner), &events).await {
        Ok((checked, taken, holder)) => {
            let renewal = Renewal::begin(cluster, locks, taken, gates);
            let watches = WatchCaches::new(cluster);
            let Clusters { changes: cluster, books } = clusters;
            let (live, began, records) = (&checked.live, checked.began, &Books::new(checked.records));
            let (options, tell, watches, holder) = (&inner, &events, &watches, &holder);
            let context = Context {
                cluster,
                books,
                plan,
                secret_values,
                options,
                tell,
                live,
                watches,
                locks,
                holder,
                records,
                began,
            };
            let ended = execute(&context, &halt).await;
            match renewal.lost() {
                Some(reason) => ended.map_err(|error| error.of_lost_lock(reason)),
                None => ended,
            }
        }
        Err(error) => Err(error),
    };
    locks.let_go(cluster).await;
    let deleted_pods = options.follower.report().deleted_pods;
    match ended {
        Ok(report) => Ok(Report { deleted_pods, ..report }),
        Err(error) => Err(error.with_deleted_pods(deleted_pods)),
    }
}

/// The clusters whose records are written: those of the plan, and those in whose records a run is left that was killed.
fn touched(plan: &Plan, lock: &LockOptions) -> BTreeSet<OwnerName> {
    recorded_owners(plan).into_iter().chain(lock.killed.iter().cloned()).collect()
}

/// The cluster, once for what the plan says, and once for what is written down about it.
struct Clusters<'a> {
    changes: &'a Cluster,
    books: &'a Cluster,
}

/// Looks whether somebody works, checks everything, and takes the locks: nobody may have had them meanwhile. Says when they were
/// taken. A run that is refused here has written nothing.
async fn prepare(
    cluster: &Cluster,
    plan: &Plan,
    secret_values: &SecretValues,
    (owners, options): (&BTreeSet<OwnerName>, &ApplyOptions),
    events: &(impl Fn(Event) + Sync),
) -> Result<(Checked, Instant, LockHolder), ApplyError> {
    let checking = async {
        let seen = look(cluster, owners, &options.lock, events).await?;
        let checked = check_all(cluster, plan, secret_values, (owners, options, events)).await?;
        Ok::<_, ApplyError>((seen, checked))
    };
    let (seen, checked) = tokio::select! {
        checked = checking => checked?,
        () = options.stop.stopped() => return Err(nothing_begun(plan)),
    };
    let (begun, holder) = (Instant::now(), lock::holder(cluster, plan));
    for (owner, seen) in &seen {
        // A lock that was asked for is waited for, so that it is known and let go.
        if options.stop.is_stopped() {
            return Err(nothing_begun(plan));
        }
        take(cluster, owner, (&holder, Some(seen)), options.lock.locks.held(), events).await?;
    }
    Ok((checked, begun, holder))
}

/// What is known when everything is checked.
struct Checked {
    live: LiveObjects,
    records: Vec<StoredRecord>,
    /// The server's time, in whole seconds, as events know it.
    began: Timestamp,
}

/// Everything that can be checked before the first write.
async fn check_all(
    cluster: &Cluster,
    plan: &Plan,
    secret_values: &SecretValues,
    (owners, options, events): (&BTreeSet<OwnerName>, &ApplyOptions, &(impl Fn(Event) + Sync)),
) -> Result<Checked, ApplyError> {
    let live = read_live(cluster, plan, owners).await?;
    check_cluster(&plan.cluster, cluster.connection(), &live.namespaces)
        .map_err(|reason| ApplyError::OtherCluster { reason })?;
    let now = cluster.server_time().unwrap_or_else(Timestamp::now);
    check_expiry(plan, now)?;
    let mut records = Vec::new();
    for owner in owners {
        let stored = StoredRecord::open(owner.clone(), live.record(owner).cloned())?;
        stored.check_unused(plan)?;
        if let Some(seen) = options.lock.seen.get(owner) {
            stored.check_nobody_since(seen)?;
        }
        records.push(stored);
    }
    check_blocked(active(plan).filter_map(|change| blocked(change, |object| live.get(object))).collect())?;
    check_unchanged(plan, &live)?;
    check_rights(cluster, plan).await?;
    check_obstacles(cluster, plan, secret_values, events).await?;
    let DryRuns { count: dry_runs, answers } = dry_run(cluster, plan, secret_values, &live).await?;
    if options.origin == PlanOrigin::File {
        check_consequences(cluster, plan, &live, &answers, secret_values).await?;
    }
    events(Event::Checked { objects: plan.resource_changes.len(), dry_runs });
    let began = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Ok(Checked { live, records, began })
}

async fn execute(context: &Context<'_>, halt: &Stopper) -> Result<Report, ApplyError> {
    let plan = context.plan;
    let mut progress = Progress::default();
    let stages = stages(plan);
    before_any_write(context)?;
    let observer = Observer::begin(context).await;
    before_any_write(context)?;
    start_records(context, &mut progress).await?;
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
            start_records(context, &mut progress).await?;
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
    conclude(context, progress).await
}

/// A run that is stopped now has begun nothing.
fn before_any_write(context: &Context<'_>) -> Result<(), ApplyError> {
    context.may_write().map_err(|_| nothing_begun(context.plan))
}

fn nothing_begun(plan: &Plan) -> ApplyError {
    let not_started = active(plan).map(|change| change.address.clone()).collect();
    ApplyError::Interrupted { report: Box::new(Report { not_started, ..Report::default() }) }
}

/// Marks the plan as started in every record whose namespace exists, before anything else is written there.
async fn start_records(context: &Context<'_>, progress: &mut Progress) -> Result<(), ApplyError> {
    let plan = context.plan;
    for book in context.records.all() {
        let mut stored = book.stored().await;
        let namespace = format!("Namespace/{}", stored.owner.namespace);
        let exists = context.live.namespaces.get(&stored.owner.namespace).is_none_or(|known| known.exists)
            || progress.report.done.contains(&namespace);
        if !exists || stored.record.plans.contains_key(&plan.id) {
            continue;
        }
        if !has_lock(context, &book.owner, progress).await? {
            return Ok(());
        }
        let at = context.now().to_string();
        let pods = context.live.pods(&stored.owner.namespace);
        if let Err(error) = stored.start(context.cluster, plan, &pods, (context.holder, &at)).await {
            return cannot_start(context, progress, format!("record of {}", stored.owner.id()), error);
        }
        progress.started = true;
    }
    Ok(())
}

/// What stops a run before it has begun is an error. What it has begun is written down as far as it came.
fn cannot_start(
    context: &Context<'_>,
    progress: &mut Progress,
    what: String,
    error: ApplyError,
) -> Result<(), ApplyError> {
    if context.may_write().is_err() {
        progress.stopped = true;
    } else if !progress.started && progress.report.done.is_empty() {
        return Err(error);
    } else {
        progress.report.failed = Some((what, error.to_string()));
    }
    Ok(())
}

/// Takes the lock of a cluster whose namespace did not exist before. `false` when somebody else was faster.
async fn has_lock(context: &Context<'_>, owner: &OwnerName, progress: &mut Progress) -> Result<bool, ApplyError> {
    let object = lease_ref(&owner.namespace, &owner.name);
    if context.locks.has(&object) {
        return Ok(true);
    }
    let taken = take(context.cluster, owner, (context.holder, None), context.locks, context.tell).await;
    match taken {
        Ok(Taken::Yes) => Ok(true),
        Ok(Taken::NoNamespace) => {
            progress.report.failed = Some((object.address(), "its namespace is gone again".to_owned()));
            Ok(false)
        }
        Err(error) => cannot_start(context, progress, object.address(), error).map(|()| false),
    }
}

/// Writes down what was done and says how it ended.
async fn conclude(context: &Context<'_>, mut progress: Progress) -> Result<Report, ApplyError> {
    let complete = !progress.is_over();
    let ending = Ending::of(&progress.report, progress.stopped);
    for book in context.records.all() {
        let mut stored = book.stored().await;
        if !stored.exists() {
            continue;
        }
        let journal = JournalEnd { notes: book.take_notes(), ending: &ending };
        if let Err(error) = finish(context, &mut stored, &progress.outcomes, (complete, &journal)).await {
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
