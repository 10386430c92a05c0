//! Dry-runs: the server's own verdict on what would change.

use std::collections::BTreeMap;

use super::SurveyError;
use crate::cluster::{ApiError, ApplyMode, Cluster};
use futures::{StreamExt as _, stream};
use iriskit_core::plan::{Answer, Examined, Finding, Live, immutable::Replacement, stand_in, stays_in_place};
use iriskit_kubernetes::schema::{ObjectRef, table};
use serde_json::Value;

/// Dry-runs on their way at the same time.
const AT_ONCE: usize = 16;

/// Asks for every object that needs it; with `always` for every object of ours.
pub(super) async fn ask(
    cluster: &Cluster,
    examined: &[Examined],
    always: bool,
    live: &Live,
) -> Result<BTreeMap<ObjectRef, Answer>, SurveyError> {
    let asked = examined
        .iter()
        .filter(|examined| examined.needs_server() || always && examined.finding == Finding::Unchanged)
        .map(|examined| one(cluster, examined, live));
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    answers.into_iter().filter_map(Result::transpose).collect()
}

async fn one(cluster: &Cluster, examined: &Examined, live: &Live) -> Result<Option<(ObjectRef, Answer)>, SurveyError> {
    let object = &examined.desired.object;
    let mode = ApplyMode { dry_run: true, force: true };
    if let Finding::Replace(replacement) = &examined.finding {
        if let Some(answer) = in_place(cluster, examined, replacement, live).await {
            return Ok(Some((object.clone(), answer)));
        }
        if replacement.mode.is_none() {
            return Ok(None);
        }
    }
    let asked = match (&examined.take_over, &examined.finding) {
        // Two writes follow each other, of which a dry-run of the second does not see the first.
        (Some(take), _) => cluster.rehearse_patch(object, &take.patch).await,
        // The name of what is made again is taken while it is there.
        (None, Finding::Replace(_)) => {
            let body = stand_in(&examined.body);
            let name = body.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            let stand_in = ObjectRef { name: name.to_owned(), ..object.clone() };
            cluster.apply(&stand_in, &body, mode).await
        }
        (None, _) => cluster.apply(object, &examined.body, mode).await,
    };
    let answer = match asked {
        Ok(applied) => Answer::Accepted { object: applied.object, warnings: applied.warnings },
        Err(error) if error.is_forbidden_rbac() => Answer::Forbidden { message: error.to_string() },
        Err(error) if error.is_not_found() => Answer::NotFound { message: error.to_string() },
        Err(ApiError::Status { code, message, .. }) => Answer::Refused { code, message },
        Err(error) => return Err(SurveyError::Api { what: format!("dry-run of {object}"), error: Box::new(error) }),
    };
    Ok(Some((object.clone(), answer)))
}

/// The server's answer to the body as it is, where it takes it and nothing that can't change would: then it is admission that
/// makes the live object differ from the manifest, and would of the next one.
async fn in_place(cluster: &Cluster, examined: &Examined, replacement: &Replacement, live: &Live) -> Option<Answer> {
    let object = &examined.desired.object;
    let kind = table().kind(&object.api_version, &object.kind)?;
    let found = live.get(object)?;
    let applied = cluster.apply(object, &examined.body, ApplyMode { dry_run: true, force: true }).await.ok()?;
    stays_in_place(kind, found, &applied.object, &replacement.paths)
        .then_some(Answer::InPlace { object: applied.object, warnings: applied.warnings })
}
