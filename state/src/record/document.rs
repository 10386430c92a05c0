//! The record itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::run::{Run, RunReport};
use crate::{VersionError, plan::PlannedFrom, version};

/// The version that this crate writes.
pub const FORMAT_VERSION: &str = "1.2";
const VERSION: (u32, u32) = (1, 2);
/// The record keeps this many plan ids, newest first by time, and besides those that could still be applied.
pub(crate) const PLANS_KEPT: usize = 50;

/// The record keeps this many runs that ended.
const RUNS_KEPT: usize = 20;

/// What iriskit knows of a cluster between runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// `MAJOR.MINOR`.
    pub format_version: String,
    /// Every object that is ours or is about to be, sorted.
    pub objects: Vec<RecordedObject>,
    /// Plans that were started or done, by id.
    pub plans: BTreeMap<String, PlanEntry>,
    /// The last apply that ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_apply: Option<LastApply>,
    /// Parameters that pods have not loaded, since format 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// New versions that not every fail-over member of a mirror has been primary in, since format 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upgrades: Vec<Upgrade>,
    /// What the last apply that ended well was planned from, and of the labeler's image what one that was begun was. Since format
    /// 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_from: Option<PlannedFrom>,
    /// The run that works, or one that was killed before it could write down its end, since format 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// What runs did that ended, the oldest first, since format 1.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<RunReport>,
}

/// A new version of a mirror, until each of its fail-over members has been primary in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// The StatefulSet, in the namespace of the record.
    pub set: String,
    /// The image that its members come to.
    pub image: String,
    /// Names of members that have been primary in it, as far as a run wrote it down before it went on.
    #[serde(rename = "been", default, skip_serializing_if = "Vec::is_empty")]
    pub was_primary: Vec<String>,
    /// When it was begun, RFC 3339.
    pub since: String,
}

/// A parameter that was changed while a pod ran, and that the pod loads only when it starts again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The ConfigMap with the text, in the namespace of the record.
    pub config_map: String,
    /// The key of the text: `data.cpf`.
    pub file: String,
    /// The section: `config`.
    pub section: String,
    /// The key: `globals`.
    pub key: String,
    /// The pod that ran.
    pub pod: String,
    /// Its uid: another one has loaded the text.
    pub uid: String,
    /// How often the container that reads the text had been restarted: after one more it has loaded the text.
    #[serde(default)]
    pub restarts: u64,
    /// The value that the text had when the pod started; absent when it had none, and for secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<String>,
    /// The last value of a line that is gone from the text: it was merged, so the pod still loads it.
    #[serde(rename = "left", default, skip_serializing_if = "Option::is_none")]
    pub removed_value: Option<String>,
    /// Whether values are secret, and so not known here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// When it was first changed, RFC 3339.
    pub since: String,
}

/// One object of the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedObject {
    /// `apps/v1`.
    pub api_version: String,
    /// `StatefulSet`.
    pub kind: String,
    /// Absent for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// uid once it was made; absent while it is only intended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

/// How far a plan came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// `started` or `done`.
    pub state: PlanState,
    /// RFC 3339.
    pub at: String,
    /// RFC 3339: until when the plan's file could be applied once more if it were forgotten; absent for a plan that
    /// was never saved (since 1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

impl PlanEntry {
    /// Whether there may be a file of this plan that has not expired at `now` (RFC 3339).
    pub fn could_be_applied(&self, now: &str) -> bool {
        self.expires_at.as_deref().is_some_and(|expires| expires > now)
    }
}

/// How far a plan came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    /// Writes may have happened.
    Started,
    /// All of it happened.
    Done,
}

/// The last apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastApply {
    /// RFC 3339.
    pub at: String,
    /// User entry of the kubeconfig.
    pub by: String,
    /// The iriskit that did it.
    pub iriskit_version: String,
    /// The plan's id.
    pub plan: String,
}

/// Why a record can't be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not a record.
    #[error("not a record: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another format version.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl Record {
    /// A record of nothing.
    pub fn empty() -> Self {
        Self {
            format_version: FORMAT_VERSION.to_owned(),
            objects: Vec::new(),
            plans: BTreeMap::new(),
            last_apply: None,
            pending: Vec::new(),
            upgrades: Vec::new(),
            planned_from: None,
            run: None,
            history: Vec::new(),
        }
    }

    /// Adds what a run did, and forgets the oldest.
    pub fn remember(&mut self, report: RunReport) {
        self.history.push(report);
        let over = self.history.len().saturating_sub(RUNS_KEPT);
        self.history.drain(..over);
    }

    /// Reads `record.json`.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        let record: Self = serde_json::from_str(text)?;
        version::check(&record.format_version, VERSION)?;
        Ok(record)
    }

    /// The text of `record.json`: sorted members and objects, the newest plan entries. A plan that could still be
    /// applied is never forgotten, or it would be applied twice.
    pub fn to_text(&self) -> Result<String, RecordError> {
        let mut record = self.clone();
        record.objects.sort();
        record.objects.dedup();
        let newest = record.plans.values().map(|entry| entry.at.clone()).max().unwrap_or_default();
        while record.plans.len() > PLANS_KEPT {
            let over = record.plans.iter().filter(|(_, entry)| !entry.could_be_applied(&newest));
            let oldest = over.min_by(|a, b| a.1.at.cmp(&b.1.at)).map(|(id, _)| id.clone());
            match oldest {
                Some(id) => record.plans.remove(&id),
                None => break,
            };
        }
        Ok(serde_json::to_value(&record)?.to_string())
    }
}
