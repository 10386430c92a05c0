//! Whose a field is, and what happens when its owner lets go.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{config_map, entry, generation, managers, owned, service, set, version, with},
};

cases! {
    a_left_out_field_goes,
    a_left_out_field_falls_back_to_its_default,
    a_left_out_field_stays_with_its_other_owner,
    sharing_a_field_is_a_write_without_time,
    one_manager_with_two_field_sets_removes_its_own,
    a_field_that_others_change_leaves_our_entry,
    force_takes_a_field_from_all_others,
    a_left_out_item_goes_with_what_others_own_in_it,
    items_of_others_stay,
    keys_of_lists_name_their_items,
    atomic_values_are_one_leaf,
    finalizers_are_a_set,
    managed_fields_can_be_wiped,
    entries_can_be_renamed,
    single_fields_can_be_moved_to_another_manager,
    a_patch_leads_to_what_a_move_and_an_apply_lead_to,
    scale_has_an_entry_of_its_own,
}

fn data(data: &Value) -> Value {
    config_map("c", data)
}

fn a_left_out_field_goes(ctx: &Ctx) {
    ctx.apply("configmaps/c", &data(&json!({"a": "1", "b": "2"}))).created();
    let left = ctx.apply("configmaps/c", &data(&json!({"b": "2"}))).ok();
    assert_eq!((&left["data"], owned(&left, "iriskit")), (&json!({"b": "2"}), vec!["f:data/f:b".to_owned()]));
    let labelled = with(data(&json!({"b": "2"})), json!({"metadata": {"labels": {"x": "y"}}}));
    ctx.apply("configmaps/c", &labelled).ok();
    let left = ctx.apply("configmaps/c", &data(&json!({"b": "2"}))).ok();
    assert!(left["metadata"].get("labels").is_none(), "{left}");
}

fn a_left_out_field_falls_back_to_its_default(ctx: &Ctx) {
    let short = with(set("s"), json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}));
    let long = with(
        short.clone(),
        json!({"spec": {"replicas": 0, "template": {"spec": {
            "terminationGracePeriodSeconds": 5,
            "containers": [{"name": "iris", "image": "iris:1", "imagePullPolicy": "Always"}],
        }}}}),
    );
    let made = ctx.apply("statefulsets/s", &long).created();
    let left = ctx.apply("statefulsets/s", &short).ok();
    let pod = &left["spec"]["template"]["spec"];
    assert_eq!(
        (&left["spec"]["replicas"], &pod["terminationGracePeriodSeconds"], &pod["containers"][0]["imagePullPolicy"]),
        (&json!(1), &json!(30), &json!("IfNotPresent"))
    );
    assert_eq!(generation(&left), generation(&made) + 1);

    let port = with(service("p"), json!({"spec": {"type": "NodePort"}}));
    let made = ctx.apply("services/p", &port).created();
    assert!(made["spec"]["ports"][0]["nodePort"].is_u64(), "{made}");
    let left = ctx.apply("services/p", &service("p")).ok();
    assert_eq!(left["spec"]["type"], "ClusterIP");
    assert!(left["spec"]["ports"][0].get("nodePort").is_none(), "{left}");
    assert_eq!(left["spec"]["clusterIP"], made["spec"]["clusterIP"]);
}

fn a_left_out_field_stays_with_its_other_owner(ctx: &Ctx) {
    ctx.apply("configmaps/c", &data(&json!({"a": "1", "b": "2"}))).created();
    ctx.apply_as("helm", "configmaps/c", &data(&json!({"a": "1"}))).ok();
    let left = ctx.apply("configmaps/c", &data(&json!({"b": "2"}))).ok();
    assert_eq!(left["data"], json!({"a": "1", "b": "2"}));
    assert_eq!(
        (owned(&left, "helm"), owned(&left, "iriskit")),
        (vec!["f:data/f:a".to_owned()], vec!["f:data/f:b".to_owned()])
    );
}

fn sharing_a_field_is_a_write_without_time(ctx: &Ctx) {
    let body = with(set("s"), json!({"spec": {"replicas": 0}}));
    ctx.apply("statefulsets/s", &body).created();
    let settled = ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 1);
    let shared = ctx.apply_as("helm", "statefulsets/s", &body).ok();
    assert_ne!(version(&shared), version(&settled));
    assert_eq!(generation(&shared), generation(&settled));
    assert!(entry(&shared, "helm").get("time").is_none(), "{}", entry(&shared, "helm"));
    assert!(entry(&shared, "iriskit")["time"].is_string());
    assert_eq!(owned(&shared, "helm"), owned(&shared, "iriskit"));
}

