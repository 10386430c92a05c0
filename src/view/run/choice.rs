//! Which displayer shows a run: the one place that knows them all.

use iriskit_state::plan::Plan;

use super::{bars::Bars, displayer::Displayer, lines::Lines};
use crate::ui::Ui;

/// The displayer of a run of `plan`: bars on a terminal, lines in a log.
pub fn displayer(ui: &Ui, plan: &Plan) -> Box<dyn Displayer> {
    if ui.bars() { Box::new(Bars::new(ui, plan)) } else { Box::new(Lines::new(ui, plan)) }
}
