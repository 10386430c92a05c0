//! Views of one value: text for people and JSON for programs, both made from the plan document, so that neither can
//! know more than the other.

pub mod diagnostics;
pub mod human;
pub mod run;
pub mod yaml;

mod json;
mod kind;
mod message;
pub mod moment;
mod page;

pub use json::json;
pub use message::{Message, message};
