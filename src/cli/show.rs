//! `iriskit show`: a saved plan again, without a cluster.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::{CliError, ExitCode, planfile};
use crate::{
    ui::Ui,
    view::{self, Format},
};

/// Show a saved plan; needs no cluster
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file written by `iriskit plan -o`
    #[arg(value_name = "PLANFILE")]
    file: PathBuf,

    /// Format of the output
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    format: Format,

    /// Print the plan as JSON, as `--format json` does
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<ExitCode, CliError> {
    let plan = planfile::read(&args.file)?;
    let text = if args.json { view::json(&plan)? } else { args.format.write(&plan, &ui.out())? };
    ui.print(&text)?;
    Ok(ExitCode::Success)
}

fn formats() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(names).try_map(|name| Format::named(&name).ok_or("there is no such format"))
}
