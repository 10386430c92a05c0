//! `iriskit lock`: who works on a cluster, and how to free the lock of a run that is gone.

use iriskit_core::plan::lock::Lock;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{CliError, ErrorId, ExitCode, Global, connect};
use crate::{
    apply::{LockStatus, lock_status, release_lock},
    cluster::{ApiError, Cluster},
    ui::{Confirmation, Ui},
    view::moment,
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

        /// Print it as JSON
        #[arg(long)]
        json: bool,
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
            Action::Status { names, json } => status(ui, &cluster, names, *json).await,
            Action::Release { name, auto_approve } => release(ui, &cluster, name, *auto_approve).await,
        }
    })
}

async fn status(ui: &Ui, cluster: &Cluster, names: &[String], as_json: bool) -> Result<ExitCode, CliError> {
    let namespace = &cluster.connection().namespace;
    let all = lock_status(cluster, namespace, names).await.map_err(|error| failed(&error))?;
    let now = cluster.server_time().unwrap_or_else(Timestamp::now).to_string();
    if as_json {
        let text = serde_json::to_string_pretty(&all.iter().map(document).collect::<Vec<_>>()).unwrap_or_default();
        ui.print(&format!("{text}\n"))?;
    } else if all.is_empty() {
        ui.print(&format!("Nobody has worked on a cluster of namespace {namespace} yet.\n"))?;
    } else {
        let lines = all.iter().map(|one| format!("{}: {}\n", one.owner.id(), told(&one.lock, &now)));
        ui.print(&lines.collect::<String>())?;
    }
    Ok(ExitCode::Success)
}

async fn release(ui: &Ui, cluster: &Cluster, name: &str, auto_approve: bool) -> Result<ExitCode, CliError> {
    let namespace = &cluster.connection().namespace;
    let found = lock_status(cluster, namespace, &[name.to_owned()]).await.map_err(|error| failed(&error))?;
    let Some(status) = found.first() else { return Ok(ExitCode::Success) };
    let now = cluster.server_time().unwrap_or_else(Timestamp::now).to_string();
    let text = told(&status.lock, &now);
    match &status.lock {
        Lock::Free(_) => {
            ui.print(&format!("{}: {text}\n", status.owner.id()))?;
            return Ok(ExitCode::Success);
        }
        Lock::Held(_) if !auto_approve => {
            let question = format!(
                "{}: {text}.\nIf it still works, it stops in the middle of what it does. Free the lock?",
                status.owner.id()
            );
            if ui.ask_for(&question, "yes")? == Confirmation::Declined {
                return Err(CliError::new(ErrorId::Declined, "not approved; the lock is as it was"));
            }
        }
        Lock::Held(_) | Lock::Expired(_) => {}
    }
    release_lock(cluster, status).await.map_err(|error| failed(&error))?;
    ui.print(&format!("{}: free now; it was {text}\n", status.owner.id()))?;
    Ok(ExitCode::Success)
}

/// A lock in words.
fn told(lock: &Lock, now: &str) -> String {
    let renewed = |at: Option<Timestamp>| at.map(|at| moment::ago(&at.to_string(), now));
    match lock {
        Lock::Free(None) => "free".to_owned(),
        Lock::Free(Some(last)) => format!("free; last held by {}", iriskit_core::plan::lock::describe(last)),
        Lock::Held(holder) => match renewed(holder.renewed) {
            Some(ago) => format!("held by {holder}, renewed {ago}"),
            None => format!("held by {holder}"),
        },
        Lock::Expired(holder) => match renewed(holder.renewed) {
            Some(ago) => format!("left by {holder}, renewed last {ago}: the next run takes it over"),
            None => format!("left by {holder}: the next run takes it over"),
        },
    }
}

fn document(status: &LockStatus) -> Value {
    let (state, holder, renewed) = match &status.lock {
        Lock::Free(last) => ("free", last.as_ref(), None),
        Lock::Held(holder) => ("held", holder.known.as_ref(), holder.renewed),
        Lock::Expired(holder) => ("expired", holder.known.as_ref(), holder.renewed),
    };
    json!({
        "namespace": status.owner.namespace,
        "name": status.owner.name,
        "state": state,
        "holder": holder.and_then(|holder| serde_json::to_value(holder).ok()),
        "renewed": renewed.map(|at| at.to_string()),
    })
}

fn failed(error: &ApiError) -> CliError {
    CliError::new(ErrorId::RequestFailed, error.to_string())
}
