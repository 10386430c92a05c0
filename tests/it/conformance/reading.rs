//! GET and LIST, and what is missing.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{config_map, names, version},
};

cases! {
    a_created_object_can_not_be_created_again,
    names_can_be_made_by_the_server,
    what_is_missing_is_not_found,
    a_missing_namespace_is_told_of_by_writes,
    items_of_lists_say_no_kind,
    lists_come_in_pages,
    versions_of_the_future_are_refused,
    every_namespace_has_an_account_and_an_authority,
}

fn a_created_object_can_not_be_created_again(ctx: &Ctx) {
    let body = config_map("c", &json!({"a": "1"}));
    let made = ctx.post("configmaps", &body).created();
    assert_eq!(ctx.get("configmaps/c").ok(), made);
    ctx.post("configmaps", &body).refused(409, "AlreadyExists").message("configmaps \"c\" already exists").about(
        "c",
        "",
        "configmaps",
    );
}

fn names_can_be_made_by_the_server(ctx: &Ctx) {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "c-"}});
    let made = ctx.post("configmaps", &body).created();
    let name = made["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("c-") && name.len() == 7, "{name}");
    assert_eq!(made["metadata"]["generateName"], "c-");
}

fn what_is_missing_is_not_found(ctx: &Ctx) {
    ctx.get("configmaps/c").refused(404, "NotFound").message("configmaps \"c\" not found").about("c", "", "configmaps");
    let message = "statefulsets.apps \"s\" not found";
    ctx.get("statefulsets/s").refused(404, "NotFound").message(message).about("s", "apps", "statefulsets");
    ctx.delete("statefulsets/s", &Value::Null).refused(404, "NotFound").message(message);
    ctx.merge("statefulsets/s", &json!({})).refused(404, "NotFound").message(message);
    assert_eq!(ctx.get("statefulsets").ok()["items"], json!([]));
}

fn a_missing_namespace_is_told_of_by_writes(ctx: &Ctx) {
    let missing = format!("{}-none", ctx.namespace());
    let maps = format!("/api/v1/namespaces/{missing}/configmaps");
    let message = format!("namespaces \"{missing}\" not found");
    ctx.post(&maps, &config_map("c", &json!({}))).refused(404, "NotFound").message(&message).about(
        &missing,
        "",
        "namespaces",
    );
    ctx.get(&format!("{maps}/c")).refused(404, "NotFound").message("configmaps \"c\" not found");
    ctx.delete(&format!("{maps}/c"), &Value::Null).refused(404, "NotFound").message("configmaps \"c\" not found");
    assert_eq!(ctx.get(&maps).ok()["items"], json!([]));
    // What is wrong with the text of a body is told first, what is wrong with its meaning is not.
    let map = format!("{maps}/c");
    ctx.apply(&map, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "dta": 1}))
        .refused(500, "");
    ctx.apply(&map, &config_map("d", &json!({}))).refused(400, "BadRequest");
    ctx.apply(&map, &config_map("c", &json!({"a/b": ""}))).refused(404, "NotFound").message(&message);
    ctx.post(&maps, &config_map("c", &json!({"a": 1}))).refused(400, "BadRequest");
    ctx.post(&maps, &config_map("C", &json!({}))).refused(404, "NotFound").message(&message);
}

fn items_of_lists_say_no_kind(ctx: &Ctx) {
    let made = ctx.apply("configmaps/c", &config_map("c", &json!({"a": "1"}))).created();
    let list = ctx.get("configmaps").ok();
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("ConfigMapList"), &json!("v1")));
    assert!(version(&list).parse::<u64>().unwrap() >= version(&made).parse::<u64>().unwrap());
    assert_eq!(names(&list), ["c", "kube-root-ca.crt"]);
    let mut expected = made;
    expected.as_object_mut().unwrap().remove("kind");
    expected.as_object_mut().unwrap().remove("apiVersion");
    assert_eq!(list["items"][0], expected, "managedFields included");
}

fn lists_come_in_pages(ctx: &Ctx) {
    for name in ["a", "b", "c", "d", "e"] {
        ctx.post("secrets", &json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}})).created();
    }
    let first = ctx.get("secrets?limit=2").ok();
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a", "b"], &json!(3)));
    ctx.delete("secrets/d", &Value::Null).ok();
    let token = |page: &Value| page["metadata"]["continue"].as_str().map(str::to_owned).unwrap_or_default();
    let second = ctx.get(&format!("secrets?limit=2&continue={}", token(&first))).ok();
    assert_eq!(names(&second), ["c", "d"], "pages are of one moment");
    assert_eq!(version(&second), version(&first));
    let last = ctx.get(&format!("secrets?limit=2&continue={}", token(&second))).ok();
    assert_eq!((names(&last), token(&last).as_str()), (vec!["e"], ""));
    let cached = ctx.get("secrets?limit=2&resourceVersion=0").ok();
    assert!(names(&cached).len() >= 4, "version 0 knows no limit: {:?}", names(&cached));
    ctx.get("secrets?limit=2&continue=nonsense").refused(400, "BadRequest");
}

fn versions_of_the_future_are_refused(ctx: &Ctx) {
    let future = ctx.version().parse::<u64>().unwrap() + 1_000_000;
    ctx.get(&format!("configmaps?resourceVersion={future}"))
        .refused(504, "Timeout")
        .causes(&["ResourceVersionTooLarge @ "]);
    ctx.get("configmaps?resourceVersion=abc").refused(400, "BadRequest").saying("Invalid value: \"abc\"");
    ctx.get("configmaps?resourceVersion=abc&watch=true").refused(500, "").saying("Invalid value: \"abc\"");
}

fn every_namespace_has_an_account_and_an_authority(ctx: &Ctx) {
    let namespace = ctx.get(&format!("/api/v1/namespaces/{}", ctx.namespace())).ok();
    assert_eq!(namespace["metadata"]["labels"]["kubernetes.io/metadata.name"], ctx.namespace());
    assert_eq!(
        (&namespace["status"]["phase"], &namespace["spec"]["finalizers"]),
        (&json!("Active"), &json!(["kubernetes"]))
    );
    assert!(ctx.get("configmaps/kube-root-ca.crt").ok()["data"]["ca.crt"].is_string());
    ctx.get("serviceaccounts/default").ok();
    // What is taken away comes back.
    let first = ctx.get("serviceaccounts/default").ok();
    ctx.delete("serviceaccounts/default", &Value::Null).ok();
    ctx.until_is("serviceaccounts/default", |account| account["metadata"]["uid"] != first["metadata"]["uid"]);
}
