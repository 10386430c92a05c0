//! `iriskit validate`: what is wrong with manifests, without a cluster.

use std::path::PathBuf;

use super::{CliError, ExitCode, Global, input};
use crate::ui::{Ui, plural};
use iriskit_core::plan::planner;

/// Check manifests; needs no cluster
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let inputs = input::read(&args.files)?;
    let mut reading = input::understand(ui, &inputs, global.namespace.as_deref())?;
    reading.diagnostics.extend(planner::config_findings(&reading));
    if reading.has_errors() {
        return Err(input::refused(ui, &reading, &inputs));
    }
    input::say(ui, &reading.diagnostics, &inputs);
    let found = match reading.companions.len() {
        0 => plural(reading.clusters.len(), "IrisCluster"),
        others => format!("{} and {}", plural(reading.clusters.len(), "IrisCluster"), plural(others, "other object")),
    };
    ui.print(&format!("Valid: {found} in {}.\n", plural(inputs.len(), "file")))?;
    Ok(ExitCode::Success)
}
