//! Why a plan was not applied, or not to its end.

use std::fmt;

use iriskit_state::{
    plan::{Allowance, Blocked, Observed},
    record::{PlanState, RecordError},
};

use super::Report;
use crate::cluster::ApiError;
use iriskit_core::plan::{
    Contradiction, SecretValueError, UnplannedField,
    lock::{Lock, describe},
    preflight::MissingRight,
};

/// A field that is not as the plan saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The object.
    pub address: String,
    /// `.spec.replicas`; `metadata.uid` when the object was made again, appeared or is gone.
    pub field: String,
    /// What the plan saw; `None` when there was nothing.
    pub then: Option<Observed>,
    /// What is there now; `None` when there is nothing.
    pub now: Option<Observed>,
    /// The field manager that changed it, where the server knows.
    pub who: Option<String>,
    /// When, RFC 3339, where the server knows.
    pub when: Option<String>,
}

/// A change that the server refuses in a dry-run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The object.
    pub address: String,
    /// What the server says.
    pub message: String,
}

/// A field that would become something else than the plan says.
#[derive(Debug, Clone, PartialEq)]
pub struct Differs {
    /// The object.
    pub address: String,
    /// Which, and what.
    pub field: UnplannedField,
}

/// Who has the lock of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockedBy {
    /// Somebody who works now.
    Now(String),
    /// Somebody who worked since the plan was made, and is done.
    Meanwhile(Option<String>),
}

impl LockedBy {
    /// Who took a lock between a plan and its run.
    pub(super) fn between(now: &Lock) -> Self {
        match now {
            Lock::Held(holder) => Self::Now(holder.to_string()),
            Lock::Expired(holder) => Self::Meanwhile(Some(holder.to_string())),
            Lock::Free(last) => Self::Meanwhile(last.as_ref().map(describe)),
        }
    }
}

impl fmt::Display for LockedBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(who) => write!(out, "{who} works on"),
            Self::Meanwhile(Some(who)) => write!(out, "since this plan was made {who} has worked on"),
            Self::Meanwhile(None) => out.write_str("since this plan was made somebody has worked on"),
        }
    }
}

/// Why a plan was not applied, or not to its end. Until `Midway…`, `Incomplete` and `Interrupted` nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// An allowance is missing.
    #[error("the plan needs {}", names(missing))]
    Allowances {
        /// The missing ones with their reasons.
        missing: Vec<Allowance>,
    },
    /// Something is protected from deletion.
    #[error("{} may not be deleted", of(blocked))]
    Protected {
        /// What, and who said so.
        blocked: Vec<Blocked>,
    },
    /// The plan has errors of its own, or was made only to be looked at.
    #[error("the plan can't be applied: {reason}")]
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// It was made for another cluster.
    #[error("the plan was made for another cluster: {reason}")]
    OtherCluster {
        /// What differs.
        reason: String,
    },
    /// It is too old.
    #[error("the plan expired at {at}")]
    Expired {
        /// When.
        at: String,
    },
    /// It was applied before.
    #[error("the plan {} (record of {owner}, {at})", match state { PlanState::Done => "was applied already", PlanState::Started => "was begun already; plan again" })]
    Used {
        /// The IrisCluster whose record says so.
        owner: String,
        /// How far it came.
        state: PlanState,
        /// When.
        at: String,
    },
    /// The cluster moved since the plan was made.
    #[error("the cluster changed since the plan was made: {}", fields(moved))]
    Stale {
        /// What moved.
        moved: Vec<Moved>,
    },
    /// Rights are missing.
    #[error("rights are missing: {}", rights(missing))]
    Rights {
        /// Which.
        missing: Vec<MissingRight>,
    },
    /// The server refuses some of it.
    #[error("the server refuses {}", refusals.iter().map(|refusal| format!("{}: {}", refusal.address, refusal.message)).collect::<Vec<_>>().join("; "))]
    Refused {
        /// What.
        refusals: Vec<Refusal>,
    },
    /// The server would make something else of it than it says.
    #[error("the server would store something else than the plan says: {}", differs.iter().map(|one| format!("{} {}", one.address, one.field.path)).collect::<Vec<_>>().join(", "))]
    Differs {
        /// Where.
        differs: Vec<Differs>,
    },
    /// Its words are not what its steps do.
    #[error("the plan contradicts itself: {}", all(found))]
    Contradicts {
        /// Where.
        found: Vec<Contradiction>,
    },
    /// Its steps do more to the cluster than it says.
    #[error("the plan does not say all that it does: {}", all(found))]
    Unsaid {
        /// What.
        found: Vec<Contradiction>,
    },
    /// What runs does not stand as it did, so that its steps do more than it could say.
    #[error("what runs changed since the plan was made: {}", all(found))]
    Overtaken {
        /// What.
        found: Vec<Contradiction>,
    },
    /// What has to be known before the first write could not be asked.
    #[error("{reason}")]
    Unchecked {
        /// Why.
        reason: String,
    },
    /// The secret values that belong into the plan are missing or others.
    #[error(transparent)]
    Fill(#[from] SecretValueError),
    /// A record can't be read or is not ours.
    #[error("record of {owner}: {reason}")]
    Record {
        /// The IrisCluster.
        owner: String,
        /// Why.
        reason: String,
    },
    /// Another run works on a cluster.
    #[error("{by} {owner}")]
    Locked {
        /// The IrisCluster.
        owner: String,
        /// Who.
        by: LockedBy,
    },
    /// The lock was lost while the plan was being applied.
    #[error("the lock was lost: {reason}")]
    LockLost {
        /// How.
        reason: String,
        /// How far it came.
        report: Box<Report>,
    },
    /// A request failed before anything was written.
    #[error("{doing}: {source}")]
    Api {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: Box<ApiError>,
    },
    /// The cluster moved while the plan was being applied.
    #[error("the cluster changed while the plan was applied: {}", fields(moved))]
    MidwayStale {
        /// What moved.
        moved: Vec<Moved>,
        /// How far it came.
        report: Box<Report>,
    },
    /// Something failed or timed out midway.
    #[error("{}", report.failed.as_ref().map_or_else(|| "incomplete".to_owned(), |(address, reason)| format!("{address}: {reason}")))]
    Incomplete {
        /// How far it came.
        report: Box<Report>,
    },
    /// Stopped by the user.
    #[error("interrupted")]
    Interrupted {
        /// How far it came.
        report: Box<Report>,
    },
}

