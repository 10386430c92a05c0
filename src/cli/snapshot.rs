//! `iriskit snapshot`: what a plan needs of the cluster, in a file.

use std::path::{Path, PathBuf};

use iriskit_state::snapshot::{Snapshot, SnapshotError};

use super::{
    CliError, ErrorId, ExitCode, Global,
    args::{LabelerImage, plan_file},
    connect, go_on, input, planfile,
    planning::settled,
};
use crate::{files::Document, survey, ui::Ui};

/// Save what a plan of manifests reads from the cluster, to plan later without it
///
/// Secrets are kept as salted hashes. Needs the rights to read, and none to write.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The file to write
    #[arg(short, long, value_name = "SNAPSHOT", value_parser = plan_file)]
    out: PathBuf,

    #[command(flatten)]
    labeler: LabelerImage,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let inputs = input::read(&args.files)?;
    let read: Vec<PathBuf> = inputs.iter().map(|input| PathBuf::from(&input.name)).collect();
    planfile::may_write(Some((&args.out, Document::Snapshot)), None, &read)?;
    let early = input::understand(ui, &inputs, global.namespace.as_deref())?;
    let snapshot = connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let reading = settled(ui, &cluster, &inputs, early)?;
        Ok::<_, CliError>(survey::take(&cluster, &reading, args.labeler.image()).await?)
    })?;
    planfile::write(&args.out, &snapshot.to_text()?)?;
    let command = go_on::plan_from(&args.files, &args.out);
    ui.status(&format!("Saved what a plan reads. To plan without the cluster: {command}\n"));
    Ok(ExitCode::Success)
}

/// Reads a snapshot.
pub(super) fn read(path: &Path) -> Result<Snapshot, CliError> {
    Ok(Snapshot::parse(&planfile::text(path)?)?)
}

impl From<SnapshotError> for CliError {
    fn from(error: SnapshotError) -> Self {
        let id = match &error {
            SnapshotError::Malformed(_) => ErrorId::NotASnapshot,
            SnapshotError::Version(_) => ErrorId::SnapshotVersion,
        };
        Self::new(id, error.to_string()).help("take a new one: `iriskit snapshot FILE… -o SNAPSHOT`")
    }
}
