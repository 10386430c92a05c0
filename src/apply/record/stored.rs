//! A record in the cluster: read, and written by compare-and-swap.

use std::{collections::BTreeSet, time::Duration};

use iriskit_state::{
    lock::LockHolder,
    plan::Plan,
    record::{PlanEntry, PlanState, Record},
};
use serde_json::Value;
use tokio::time::sleep;

use super::{
    content::{config_map, read, widen},
    pending, runs, upgrades,
};
use crate::{
    apply::{ApplyError, LockedBy},
    cluster::{ApiError, Cluster, DeleteOptions},
};
use iriskit_core::plan::{OwnerName, applyset};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// Writers that get in between before we give up.
const ATTEMPTS: usize = 5;
/// Before a write is looked at whose answer said nothing.
const PAUSE: Duration = Duration::from_millis(500);

/// The record of one owner.
#[derive(Debug)]
pub(in crate::apply) struct StoredRecord {
    pub(in crate::apply) owner: OwnerName,
    pub(in crate::apply) record: Record,
    live: Option<Value>,
}

impl StoredRecord {
    /// Takes what was read.
    pub(in crate::apply) fn open(owner: OwnerName, live: Option<Value>) -> Result<Self, ApplyError> {
        let record = parse(&owner, live.as_ref())?;
        Ok(Self { owner, record, live })
    }

    /// Whether it is in the cluster.
    pub(in crate::apply) fn exists(&self) -> bool {
        self.live.is_some()
    }

    /// Fails when the plan was begun before.
    pub(in crate::apply) fn check_unused(&self, plan: &Plan) -> Result<(), ApplyError> {
        match self.record.plans.get(&plan.id) {
            Some(entry) => Err(ApplyError::Used { owner: self.owner.id(), state: entry.state, at: entry.at.clone() }),
            None => Ok(()),
        }
    }

    /// Fails when somebody began a plan since the record knew only these.
    pub(in crate::apply) fn check_nobody_since(&self, seen: &BTreeSet<String>) -> Result<(), ApplyError> {
        if self.record.plans.keys().all(|id| seen.contains(id)) {
            return Ok(());
        }
        let who = self.record.history.last().map(|last| format!("{} ({})", last.who(), last.operation));
        Err(ApplyError::Locked { owner: self.owner.id(), by: LockedBy::Meanwhile(who) })
    }

    /// Widens it and marks the plan as started. A run that loses the race for it finds the plan used.
    pub(in crate::apply) async fn start(
        &mut self,
        cluster: &Cluster,
        plan: &Plan,
        pods: &[&Value],
        (holder, at): (&LockHolder, &str),
    ) -> Result<(), ApplyError> {
        for _ in 0..ATTEMPTS {
            self.check_unused(plan)?;
            let wider = pending::begin(&widen(&self.record, plan, &self.owner, at), plan, &self.owner, pods, at);
            let wider = upgrades::begin(&wider, plan, &self.owner, at);
            let wider = runs::begin(&wider, plan, &self.owner, (holder, at));
            match self.put(cluster, wider).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    let lost_answer = matches!(&error, PutError::Theirs(error) if error.is_ambiguous());
                    self.reload_after(cluster, error).await?;
                    // The answer was lost, the write perhaps not: no other run begins this plan at this nanosecond.
                    let ours = |entry: &PlanEntry| entry.state == PlanState::Started && entry.at == at;
                    if lost_answer && self.record.plans.get(&plan.id).is_some_and(ours) {
                        return Ok(());
                    }
                }
            }
        }
        Err(self.contended())
    }

    /// Changes it.
    pub(in crate::apply) async fn update(
        &mut self,
        cluster: &Cluster,
        change: impl Fn(&Record) -> Record,
    ) -> Result<(), ApplyError> {
        for _ in 0..ATTEMPTS {
            let new = change(&self.record);
            match self.put(cluster, new).await {
                Ok(()) => return Ok(()),
                Err(error) => self.reload_after(cluster, error).await?,
            }
        }
        Err(self.contended())
    }

    /// Removes it.
    pub(in crate::apply) async fn remove(&mut self, cluster: &Cluster) -> Result<(), ApplyError> {
        let Some(live) = &self.live else { return Ok(()) };
        let options = DeleteOptions {
            uid: Object::new(live).uid().map(str::to_owned),
            resource_version: Object::new(live).resource_version().map(str::to_owned),
            ..DeleteOptions::default()
        };
        match cluster.delete(&self.object(), &options).await {
            Err(error) if !error.is_not_found() => Err(self.failed(error)),
            _ => {
                self.live = None;
                Ok(())
            }
        }
    }

    async fn put(&mut self, cluster: &Cluster, record: Record) -> Result<(), PutError> {
        let body = config_map(&self.owner, &record, self.live.as_ref())
            .map_err(|error| PutError::Ours(ApplyError::record(&self.owner.id())(error)))?;
        let object = self.object();
        let answer = match &self.live {
            Some(_) => cluster.replace(&object, &body).await,
            None => cluster.create(&object, &body).await,
        };
        let live = answer.map_err(PutError::Theirs)?;
        // As it will be read: sorted, with the oldest plans left out.
        self.record = parse(&self.owner, Some(&live)).map_err(PutError::Ours)?;
        self.live = Some(live);
        Ok(())
    }

    /// Reads it again after a conflict or without an answer; any other error is returned.
    async fn reload_after(&mut self, cluster: &Cluster, error: PutError) -> Result<(), ApplyError> {
        let error = match error {
            PutError::Ours(error) => return Err(error),
            PutError::Theirs(error) => error,
        };
        let raced = error.code() == Some(409) || error.is_not_found() && self.live.is_some();
        if !raced && !error.is_ambiguous() {
            return Err(self.failed(error));
        }
        if error.is_ambiguous() {
            sleep(PAUSE).await;
        }
        let live = cluster.get(&self.object()).await.map_err(|error| self.failed(error))?;
        self.record = parse(&self.owner, live.as_ref())?;
        self.live = live;
        Ok(())
    }

    fn object(&self) -> ObjectRef {
        applyset::record_ref(&self.owner.namespace, &self.owner.name)
    }

    fn failed(&self, source: ApiError) -> ApplyError {
        ApplyError::Api { doing: format!("writing the record of {}", self.owner.id()), source: Box::new(source) }
    }

    fn contended(&self) -> ApplyError {
        ApplyError::Record { owner: self.owner.id(), reason: "another client keeps writing to it".to_owned() }
    }
}

enum PutError {
    Ours(ApplyError),
    Theirs(ApiError),
}

fn parse(owner: &OwnerName, live: Option<&Value>) -> Result<Record, ApplyError> {
    match live {
        Some(live) => read(owner, live).map_err(|reason| ApplyError::Record { owner: owner.id(), reason }),
        None => Ok(Record::empty()),
    }
}
