//! `iriskit status`: how clusters stand.

use std::time::Duration;

use iriskit_state::status::StatusReport;

use super::{CliError, ErrorId, ExitCode, Global, args::ReportFormat, connect};
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

    /// Look again every two seconds, and print what is different, until interrupted; a request that fails is said
    #[arg(short, long)]
    watch: bool,

    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: ReportFormat,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let (mut shown, mut failure) = (None, None);
        let mut answered = false;
        loop {
            match survey::status(&cluster, args.name.as_deref()).await {
                Ok(report) => {
                    check_found(&report, args.name.as_deref())?;
                    let timeless = without_times(&report);
                    if shown.as_ref() != Some(&timeless) {
                        ui.print(&text(&report, args.output, ui)?)?;
                    }
                    if !args.watch {
                        return Ok(if report.healthy { ExitCode::Success } else { ExitCode::Incomplete });
                    }
                    (shown, failure, answered) = (Some(timeless), None, true);
                }
                // A watch outlives a server that is away for a while. Afterwards it shows everything again.
                Err(error) if args.watch && answered => {
                    let text = format!("{error}; looking again every {} s", EVERY.as_secs());
                    if failure.as_ref() != Some(&text) {
                        ui.status(&view::warning(&text, &ui.err()));
                    }
                    (shown, failure) = (None, Some(text));
                }
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(EVERY).await;
        }
    })
}

/// A name that was given is that of a cluster, as far as could be seen.
fn check_found(report: &StatusReport, name: Option<&str>) -> Result<(), CliError> {
    match name {
        Some(name) if report.clusters.is_empty() && report.unknown.is_empty() => {
            let text = format!("iriskit applied no IrisCluster {name} in namespace {}", report.namespace);
            Err(CliError::new(ErrorId::NoRecord, text).help("`iriskit status` lists those that it did"))
        }
        _ => Ok(()),
    }
}

fn text(report: &StatusReport, output: ReportFormat, ui: &Ui) -> Result<String, CliError> {
    match output {
        ReportFormat::Text => Ok(view::status_text(report, &ui.out())),
        ReportFormat::Json => Ok(report.to_text().map_err(std::io::Error::other)?),
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
