//! Selectors of lists.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{config_map, names, set_of, with},
};

cases! {
    labels_select_by_equality,
    labels_select_by_sets,
    fields_select_by_name,
    fields_of_pods_select,
    a_collection_is_deleted_by_selector,
    nonsense_selectors_are_refused,
}

/// Three maps: tier a and zone 1, tier b, none.
fn furnish(ctx: &Ctx) {
    for (name, labels) in [("a", json!({"tier": "a", "zone": "1"})), ("b", json!({"tier": "b"})), ("n", json!({}))] {
        let map = with(config_map(name, &json!({})), json!({"metadata": {"labels": labels}}));
        ctx.post("configmaps", &map).created();
    }
}

fn selected(ctx: &Ctx, selector: &str) -> Vec<String> {
    let list = ctx.get(&format!("configmaps?labelSelector={selector}")).ok();
    names(&list).into_iter().filter(|name| *name != "kube-root-ca.crt").map(str::to_owned).collect()
}

fn labels_select_by_equality(ctx: &Ctx) {
    furnish(ctx);
    assert_eq!(selected(ctx, "tier%3Da"), ["a"]);
    assert_eq!(selected(ctx, "tier%3D%3Db"), ["b"]);
    assert_eq!(selected(ctx, "tier!%3Da"), ["b", "n"], "no label is another value");
    assert_eq!(selected(ctx, "tier%3Da,zone%3D1"), ["a"]);
    assert_eq!(selected(ctx, "tier%3Da,zone%3D2"), Vec::<String>::new());
    assert_eq!(selected(ctx, ""), ["a", "b", "n"]);
}

fn labels_select_by_sets(ctx: &Ctx) {
    furnish(ctx);
    assert_eq!(selected(ctx, "tier+in+(a,b)"), ["a", "b"]);
    assert_eq!(selected(ctx, "tier+notin+(a)"), ["b", "n"]);
    assert_eq!(selected(ctx, "tier"), ["a", "b"]);
    assert_eq!(selected(ctx, "!tier"), ["n"]);
    assert_eq!(selected(ctx, "tier,!zone"), ["b"]);
}

fn fields_select_by_name(ctx: &Ctx) {
    furnish(ctx);
    let list = |selector: &str| {
        let list = ctx.get(&format!("configmaps?fieldSelector={selector}")).ok();
        names(&list).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list("metadata.name%3Db"), ["b"]);
    assert_eq!(list("metadata.name!%3Db"), ["a", "kube-root-ca.crt", "n"]);
    assert_eq!(list(&format!("metadata.namespace%3D{},metadata.name%3Da", ctx.namespace())), ["a"]);
}

fn fields_of_pods_select(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &set_of("s", 1)).created();
    ctx.until_is("statefulsets/s", |set| set["status"]["readyReplicas"] == 1);
    let list = |selector: &str| names(&ctx.get(&format!("pods?fieldSelector={selector}")).ok()).len();
    assert_eq!(
        (list("status.phase%3DRunning"), list("status.phase%3DPending"), list("status.phase!%3DFailed")),
        (1, 0, 1)
    );
}

fn a_collection_is_deleted_by_selector(ctx: &Ctx) {
    furnish(ctx);
    ctx.delete("configmaps?labelSelector=tier", &Value::Null).ok();
    assert_eq!(selected(ctx, ""), ["n"]);
}

fn nonsense_selectors_are_refused(ctx: &Ctx) {
    ctx.get("configmaps?labelSelector=a+b").refused(400, "BadRequest");
    ctx.get("configmaps?labelSelector=a+in+x").refused(400, "BadRequest");
    ctx.get("configmaps?fieldSelector=spec.none%3Dx").refused(400, "BadRequest").saying("spec.none");
}