fn one_manager_with_two_field_sets_removes_its_own(ctx: &Ctx) {
    ctx.apply("configmaps/c", &data(&json!({"a": "1"}))).created();
    assert_eq!(ctx.apply("configmaps/c", &data(&json!({"b": "2"}))).ok()["data"], json!({"b": "2"}));
}

fn a_field_that_others_change_leaves_our_entry(ctx: &Ctx) {
    let ours = data(&json!({"a": "1", "b": "2"}));
    ctx.apply("configmaps/c", &ours).created();
    let changed = ctx.merge("configmaps/c?fieldManager=edit", &json!({"data": {"a": "x"}})).ok();
    assert_eq!(managers(&changed), ["iriskit Apply", "edit Update"]);
    assert_eq!(owned(&changed, "iriskit"), ["f:data/f:b"]);
    assert_eq!(owned(&changed, "edit"), ["f:data/f:a"]);
    // The old value back doesn't bring the ownership back.
    let back = ctx.merge("configmaps/c?fieldManager=edit", &json!({"data": {"a": "1"}})).ok();
    assert_eq!(owned(&back, "iriskit"), ["f:data/f:b"]);
    let shared = ctx.apply("configmaps/c", &ours).ok();
    assert_eq!(owned(&shared, "iriskit"), ["f:data/f:a", "f:data/f:b"]);
    assert_eq!(owned(&shared, "edit"), ["f:data/f:a"]);
    ctx.merge("configmaps/c?fieldManager=edit", &json!({"data": {"a": "y"}})).ok();
    ctx.apply("configmaps/c", &ours).refused(409, "Conflict");
}

fn force_takes_a_field_from_all_others(ctx: &Ctx) {
    ctx.apply_as("helm", "configmaps/c", &data(&json!({"a": "1"}))).created();
    ctx.apply_as("flux", "configmaps/c", &data(&json!({"a": "1", "b": "2"}))).ok();
    let ours = ctx.force("configmaps/c", &data(&json!({"a": "x"}))).ok();
    assert_eq!(ours["data"], json!({"a": "x", "b": "2"}));
    let mut left = managers(&ours);
    left.sort();
    assert_eq!(left, ["flux Apply", "iriskit Apply"], "an entry that has nothing left disappears");
    assert_eq!(owned(&ours, "flux"), ["f:data/f:b"]);
}

fn containers(containers: &Value) -> Value {
    with(set("s"), json!({"spec": {"replicas": 0, "template": {"spec": {"containers": containers}}}}))
}

fn a_left_out_item_goes_with_what_others_own_in_it(ctx: &Ctx) {
    let one = json!({"name": "iris", "image": "iris:1"});
    ctx.apply("statefulsets/s", &containers(&json!([one, {"name": "car", "image": "car:1"}]))).created();
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "car", "image": "car:2"}]}}}});
    let body = with(json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"}}), image);
    let forced = ctx.apply_as("setter&force=true", "statefulsets/s", &body).ok();
    assert_eq!(forced["spec"]["template"]["spec"]["containers"][1]["image"], "car:2");
    let left = ctx.apply("statefulsets/s", &containers(&json!([one]))).ok();
    let names: Vec<_> =
        left["spec"]["template"]["spec"]["containers"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert_eq!(names, ["iris", "car"], "setter applied the item, so it owns the item as well");
    assert!(owned(&left, "iriskit").iter().all(|leaf| !leaf.contains("car")), "{left}");

    // Somebody who only updated a field in the item doesn't keep it.
    ctx.apply(
        "statefulsets/t",
        &with(
            containers(&json!([one, {"name": "car", "image": "car:1"}])),
            json!({
                "metadata": {"name": "t"}
            }),
        ),
    )
    .created();
    let path = "/spec/template/spec/containers/1/image";
    let set = ctx
        .json_patch(
            "statefulsets/t?fieldManager=kubectl-set",
            &json!([{"op": "replace", "path": path, "value": "car:2"}]),
        )
        .ok();
    assert_eq!(owned(&set, "kubectl-set"), ["f:spec/f:template/f:spec/f:containers/k:{\"name\":\"car\"}/f:image"]);
    let left = ctx.apply("statefulsets/t", &with(containers(&json!([one])), json!({"metadata": {"name": "t"}}))).ok();
    assert_eq!(left["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 1, "{left}");
    assert!(!managers(&left).contains(&"kubectl-set Update".to_owned()), "{:?}", managers(&left));
}

fn items_of_others_stay(ctx: &Ctx) {
    let ours = containers(&json!([{"name": "iris", "image": "iris:1", "env": [{"name": "A", "value": "1"}]}]));
    ctx.apply("statefulsets/s", &ours).created();
    let add =
        json!([{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "B", "value": "2"}}]);
    ctx.json_patch("statefulsets/s?fieldManager=other", &add).ok();
    let changed = containers(&json!([{"name": "iris", "image": "iris:2", "env": [{"name": "A", "value": "1"}]}]));
    let after = ctx.apply("statefulsets/s", &changed).ok();
    assert_eq!(
        after["spec"]["template"]["spec"]["containers"][0]["env"],
        json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])
    );
}

