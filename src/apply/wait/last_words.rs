//! What a container wrote before it ended, where the right to read logs exists.

use serde_json::json;

use super::terminal_state::LogPlace;
use crate::apply::{context::Context, failure::Failure};
use iriskit_core::diff::mask;
use iriskit_kubernetes::schema::ObjectRef;

/// As many lines are told.
const LINES: usize = 5;

/// The failure with the last lines of the log.
pub(super) async fn with_last_words(
    context: &Context<'_>,
    namespace: Option<&str>,
    failure: Failure,
    place: Option<LogPlace>,
) -> Failure {
    let (Failure::Failed(reason), Some(place), Some(namespace)) = (&failure, place, namespace) else { return failure };
    let pod = ObjectRef::namespaced("v1", "Pod", namespace, &place.pod);
    let mut lines = context.cluster.last_lines(&pod, &place.container, place.previous, LINES).await;
    if lines.as_ref().is_ok_and(|text| text.trim().is_empty()) {
        lines = context.cluster.last_lines(&pod, &place.container, !place.previous, LINES).await;
    }
    // Who may not read logs learns the rest all the same.
    let Ok(text) = lines else { return failure };
    let said = told(&text);
    if said.is_empty() { failure } else { Failure::failed(format!("{reason}; its last log lines: {said}")) }
}

/// The last lines, in one: without what looks like a secret.
fn told(text: &str) -> String {
    // As careful as with the texts of ConfigMaps.
    let masked = mask(&json!({"kind": "ConfigMap", "data": {"log": text}}), None).0;
    let text = masked.pointer("/data/log").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from = lines.len().saturating_sub(LINES);
    lines.get(from..).unwrap_or_default().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_told_without_their_secrets() {
        assert_eq!(told("one\n\n two \nthree\nfour\nfive\nsix\n"), "two | three | four | five | six");
        assert_eq!(told("\n"), "");
        assert!(!told("connecting to https://user:hunter2@example/db").contains("hunter2"));
    }
}
