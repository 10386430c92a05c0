//! `iriskit mirror-labeler`: the sidecar of mirrored data pods.

use std::path::PathBuf;

use tokio::signal;

use super::{CliError, ExitCode, Global, connect};
use crate::labeler::{self, LabelerOptions};

/// Keep the mirror role label of one pod up to date; runs as a sidecar beside IRIS
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder into which the readiness probe of IRIS writes
    #[arg(long, value_name = "DIR", default_value = "/iriskit/status")]
    dir: PathBuf,

    /// Name of this pod
    #[arg(long, value_name = "NAME", env = "POD_NAME")]
    pod: String,

    /// Namespace of this pod [default: that of the connection]
    #[arg(long, value_name = "NAME", env = "POD_NAMESPACE")]
    pod_namespace: Option<String>,

    /// uid of this pod: a new pod of the same name is then never written to
    #[arg(long, value_name = "UID", env = "POD_UID")]
    pod_uid: Option<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let namespace = args.pod_namespace.clone().unwrap_or_else(|| cluster.connection().namespace.clone());
        let options =
            LabelerOptions { dir: args.dir.clone(), namespace, pod: args.pod.clone(), uid: args.pod_uid.clone() };
        labeler::run(&options, &cluster, told_to_end()).await;
        Ok(ExitCode::Success)
    })
}

/// Kubernetes ends a container with SIGTERM, people end a process with Ctrl-C.
async fn told_to_end() {
    #[cfg(unix)]
    {
        let Ok(mut term) = signal::unix::signal(signal::unix::SignalKind::terminate()) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = signal::ctrl_c().await;
    }
}
