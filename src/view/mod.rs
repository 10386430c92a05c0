//! Views of one value: text for people and JSON for programs, both made from the plan document, so that neither can
//! know more than the other. What goes in is a plan, a run's events, diagnostics or an error; what comes out is text.

pub mod diagnostics;
pub mod moment;
pub mod run;
pub mod yaml;

mod document;
mod format;
mod history;
mod json;
mod kind;
mod lock;
mod markdown;
mod message;
mod plan;
mod status;
mod text;

#[cfg(test)]
mod tests;

pub use format::{Format, notes_text, plan_text, verdict_text};
pub use history::history_text;
pub use json::json;
pub use lock::{lock_line, lock_text};
pub use message::{Message, message, warning};
pub use status::status_text;
