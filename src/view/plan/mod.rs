//! A plan as a document for people: one file a subject. What matters is said first: which cluster, what restarts,
//! whether a primary moves, whether a volume is touched, what has to be allowed.

mod causes;
mod change;
mod document;
mod drift;
mod field;
mod header;
mod impact;
mod lookup;
mod not_ready;
mod notes;
mod parameters;
mod stages;
mod staying;
mod summary;
mod text_diff;
mod verdict;

pub(in crate::view) use document::{document, document_of_notes};
pub(in crate::view) use verdict::verdict;
