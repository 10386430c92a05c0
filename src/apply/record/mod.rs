//! The record of an IrisCluster: what iriskit made for it, and which plans were used. In go the plan and what a run did;
//! out comes the record as it stands in the cluster, written by compare-and-swap.

mod books;
mod content;
mod finish;
mod history;
mod pending;
mod runs;
mod stored;
mod upgrades;

pub(super) use books::Books;
pub(super) use content::Outcomes;
pub(super) use finish::{JournalEnd, finish};
pub use history::records;
pub(super) use pending::asks_for_pods;
pub(super) use runs::Ending;
pub(super) use stored::StoredRecord;
pub(super) use upgrades::with_been;
