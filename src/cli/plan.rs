//! `iriskit plan`: what would happen.

use std::path::{Path, PathBuf};

use iriskit_state::plan::MadeFrom;

use super::{
    CliError, ExitCode, Global,
    args::{JsonInto, Lifetime, Planning},
    connect, go_on, input, planfile,
    planning::{applicable, options, settled},
    snapshot,
};
use crate::{
    offline,
    survey::{self, Options, Planned},
    ui::Ui,
    view,
};
use iriskit_core::manifest::Input;

/// Show what would happen, without changing anything
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Save the plan, to have it approved and applied exactly as it is
    #[arg(short, long, value_name = "PLANFILE")]
    out: Option<PathBuf>,

    /// Print the plan as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    json_into: JsonInto,

    /// Plan from this snapshot instead of the live cluster; no server checks the changes then
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["sandbox", "kubeconfig", "context"])]
    snapshot: Option<PathBuf>,

    /// Exit with code 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,

    #[command(flatten)]
    planning: Planning,

    #[command(flatten)]
    lifetime: Lifetime,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let inputs = input::read(&args.files)?;
    let early = input::understand(ui, &inputs, global.namespace.as_deref())?;
    let options = options(&inputs, &args.planning, args.lifetime.length(), args.out.is_some());
    let Planned { mut plan, secret_values } = connect::runtime()?.block_on(async {
        if let Some(file) = &args.snapshot {
            return from_snapshot(ui, global, &inputs, &options, file).await;
        }
        let cluster = connect::cluster(global).await?;
        let reading = settled(ui, &cluster, &inputs, early)?;
        Ok::<_, CliError>(survey::plan(&cluster, &reading, &options).await?)
    })?;
    let saved = match &args.out {
        Some(path) if applicable(&plan).is_ok() => {
            survey::seal(&mut plan, &secret_values)?;
            Some((path, iriskit_state::plan::write(&mut plan)?))
        }
        _ => None,
    };
    planfile::also(&args.json_into, &plan)?;
    let text = if args.json { view::json(&plan)? } else { view::plan_text(&plan, &ui.out()) };
    ui.print(&text)?;
    applicable(&plan)?;
    if let Some((path, document)) = saved {
        planfile::write(path, &document)?;
        let place = if plan.snapshot.is_some() { go_on::origin(global, &plan.cluster) } else { global.clone() };
        let command = go_on::apply(std::slice::from_ref(path), &place, None, None);
        ui.status(&format!("\nSaved. To apply exactly this plan: {command}\n"));
    }
    Ok(if args.detailed_exitcode && plan.summary.changes() { ExitCode::Changes } else { ExitCode::Success })
}

/// The plan that the cluster would give, as far as its snapshot tells.
async fn from_snapshot(
    ui: &Ui,
    global: &Global,
    inputs: &[Input],
    options: &Options,
    file: &Path,
) -> Result<Planned, CliError> {
    let mut snapshot = snapshot::read(file)?;
    if let Some(namespace) = &global.namespace {
        namespace.clone_into(&mut snapshot.cluster.namespace);
    }
    let from = MadeFrom { taken_at: snapshot.taken_at.clone(), iriskit_version: snapshot.iriskit_version.clone() };
    let reading = input::understand(ui, inputs, Some(&snapshot.cluster.namespace))?;
    let snapshot = survey::open_seals(snapshot, &reading, options.labeler_image.as_deref())?;
    let cluster = offline::of_snapshot(snapshot);
    let mut planned = survey::plan(&cluster, &reading, options).await?;
    survey::mark(&mut planned.plan, from);
    Ok(planned)
}
