//! `iriskit sandbox`: what happens in a sandbox without iriskit doing it.

use std::path::Path;

use super::{CliError, ErrorId, ExitCode, Global, args::SANDBOX, connect, input::NAMESPACE};
use crate::ui::Ui;
use iriskit_sandbox::{Sandbox, SandboxError};

/// Simulate events in a sandbox
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    event: Event,
}

#[derive(Debug, clap::Subcommand)]
enum Event {
    /// Let the primary of a mirrored StatefulSet fail, so that its backup takes over
    FailOver {
        /// The StatefulSet
        #[arg(value_name = "STATEFULSET")]
        name: String,
    },
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let Event::FailOver { name } = &args.event;
    let folder = global.sandbox.as_deref().unwrap_or(Path::new(SANDBOX));
    let namespace = global.namespace.as_deref().unwrap_or(NAMESPACE);
    let primary = connect::runtime()?.block_on(async {
        let sandbox = Sandbox::open(Some(folder))?;
        let primary = sandbox.fail_over(namespace, name)?;
        sandbox.flush()?;
        Ok::<_, SandboxError>(primary)
    })?;
    ui.print(&format!("{primary} is the primary of {name} now.\n"))?;
    Ok(ExitCode::Success)
}

impl From<SandboxError> for CliError {
    fn from(error: SandboxError) -> Self {
        Self::new(ErrorId::Sandbox, error.to_string())
    }
}
