//! `iriskit show`: a saved plan again, without a cluster.

use std::path::PathBuf;

use super::{CliError, ExitCode, planfile};
use crate::ui::Ui;
use crate::view;

/// Show a saved plan; needs no cluster
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file written by `iriskit plan -o`
    #[arg(value_name = "PLANFILE")]
    file: PathBuf,

    /// Print the document itself
    #[arg(long)]
    json: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<ExitCode, CliError> {
    let plan = planfile::read(&args.file)?;
    let text = if args.json { view::json(&plan)? } else { view::human::plan(&plan, &ui.out()) };
    ui.print(&text)?;
    Ok(ExitCode::Success)
}
