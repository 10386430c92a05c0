//! A document as lines for a terminal or a log: indented, wrapped to the width of the look, in its colours. Errors and
//! reports, which are no documents, use its page.

mod details;
mod document;
mod facts;
mod field;
mod notes;
mod page;
mod sections;

pub(in crate::view) use document::write;
pub(in crate::view) use page::Page;
