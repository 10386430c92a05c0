//! Pitfalls of Kubernetes in which a plan could say what is not so: none of them makes iriskit do it.

use iriskit_state::plan::{NoteId, Verified};
use serde_json::{Value, json};

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    world::{LABELER, World},
};

everywhere!(
    another_spelling_of_a_quantity_is_no_change,
    a_line_that_is_left_out_is_a_change_of_its_field,
    what_only_a_real_write_can_tell_ends_the_run_and_is_planned_again,
    what_only_one_service_can_have_is_not_given_to_two,
    what_a_dry_run_can_not_see_yet_is_deferred,
    what_the_server_will_choose_is_unknown,
    an_immutable_field_is_named_before_the_server_refuses_it,
    pods_that_no_longer_run_their_template_are_named,
    an_object_on_its_way_out_is_not_written_to,
    labels_that_come_and_go_with_a_pod_are_no_change,
);

fn planned(world: &World, manifest: &str) {
    world.env.write("lies.yaml", manifest);
}

/// 1. Comparing by generation or by text: quantities have many spellings, and a ConfigMap has no generation.
fn another_spelling_of_a_quantity_is_no_change(world: &World) {
    let with = |cpu: &str, memory: &str| {
        let resources = format!("{{requests: {{cpu: {cpu}, memory: {memory}}}}}");
        let template = format!("      podTemplate: {{spec: {{resources: {resources}}}}}\n");
        STANDALONE.replace("    data:\n", &format!("    data:\n{template}"))
    };
    planned(world, &with("\"1\"", "2Gi"));
    world.apply("lies.yaml", &[]);
    let pod = world.get("pods/standalone-data-0");
    planned(world, &with("1000m", "2048Mi"));
    world.no_changes("lies.yaml", &[]);
    world.apply("lies.yaml", &[]);
    assert_eq!(world.get("pods/standalone-data-0")["metadata"]["uid"], pod["metadata"]["uid"]);
    world.edit("configmaps/standalone-data", &json!({"data": {"data.cpf": "[Startup]\nSystemMode=LIVE\n"}}));
    assert_eq!(world.plan("lies.yaml", &[]).changed(), ["ConfigMap/standalone-data update"]);
}

const ACCOUNT: &str = "\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
secrets: []
";

/// 2. "Left out means left alone": a default comes back, and an empty list takes nothing from others.
fn a_line_that_is_left_out_is_a_change_of_its_field(world: &World) {
    planned(world, &format!("{STANDALONE}{ACCOUNT}{}", service("  type: NodePort\n")));
    world.apply("lies.yaml", &[]);
    world.edit("serviceaccounts/robot", &json!({"secrets": [{"name": "theirs"}]}));
    world.no_changes("lies.yaml", &[]);
    planned(world, &format!("{STANDALONE}{ACCOUNT}{}", service("")));
    let plan = world.plan("lies.yaml", &[]);
    assert_eq!(plan.changed(), ["Service/beside update"]);
    let fields = &plan.change("Service/beside").fields;
    let kind = fields.iter().find(|field| field.path == "spec.type").unwrap_or_else(|| panic!("{fields:?}"));
    assert_eq!((&kind.before, &kind.after), (&json!("NodePort"), &json!("ClusterIP")));
    world.apply("lies.yaml", &[]);
    assert_eq!(world.get("services/beside")["spec"]["type"], "ClusterIP");
    assert_eq!(world.get("serviceaccounts/robot")["secrets"], json!([{"name": "theirs"}]));
    world.no_changes("lies.yaml", &[]);
}

fn service(spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: beside}}\nspec:\n  selector: {{a: b}}\n{spec}  ports: [{{port: 80}}]\n"
    )
}

/// 3. A green dry run is no promise: the range of node ports is only looked at by a real write.
fn what_only_a_real_write_can_tell_ends_the_run_and_is_planned_again(world: &World) {
    let companion = service("  type: NodePort\n").replace("{port: 80}", "{port: 80, nodePort: 20000}");
    planned(world, &format!("{STANDALONE}{companion}"));
    let plan = world.plan("lies.yaml", &[]);
    assert_eq!(plan.change("Service/beside").verified, Verified::Server);
    let run = world.iriskit(&["apply", "lies.yaml", "--auto-approve"]);
    assert_eq!(run.code, Some(5), "{run}");
    for told in ["Service", "beside", "20000"] {
        assert!(run.stdout.contains(told), "nothing of {told}: {run}");
    }
    assert!(world.find("services/beside").is_none());
    assert!(world.plan("lies.yaml", &[]).changed().contains(&"Service/beside create".to_owned()));
}

