//! What `--json` prints in place of text.

use std::time::Duration;

use iriskit_state::plan::Plan;

use super::{CliError, approve::Approval};
use crate::{
    apply::Report,
    ui::Ui,
    view::{self, run},
};

/// The plan, as text or as events.
pub(super) fn show_plan(ui: &Ui, plan: &Plan, approval: &Approval) -> Result<(), CliError> {
    let text = if approval.prints_events() { run::planned_lines(plan) } else { view::plan_text(plan, &ui.out()) };
    Ok(ui.print(&text)?)
}

/// That nothing was to do, where events are printed.
pub(super) fn show_nothing_done(ui: &Ui, plan: &Plan, approval: &Approval) -> Result<(), CliError> {
    if approval.prints_events() {
        ui.print(&run::report_lines(plan, &Report::default(), Duration::ZERO, None))?;
    }
    Ok(())
}

/// The error that a command ends with is its last event.
pub(super) fn told<T>(ui: &Ui, approval: &Approval, result: Result<T, CliError>) -> Result<T, CliError> {
    if let Err(CliError { message: Some(message), .. }) = &result
        && approval.prints_events()
    {
        let _ = ui.print(&run::error_line(message));
    }
    result
}
