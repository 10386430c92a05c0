//! Runs: the journal of the one that works, and what is kept of those that ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::who::{short_plan, who};

/// More names than this are counted.
const NAMED: usize = 20;
/// Longer reasons are cut.
const LONGEST_REASON: usize = 400;

/// A run that works on a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The plan's id.
    pub plan: String,
    /// `apply` or `destroy`.
    pub operation: String,
    /// User entry of the kubeconfig, or the user of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Name of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When it began, RFC 3339, by the server's clock.
    pub began: String,
    /// How many changes it is to make.
    pub changes: usize,
    /// The journal: what became of each change that was begun, by address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub journal: BTreeMap<String, Progress>,
}

/// How far a change came. A step is written down before it is begun, and again when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// How many steps it has.
    pub steps: usize,
    /// How many were begun.
    pub begun: usize,
    /// How many are done.
    pub done: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// It did everything, and saw what was planned.
    Done,
    /// It did everything, and saw something else than planned.
    Differs,
    /// A change failed.
    Failed,
    /// It was stopped.
    Interrupted,
    /// It ended without a word: killed, or cut off from the server.
    Killed,
}

/// What is kept of a run that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunReport {
    /// The plan's id.
    pub plan: String,
    /// `apply` or `destroy`.
    pub operation: String,
    /// User entry of the kubeconfig, or the user of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Name of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When it began, RFC 3339.
    pub began: String,
    /// When it ended, RFC 3339; of a run that was killed, when that was found.
    pub ended: String,
    /// How.
    pub outcome: RunOutcome,
    /// How many changes it was to make.
    pub changes: usize,
    /// How many of them it made.
    pub made: usize,
    /// Addresses of what it made, as far as they are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// Addresses of what it had begun and not ended, as far as they are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<String>,
    /// The change that failed, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<(String, String)>,
    /// What was seen of pods, primaries and volumes, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
}

impl Progress {
    /// Whether all steps are done.
    fn is_done(self) -> bool {
        self.done >= self.steps
    }
}

impl Run {
    /// Who, and on which machine.
    pub fn who(&self) -> String {
        who(self.by.as_deref(), self.host.as_deref())
    }

    /// As much of the plan's id as people compare.
    pub fn short_plan(&self) -> String {
        short_plan(&self.plan)
    }

    /// Addresses of the changes that are done.
    pub fn done(&self) -> impl Iterator<Item = &str> {
        self.journal.iter().filter(|(_, progress)| progress.is_done()).map(|(address, _)| address.as_str())
    }

    /// Addresses of the changes that were begun and are not done.
    pub fn unfinished(&self) -> impl Iterator<Item = &str> {
        self.journal.iter().filter(|(_, progress)| !progress.is_done()).map(|(address, _)| address.as_str())
    }

    /// What is kept of it.
    pub fn ended(&self, at: &str, outcome: RunOutcome) -> RunReport {
        RunReport {
            plan: self.plan.clone(),
            operation: self.operation.clone(),
            by: self.by.clone(),
            host: self.host.clone(),
            began: self.began.clone(),
            ended: at.to_owned(),
            outcome,
            changes: self.changes,
            made: self.done().count(),
            done: self.done().take(NAMED).map(str::to_owned).collect(),
            unfinished: self.unfinished().take(NAMED).map(str::to_owned).collect(),
            failed: None,
            seen: Vec::new(),
        }
    }
}

impl RunReport {
    /// Who, and on which machine.
    pub fn who(&self) -> String {
        who(self.by.as_deref(), self.host.as_deref())
    }

    /// As much of the plan's id as people compare.
    pub fn short_plan(&self) -> String {
        short_plan(&self.plan)
    }

    /// With the change that failed, where one did, and what was seen.
    #[must_use]
    pub fn with(mut self, failed: Option<(&str, &str)>, seen: Vec<String>) -> Self {
        let short = |reason: &str| reason.chars().take(LONGEST_REASON).collect();
        self.failed = failed.map(|(address, reason)| (address.to_owned(), short(reason)));
        self.seen = seen.into_iter().take(NAMED).map(|sentence| short(&sentence)).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_run_is_short() {
        let progress = |done| Progress { steps: 2, begun: 2, done };
        let run = Run {
            plan: "p".into(),
            operation: "apply".into(),
            by: None,
            host: None,
            began: "2026-01-01T00:00:00Z".into(),
            changes: 60,
            journal: (0..50).map(|n| (format!("Service/n/s-{n:02}"), progress(n % 2 + 1))).collect(),
        };
        let report = run.ended("2026-01-01T00:01:00Z", RunOutcome::Killed);
        let report = report.with(Some(("a", &"x".repeat(1000))), vec!["y".repeat(1000); 50]);
        assert_eq!((report.changes, report.made, report.done.len(), report.unfinished.len()), (60, 25, 20, 20));
        assert!(serde_json::to_string(&report).unwrap().len() < 12_000);
    }
}
