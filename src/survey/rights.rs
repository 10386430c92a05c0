//! Whether the user may do everything that a plan does.

use futures::{StreamExt as _, stream};
use iriskit_state::plan::Plan;

use crate::cluster::{ApiError, Cluster};
use iriskit_core::plan::preflight::{MissingRight, NeededRight, needed_rights};

/// Questions on their way at the same time.
const AT_ONCE: usize = 32;

/// The rights that the plan needs and the user lacks. Asks nothing for a plan that does nothing.
pub async fn missing_rights(cluster: &Cluster, plan: &Plan) -> Result<Vec<MissingRight>, ApiError> {
    let asked = needed_rights(plan).into_iter().map(|right| missing(cluster, right));
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    let mut missing = Vec::new();
    for answer in answers {
        missing.extend(answer?);
    }
    missing.sort();
    Ok(missing)
}

/// Asks for the kind first; a right that is given by name only shows when asked for by name.
async fn missing(cluster: &Cluster, right: NeededRight) -> Result<Option<MissingRight>, ApiError> {
    let NeededRight { verb, api_version, kind, namespace, names } = right;
    let may = async |name: Option<&str>| {
        match cluster.can(&verb, &api_version, &kind, namespace.as_deref(), name).await {
            // Who may not even ask learns it from the writes.
            Err(error) if matches!(error.code(), Some(403 | 404)) => Ok(true),
            answer => answer,
        }
    };
    if may(None).await? {
        return Ok(None);
    }
    let mut denied = Vec::new();
    for name in &names {
        if !may(Some(name)).await? {
            denied.push(name.clone());
        }
    }
    if !names.is_empty() && denied.is_empty() {
        return Ok(None);
    }
    Ok(Some(MissingRight { verb, kind, namespace, names: denied }))
}
