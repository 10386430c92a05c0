//! `iriskit history`: what runs did to clusters, as their records keep it.

use iriskit_state::history::{ClusterHistory, FORMAT_VERSION, HistoryReport};

use super::{CliError, ErrorId, ExitCode, Global, args::ReportFormat, connect};
use crate::{apply::records, ui::Ui, view};

/// Show what earlier runs did to clusters: who, when, and what was seen
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of IrisClusters [default: all in the namespace]
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: ReportFormat,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let (namespace, found) = connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let namespace = cluster.connection().namespace.clone();
        let found = records(&cluster, &namespace, &args.names).await;
        let found = found.map_err(|error| CliError::new(ErrorId::Record, error.to_string()))?;
        Ok::<_, CliError>((namespace, found))
    })?;
    let missing = args.names.iter().find(|name| !found.iter().any(|(owner, _)| owner.name == **name));
    if let Some(name) = missing {
        let text = format!("iriskit has no record of an IrisCluster {name} in namespace {namespace}");
        return Err(CliError::new(ErrorId::NoRecord, text));
    }
    let clusters = found.into_iter().map(|(owner, record)| ClusterHistory {
        name: owner.name,
        run: record.run,
        history: record.history,
    });
    let report = HistoryReport { format_version: FORMAT_VERSION.to_owned(), namespace, clusters: clusters.collect() };
    ui.print(&match args.output {
        ReportFormat::Text => view::history_text(&report),
        ReportFormat::Json => report.to_text().map_err(std::io::Error::other)?,
    })?;
    Ok(ExitCode::Success)
}
