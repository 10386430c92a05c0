//! A text about a plan as a value: what is said and what it is, without colours, widths and places on a screen.
//!
//! Made of a plan in [`super::plan`]; every format that is for people is written from it.

mod block;
mod fact;
mod field;
mod note;
mod section;
mod span;

pub(in crate::view) use block::{Block, Document};
pub(in crate::view) use fact::{Entry, Fact};
pub(in crate::view) use field::{DiffLine, Field, FieldValue, Hunk, LineChange};
pub(in crate::view) use note::Note;
pub(in crate::view) use section::{Detail, Parameter, Row, Section, Subject};
pub(in crate::view) use span::{Line, Span};
