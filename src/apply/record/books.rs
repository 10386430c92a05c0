//! The records of a run's clusters while it works, and the journal in them: each step is written down before it is begun, and
//! after it is done with whatever is written next.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use iriskit_state::{
    plan::{Plan, ResourceChange},
    record::{Progress, Record},
};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};

use super::stored::StoredRecord;
use crate::{
    apply::{ApplyError, failure::Failure},
    cluster::Cluster,
};
use iriskit_core::plan::OwnerName;

/// The records of a run's clusters.
#[derive(Debug, Default)]
pub(in crate::apply) struct Books(Vec<Book>);

/// One of them.
#[derive(Debug)]
pub(in crate::apply) struct Book {
    pub(in crate::apply) owner: OwnerName,
    stored: AsyncMutex<StoredRecord>,
    /// What is not written down yet: how far changes came, by address.
    notes: Mutex<BTreeMap<String, Progress>>,
}

impl Books {
    pub(in crate::apply) fn new(records: Vec<StoredRecord>) -> Self {
        let book = |stored: StoredRecord| Book {
            owner: stored.owner.clone(),
            stored: AsyncMutex::new(stored),
            notes: Mutex::default(),
        };
        Self(records.into_iter().map(book).collect())
    }

    pub(in crate::apply) fn all(&self) -> &[Book] {
        &self.0
    }

    /// Writes down that a step of a change is begun. Those that come at the same time are written together.
    pub(in crate::apply) async fn begin(
        &self,
        (cluster, plan): (&Cluster, &Plan),
        change: &ResourceChange,
        step: usize,
    ) -> Result<(), Failure> {
        let Some(book) = self.of(change) else { return Ok(()) };
        book.note(change, Progress { steps: change.steps.len(), begun: step + 1, done: step });
        let mut stored = book.stored.lock().await;
        let notes = book.take_notes();
        // Without notes another step has written this one down with its own.
        if notes.is_empty() || !stored.exists() {
            return Ok(());
        }
        let written = stored.update(cluster, |record| with_notes(record, &plan.id, &notes)).await;
        written.map_err(|error| {
            book.put_back(notes);
            match error {
                ApplyError::Api { source, .. } if source.is_withheld() => Failure::Stopped,
                error => Failure::failed(error.to_string()),
            }
        })
    }

    /// Notes that a step is done.
    pub(in crate::apply) fn done(&self, change: &ResourceChange, step: usize) {
        if let Some(book) = self.of(change) {
            book.note(change, Progress { steps: change.steps.len(), begun: step + 1, done: step + 1 });
        }
    }

    fn of(&self, change: &ResourceChange) -> Option<&Book> {
        self.0.iter().find(|book| book.owner.id() == change.owner)
    }
}

impl Book {
    /// The record, for one at a time.
    pub(in crate::apply) async fn stored(&self) -> MutexGuard<'_, StoredRecord> {
        self.stored.lock().await
    }

    /// What is not written down yet.
    pub(in crate::apply) fn take_notes(&self) -> BTreeMap<String, Progress> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, change: &ResourceChange, progress: Progress) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(change.address.clone(), progress);
    }

    fn put_back(&self, notes: BTreeMap<String, Progress>) {
        let mut newer = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        for (address, progress) in notes {
            newer.entry(address).or_insert(progress);
        }
    }
}

/// The record with these notes in the journal of the run.
pub(super) fn with_notes(record: &Record, plan: &str, notes: &BTreeMap<String, Progress>) -> Record {
    let mut record = record.clone();
    if let Some(run) = record.run.as_mut().filter(|run| run.plan == plan) {
        run.journal.extend(notes.iter().map(|(address, progress)| (address.clone(), *progress)));
    }
    record
}