/// 3. Nor does a dry run see what else is planned, or that an address is taken.
fn what_only_one_service_can_have_is_not_given_to_two(world: &World) {
    let two = |one: &str, other: &str| {
        let companions = [service(one), service(other).replace("name: beside", "name: beyond")];
        companions.map(|text| text.replace("{port: 80}", "{port: 80, nodePort: 30177}")).concat()
    };
    let addressed = |address: &str| format!("  clusterIP: {address}\n");
    let other = json!({"metadata": {"name": "theirs"}, "spec": {"ports": [{"port": 80}]}});
    let theirs = world.make("services", &other)["spec"]["clusterIP"].as_str().expect("an address").to_owned();
    let without_port = |text: String| text.replace(", nodePort: 30177", "");
    for (companions, said) in [
        (two("  type: NodePort\n", "  type: NodePort\n"), "node port 30177".to_owned()),
        (without_port(two(&addressed("10.0.0.179"), &addressed("10.0.0.179"))), "address 10.0.0.179".to_owned()),
        (
            without_port(two(&addressed(&theirs), "")),
            format!("Service/{}/theirs has address {theirs}", world.namespace()),
        ),
    ] {
        planned(world, &format!("{STANDALONE}{companions}"));
        let before = world.versions();
        let output = world.iriskit(&["apply", "lies.yaml", "--auto-approve"]);
        let text = output.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            output.code == Some(1) && text.contains("error[given-twice]") && text.contains(&said),
            "{said}: {output}"
        );
        assert_eq!(world.versions(), before);
    }
    // One of them may have it, and keep it.
    let one = without_port(two(&addressed("10.0.0.179"), ""));
    planned(world, &format!("{STANDALONE}{one}"));
    world.apply("lies.yaml", &[]);
    world.no_changes("lies.yaml", &[]);
}

/// 4. A red dry run is no refusal: in a namespace still to be made nothing can be asked.
fn what_a_dry_run_can_not_see_yet_is_deferred(world: &World) {
    let name = format!("{}-later", world.namespace());
    let namespace = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
    let manifest = STANDALONE.replace("  name: standalone\n", &format!("  name: standalone\n  namespace: {name}\n"));
    planned(world, &format!("{manifest}{namespace}"));
    let plan = world.plan("lies.yaml", &[]);
    let change = plan.change("StatefulSet/standalone-data");
    assert_eq!(change.verified, Verified::Deferred);
    assert_eq!(change.verified_after.as_deref(), Some(format!("Namespace/{name}").as_str()));
    world.apply("lies.yaml", &[]);
    world.no_changes("lies.yaml", &[]);
    world.delete(&format!("/api/v1/namespaces/{name}"));
}

/// 5. Addresses and ports of a dry run are invented, and taking a cluster IP out of a manifest changes nothing.
fn what_the_server_will_choose_is_unknown(world: &World) {
    let companion = service("  type: NodePort\n");
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: beside}\nstringData: {one: a, two: b}\n";
    planned(world, &format!("{STANDALONE}{companion}{secret}"));
    let plan = world.plan("lies.yaml", &[]);
    let change = &plan.change("Service/beside").change;
    assert_eq!(change.after.pointer("/spec/clusterIP"), None, "{}", change.after);
    assert_eq!(change.after.pointer("/spec/ports/0/nodePort"), None, "{}", change.after);
    assert_eq!(change.after_unknown.pointer("/spec/clusterIP"), Some(&Value::Bool(true)), "{}", change.after_unknown);
    assert_eq!(change.after_unknown.pointer("/spec/ports/0/nodePort"), Some(&Value::Bool(true)));
    world.apply("lies.yaml", &[]);
    world.no_changes("lies.yaml", &[]);
    // What is left out of a Secret goes, though stringData would hide it.
    let address = world.get("services/beside")["spec"]["clusterIP"].as_str().expect("an address").to_owned();
    let named = service(&format!("  type: NodePort\n  clusterIP: {address}\n"));
    planned(world, &format!("{STANDALONE}{named}{}", secret.replace(", two: b", "")));
    world.apply("lies.yaml", &[]);
    assert_eq!(world.get("secrets/beside")["data"], json!({"one": "YQ=="}));
    planned(world, &format!("{STANDALONE}{companion}{}", secret.replace(", two: b", "")));
    let plan = world.plan("lies.yaml", &[]);
    let paths = |object: &str| -> Vec<String> {
        plan.0
            .resource_changes
            .iter()
            .filter(|change| change.name == object)
            .flat_map(|change| &change.fields)
            .map(|field| field.path.clone())
            .collect()
    };
    assert!(!paths("beside").iter().any(|path| path.contains("clusterIP")), "{:?}", paths("beside"));
    world.apply("lies.yaml", &[]);
    assert_eq!(world.get("services/beside")["spec"]["clusterIP"], address.as_str());
    world.no_changes("lies.yaml", &[]);
}

