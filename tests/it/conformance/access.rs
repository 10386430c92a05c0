//! Questions about rights, by somebody who may do everything.

use serde_json::{Value, json};

use super::ctx::Ctx;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

cases! {
    a_review_tells_what_is_allowed,
    reviews_answer_for_what_does_not_exist,
}

fn review(attributes: &Value) -> Value {
    json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    })
}

fn a_review_tells_what_is_allowed(ctx: &Ctx) {
    let attributes =
        json!({"namespace": ctx.namespace(), "verb": "patch", "group": "apps", "resource": "statefulsets"});
    let answer = ctx.post(REVIEWS, &review(&attributes)).created();
    assert_eq!((&answer["kind"], &answer["status"]["allowed"]), (&json!("SelfSubjectAccessReview"), &json!(true)));
    assert_eq!(answer["spec"]["resourceAttributes"], attributes);
}

fn reviews_answer_for_what_does_not_exist(ctx: &Ctx) {
    for attributes in [
        json!({"namespace": "missing", "verb": "create", "resource": "configmaps"}),
        json!({"namespace": ctx.namespace(), "verb": "get", "group": "nobody.example", "resource": "things"}),
    ] {
        assert_eq!(ctx.post(REVIEWS, &review(&attributes)).created()["status"]["allowed"], true);
    }
}
