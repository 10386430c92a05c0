//! The claims of StatefulSets.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{claim, names, owned, set_with_claims, uid, with},
    stateful_sets::is_settled,
};

cases! {
    claims_are_named_after_template_set_and_place,
    claims_have_labels_of_template_and_selector,
    claims_outlive_pods_and_sets,
    an_existing_claim_is_used_as_it_is,
    claims_may_go_with_their_set,
    claims_may_go_when_scaled_down,
    a_claim_in_use_waits_for_its_pod,
    a_claim_of_a_missing_class_waits,
    a_claim_of_a_set_is_the_controllers,
}

fn start(ctx: &Ctx, body: &Value) -> Value {
    ctx.apply("statefulsets/s", body).created();
    ctx.until_is("statefulsets/s", is_settled)
}

fn claims_are_named_after_template_set_and_place(ctx: &Ctx) {
    start(ctx, &set_with_claims("s", 2));
    assert_eq!(names(&ctx.get("persistentvolumeclaims").ok()), ["data-s-0", "data-s-1"]);
    let made = ctx.get("persistentvolumeclaims/data-s-1").ok();
    assert_eq!(
        (&made["status"]["phase"], &made["status"]["capacity"]["storage"], &made["spec"]["storageClassName"]),
        (&json!("Bound"), &json!("1Gi"), &json!("standard"))
    );
    assert_eq!(made["spec"]["volumeName"], json!(format!("pvc-{}", uid(&made))));
    assert!(made["metadata"].get("ownerReferences").is_none(), "{made}");
    let pod = ctx.get("pods/s-1").ok();
    assert_eq!(pod["spec"]["volumes"][0], json!({"name": "data", "persistentVolumeClaim": {"claimName": "data-s-1"}}));
    let volume = ctx.get(&format!("/api/v1/persistentvolumes/pvc-{}", uid(&made))).ok();
    assert_eq!(
        (
            &volume["spec"]["claimRef"]["name"],
            &volume["spec"]["claimRef"]["uid"],
            &volume["spec"]["persistentVolumeReclaimPolicy"]
        ),
        (&json!("data-s-1"), &made["metadata"]["uid"], &json!("Delete"))
    );
}

fn claims_have_labels_of_template_and_selector(ctx: &Ctx) {
    let mut body = set_with_claims("s", 1);
    body["spec"]["volumeClaimTemplates"][0]["metadata"] =
        json!({"name": "data", "labels": {"tier": "disk", "app": "overlaid"}, "annotations": {"note": "x"}});
    body["spec"]["template"]["metadata"]["labels"]["only"] = json!("pod");
    start(ctx, &body);
    let made = ctx.get("persistentvolumeclaims/data-s-0").ok();
    assert_eq!(made["metadata"]["labels"], json!({"tier": "disk", "app": "s"}));
    assert_eq!(made["metadata"]["annotations"]["note"], "x");
}

fn claims_outlive_pods_and_sets(ctx: &Ctx) {
    start(ctx, &set_with_claims("s", 2));
    let before = ctx.get("persistentvolumeclaims/data-s-1").ok();
    ctx.apply("statefulsets/s", &set_with_claims("s", 1)).ok();
    ctx.until_gone("pods/s-1");
    ctx.delete("statefulsets/s", &Value::Null).ok();
    ctx.until_gone("pods/s-0");
    assert_eq!(names(&ctx.get("persistentvolumeclaims").ok()), ["data-s-0", "data-s-1"]);
    start(ctx, &set_with_claims("s", 2));
    assert_eq!(uid(&ctx.get("persistentvolumeclaims/data-s-1").ok()), uid(&before), "used again");
}

fn an_existing_claim_is_used_as_it_is(ctx: &Ctx) {
    let own = with(claim("data-s-0"), json!({"spec": {"resources": {"requests": {"storage": "3Gi"}}}}));
    let made = ctx.post("persistentvolumeclaims", &own).created();
    start(ctx, &set_with_claims("s", 1));
    let used = ctx.get("persistentvolumeclaims/data-s-0").ok();
    assert_eq!((uid(&used), &used["spec"]["resources"]["requests"]["storage"]), (uid(&made), &json!("3Gi")));
    assert!(used["metadata"].get("labels").is_none(), "{used}");
}

