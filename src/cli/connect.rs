//! The way to the cluster. Only commands that need one start a runtime.

use std::time::Duration;

use iriskit_sandbox::SandboxError;
use tokio::{
    runtime::{Builder, Runtime},
    time::{Instant, sleep},
};

use super::{CliError, ErrorId, Global, input::NAMESPACE};
use crate::{
    cluster::{Cluster, ConnectError, ConnectOptions, configured},
    offline,
    survey::SurveyError,
    ui::{Environment, Ui},
};
use iriskit_core::{diff::without_secrets_of, plan::planner::PlanError};

/// How often it is looked whether a sandbox's folder is free.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Starts a runtime.
pub(super) fn runtime() -> Result<Runtime, CliError> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CliError::new(ErrorId::Runtime, format!("can't start threads: {error}")))
}

/// Opens the connection.
pub(super) async fn cluster(global: &Global) -> Result<Cluster, CliError> {
    cluster_within(global, Duration::ZERO).await
}

/// The same; another process that has the sandbox's folder is waited for.
pub(super) async fn cluster_within(global: &Global, wait: Duration) -> Result<Cluster, CliError> {
    if let Some(dir) = &global.sandbox {
        let begun = Instant::now();
        loop {
            match offline::open_sandbox(dir, global.namespace.as_deref()) {
                Err(SandboxError::Busy { .. }) if begun.elapsed() < wait => sleep(LOOK_EVERY).await,
                Err(error @ SandboxError::Busy { .. }) => {
                    let error = CliError::new(ErrorId::Locked, format!("another run works there: {error}"));
                    return Err(error.help(
                        "run the command again when it is done; apply and destroy wait with `--lock-timeout 10m`",
                    ));
                }
                Err(error) => {
                    return Err(CliError::new(ErrorId::Sandbox, format!("sandbox in {}: {error}", dir.display())));
                }
                Ok(cluster) => return Ok(cluster),
            }
        }
    }
    let ui = Ui::new(global.color, &Environment::of_process());
    let waits = |what: &str| ui.status(&format!("Still waiting for {what} …\n"));
    Ok(Cluster::connect_telling(&options(global), without_secrets_of, waits).await?)
}

/// The namespace of documents that name none, for a command that need not ask a cluster.
pub(super) async fn namespace(global: &Global) -> Result<String, CliError> {
    if let Some(named) = &global.namespace {
        return Ok(named.clone());
    }
    if global.sandbox.is_some() {
        return Ok(NAMESPACE.to_owned());
    }
    match configured(&options(global)).await {
        Ok(connection) => Ok(connection.namespace),
        Err(ConnectError::NotConfigured { .. }) => Ok(NAMESPACE.to_owned()),
        Err(error) => Err(error.into()),
    }
}

fn options(global: &Global) -> ConnectOptions {
    ConnectOptions {
        kubeconfig: global.kubeconfig.clone(),
        context: global.context.clone(),
        namespace: global.namespace.clone(),
    }
}

impl From<ConnectError> for CliError {
    fn from(error: ConnectError) -> Self {
        let id = match &error {
            ConnectError::NotConfigured { .. } => ErrorId::NoCluster,
            ConnectError::Kubeconfig { .. } | ConnectError::NoContext { .. } => ErrorId::Kubeconfig,
            ConnectError::Unreachable { .. } => ErrorId::Unreachable,
        };
        Self::new(id, error.to_string())
    }
}

impl From<SurveyError> for CliError {
    fn from(error: SurveyError) -> Self {
        let id = match &error {
            SurveyError::Api { .. } => ErrorId::RequestFailed,
            SurveyError::Plan(PlanError::ConfigSource { .. }) => ErrorId::ConfigSource,
            SurveyError::Plan(PlanError::Record { .. } | PlanError::UnreadRecord { .. }) => ErrorId::Record,
            SurveyError::Plan(PlanError::NoRecord { .. }) => ErrorId::NoRecord,
            SurveyError::Random => ErrorId::Random,
        };
        Self::new(id, error.to_string())
    }
}
