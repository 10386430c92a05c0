//! WATCH.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{config_map, version, with},
};

cases! {
    a_watch_tells_changes_in_order,
    a_watch_without_version_begins_with_what_is_there,
    leaving_the_selection_is_a_deletion,
    a_watch_of_one_name_tells_of_that_alone,
    initial_events_end_with_a_bookmark,
    initial_events_need_a_match,
    a_watch_ends_after_its_time,
    an_expired_watch_says_so,
    a_watch_starts_anywhere_in_the_past,
}

fn labelled(name: &str, labels: &Value) -> Value {
    with(config_map(name, &json!({})), json!({"metadata": {"labels": labels}}))
}

fn a_watch_tells_changes_in_order(ctx: &Ctx) {
    let mut watch = ctx.watch(&format!("secrets?resourceVersion={}", ctx.version()));
    let body = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "MQ=="}});
    let made = ctx.post("secrets", &body).created();
    let changed = ctx.merge("secrets/s", &json!({"data": {"a": "Mg=="}})).ok();
    ctx.delete("secrets/s", &Value::Null).ok();
    assert_eq!(watch.expect("ADDED"), made);
    assert_eq!(watch.expect("MODIFIED"), changed);
    let gone = watch.expect("DELETED");
    assert!(version(&gone).parse::<u64>().unwrap() > version(&changed).parse::<u64>().unwrap());
    assert_eq!((&gone["data"], &gone["metadata"]["uid"]), (&changed["data"], &changed["metadata"]["uid"]));
}

fn a_watch_without_version_begins_with_what_is_there(ctx: &Ctx) {
    for query in ["", "?resourceVersion=0"] {
        let name = if query.is_empty() { "a" } else { "b" };
        let made =
            ctx.post("secrets", &json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}})).created();
        let mut watch = ctx.watch(&format!("secrets{query}"));
        let events = watch.until(|event| event["object"]["metadata"]["name"] == name);
        assert_eq!(events.last().unwrap(), &json!({"type": "ADDED", "object": made}));
        ctx.delete(&format!("secrets/{name}"), &Value::Null).ok();
        watch.expect("DELETED");
    }
}

fn leaving_the_selection_is_a_deletion(ctx: &Ctx) {
    let mut watch = ctx.watch(&format!("configmaps?labelSelector=role%3Dprimary&resourceVersion={}", ctx.version()));
    ctx.post("configmaps", &labelled("other", &json!({"role": "backup"}))).created();
    ctx.post("configmaps", &labelled("c", &json!({"role": "primary"}))).created();
    let left = ctx.merge("configmaps/c", &json!({"metadata": {"labels": {"role": "backup"}}})).ok();
    ctx.merge("configmaps/c", &json!({"data": {"unseen": "1"}})).ok();
    ctx.merge("configmaps/c", &json!({"metadata": {"labels": {"role": "primary"}}})).ok();
    assert_eq!(watch.expect("ADDED")["metadata"]["name"], "c");
    let gone = watch.expect("DELETED");
    assert_eq!((&gone["metadata"]["labels"]["role"], version(&gone)), (&json!("primary"), version(&left)));
    assert_eq!(watch.expect("ADDED")["data"], json!({"unseen": "1"}));
}

fn a_watch_of_one_name_tells_of_that_alone(ctx: &Ctx) {
    let mut watch = ctx.watch(&format!("configmaps?fieldSelector=metadata.name%3Dc&resourceVersion={}", ctx.version()));
    ctx.post("configmaps", &config_map("b", &json!({}))).created();
    let made = ctx.post("configmaps", &config_map("c", &json!({}))).created();
    assert_eq!(watch.expect("ADDED"), made);
}

fn initial_events_end_with_a_bookmark(ctx: &Ctx) {
    let made = ctx.post("configmaps", &config_map("c", &json!({}))).created();
    let query = "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    let mut watch = ctx.watch(&format!("configmaps?{query}&labelSelector=!none"));
    let mut events = watch.until(|event| event["type"] == "BOOKMARK");
    let mark = events.pop().unwrap()["object"].take();
    assert_eq!(mark["metadata"]["annotations"], json!({"k8s.io/initial-events-end": "true"}));
    assert_eq!((&mark["kind"], &mark["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
    assert!(version(&mark).parse::<u64>().unwrap() >= version(&made).parse::<u64>().unwrap());
    let mut names: Vec<_> = events.iter().map(|event| event["object"]["metadata"]["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["c", "kube-root-ca.crt"]);
    assert!(events.iter().all(|event| event["type"] == "ADDED"));
    ctx.merge("configmaps/c", &json!({"data": {"a": "1"}})).ok();
    assert_eq!(watch.expect("MODIFIED")["data"], json!({"a": "1"}));
}

fn initial_events_need_a_match(ctx: &Ctx) {
    ctx.get("configmaps?watch=true&sendInitialEvents=true&allowWatchBookmarks=true")
        .refused(422, "Invalid")
        .causes(&["FieldValueForbidden @ resourceVersionMatch"]);
}

fn a_watch_ends_after_its_time(ctx: &Ctx) {
    let mut watch = ctx.watch(&format!("configmaps?timeoutSeconds=1&resourceVersion={}", ctx.version()));
    assert_eq!(watch.rest(), Vec::<Value>::new());
}

fn an_expired_watch_says_so(ctx: &Ctx) {
    ctx.server().forget_first_versions();
    let mut watch = ctx.watch("events?resourceVersion=1");
    let status = watch.expect("ERROR");
    assert_eq!(
        (&status["kind"], &status["status"], &status["reason"], &status["code"]),
        (&json!("Status"), &json!("Failure"), &json!("Expired"), &json!(410))
    );
    assert_eq!(watch.rest(), Vec::<Value>::new(), "and it ends");
}

fn a_watch_starts_anywhere_in_the_past(ctx: &Ctx) {
    let made = ctx.post("configmaps", &config_map("c", &json!({}))).created();
    ctx.merge("configmaps/c", &json!({"data": {"a": "1"}})).ok();
    ctx.delete("configmaps/c", &Value::Null).ok();
    let again = ctx.post("configmaps", &config_map("c", &json!({}))).created();
    let mut watch = ctx.watch(&format!("configmaps?resourceVersion={}", version(&made)));
    assert_eq!(watch.expect("MODIFIED")["data"], json!({"a": "1"}));
    watch.expect("DELETED");
    assert_eq!(watch.expect("ADDED"), again);
}
