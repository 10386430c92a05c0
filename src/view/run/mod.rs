//! A run for people. What goes in are the events of a run and its report; what comes out is shown while it lasts by a
//! displayer, and is text at its end.

mod bars;
mod choice;
mod displayer;
mod json;
mod line;
mod lines;
mod report;
mod rolls;
mod stages;
mod took;
mod wording;

#[cfg(test)]
mod tests;

pub use choice::displayer;
pub use displayer::Displayer;
pub use json::{error_line, planned_lines, report_lines};
pub use report::report;
