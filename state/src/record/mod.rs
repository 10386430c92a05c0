//! The record of one IrisCluster: `record.json` in ConfigMap `<c>-iriskit`.

mod document;
mod run;

#[cfg(test)]
pub(crate) use document::PLANS_KEPT;
pub use document::{
    FORMAT_VERSION, LastApply, Pending, PlanEntry, PlanState, Record, RecordError, RecordedObject, Upgrade,
};
pub use run::{Progress, Run, RunOutcome, RunReport};
