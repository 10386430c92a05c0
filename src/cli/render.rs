//! `iriskit render`: the objects that apply would send, as YAML.

use std::path::PathBuf;

use super::{CliError, ExitCode, Global, args::LabelerImage, connect, input};
use crate::{
    survey,
    ui::Ui,
    view::{self, yaml::to_yaml_documents},
};
use iriskit_core::diff::mask;

/// Print the objects that apply sends, as YAML
///
/// Needs a cluster only where configSource names a ConfigMap that is not among the manifests.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    labeler: LabelerImage,

    /// Print secret values instead of `(sensitive)`
    #[arg(long)]
    show_secrets: bool,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let inputs = input::read(&args.files)?;
    let image = args.labeler.image();
    let (reading, objects, notes) = connect::runtime()?.block_on(async {
        let namespace = connect::namespace(global).await?;
        let reading = input::understand(ui, &inputs, Some(&namespace))?;
        let cluster = if survey::needs_cluster(&reading) { Some(connect::cluster(global).await?) } else { None };
        let (objects, notes) = survey::render(cluster.as_ref(), &reading, image).await?;
        Ok::<_, CliError>((reading, objects, notes))
    })?;
    let shown = |object| if args.show_secrets { object } else { mask(&object, None).0 };
    let objects: Vec<_> = objects.into_iter().map(shown).collect();
    input::say(ui, &reading.diagnostics, &inputs); // the notes are about the expansion only
    ui.status(&view::notes_text(&notes, &ui.err()));
    ui.print(&to_yaml_documents(&objects))?;
    Ok(ExitCode::Success)
}
