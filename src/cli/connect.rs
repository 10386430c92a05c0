//! The way to the cluster. Only commands that need one start a runtime.

use tokio::runtime::{Builder, Runtime};

use super::{CliError, ErrorId, Global, input::NAMESPACE};
use crate::{
    cluster::{Cluster, ConnectError, ConnectOptions, configured},
    offline,
    survey::SurveyError,
};
use iriskit_core::{diff::without_secrets_of, plan::planner::PlanError};

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
    if let Some(dir) = &global.sandbox {
        return offline::open_sandbox(dir, global.namespace.as_deref())
            .map_err(|error| CliError::new(ErrorId::Sandbox, format!("sandbox in {}: {error}", dir.display())));
    }
    Ok(Cluster::connect(&options(global), without_secrets_of).await?)
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
