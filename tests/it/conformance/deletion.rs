//! DELETE: what it answers, and what goes along.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{claim, config_map, names, service, set_of, uid, with},
};

cases! {
    a_deletion_answers_by_kind,
    a_background_deletion_takes_the_pods_later,
    a_foreground_deletion_waits_for_the_pods,
    an_orphan_deletion_leaves_the_pods,
    dependents_go_with_their_owner,
    who_names_an_owner_of_an_unknown_kind_stays,
    a_namespace_takes_everything_along,
    nothing_is_made_in_a_namespace_that_ends,
}

const DELETED: &str = "Success";

fn a_deletion_answers_by_kind(ctx: &Ctx) {
    let made = ctx.post("configmaps", &config_map("c", &json!({}))).created();
    let answer = ctx.delete("configmaps/c", &Value::Null).ok();
    assert_eq!((&answer["kind"], &answer["status"]), (&json!("Status"), &json!(DELETED)));
    assert_eq!(answer["details"], json!({"name": "c", "kind": "configmaps", "uid": uid(&made)}));
    let made = ctx.post("statefulsets", &set_of("s", 0)).created();
    let answer = ctx.delete("statefulsets/s", &Value::Null).ok();
    assert_eq!(answer["details"], json!({"name": "s", "group": "apps", "kind": "statefulsets", "uid": uid(&made)}));
    ctx.post("services", &service("p")).created();
    assert_eq!(ctx.delete("services/p", &Value::Null).ok()["kind"], "Service");
    ctx.post("serviceaccounts", &json!({"metadata": {"name": "a"}})).created();
    assert_eq!(ctx.delete("serviceaccounts/a", &Value::Null).ok()["kind"], "ServiceAccount");
    ctx.post("persistentvolumeclaims", &claim("d")).created();
    let answer = ctx.delete("persistentvolumeclaims/d", &Value::Null).ok();
    assert_eq!(answer["kind"], "PersistentVolumeClaim");
    assert!(answer["metadata"]["deletionTimestamp"].is_string(), "{answer}");
    ctx.until_gone("persistentvolumeclaims/d");
}

fn two_pods(ctx: &Ctx) -> Value {
    ctx.apply("statefulsets/s", &set_of("s", 2)).created();
    ctx.until_is("statefulsets/s", |set| set["status"]["readyReplicas"] == 2)
}

fn a_background_deletion_takes_the_pods_later(ctx: &Ctx) {
    two_pods(ctx);
    let answer = ctx.delete("statefulsets/s", &json!({"propagationPolicy": "Background"})).ok();
    assert_eq!(answer["status"], DELETED);
    assert_eq!(ctx.get("statefulsets/s").code, 404, "at once");
    ctx.until_gone("pods/s-0");
    ctx.until_gone("pods/s-1");
    ctx.until("the revisions to go", || names(&ctx.get("controllerrevisions").ok()).is_empty().then_some(()));
}

fn a_foreground_deletion_waits_for_the_pods(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &set_of("s", 2)).created();
    ctx.until_is("statefulsets/s", |set| set["status"]["readyReplicas"] == 2);
    // A pod that stays keeps the set visible.
    ctx.merge("pods/s-0", &json!({"metadata": {"finalizers": ["x.io/stay"]}})).ok();
    let answer = ctx.delete("statefulsets/s", &json!({"propagationPolicy": "Foreground"})).ok();
    assert_eq!(answer["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert!(answer["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(
        (&answer["metadata"]["deletionGracePeriodSeconds"], &answer["metadata"]["generation"]),
        (&json!(0), &json!(2))
    );
    ctx.until_gone("pods/s-1");
    ctx.post("statefulsets", &set_of("s", 2))
        .refused(409, "AlreadyExists")
        .message("object is being deleted: statefulsets.apps \"s\" already exists");
    assert_eq!(ctx.apply("statefulsets/s", &set_of("s", 3)).ok()["spec"]["replicas"], 3);
    ctx.merge("pods/s-0", &json!({"metadata": {"finalizers": null}})).ok();
    ctx.until_gone("statefulsets/s");
    assert_eq!(names(&ctx.get("pods").ok()), Vec::<&str>::new());
}

fn an_orphan_deletion_leaves_the_pods(ctx: &Ctx) {
    let set = two_pods(ctx);
    let before = ctx.get("pods/s-0").ok();
    assert_eq!(before["metadata"]["ownerReferences"][0]["uid"], set["metadata"]["uid"]);
    ctx.delete("statefulsets/s", &json!({"propagationPolicy": "Orphan"})).ok();
    ctx.until_gone("statefulsets/s");
    for pod in ["pods/s-0", "pods/s-1"] {
        let pod = ctx.get(pod).ok();
        assert!(pod["metadata"].get("ownerReferences").is_none(), "{pod}");
        assert!(pod["metadata"].get("deletionTimestamp").is_none(), "{pod}");
    }
    assert_eq!(uid(&ctx.get("pods/s-0").ok()), uid(&before));
}

fn dependents_go_with_their_owner(ctx: &Ctx) {
    let owner = ctx.post("configmaps", &config_map("owner", &json!({}))).created();
    let reference = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid(&owner)});
    let dependent = with(config_map("dependent", &json!({})), json!({"metadata": {"ownerReferences": [reference]}}));
    ctx.post("configmaps", &dependent).created();
    ctx.delete("configmaps/owner", &Value::Null).ok();
    ctx.until_gone("configmaps/dependent");
}

