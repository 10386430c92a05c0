//! Which displayer shows a run: the one place that knows them all.

use std::time::Duration;

use iriskit_state::plan::Plan;

use super::{bars::Bars, displayer::Displayer, json::JsonLines, lines::Lines};
use crate::ui::Ui;

/// The displayer of a run of `plan`: JSON where that is wanted, else bars on a terminal, lines in a log. `limit` is how long one
/// object may take.
pub fn displayer(ui: &Ui, plan: &Plan, json: bool, limit: Duration) -> Box<dyn Displayer> {
    if json {
        Box::new(JsonLines::new(ui, plan))
    } else if ui.bars() {
        Box::new(Bars::new(ui, plan, limit))
    } else {
        Box::new(Lines::new(ui, plan, limit))
    }
}
