//! The plan document: what `--json` and `show --json` print, what a plan file holds, what `apply` executes.
//!
//! Names follow Terraform's JSON plan (`resource_changes`, `change.actions`, `before`, `after`, `after_unknown`,
//! `before_sensitive`, `replace_paths`, `action_reason`, `resource_drift`), so that policies written for it work.

mod blocked;
mod cause;
mod change;
mod document;
mod file;
mod fingerprint;
mod finished_upgrade;
mod ids;
mod impact;
mod not_ready;
mod ownership;
mod parameter;
mod place;
mod planned_from;
mod step;

pub use blocked::Blocked;
pub use cause::{Cause, CauseKind};
pub use change::{Change, FieldChange, Mode, Origin, ResourceChange, ResourceDrift, Verb, Verified};
pub use document::{
    Allowance, ClusterIdentity, ClusterPlace, MadeFrom, NamespaceIdentity, Note, Operation, Owner, Plan, Reference,
    Severity, Source, StagedChanges, Staying, Summary,
};
pub use file::{FORMAT_VERSION, PlanFileError, read, write};
pub use fingerprint::{Fingerprint, Observed};
pub use finished_upgrade::FinishedUpgrade;
pub use ids::{
    ActionReason, AllowanceName, Component, DiagnosticId, NoteId, ReplaceMode, RuleId, Section, Stage, StageName,
};
pub use impact::{
    ImageImpact, Impact, ImpactClass, PodEffect, PodImpact, ReleaseChange, Role, ServiceImpact, ServiceUntil, Totals,
    VolumeEffect, VolumeImpact,
};
pub use not_ready::{NotReady, NotReadyState};
pub use ownership::{OwnershipPolicy, OwnershipRule, Treatment};
pub use parameter::{ParameterChange, TakesEffect};
pub use place::Place;
pub use planned_from::PlannedFrom;
pub use step::{Hole, PauseBefore, Propagation, Step, TakenFields};

/// The JSON Schema of the plan document.
#[cfg(feature = "schema")]
pub fn schema() -> serde_json::Value {
    crate::schema::schema_of::<Plan>("plan", FORMAT_VERSION)
}