fn who_names_an_owner_of_an_unknown_kind_stays(ctx: &Ctx) {
    let owned = |name: &str, api_version: &str, kind: &str| {
        let uid = "11111111-2222-3333-4444-555555555555";
        let reference = json!({"apiVersion": api_version, "kind": kind, "name": "owner", "uid": uid});
        with(config_map(name, &json!({})), json!({"metadata": {"ownerReferences": [reference]}}))
    };
    ctx.post("configmaps", &owned("stays", "intersystems.com/v1alpha1", "IrisCluster")).created();
    ctx.post("configmaps", &owned("goes", "v1", "ConfigMap")).created();
    ctx.until_gone("configmaps/goes");
    assert_eq!(ctx.get("configmaps/stays").ok()["metadata"]["name"], "stays");
}

fn a_namespace_takes_everything_along(ctx: &Ctx) {
    let namespace = format!("{}-2", ctx.namespace());
    let path = format!("/api/v1/namespaces/{namespace}");
    ctx.post("/api/v1/namespaces", &json!({"metadata": {"name": namespace}})).created();
    // Without pods: the real controller gives those half a minute, whether they need it or not.
    ctx.post(&format!("/apis/apps/v1/namespaces/{namespace}/statefulsets"), &set_of("s", 0)).created();
    ctx.post(&format!("{path}/configmaps"), &config_map("c", &json!({}))).created();
    ctx.post(&format!("{path}/persistentvolumeclaims"), &claim("d")).created();
    let answer = ctx.delete(&path, &Value::Null).ok();
    assert_eq!((&answer["kind"], &answer["status"]["phase"]), (&json!("Namespace"), &json!("Terminating")));
    ctx.until_gone(&path);
    assert_eq!(names(&ctx.get(&format!("{path}/configmaps")).ok()), Vec::<&str>::new());
    assert_eq!(names(&ctx.get(&format!("{path}/persistentvolumeclaims")).ok()), Vec::<&str>::new());
}

fn nothing_is_made_in_a_namespace_that_ends(ctx: &Ctx) {
    let namespace = format!("{}-2", ctx.namespace());
    let path = format!("/api/v1/namespaces/{namespace}");
    let map = |name: &str| format!("{path}/configmaps/{name}");
    ctx.post("/api/v1/namespaces", &json!({"metadata": {"name": namespace}})).created();
    let stays = with(config_map("stays", &json!({})), json!({"metadata": {"finalizers": ["x.io/stay"]}}));
    ctx.post(&format!("{path}/configmaps"), &stays).created();
    ctx.delete(&path, &Value::Null).ok();
    for reply in [
        ctx.post(&format!("{path}/configmaps"), &config_map("late", &json!({}))),
        ctx.apply(&map("late"), &config_map("late", &json!({}))),
        ctx.apply(&format!("{}?dryRun=All", map("late")), &config_map("late", &json!({}))),
    ] {
        reply
            .refused(403, "Forbidden")
            .causes(&["NamespaceTerminating @ metadata.namespace"])
            .saying("because it is being terminated");
    }
    ctx.merge(&map("stays"), &json!({"data": {"a": "1"}})).ok();
    ctx.until_is(&map("stays"), |map| map["metadata"]["deletionTimestamp"].is_string());
    ctx.merge(&map("stays"), &json!({"metadata": {"finalizers": null}})).ok();
    ctx.until_gone(&map("stays"));
}
