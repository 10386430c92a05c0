//! `iriskit rbac`: the roles that manifests need.

use std::path::PathBuf;

use clap::ValueEnum;
use iriskit_core::plan::{planner, preflight::Purpose};

use super::{CliError, ExitCode, Global, args::LabelerImage, connect, input};
use crate::{survey::SurveyError, ui::Ui, view::yaml::to_yaml_documents};

/// Print the Role and ClusterRole that somebody needs to plan, apply or destroy manifests
///
/// Needs no cluster. The Role holds what is needed in the namespace of each cluster. The ClusterRole lets a plan look at the
/// namespaces and storage classes; without it the plan says what it could not know. Bind both to a user or a
/// ServiceAccount.
///
/// A Role can't tell trying from writing: who has the role for `plan` gets plans whose changes no server checked.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The command that is to be allowed
    #[arg(long = "for", value_name = "COMMAND", default_value = "apply")]
    purpose: Command,

    /// Name of the roles [default: iriskit-COMMAND]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    #[command(flatten)]
    labeler: LabelerImage,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Command {
    /// `iriskit plan`, and what else only reads
    Plan,
    /// `iriskit apply`
    Apply,
    /// `iriskit destroy`
    Destroy,
}

impl Command {
    fn purpose(self) -> Purpose {
        match self {
            Self::Plan => Purpose::Plan,
            Self::Apply => Purpose::Apply,
            Self::Destroy => Purpose::Destroy,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plan => "iriskit-plan",
            Self::Apply => "iriskit-apply",
            Self::Destroy => "iriskit-destroy",
        }
    }
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let inputs = input::read(&args.files)?;
    let namespace = connect::runtime()?.block_on(connect::namespace(global))?;
    let reading = input::understand(ui, &inputs, Some(&namespace))?;
    let name = args.name.as_deref().unwrap_or_else(|| args.purpose.name());
    let roles = planner::roles(&reading, args.labeler.image(), args.purpose.purpose(), name);
    input::say(ui, &reading.diagnostics, &inputs);
    ui.print(&to_yaml_documents(&roles.map_err(SurveyError::from)?))?;
    Ok(ExitCode::Success)
}
