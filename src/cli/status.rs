//! `iriskit status`: how clusters stand.

use std::time::Duration;

use clap::ValueEnum;
use iriskit_state::status::StatusReport;

use super::{CliError, ErrorId, ExitCode, Global, connect};
use crate::{survey, ui::Ui, view};

/// How often a watch looks again.
const EVERY: Duration = Duration::from_secs(2);

/// Show how clusters stand: members and their roles, what is not ready and why, how to reach them
///
/// Needs the rights to read alone. Exit code 0: every cluster is healthy; 5: one is not, or something could not be read.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of an IrisCluster [default: all of the namespace]
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Look again every two seconds, and print what is different, until interrupted
    #[arg(short, long)]
    watch: bool,

    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let mut shown: Option<StatusReport> = None;
        loop {
            let report = survey::status(&cluster, args.name.as_deref()).await?;
            if let (Some(name), true, true) = (&args.name, report.clusters.is_empty(), report.unknown.is_empty()) {
                let text = format!("iriskit applied no IrisCluster {name} in namespace {}", report.namespace);
                return Err(CliError::new(ErrorId::NoRecord, text).help("`iriskit status` lists those that it did"));
            }
            let timeless = without_times(&report);
            if shown.as_ref() != Some(&timeless) {
                ui.print(&text(&report, args.output, ui)?)?;
                shown = Some(timeless);
            }
            if !args.watch {
                let good = report.healthy && report.unknown.is_empty();
                return Ok(if good { ExitCode::Success } else { ExitCode::Incomplete });
            }
            tokio::time::sleep(EVERY).await;
        }
    })
}

fn text(report: &StatusReport, output: Output, ui: &Ui) -> Result<String, CliError> {
    match output {
        Output::Text => Ok(view::status_text(report, &ui.out())),
        Output::Json => Ok(view::status_json(report).map_err(std::io::Error::other)?),
    }
}

/// What a watch compares: without the times that go on by themselves.
fn without_times(report: &StatusReport) -> StatusReport {
    let mut report = report.clone();
    report.at.clear();
    let workloads = report.clusters.iter_mut().flat_map(|cluster| &mut cluster.workloads);
    for member in workloads.flat_map(|workload| &mut workload.pods).filter_map(|pod| pod.mirror.as_mut()) {
        member.at.clear();
        member.age_seconds = 0;
    }
    report
}