fn keys_of_lists_name_their_items(ctx: &Ctx) {
    let body = containers(&json!([{
        "name": "iris", "image": "iris:1", "ports": [{"containerPort": 1972}],
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }]));
    let body = with(body, json!({"spec": {"template": {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}}}));
    let made = ctx.apply("statefulsets/s", &body).created();
    let spec = "f:spec/f:template/f:spec";
    let container = format!("{spec}/f:containers/k:{{\"name\":\"iris\"}}");
    let port = format!("{container}/f:ports/k:{{\"containerPort\":1972,\"protocol\":\"TCP\"}}");
    let mount = format!("{container}/f:volumeMounts/k:{{\"mountPath\":\"/v\"}}");
    let volume = format!("{spec}/f:volumes/k:{{\"name\":\"v\"}}");
    let mut expected = vec![
        format!("{container}/."),
        format!("{container}/f:image"),
        format!("{container}/f:name"),
        format!("{port}/."),
        format!("{port}/f:containerPort"),
        format!("{mount}/."),
        format!("{mount}/f:mountPath"),
        format!("{mount}/f:name"),
        format!("{volume}/."),
        format!("{volume}/f:emptyDir"),
        format!("{volume}/f:name"),
        "f:spec/f:replicas".to_owned(),
        "f:spec/f:selector".to_owned(),
        "f:spec/f:serviceName".to_owned(),
        "f:spec/f:template/f:metadata/f:labels/f:app".to_owned(),
    ];
    expected.sort();
    assert_eq!(owned(&made, "iriskit"), expected);
    let ports = with(service("p"), json!({"spec": {"ports": [{"name": "a", "port": 80, "protocol": "UDP"}]}}));
    let made = ctx.apply("services/p", &ports).created();
    let key = "f:spec/f:ports/k:{\"port\":80,\"protocol\":\"UDP\"}";
    let leaves = owned(&made, "iriskit");
    for leaf in [".", "f:name", "f:port", "f:protocol"] {
        assert!(leaves.contains(&format!("{key}/{leaf}")), "{leaves:?}");
    }
}

fn atomic_values_are_one_leaf(ctx: &Ctx) {
    let body = with(
        containers(&json!([{"name": "iris", "image": "iris:1", "command": ["a", "b"]}])),
        json!({"spec": {"template": {"spec": {
            "tolerations": [{"key": "k", "operator": "Exists"}], "nodeSelector": {"a": "b"},
            "imagePullSecrets": [{"name": "p"}],
        }}, "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
        }}]}}),
    );
    let leaves = owned(&ctx.apply("statefulsets/s", &body).created(), "iriskit");
    for leaf in [
        "f:spec/f:selector",
        "f:spec/f:volumeClaimTemplates",
        "f:spec/f:template/f:spec/f:nodeSelector",
        "f:spec/f:template/f:spec/f:tolerations",
        "f:spec/f:template/f:spec/f:containers/k:{\"name\":\"iris\"}/f:command",
        "f:spec/f:template/f:spec/f:imagePullSecrets/k:{\"name\":\"p\"}",
    ] {
        assert!(leaves.contains(&leaf.to_owned()), "{leaf} in {leaves:?}");
    }
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    });
    assert_eq!(owned(&ctx.apply("roles/r", &role).created(), "iriskit"), ["f:rules"]);
    assert!(
        owned(&ctx.apply("services/p", &service("p")).created(), "iriskit").contains(&"f:spec/f:selector".to_owned())
    );
}

fn finalizers_are_a_set(ctx: &Ctx) {
    let bare = || json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}});
    let body = |finalizers: Value| with(bare(), json!({"metadata": {"finalizers": finalizers}}));
    let made = ctx.apply("configmaps/c", &body(json!(["x.io/a"]))).created();
    assert!(owned(&made, "iriskit").contains(&"f:metadata/f:finalizers/v:\"x.io/a\"".to_owned()), "{made}");
    let both = ctx.apply_as("helm", "configmaps/c", &body(json!(["x.io/b"]))).ok();
    assert_eq!(both["metadata"]["finalizers"], json!(["x.io/a", "x.io/b"]));
    let left = ctx.apply("configmaps/c", &bare()).ok();
    assert_eq!(left["metadata"]["finalizers"], json!(["x.io/b"]));
    ctx.merge("configmaps/c", &json!({"metadata": {"finalizers": null}})).ok();
}