/// 6. The server does not say which field is immutable; the plan does, before anything is written.
fn an_immutable_field_is_named_before_the_server_refuses_it(world: &World) {
    let binding = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: one}\nrules: []\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: beside}\nsubjects: [{kind: ServiceAccount, name: default}]\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: one}\n";
    let two = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: two}\nrules: []\n";
    planned(world, &format!("{STANDALONE}{binding}"));
    world.apply("lies.yaml", &[]);
    planned(world, &format!("{STANDALONE}{two}{}", binding.replace("kind: Role, name: one", "kind: Role, name: two")));
    let plan = world.plan("lies.yaml", &[]);
    assert_eq!(plan.change("RoleBinding/beside").change.replace_paths, ["roleRef"]);
    assert!(plan.allowances().contains(&"replace"));
    world.apply("lies.yaml", &["--allow", "replace"]);
    assert_eq!(world.get("rolebindings/beside")["roleRef"]["name"], "two");
    world.no_changes("lies.yaml", &[]);
}

/// 8. The revision of a pod says what it was made from, not what runs in it now.
fn pods_that_no_longer_run_their_template_are_named(world: &World) {
    planned(world, STANDALONE);
    world.apply("lies.yaml", &[]);
    let patch = json!([
        {"op": "replace", "path": "/spec/containers/0/image", "value": "intersystems/iris-community:other"},
    ]);
    let object = "pods/standalone-data-0?fieldManager=kubectl-set";
    let (code, body) = world.send("PATCH", object, "application/json-patch+json", Some(&patch));
    assert_eq!(code, 200, "{body}");
    let plan = world.plan("lies.yaml", &[]);
    assert_eq!(plan.changed(), Vec::<String>::new());
    let note =
        plan.0.notes.iter().find(|note| note.id == NoteId::PodDiffers).unwrap_or_else(|| panic!("{:?}", plan.0.notes));
    for told in ["standalone-data-0", "iris", "intersystems/iris-community:other"] {
        assert!(note.message.contains(told), "nothing of {told}: {note:?}");
    }
}

/// 9. Writing to an object on its way out succeeds and is in vain.
fn an_object_on_its_way_out_is_not_written_to(world: &World) {
    planned(world, STANDALONE);
    world.apply("lies.yaml", &[]);
    world.edit("configmaps/standalone-data", &json!({"metadata": {"finalizers": ["example.com/hold"]}}));
    world.delete("configmaps/standalone-data");
    let before = world.versions();
    let refused = world.iriskit(&["apply", "lies.yaml", "--auto-approve"]);
    assert!(refused.code == Some(1) && refused.to_string().contains("error[terminating]"), "{refused}");
    assert_eq!(world.versions(), before);
    world.edit("configmaps/standalone-data", &json!({"metadata": {"finalizers": null}}));
    world.until("the end of the ConfigMap", || world.find("configmaps/standalone-data").is_none().then_some(()));
    world.apply("lies.yaml", &[]);
    world.no_changes("lies.yaml", &[]);
}

/// 10. A role label goes with its pod, and labels of the node appear on it: neither is drift.
fn labels_that_come_and_go_with_a_pod_are_no_change(world: &World) {
    planned(world, MIRRORED);
    let labeler = ["--labeler-image", LABELER];
    world.apply("lies.yaml", &labeler);
    world.pair("mirrored-data-0");
    world.edit("pods/mirrored-data-0-1", &json!({"metadata": {"labels": {"topology.kubernetes.io/zone": "a"}}}));
    world.no_changes("lies.yaml", &labeler);
    let before = world.get("pods/mirrored-data-0-1")["metadata"]["uid"].clone();
    world.delete("pods/mirrored-data-0-1");
    world.until("another pod", || {
        let pod = world.find("pods/mirrored-data-0-1")?;
        (pod["metadata"]["uid"] != before).then_some(())
    });
    world.no_changes("lies.yaml", &labeler);
}
