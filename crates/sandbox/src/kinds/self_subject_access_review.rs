//! SelfSubjectAccessReviews: questions about rights. In the sandbox everybody may do everything.

use serde_json::{Value, json};

use crate::{fields, strategy::Strategy, verb::Verb};

#[derive(Debug)]
pub(super) struct SelfSubjectAccessReview;

impl Strategy for SelfSubjectAccessReview {
    fn kind(&self) -> (&'static str, &'static str) {
        ("authorization.k8s.io/v1", "SelfSubjectAccessReview")
    }

    fn verbs(&self) -> &'static [Verb] {
        &[Verb::Create]
    }

    fn review(&self, question: &Value) -> Option<Value> {
        let mut answer = question.clone();
        let status = json!({"allowed": true, "reason": "everything is allowed in the sandbox"});
        fields::set(&mut answer, &["status"], Some(status));
        if answer.get("metadata").is_none() {
            fields::set(&mut answer, &["metadata"], Some(json!({})));
        }
        Some(answer)
    }
}
