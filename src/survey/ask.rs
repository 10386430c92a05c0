//! Dry-runs: the server's own verdict on what would change.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::SurveyError;
use crate::{
    cluster::{ApiError, ApplyMode, Cluster},
    diff::{MASK, secrets_of},
    plan::{Answer, Examined, Finding},
    schema::ObjectRef,
};

/// Dry-runs on their way at the same time.
const AT_ONCE: usize = 16;

/// Asks for every object that needs it; with `always` for every object of ours.
pub(super) async fn ask(
    cluster: &Cluster,
    examined: &[Examined],
    always: bool,
) -> Result<BTreeMap<ObjectRef, Answer>, SurveyError> {
    let asked = examined
        .iter()
        .filter(|examined| examined.needs_server() || always && examined.finding == Finding::Unchanged)
        .map(|examined| one(cluster, examined));
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    answers.into_iter().collect()
}

async fn one(cluster: &Cluster, examined: &Examined) -> Result<(ObjectRef, Answer), SurveyError> {
    let object = &examined.desired.object;
    let asked = match &examined.take_over {
        // Two writes follow each other, of which a dry-run of the second does not see the first.
        Some(take) => cluster.rehearse_patch(object, &take.patch).await,
        None => cluster.apply(object, &examined.body, ApplyMode { dry_run: true, force: true }).await,
    };
    let answer = match asked {
        Ok(applied) => Answer::Accepted { object: applied.object, warnings: applied.warnings },
        Err(error) if error.is_forbidden_rbac() => Answer::Forbidden { message: error.to_string() },
        Err(error) if error.is_not_found() => Answer::NotFound { message: error.to_string() },
        Err(ApiError::Status { code, reason, message, causes, .. }) => {
            let fields: Vec<&str> = causes.iter().map(|cause| cause.field.as_str()).collect();
            Answer::Refused { code, message: without_secrets(&examined.body, &reason, &message, &fields) }
        }
        Err(error) => return Err(SurveyError::Api { what: format!("dry-run of {object}"), error: Box::new(error) }),
    };
    Ok((object.clone(), answer))
}

/// The server repeats values in its messages. Of a Secret only the fields are told; elsewhere known secrets are masked.
fn without_secrets(body: &Value, reason: &str, message: &str, fields: &[&str]) -> String {
    if body.get("kind") == Some(&Value::from("Secret")) {
        return format!("{reason} {}", fields.join(", ")).trim().to_owned();
    }
    secrets_of(body).values().fold(message.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_never_repeats_a_secret() {
        let secret = json!({"kind": "Secret", "data": {"p": "aHVzaA=="}});
        assert_eq!(without_secrets(&secret, "Invalid", "data: aHVzaA== is bad", &["data[p]"]), "Invalid data[p]");
        let map = json!({"kind": "ConfigMap", "data": {"x": "[Startup]\nPasswordHash=abc"}});
        assert_eq!(without_secrets(&map, "Invalid", "PasswordHash=abc", &[]), "PasswordHash=(sensitive)");
    }
}
