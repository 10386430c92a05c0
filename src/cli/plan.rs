//! `iriskit plan`: what would happen.

use std::path::{Path, PathBuf};

use iriskit_core::manifest::Input;
use iriskit_state::plan::{AllowanceName, MadeFrom};

use super::{
    CliError, ErrorId, ExitCode, Global,
    args::{JsonInto, Lifetime, Out, Planning},
    connect,
    destroy::{self, Destruction},
    input, planfile,
    planning::{options, settled},
    saving::{Wanted, show_and_save},
    snapshot,
};
use crate::{
    files::Document,
    offline,
    survey::{self, Options, Planned},
    ui::Ui,
};

/// Show what would happen, without changing anything
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them; `-` for standard input. With --destroy also names of IrisClusters
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,

    #[command(flatten)]
    out: Out,

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

    /// Plan the deletion of these IrisClusters, as `destroy` does; volumes stay unless `--allow delete-data` is given
    #[arg(long, conflicts_with = "snapshot")]
    destroy: bool,

    /// With --destroy: `delete-data` plans the deletion of the volumes, too. To apply the plan it is given again
    #[arg(long, value_name = "NAME", value_parser = ["delete-data"], requires = "destroy")]
    allow: Option<String>,

    #[command(flatten)]
    planning: Planning,

    #[command(flatten)]
    lifetime: Lifetime,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let Planned { mut plan, secret_values, .. } =
        if args.destroy { planned_destroy(ui, global, args) } else { planned(ui, global, args) }?;
    let wanted = Wanted { out: args.out.file(), json: args.json, json_into: &args.json_into };
    show_and_save(ui, global, &mut plan, &secret_values, &wanted)?;
    Ok(if args.detailed_exitcode && plan.summary.changes() { ExitCode::Changes } else { ExitCode::Success })
}

fn planned(ui: &Ui, global: &Global, args: &Args) -> Result<Planned, CliError> {
    let files: Vec<PathBuf> = args.files.iter().map(PathBuf::from).collect();
    let inputs = input::read(&files)?;
    may_write(args, &inputs)?;
    let early = input::understand(ui, &inputs, global.namespace.as_deref())?;
    let options = options(&inputs, &args.planning, args.lifetime.length(), args.out.file().is_some());
    connect::runtime()?.block_on(async {
        if let Some(file) = &args.snapshot {
            return from_snapshot(ui, global, &inputs, &options, file).await;
        }
        let cluster = connect::cluster(global).await?;
        let reading = settled(ui, &cluster, &inputs, early)?;
        Ok::<_, CliError>(survey::plan(&cluster, &reading, &options).await?)
    })
}

fn planned_destroy(ui: &Ui, global: &Global, args: &Args) -> Result<Planned, CliError> {
    if args.planning.ownership.is_given() || args.planning.restarts.given().is_some() {
        let text = "with --destroy nothing is made: flags on restarts and on fields that others hold say nothing";
        return Err(CliError::new(ErrorId::WrongFlag, text).help("leave them out"));
    }
    let what = Destruction::of(&args.files)?;
    may_write(args, &what.inputs)?;
    let early = what.understood(ui, global)?;
    let delete_data = args.allow.as_deref() == Some(AllowanceName::DeleteData.as_str());
    let options = destroy::options(&args.files, args.lifetime.length(), args.out.file().is_some());
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let targets = what.targets(ui, &cluster, early)?;
        Ok(survey::destroy(&cluster, &targets, &options, delete_data).await?)
    })
}

/// Neither a manifest nor the snapshot is overwritten.
fn may_write(args: &Args, inputs: &[Input]) -> Result<(), CliError> {
    let read: Vec<PathBuf> =
        inputs.iter().map(|input| PathBuf::from(&input.name)).chain(args.snapshot.clone()).collect();
    planfile::may_write(args.out.file().map(|path| (path, Document::Plan)), Some(&args.json_into), &read)
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
    let snapshot = survey::open_seals(snapshot, &reading, options.labeler.given.as_deref())?;
    let cluster = offline::of_snapshot(snapshot);
    let mut planned = survey::plan(&cluster, &reading, options).await?;
    survey::mark(&mut planned.plan, from);
    Ok(planned)
}
