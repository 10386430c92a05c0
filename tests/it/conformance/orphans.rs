//! Deleting a StatefulSet without its pods, and making it again.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{names, set_of, set_with_claims, uid, with, with_image},
    stateful_sets::{is_ready, is_settled},
};

cases! {
    a_set_made_again_adopts_its_pods,
    a_set_made_again_may_have_other_claim_templates,
    a_set_made_again_with_another_image_rolls,
    a_partition_does_not_protect_after_adoption,
    an_added_claim_template_wedges_the_set,
}

/// Deletes the set but not its pods; gives the pods.
fn orphan(ctx: &Ctx) -> Vec<Value> {
    ctx.delete("statefulsets/s", &json!({"propagationPolicy": "Orphan"})).ok();
    ctx.until_gone("statefulsets/s");
    let list = ctx.get("pods").ok();
    list["items"].as_array().unwrap().clone()
}

fn start(ctx: &Ctx, body: &Value) {
    ctx.apply("statefulsets/s", body).created();
    ctx.until_is("statefulsets/s", is_settled);
}

#[track_caller]
fn same_pods(ctx: &Ctx, before: &[Value]) {
    let after = ctx.get("pods").ok();
    let uids = |pods: &[Value]| pods.iter().map(|pod| uid(pod).to_owned()).collect::<Vec<_>>();
    assert_eq!(uids(after["items"].as_array().unwrap()), uids(before));
}

fn a_set_made_again_adopts_its_pods(ctx: &Ctx) {
    let body = set_of("s", 2);
    start(ctx, &body);
    let revisions = ctx.get("controllerrevisions").ok();
    let before = orphan(ctx);
    let made = ctx.apply("statefulsets/s", &body).created();
    ctx.until_is("statefulsets/s", is_settled);
    same_pods(ctx, &before);
    for pod in ["pods/s-0", "pods/s-1"] {
        assert_eq!(ctx.get(pod).ok()["metadata"]["ownerReferences"][0]["uid"], made["metadata"]["uid"]);
    }
    assert_eq!(names(&ctx.get("controllerrevisions").ok()), names(&revisions));
}

fn a_set_made_again_may_have_other_claim_templates(ctx: &Ctx) {
    let body = set_with_claims("s", 1);
    start(ctx, &body);
    let before = orphan(ctx);
    let mut larger = with(body, json!({"spec": {"replicas": 2, "podManagementPolicy": "Parallel"}}));
    larger["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!("2Gi");
    ctx.apply("statefulsets/s", &larger).created();
    ctx.until_is("statefulsets/s", is_settled);
    same_pods(ctx, &[before, vec![ctx.get("pods/s-1").ok()]].concat());
    let size = |claim: &str| {
        ctx.get(&format!("persistentvolumeclaims/{claim}")).ok()["spec"]["resources"]["requests"]["storage"].clone()
    };
    assert_eq!((size("data-s-0"), size("data-s-1")), (json!("1Gi"), json!("2Gi")));
}

fn a_set_made_again_with_another_image_rolls(ctx: &Ctx) {
    let body = set_of("s", 2);
    start(ctx, &body);
    let before = orphan(ctx);
    ctx.apply("statefulsets/s", &with_image(&body, "iris:2")).created();
    ctx.until_is("statefulsets/s", |set| set["status"]["updatedReplicas"] == 2 && is_settled(set));
    let after = ctx.get("pods").ok();
    for (old, new) in before.iter().zip(after["items"].as_array().unwrap()) {
        assert_ne!(uid(old), uid(new));
        assert_eq!(new["spec"]["containers"][0]["image"], "iris:2");
    }
}

fn a_partition_does_not_protect_after_adoption(ctx: &Ctx) {
    let body = with(
        set_of("s", 2),
        json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}}),
    );
    start(ctx, &body);
    let before = orphan(ctx);
    ctx.apply("statefulsets/s", &with_image(&body, "iris:2")).created();
    let set = ctx
        .until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 1 && set["status"]["replicas"] == 2);
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
    same_pods(ctx, &before);
    ctx.delete("pods/s-0", &Value::Null).ok();
    let back = ctx.until_is("pods/s-0", |pod| uid(pod) != uid(&before[0]) && is_ready(pod));
    assert_eq!(back["spec"]["containers"][0]["image"], "iris:2");
}

fn an_added_claim_template_wedges_the_set(ctx: &Ctx) {
    let body = set_of("s", 2);
    start(ctx, &body);
    let before = orphan(ctx);
    let with_claim = set_with_claims("s", 2);
    ctx.apply("statefulsets/s", &with_claim).created();
    let event = ctx.until("an event", || {
        let list = ctx.get("events").ok();
        list["items"].as_array()?.iter().find(|event| event["reason"] == "FailedUpdate").cloned()
    });
    assert!(event["message"].as_str().unwrap().contains("Pod s-"), "{event}");
    same_pods(ctx, &before);
    // Without its old pods it goes on.
    for pod in ["pods/s-1", "pods/s-0"] {
        ctx.delete(pod, &Value::Null).ok();
    }
    ctx.until_is("pods/s-0", |pod| uid(pod) != uid(&before[0]));
    ctx.until_is("statefulsets/s", is_settled);
    assert_eq!(names(&ctx.get("persistentvolumeclaims").ok()), ["data-s-0", "data-s-1"]);
}
