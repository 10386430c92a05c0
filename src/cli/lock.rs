//! `iriskit lock`: who works on a cluster, and how to free the lock of a run that is gone.

use iriskit_core::plan::OwnerName;
use iriskit_state::lock::{ClusterLock, LockState};

use super::{CliError, ErrorId, ExitCode, Global, args::ReportFormat, connect};
use crate::{
    apply::{Released, lock_report, release_lock},
    cluster::{ApiError, Cluster},
    ui::{Confirmation, Ui},
    view,
};

/// Show who works on a cluster, or free the lock of a run that is gone
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say who works on clusters
    Status {
        /// Names of IrisClusters [default: all that were ever locked in the namespace]
        #[arg(value_name = "NAME")]
        names: Vec<String>,

        /// How to print it
        #[arg(short, long, value_name = "FORMAT", default_value = "text")]
        output: ReportFormat,
    },
    /// Free the lock of a cluster. A run that still works stops before its next write
    Release {
        /// The IrisCluster
        #[arg(value_name = "NAME")]
        name: String,

        /// Free it without being asked, also when its holder still renews it
        #[arg(long)]
        auto_approve: bool,
    },
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        match &args.action {
            Action::Status { names, output } => status(ui, &cluster, names, *output).await,
            Action::Release { name, auto_approve } => release(ui, &cluster, name, *auto_approve).await,
        }
    })
}

async fn status(ui: &Ui, cluster: &Cluster, names: &[String], output: ReportFormat) -> Result<ExitCode, CliError> {
    let report = lock_report(cluster, &cluster.connection().namespace, names).await.map_err(|error| failed(&error))?;
    ui.print(&match output {
        ReportFormat::Text => view::lock_text(&report),
        ReportFormat::Json => report.to_text().map_err(std::io::Error::other)?,
    })?;
    Ok(ExitCode::Success)
}

async fn release(ui: &Ui, cluster: &Cluster, name: &str, auto_approve: bool) -> Result<ExitCode, CliError> {
    let owner = OwnerName { namespace: cluster.connection().namespace.clone(), name: name.to_owned() };
    let names = [name.to_owned()];
    let report = lock_report(cluster, &owner.namespace, &names).await.map_err(|error| failed(&error))?;
    let line = |lock: &ClusterLock| view::lock_line(&owner.namespace, lock, &report.at);
    let Some(seen) = report.clusters.first().filter(|lock| lock.state != LockState::Free) else {
        ui.print(&view::lock_text(&report))?;
        return Ok(ExitCode::Success);
    };
    if seen.state == LockState::Held && !auto_approve {
        let question =
            format!("{}.\nIf it still works, it stops in the middle of what it does. Free the lock?", line(seen));
        if ui.ask_for(&question, "yes")? == Confirmation::Declined {
            return Err(CliError::new(ErrorId::Declined, "not approved; the lock is as it was"));
        }
    }
    match release_lock(cluster, &owner, seen).await.map_err(|error| failed(&error))? {
        Released::Yes => ui.print(&format!("Freed the lock of {}\n", line(seen)))?,
        Released::Already => ui.print(&format!("{}/{name}: free; its holder has let it go\n", owner.namespace))?,
        Released::Changed(now) => {
            let text = format!("nothing was freed, the lock has changed since it was looked at: {}", line(&now));
            return Err(CliError::new(ErrorId::Locked, text).help("look at it again: `iriskit lock status`"));
        }
    }
    Ok(ExitCode::Success)
}

fn failed(error: &ApiError) -> CliError {
    CliError::new(ErrorId::RequestFailed, error.to_string())
}
