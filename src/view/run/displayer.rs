//! What shows a run.

use crate::apply::Event;

/// Shows a run while it lasts.
pub trait Displayer: Send {
    /// Shows an event; `now` is the time of day (`02:10:44`).
    fn show(&mut self, event: &Event, now: &str);

    /// The run is over: leaves everything so that text can follow.
    fn close(self: Box<Self>);
}
