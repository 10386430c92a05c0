//! A plan that was made is shown, and saved where that is wanted.

use std::path::Path;

use iriskit_core::plan::{SecretValues, needed_values};
use iriskit_state::plan::Plan;

use super::{CliError, Global, args::JsonInto, go_on, needed, planfile, planning::applicable};
use crate::{
    survey,
    ui::{Label, Ui},
    view,
};

/// What becomes of a plan.
pub(super) struct Wanted<'a> {
    /// The file to save it in.
    pub(super) out: Option<&'a Path>,
    /// Whether JSON is printed in place of the text.
    pub(super) json: bool,
    /// Where JSON goes beside what is printed.
    pub(super) json_into: &'a JsonInto,
}

/// Shows it and saves it. What can't be applied is shown and not saved, which is an error.
pub(super) fn show_and_save(
    ui: &Ui,
    global: &Global,
    plan: &mut Plan,
    secret_values: &SecretValues,
    wanted: &Wanted<'_>,
) -> Result<(), CliError> {
    let saved = match wanted.out {
        Some(path) if applicable(plan).is_ok() => {
            survey::seal(plan, secret_values)?;
            Some((path, iriskit_state::plan::write(plan)?))
        }
        _ => None,
    };
    planfile::also(wanted.json_into, plan)?;
    ui.print(&if wanted.json { view::json(plan)? } else { view::plan_text(plan, &ui.out()) })?;
    applicable(plan)?;
    if let Some((path, document)) = saved {
        planfile::write(path, &document)?;
        let place = if plan.snapshot.is_some() { go_on::origin(global, &plan.cluster) } else { global.clone() };
        let values = needed_values(plan);
        ui.status(&format!("\nSaved. To apply exactly this plan: {}\n", go_on::apply_saved(path, plan, &place)));
        if !values.is_empty() {
            let those = if values.len() == 1 { "a secret value" } else { "secret values" };
            ui.status(&format!("It needs {those} that it does not contain:\n"));
            for line in needed::told(&values) {
                ui.status(&format!("  {}\n", ui.err().paint(Label::Plain, line)));
            }
        }
    }
    Ok(())
}