fn retention(body: Value, deleted: &str, scaled: &str) -> Value {
    with(
        body,
        json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled}}}),
    )
}

fn claims_may_go_with_their_set(ctx: &Ctx) {
    let set = start(ctx, &retention(set_with_claims("s", 1), "Delete", "Retain"));
    let claim =
        ctx.until_is("persistentvolumeclaims/data-s-0", |claim| claim["metadata"]["ownerReferences"].is_array());
    let owner = &claim["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["uid"], &owner["controller"]),
        (&json!("StatefulSet"), &set["metadata"]["uid"], &json!(true))
    );
    // Changed on the fly.
    ctx.apply("statefulsets/s", &retention(set_with_claims("s", 1), "Retain", "Retain")).ok();
    ctx.until_is("persistentvolumeclaims/data-s-0", |claim| claim["metadata"].get("ownerReferences").is_none());
    ctx.apply("statefulsets/s", &retention(set_with_claims("s", 1), "Delete", "Retain")).ok();
    ctx.until_is("persistentvolumeclaims/data-s-0", |claim| claim["metadata"]["ownerReferences"].is_array());
    ctx.delete("statefulsets/s", &Value::Null).ok();
    ctx.until_gone("persistentvolumeclaims/data-s-0");
}

fn claims_may_go_when_scaled_down(ctx: &Ctx) {
    start(ctx, &retention(set_with_claims("s", 2), "Retain", "Delete"));
    ctx.apply("statefulsets/s", &retention(set_with_claims("s", 1), "Retain", "Delete")).ok();
    ctx.until_gone("persistentvolumeclaims/data-s-1");
    ctx.until_is("statefulsets/s", is_settled);
    ctx.delete("statefulsets/s", &Value::Null).ok();
    ctx.until_gone("pods/s-0");
    ctx.get("persistentvolumeclaims/data-s-0").ok();
}

fn a_claim_in_use_waits_for_its_pod(ctx: &Ctx) {
    start(ctx, &set_with_claims("s", 1));
    let before = ctx.get("persistentvolumeclaims/data-s-0").ok();
    let answer = ctx.delete("persistentvolumeclaims/data-s-0", &Value::Null).ok();
    assert!(answer["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(answer["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    assert_eq!(uid(&ctx.get("persistentvolumeclaims/data-s-0").ok()), uid(&before));
    ctx.delete("pods/s-0", &Value::Null).ok();
    let after = ctx.until_is("persistentvolumeclaims/data-s-0", |claim| uid(claim) != uid(&before));
    assert!(after["metadata"].get("deletionTimestamp").is_none(), "a new, empty one: {after}");
    ctx.until_is("statefulsets/s", is_settled);
}

fn a_claim_of_a_missing_class_waits(ctx: &Ctx) {
    let mut body = set_with_claims("s", 1);
    body["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = json!("missing");
    ctx.apply("statefulsets/s", &body).created();
    ctx.until_is("pods/s-0", |pod| pod["status"]["conditions"][0]["reason"] == "Unschedulable");
    let claim = ctx.get("persistentvolumeclaims/data-s-0").ok();
    assert_eq!((&claim["status"]["phase"], claim["spec"].get("volumeName")), (&json!("Pending"), None));
}

fn a_claim_of_a_set_is_the_controllers(ctx: &Ctx) {
    start(ctx, &set_with_claims("s", 1));
    let made = ctx.get("persistentvolumeclaims/data-s-0").ok();
    let mine = owned(&made, "kube-controller-manager Update");
    assert!(mine.contains(&"f:spec/f:resources/f:requests/f:storage".to_owned()), "{mine:?}");
    let change = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": {"resources": {"requests": {"storage": "2Gi"}}}});
    ctx.apply("persistentvolumeclaims/data-s-0", &change)
        .refused(409, "Conflict")
        .message("Apply failed with 1 conflict: conflict with \"kube-controller-manager\" using v1: .spec.resources.requests.storage");
}