/// Kinds of errors that scripts tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Any other error.
    Error,
    /// Stale, expired or used.
    Stale,
    /// Another run works.
    Locked,
    /// Midway.
    Incomplete,
    /// An allowance is missing.
    Refused,
    /// Stopped by the user.
    Interrupted,
}

impl ApplyError {
    /// Which kind it is.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Allowances { .. } | Self::Protected { .. } => ErrorClass::Refused,
            Self::OtherCluster { .. }
            | Self::Expired { .. }
            | Self::Used { .. }
            | Self::Stale { .. }
            | Self::Differs { .. }
            | Self::Unsaid { .. }
            | Self::Overtaken { .. }
            | Self::MidwayStale { .. }
            | Self::Fill(SecretValueError::Changed { .. }) => ErrorClass::Stale,
            Self::Locked { .. } | Self::LockLost { .. } => ErrorClass::Locked,
            Self::Incomplete { .. } => ErrorClass::Incomplete,
            Self::Interrupted { .. } => ErrorClass::Interrupted,
            Self::NotApplicable { .. }
            | Self::Rights { .. }
            | Self::Refused { .. }
            | Self::Unchecked { .. }
            | Self::Contradicts { .. }
            | Self::Fill(_)
            | Self::Record { .. }
            | Self::Api { .. } => ErrorClass::Error,
        }
    }

    /// How far the run came, when it had begun.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::MidwayStale { report, .. }
            | Self::LockLost { report, .. }
            | Self::Incomplete { report }
            | Self::Interrupted { report } => Some(report),
            _ => None,
        }
    }

    /// Tells of pods that were deleted before it happened.
    pub(super) fn with_deleted_pods(mut self, deleted: Vec<(String, String)>) -> Self {
        if let Self::MidwayStale { report, .. }
        | Self::LockLost { report, .. }
        | Self::Incomplete { report }
        | Self::Interrupted { report } = &mut self
        {
            report.deleted_pods = deleted;
        }
        self
    }

    /// What ended it was the loss of a lock.
    pub(super) fn of_lost_lock(self, reason: String) -> Self {
        match self {
            Self::MidwayStale { report, .. } | Self::Incomplete { report } | Self::Interrupted { report } => {
                Self::LockLost { reason, report }
            }
            other => other,
        }
    }

    pub(super) fn api(doing: impl Into<String>) -> impl FnOnce(ApiError) -> Self {
        let doing = doing.into();
        |source| Self::Api { doing, source: Box::new(source) }
    }

    pub(super) fn record(owner: &str) -> impl FnOnce(RecordError) -> Self {
        let owner = owner.to_owned();
        |error| Self::Record { owner, reason: error.to_string() }
    }
}

fn all(found: &[Contradiction]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn of(blocked: &[Blocked]) -> String {
    blocked.iter().map(|one| one.address.as_str()).collect::<Vec<_>>().join(", ")
}

fn names(missing: &[Allowance]) -> String {
    missing.iter().map(|allowance| format!("--allow {}", allowance.name)).collect::<Vec<_>>().join(" ")
}

fn fields(moved: &[Moved]) -> String {
    moved.iter().map(|moved| format!("{} {}", moved.address, moved.field)).collect::<Vec<_>>().join(", ")
}

fn rights(missing: &[MissingRight]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