fn managed_fields_can_be_wiped(ctx: &Ctx) {
    let made = ctx.apply("configmaps/c", &data(&json!({"a": "1"}))).created();
    // A PUT without managedFields keeps them.
    let mut body = made.clone();
    body["metadata"].as_object_mut().unwrap().remove("managedFields");
    assert_eq!(ctx.put("configmaps/c", &body).ok(), made);
    let wiped = ctx.merge("configmaps/c", &json!({"metadata": {"managedFields": [{}]}})).ok();
    assert!(wiped["metadata"].get("managedFields").is_none(), "{wiped}");
    let untracked = ctx.merge("configmaps/c", &json!({"data": {"b": "2"}})).ok();
    assert!(untracked["metadata"].get("managedFields").is_none(), "{untracked}");
    let mut first = managers(&ctx.apply("configmaps/c", &data(&json!({"a": "1"}))).ok());
    first.sort();
    assert_eq!(first, ["before-first-apply Update", "iriskit Apply"]);
    let live = ctx.get("configmaps/c").ok();
    assert_eq!(owned(&live, "before-first-apply"), ["f:data/.", "f:data/f:a", "f:data/f:b"]);
}

fn entries_can_be_renamed(ctx: &Ctx) {
    let made =
        ctx.post("configmaps?fieldManager=kubectl-client-side-apply", &data(&json!({"a": "1", "b": "2"}))).created();
    // Left as it is, what kubectl owns never goes by leaving it out.
    let kept = ctx.apply("configmaps/c?dryRun=All", &data(&json!({"a": "1"}))).ok();
    assert_eq!(kept["data"], json!({"a": "1", "b": "2"}));
    let operations = json!([
        {"op": "replace", "path": "/metadata/managedFields/0/manager", "value": "iriskit"},
        {"op": "replace", "path": "/metadata/managedFields/0/operation", "value": "Apply"},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version(&made)},
    ]);
    let renamed = ctx.json_patch("configmaps/c", &operations).ok();
    assert_eq!(managers(&renamed), ["iriskit Apply"]);
    assert_eq!(ctx.apply("configmaps/c", &data(&json!({"a": "1"}))).ok()["data"], json!({"a": "1"}));
}

/// The entries with some fields moved from one manager to `iriskit`, as a merge patch.
fn moved(live: &Value, entries: &Value) -> Value {
    json!({"metadata": {"resourceVersion": version(live), "uid": live["metadata"]["uid"], "managedFields": entries}})
}

fn single_fields_can_be_moved_to_another_manager(ctx: &Ctx) {
    ctx.apply("configmaps/c", &data(&json!({"a": "1"}))).created();
    let live = ctx.merge("configmaps/c?fieldManager=edit", &json!({"data": {"b": "2", "c": "3"}})).ok();
    let with_fields = |manager: &str, fields: Value| {
        let mut entry = entry(&live, manager).clone();
        entry["fieldsV1"] = json!({"f:data": fields});
        entry
    };
    let entries =
        json!([with_fields("iriskit", json!({"f:a": {}, "f:b": {}})), with_fields("edit", json!({"f:c": {}})),]);
    let dry = ctx.merge("configmaps/c?fieldManager=iriskit&dryRun=All", &moved(&live, &entries)).ok();
    let now = ctx.merge("configmaps/c?fieldManager=iriskit", &moved(&live, &entries)).ok();
    for answer in [&dry, &now] {
        assert_eq!(managers(answer), ["iriskit Apply", "edit Update"]);
        assert_eq!(owned(answer, "iriskit"), ["f:data/f:a", "f:data/f:b"]);
        assert_eq!(answer["data"], live["data"]);
    }
    // A second one that saw the old version is too late.
    ctx.merge("configmaps/c?fieldManager=iriskit", &moved(&live, &entries)).refused(409, "Conflict");
    // What was moved goes when it is left out, the rest stays.
    let left = ctx.apply("configmaps/c", &data(&json!({"a": "1"}))).ok();
    assert_eq!(left["data"], json!({"a": "1", "c": "3"}));
}

