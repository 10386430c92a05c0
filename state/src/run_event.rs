//! What a run prints with `--json`: one event a line, in the names of Terraform's machine-readable UI.

use serde::{Deserialize, Serialize};

/// The version of the lines, said by the first one.
pub const UI_VERSION: &str = "1.0";
/// The module of all of them.
pub const MODULE: &str = "iriskit.ui";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventLine {
    /// `info`, `warn` or `error`.
    #[serde(rename = "@level")]
    pub level: Level,
    /// The same for people.
    #[serde(rename = "@message")]
    pub message: String,
    /// [`MODULE`].
    #[serde(rename = "@module")]
    pub module: String,
    /// RFC 3339.
    #[serde(rename = "@timestamp")]
    pub timestamp: String,
    /// What it is.
    #[serde(flatten)]
    pub event: RunEvent,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// All is well.
    Info,
    /// Something to know.
    Warn,
    /// Something failed.
    Error,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEvent {
    /// The first line.
    Version {
        /// The iriskit that writes.
        iriskit: String,
        /// [`UI_VERSION`]: a new member or type raises the minor number, anything else the major one.
        ui: String,
    },
    /// A change of the plan.
    PlannedChange {
        /// Which.
        change: PlannedChange,
    },
    /// How many changes there are, or were made.
    ChangeSummary {
        /// Counts.
        changes: ChangeCounts,
    },
    /// Work on an object begins.
    ApplyStart {
        /// Which.
        hook: Hook,
    },
    /// Work on an object goes on.
    ApplyProgress {
        /// Which, and what is done or waited for.
        hook: Hook,
    },
    /// An object is as planned.
    ApplyComplete {
        /// Which.
        hook: Hook,
    },
    /// An object is not as planned.
    ApplyErrored {
        /// Which, and why.
        hook: Hook,
    },
    /// A note of the plan, a warning, or the error that the run ends with.
    Diagnostic {
        /// What.
        diagnostic: EventDiagnostic,
    },
    /// Something else that happens.
    Log,
    /// The end of the run.
    Report {
        /// How far it came.
        report: EventReport,
    },
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventResource {
    /// `StatefulSet/hospital/simple-data-0`, as in plans.
    pub addr: String,
    /// `StatefulSet`.
    pub resource_type: String,
    /// `simple-data-0`.
    pub resource_name: String,
    /// Where it lives; absent for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// A change of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// The object.
    pub resource: EventResource,
    /// `create`, `update`, `replace` or `delete`.
    pub action: String,
    /// Why, in the plan's words (`action_reason`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Counts of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCounts {
    /// Objects that are made; a replaced one counts here and in `remove`.
    pub add: usize,
    /// Objects that change in place.
    pub change: usize,
    /// Objects that are deleted.
    pub remove: usize,
    /// `plan`, `apply` or `destroy`.
    pub operation: String,
}

/// An object that is worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hook {
    /// Which.
    pub resource: EventResource,
    /// `create`, `update`, `replace` or `delete`.
    pub action: String,
    /// What is done or waited for, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long it has taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_seconds: Option<u64>,
}

/// Something to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDiagnostic {
    /// `note`, `warning` or `error`.
    pub severity: String,
    /// What.
    pub summary: String,
    /// More of it, and what to do.
    pub detail: String,
    /// Its stable id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The object that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// How far a run came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EventReport {
    /// Whether everything was done, and nothing else was seen than planned.
    pub complete: bool,
    /// Addresses of the changes that are done, in that order.
    pub done: Vec<String>,
    /// Begun, and left.
    pub unfinished: Vec<String>,
    /// Not begun.
    pub not_started: Vec<String>,
    /// The change that failed first, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<(String, String)>,
    /// Pods that were deleted one by one, by role, in that order.
    pub deleted_pods: Vec<String>,
    /// What was seen that the plan had not said.
    pub observed: Vec<String>,
    /// How long it took.
    pub elapsed_seconds: u64,
    /// The command that goes on, where something is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_on: Option<String>,
}
