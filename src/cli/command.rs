//! The commands, and how a run goes from arguments to an exit code.

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, error::ErrorKind};

use tracing::level_filters::LevelFilter;

use super::{
    CliError, ExitCode, Global, apply, crash, destroy, habits, history, lock, mirror_labeler, plan, rbac, render,
    sandbox, show, snapshot, status, validate,
    variables::{unknown, with_variables},
};
use crate::{
    ui::{ColourChoice, Environment, Ui, start_log},
    view,
};

/// Plans, applies and destroys InterSystems IRIS topologies on Kubernetes.
///
/// A plan shows what would happen to which cluster: what restarts, whether a primary moves, which volumes are touched.
/// `apply` makes exactly that happen, in order, or refuses.
#[derive(Debug, Parser)]
#[command(name = "iriskit", version, after_long_help = ExitCode::table(), max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Where and how.
    #[command(flatten)]
    pub global: Global,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check manifests; needs no cluster
    Validate(validate::Args),
    /// Print the objects that apply sends, as YAML
    Render(render::Args),
    /// Show what would happen, without changing anything
    Plan(plan::Args),
    /// Plan manifests, ask for approval and apply them; or apply a saved plan
    Apply(apply::Args),
    /// Delete what was applied, in reverse order; volumes stay unless deleting data is allowed
    Destroy(destroy::Args),
    /// Show a saved plan; needs no cluster
    Show(show::Args),
    /// Show how clusters stand: members and their roles, what is not ready and why, how to reach them
    Status(status::Args),
    /// Save what a plan reads from the cluster, to plan later without it
    Snapshot(snapshot::Args),
    /// Print the Role and ClusterRole that somebody needs to plan, apply or destroy manifests
    Rbac(rbac::Args),
    /// Show what earlier runs did to clusters: who, when, and what was seen
    History(history::Args),
    /// Show who works on a cluster, or free the lock of a run that is gone
    Lock(lock::Args),
    /// Simulate events in a sandbox
    Sandbox(sandbox::Args),
    /// Print the version
    Version,
    /// Keep the mirror role label of one pod up to date; runs as a sidecar beside IRIS
    MirrorLabeler(mirror_labeler::Args),
}

/// The whole run.
pub fn main() -> ExitCode {
    let command = with_variables(Cli::command());
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let unknown = unknown(&command, set);
    let typed: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(error) = habits::answer(&command, &typed) {
        let ui = Ui::new(ColourChoice::Auto, &Environment::of_process());
        ui.status(&error.text(&ui.err()));
        return error.exit;
    }
    let parsed = command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ui = Ui::new(cli.global.color, &Environment::of_process());
    for name in unknown {
        ui.status(&view::warning(&format!("{name} is the variable of no option and does nothing"), &ui.err()));
    }
    let least = if matches!(cli.command, Command::MirrorLabeler(_)) { LevelFilter::INFO } else { LevelFilter::WARN };
    start_log(least, cli.global.verbose);
    crash::tell_panics(cli.global.color);
    crash::caught(|| match run(&ui, &cli) {
        Ok(code) => code,
        Err(error) => {
            ui.status(&error.text(&ui.err()));
            error.exit
        }
    })
}

fn run(ui: &Ui, cli: &Cli) -> Result<ExitCode, CliError> {
    let global = &cli.global;
    match &cli.command {
        Command::Validate(args) => validate::run(ui, global, args),
        Command::Render(args) => render::run(ui, global, args),
        Command::Plan(args) => plan::run(ui, global, args),
        Command::Apply(args) => apply::run(ui, global, args),
        Command::Destroy(args) => destroy::run(ui, global, args),
        Command::Status(args) => status::run(ui, global, args),
        Command::Rbac(args) => rbac::run(ui, global, args),
        Command::History(args) => history::run(ui, global, args),
        Command::Lock(args) => lock::run(ui, global, args),
        Command::Sandbox(args) => sandbox::run(ui, global, args),
        Command::MirrorLabeler(args) => mirror_labeler::run(global, args),
        Command::Show(args) => show::run(ui, args),
        Command::Version => {
            ui.print(concat!("iriskit ", env!("CARGO_PKG_VERSION"), "\n"))?;
            Ok(ExitCode::Success)
        }
        Command::Snapshot(args) => snapshot::run(ui, global, args),
    }
}

/// Help and version are answers; everything else is an error, and errors are 1: 2 is taken by changes.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::Success,
        _ => ExitCode::Error,
    }
}