fn a_patch_leads_to_what_a_move_and_an_apply_lead_to(ctx: &Ctx) {
    let theirs = with(
        set("s"),
        json!({
            "metadata": {"labels": {"old": "x"}, "annotations": {"tool": "x"}},
            "spec": {"replicas": 0, "template": {"spec": {
                "terminationGracePeriodSeconds": 5,
                "securityContext": {"fsGroup": 1},
                "containers": [{"name": "iris", "image": "iris:1", "env": [{"name": "A", "value": "1"}]}, {"name": "car", "image": "car:1"}],
            }}},
        }),
    );
    let ours = with(
        set("s"),
        json!({"spec": {"replicas": 0, "updateStrategy": {"type": "OnDelete"}, "template": {"spec": {
            "containers": [{"name": "iris", "image": "iris:2", "env": [{"name": "B", "value": "2"}]}],
        }}}}),
    );
    let live = ctx.post("statefulsets?fieldManager=kubectl-client-side-apply", &theirs).created();
    let live =
        ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == live["metadata"]["generation"]);
    // Before the move the server refuses another way to update: nobody who applies owns the partition.
    ctx.force("statefulsets/s?dryRun=All", &ours).refused(422, "Invalid");
    let patch = json!({
        "metadata": {"labels": null, "annotations": null},
        "spec": {
            "updateStrategy": {"type": "OnDelete", "rollingUpdate": null},
            "template": {"spec": {
                "terminationGracePeriodSeconds": null,
                "securityContext": null,
                "containers": [{"name": "iris", "image": "iris:2", "env": [{"name": "B", "value": "2"}]}],
            }},
        },
    });
    let foreseen = ctx.merge("statefulsets/s?fieldManager=iriskit&dryRun=All", &patch).ok();
    let mut entry = entry(&live, "kubectl-client-side-apply").clone();
    entry["manager"] = json!("iriskit");
    entry["operation"] = json!("Apply");
    ctx.merge("statefulsets/s?fieldManager=iriskit", &moved(&live, &json!([entry]))).ok();
    let now = ctx.force("statefulsets/s", &ours).ok();
    assert_eq!(foreseen["spec"], now["spec"]);
    assert_eq!((&foreseen["metadata"]["labels"], &foreseen["metadata"]["annotations"]), (&Value::Null, &Value::Null));
    assert_eq!((&now["metadata"]["labels"], &now["metadata"]["annotations"]), (&Value::Null, &Value::Null));

    // A Service keeps what the server gave it.
    let theirs = with(service("p"), json!({"metadata": {"labels": {"old": "x"}}, "spec": {"type": "NodePort"}}));
    let live = ctx.post("services?fieldManager=helm", &theirs).created();
    let ours = with(service("p"), json!({"spec": {"type": "NodePort"}}));
    let spec = json!({
        "clusterIP": null, "clusterIPs": null, "externalTrafficPolicy": null, "internalTrafficPolicy": null,
        "ipFamilies": null, "ipFamilyPolicy": null, "sessionAffinity": null,
        "ports": [{"name": "superserver", "port": 1972}],
    });
    let patch = json!({"metadata": {"labels": null}, "spec": spec});
    let foreseen = ctx.merge("services/p?fieldManager=iriskit&dryRun=All", &patch).ok();
    let mut entry = self::entry(&live, "helm").clone();
    entry["manager"] = json!("iriskit");
    entry["operation"] = json!("Apply");
    ctx.merge("services/p?fieldManager=iriskit", &moved(&live, &json!([entry]))).ok();
    let now = ctx.force("services/p", &ours).ok();
    assert_eq!(foreseen["spec"], now["spec"]);
    assert_eq!(now["spec"], live["spec"]);
}

fn scale_has_an_entry_of_its_own(ctx: &Ctx) {
    let body = with(set("s"), json!({"spec": {"replicas": 0}}));
    ctx.apply("statefulsets/s", &body).created();
    let scale = ctx.merge("statefulsets/s/scale?fieldManager=kubectl", &json!({"spec": {"replicas": 1}})).ok();
    assert_eq!((&scale["kind"], &scale["spec"]["replicas"]), (&json!("Scale"), &json!(1)));
    let live = ctx.get("statefulsets/s").ok();
    assert_eq!(live["spec"]["replicas"], 1);
    let entry = entry(&live, "kubectl");
    assert_eq!((&entry["subresource"], &entry["operation"]), (&json!("scale"), &json!("Update")));
    assert!(entry.get("time").is_none(), "{entry}");
    assert_eq!(owned(&live, "kubectl"), ["f:spec/f:replicas"]);
    assert!(!owned(&live, "iriskit").contains(&"f:spec/f:replicas".to_owned()));
    ctx.apply("statefulsets/s", &body).refused(409, "Conflict").message(
        "Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas",
    );
}
