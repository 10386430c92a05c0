//! Reviews: questions about rights. In the sandbox everybody may do everything.

use serde_json::{Value, json};

use super::answer::Answer;
use crate::fields;

/// Answers a SelfSubjectAccessReview.
pub(super) fn access(mut body: Value) -> Answer {
    fields::set(
        &mut body,
        &["status"],
        Some(json!({"allowed": true, "reason": "everything is allowed in the sandbox"})),
    );
    if body.get("metadata").is_none() {
        fields::set(&mut body, &["metadata"], Some(json!({})));
    }
    Answer::new(201, body)
}
