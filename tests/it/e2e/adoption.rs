//! What others made becomes iriskit's when that is asked for, with everything that changes in it listed before.

use iriskit_state::plan::{ActionReason, Plan, Step};
use serde_json::{Value, json};

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    world::{LABELER, World},
};

everywhere!(
    objects_of_kubectl_apply_are_adopted,
    objects_of_helm_are_adopted_by_a_saved_plan,
    a_running_mirror_is_adopted_without_a_restart,
    a_mirror_of_another_template_is_adopted_first_and_rolled_later,
    what_the_operator_left_is_adopted,
    what_belongs_to_another_controller_is_not,
    what_a_tool_still_holds_of_ours_is_taken_over,
    an_item_that_collides_is_removed_by_name,
);

const LAST: &str = "kubectl.kubernetes.io/last-applied-configuration";
const OBJECTS: [&str; 3] = ["configmaps/standalone-data", "services/standalone", "statefulsets/standalone-data"];

/// The cluster as another tool made it: the same objects without our marks, and what the tool adds.
fn made_by(world: &World, manager: &str, operation: &str, extra: impl Fn(&mut Value)) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    for tail in OBJECTS {
        let live = world.get(tail);
        world.delete(tail);
        world.until(&format!("the end of {tail}"), || world.find(tail).is_none().then_some(()));
        let mut object = json!({"apiVersion": live["apiVersion"], "kind": live["kind"],
            "metadata": {"name": live["metadata"]["name"], "labels": live["metadata"]["labels"]}});
        object["metadata"]["labels"].as_object_mut().unwrap().remove("applyset.kubernetes.io/part-of");
        for member in ["spec", "data"] {
            if let Some(value) = live.get(member) {
                object[member] = value.clone();
            }
        }
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
            spec.retain(|name, _| !["clusterIP", "clusterIPs"].contains(&name.as_str()));
        }
        if let Some(ports) = object.pointer_mut("/spec/ports").and_then(Value::as_array_mut) {
            for port in ports {
                port.as_object_mut().unwrap().remove("nodePort");
            }
        }
        extra(&mut object);
        if operation == "Apply" {
            world.take(manager, tail, &object);
        } else {
            let plural = tail.split('/').next().unwrap();
            world.make(&format!("{plural}?fieldManager={manager}"), &object);
        }
    }
    world.delete("configmaps/standalone-iriskit");
    settled(world);
}

fn settled(world: &World) {
    world.until("the pod", || {
        let set = world.get("statefulsets/standalone-data");
        let status = |name: &str| set["status"][name].clone();
        let current = status("currentRevision") == status("updateRevision");
        (current && status("observedGeneration") == set["metadata"]["generation"] && status("readyReplicas") == 1)
            .then_some(())
    });
}

/// Whatever the plan foresaw is there, and nothing else.
#[track_caller]
fn as_planned(world: &World, plan: &Plan) {
    for tail in OBJECTS {
        let live = world.get(tail);
        let (kind, name) = (&live["kind"], &live["metadata"]["name"]);
        let change = plan.resource_changes.iter().find(|change| change.kind == *kind && change.name == *name).unwrap();
        for member in ["spec", "data"] {
            assert_eq!(change.change.after.get(member), live.get(member), "{tail}");
        }
        let mut labels = live["metadata"]["labels"].clone();
        labels.as_object_mut().unwrap().remove("applyset.kubernetes.io/part-of");
        assert_eq!(change.change.after["metadata"]["labels"], labels, "{tail}");
        let mut annotations = live["metadata"]["annotations"].clone();
        annotations.as_object_mut().unwrap().remove("iriskit/applied");
        let foreseen = change.change.after["metadata"].get("annotations").cloned().unwrap_or_else(|| json!({}));
        assert_eq!(foreseen, annotations, "{tail}");
    }
}

fn managers(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap().iter();
    let entries = entries.filter(|entry| entry["subresource"] != "status");
    let mut names: Vec<_> = entries.map(|entry| entry["manager"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn pod(world: &World) -> Value {
    world.get("pods/standalone-data-0")["metadata"]["uid"].clone()
}

fn objects_of_kubectl_apply_are_adopted(world: &World) {
    made_by(world, "kubectl-client-side-apply", "Update", |object| {
        object["metadata"]["annotations"] = json!({LAST: "{}", "note": "x"});
        object["metadata"]["labels"]["old"] = json!("x");
        if object["kind"] == "ConfigMap" {
            object["data"]["old.txt"] = json!("x");
        }
    });
    let label = "services/standalone?fieldManager=kubectl-label";
    let labelled = json!({"metadata": {"labels": {"team": "a"}}});
    assert_eq!(world.send("PATCH", label, "application/merge-patch+json", Some(&labelled)).0, 200);
    let before = world.versions();
    let refused = world.iriskit(&["apply", "standalone.yaml", "--auto-approve"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    for told in ["error[not-ours]", "kubectl-client-side-apply", "--adopt", "--allow adopt"] {
        assert!(refused.to_string().contains(told), "nothing of {told}: {refused}");
    }
    let unallowed = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--adopt"]);
    assert!(unallowed.code == Some(6) && unallowed.stderr.contains("--allow adopt"), "{unallowed}");
    assert_eq!(world.versions(), before);

    let plan = world.plan("standalone.yaml", &["--adopt"]);
    let expected =
        ["ConfigMap/standalone-data update", "StatefulSet/standalone-data update", "Service/standalone update"];
    assert_eq!(plan.changed(), expected);
    assert_eq!(plan.allowances(), ["adopt"]);
    assert_eq!(plan.0.apply_flags, "--allow adopt");
    for change in plan.0.resource_changes.iter().filter(|change| !change.is_no_op()) {
        assert_eq!(change.action_reason, Some(ActionReason::Adopt));
        assert!(matches!(change.steps[0], Step::TakeOver { .. }), "{:?}", change.steps);
        let field = |path: &str| change.fields.iter().find(|field| field.path == path);
        let old = field("metadata.labels.old").expect("the label that goes");
        assert_eq!(
            (&old.before, &old.after, old.by.as_deref()),
            (&json!("x"), &Value::Null, Some("kubectl-client-side-apply"))
        );
        assert!(field("metadata.labels.team").is_none());
    }
    assert_eq!(plan.0.impact.restarts, 0);
    let text = world.iriskit(&["plan", "standalone.yaml", "--adopt"]).success();
    assert!(text.contains("made by kubectl-client-side-apply; taken over by iriskit"), "{text}");

    let pod_before = pod(world);
    world.apply("standalone.yaml", &["--allow", "adopt"]);
    as_planned(world, &plan.0);
    assert_eq!(pod(world), pod_before);
    assert_eq!(world.get("configmaps/standalone-data")["data"].get("old.txt"), None);
    let service = world.get("services/standalone");
    assert_eq!(service["metadata"]["annotations"].get(LAST), None);
    assert_eq!(service["metadata"]["labels"]["team"], "a");
    assert_eq!(managers(&service), ["iriskit", "kubectl-label"]);
    assert_eq!(managers(&world.get("statefulsets/standalone-data")), ["iriskit"]);
    for flags in [&[][..], &["--adopt"], &["--server-diff", "always"]] {
        world.no_changes("standalone.yaml", flags);
    }
    // From now on it is in the record.
    let destroyed = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    assert_eq!(world.names("statefulsets"), Vec::<String>::new());
    assert!(world.find("services/standalone").is_none());
}

fn objects_of_helm_are_adopted_by_a_saved_plan(world: &World) {
    made_by(world, "helm", "Apply", |object| {
        object["metadata"]["annotations"] = json!({"meta.helm.sh/release-name": "r"});
        object["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
        if object["kind"] == "StatefulSet" {
            let pod = &mut object["spec"]["template"]["spec"];
            pod["containers"].as_array_mut().unwrap().insert(0, json!({"name": "car", "image": "car:1"}));
            pod["containers"][1]["env"].as_array_mut().unwrap().insert(0, json!({"name": "OLD", "value": "x"}));
        }
    });
    let saved = world.iriskit(&["plan", "standalone.yaml", "--adopt", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    let plan: Plan = serde_json::from_str(&world.iriskit(&["show", "p.plan", "--json"]).success()).unwrap();
    assert_eq!(plan.impact.restarts, 1);
    let unallowed = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(unallowed.code, Some(6), "{unallowed}");
    let pod_before = pod(world);
    let applied = world.iriskit(&["apply", "p.plan", "--allow", "adopt,outage"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    as_planned(world, &plan);
    assert_ne!(pod(world), pod_before);
    assert_eq!(managers(&world.get("statefulsets/standalone-data")), ["iriskit"]);
    world.no_changes("standalone.yaml", &[]);
}

fn a_running_mirror_is_adopted_without_a_restart(world: &World) {
    world.env.write("mirrored.yaml", MIRRORED);
    let labeler = ["--labeler-image", LABELER];
    world.apply("mirrored.yaml", &labeler);
    world.pair("mirrored-data-0");
    // The set goes without its pods and comes back as an operator makes it: rolled by Kubernetes.
    let tail = "statefulsets/mirrored-data-0";
    let live = world.get(tail);
    let orphan = json!({"propagationPolicy": "Orphan"});
    assert_eq!(world.send("DELETE", tail, "application/json", Some(&orphan)).0, 200);
    world.until("the end of the set", || world.find(tail).is_none().then_some(()));
    let mut set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": live["spec"],
        "metadata": {"name": "mirrored-data-0", "labels": live["metadata"]["labels"]}});
    set["metadata"]["labels"].as_object_mut().unwrap().remove("applyset.kubernetes.io/part-of");
    set["spec"]["updateStrategy"] = json!({"type": "RollingUpdate"});
    world.make("statefulsets?fieldManager=iris-operator", &set);
    world.until("the set's pods", || {
        let status = world.get(tail)["status"].clone();
        (status["readyReplicas"] == 2 && status["updatedReplicas"] == 2).then_some(())
    });
    let pods = || world.list("pods").iter().map(|pod| pod["metadata"]["uid"].clone()).collect::<Vec<_>>();
    let before = pods();
    let plan = world.plan("mirrored.yaml", &[&labeler[..], &["--adopt"]].concat());
    assert_eq!(plan.changed(), ["StatefulSet/mirrored-data-0 update"], "{:?}", plan.0.notes);
    assert_eq!((plan.allowances(), plan.0.impact.restarts), (vec!["adopt"], 0));
    let fields = &plan.change("StatefulSet/mirrored-data-0").fields;
    let strategy = fields.iter().find(|field| field.path == "spec.updateStrategy.type").expect("the strategy");
    assert_eq!((&strategy.before, &strategy.after), (&json!("RollingUpdate"), &json!("OnDelete")));
    world.apply("mirrored.yaml", &[&labeler[..], &["--allow", "adopt"]].concat());
    assert_eq!(pods(), before);
    assert_eq!(world.get(tail)["spec"], plan.change("StatefulSet/mirrored-data-0").change.after["spec"]);
    world.no_changes("mirrored.yaml", &labeler);
}

/// As the operator makes a mirror: another template, roles in labels, nobody who reports.
fn a_mirror_of_another_template_is_adopted_first_and_rolled_later(world: &World) {
    world.env.write("mirrored.yaml", MIRRORED);
    let labeler = ["--labeler-image", LABELER];
    world.apply("mirrored.yaml", &labeler);
    world.pair("mirrored-data-0");
    let tail = "statefulsets/mirrored-data-0";
    let live = world.get(tail);
    world.delete(tail);
    world.until("the end of the pods", || {
        let of_set = |name: &String| name.starts_with("mirrored-data-0-");
        (!world.names("pods").iter().any(of_set)).then_some(())
    });
    let mut set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": live["spec"],
        "metadata": {"name": "mirrored-data-0", "labels": live["metadata"]["labels"]}});
    set["metadata"]["labels"].as_object_mut().unwrap().remove("applyset.kubernetes.io/part-of");
    set["spec"]["updateStrategy"] = json!({"type": "RollingUpdate"});
    let pod = &mut set["spec"]["template"]["spec"];
    pod.as_object_mut().unwrap().remove("initContainers");
    pod["containers"][0]["env"].as_array_mut().unwrap().push(json!({"name": "OLD", "value": "x"}));
    world.make("statefulsets?fieldManager=iris-operator-amd", &set);
    world.until("the set's pods", || {
        let status = world.get(tail)["status"].clone();
        (status["readyReplicas"] == 2 && status["updatedReplicas"] == 2).then_some(())
    });
    let roles = [("mirrored-data-0-0", "backup"), ("mirrored-data-0-1", "primary")];
    let label = |roles: [(&str, &str); 2]| {
        for (pod, role) in roles {
            world.edit(
                &format!("pods/{pod}"),
                &json!({"metadata": {"labels": {"intersystems.com/mirrorRole": role}, "annotations": {"iriskit/mirror-status": null}}}),
            );
        }
    };
    label(roles);
    let adopt = |more: &[&'static str]| [&labeler[..], more].concat();
    let plan = world.plan("mirrored.yaml", &adopt(&["--adopt"]));
    assert_eq!((plan.allowances(), plan.0.impact.restarts), (vec!["adopt"], 0), "{:?}", plan.0.notes);
    assert_eq!(plan.notes("template-later").len(), 1);
    let pods = || world.list("pods").iter().map(|pod| pod["metadata"]["uid"].clone()).collect::<Vec<_>>();
    let before = pods();
    world.apply("mirrored.yaml", &adopt(&["--allow", "adopt"]));
    assert_eq!(pods(), before);
    assert_eq!(world.get(tail)["spec"], plan.change("StatefulSet/mirrored-data-0").change.after["spec"]);
    // Now it is ours, and what its manifest wants is a roll: who is labelled primary goes last.
    // Whoever plays the labeler on a control plane writes its roles again from time to time.
    let plan = world.until("a plan of these roles", || {
        label(roles);
        let plan = world.plan("mirrored.yaml", &labeler);
        let is_as_set = |(pod, role): (&str, &str)| {
            let metadata = world.get(&format!("pods/{pod}"))["metadata"].clone();
            metadata["labels"]["intersystems.com/mirrorRole"] == role
                && metadata["annotations"].get("iriskit/mirror-status").is_none()
        };
        roles.into_iter().all(is_as_set).then_some(plan)
    });
    assert_eq!(plan.changed(), ["StatefulSet/mirrored-data-0 update"]);
    let order: Vec<&str> =
        plan.change("StatefulSet/mirrored-data-0").impact.pods.iter().map(|pod| pod.pod.as_str()).collect();
    assert_eq!(order, ["mirrored-data-0-0", "mirrored-data-0-1"]);
    assert_eq!(plan.allowances(), ["restart-primary", "roll-blind"]);
    world.apply("mirrored.yaml", &adopt(&["--allow", "restart-primary,roll-blind"]));
    world.no_changes("mirrored.yaml", &labeler);
}

fn what_the_operator_left_is_adopted(world: &World) {
    made_by(world, "iris-operator", "Update", |object| {
        if object["kind"] == "Service" {
            object["metadata"]["ownerReferences"] = json!([{"apiVersion": "intersystems.com/v1alpha1", "kind": "IrisCluster",
                "name": "standalone", "uid": "11111111-2222-3333-4444-555555555555"}]);
        }
    });
    let plan = world.plan("standalone.yaml", &["--adopt"]);
    let [note] = plan.notes("owner-reference").try_into().unwrap();
    assert!(note.message.contains("IrisCluster standalone"), "{}", note.message);
    let fields = &plan.change("Service/standalone").fields;
    assert!(
        fields.iter().any(|field| field.path.starts_with("metadata.ownerReferences") && field.after.is_null()),
        "{fields:?}"
    );
    world.apply("standalone.yaml", &["--allow", "adopt"]);
    assert_eq!(world.get("services/standalone")["metadata"].get("ownerReferences"), None);
    world.no_changes("standalone.yaml", &[]);
}

fn what_belongs_to_another_controller_is_not(world: &World) {
    let root = world.get("configmaps/kube-root-ca.crt")["metadata"]["uid"].clone();
    world.env.write("standalone.yaml", STANDALONE);
    world.make(
        "configmaps?fieldManager=some-controller",
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}, "metadata": {"name": "standalone-data",
            "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "kube-root-ca.crt", "uid": root}]}}),
    );
    let refused = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--allow", "adopt"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    for told in ["error[cannot-adopt]", "kube-root-ca.crt"] {
        assert!(refused.to_string().contains(told), "nothing of {told}: {refused}");
    }
}

const COMPANION: &str = "\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: one, b: two}
";

fn what_a_tool_still_holds_of_ours_is_taken_over(world: &World) {
    world.env.write("standalone.yaml", &format!("{STANDALONE}{COMPANION}"));
    world.apply("standalone.yaml", &[]);
    // kubectl apply with the same object: it holds what it changed, and its annotation.
    let theirs = json!({"metadata": {"annotations": {LAST: "{}"}}, "data": {"b": "three", "c": "four"}});
    let path = "configmaps/settings?fieldManager=kubectl-client-side-apply";
    assert_eq!(world.send("PATCH", path, "application/merge-patch+json", Some(&theirs)).0, 200);
    let plan = world.plan("standalone.yaml", &["--adopt"]);
    assert_eq!(plan.changed(), ["ConfigMap/settings update"]);
    assert_eq!(plan.allowances(), Vec::<&str>::new());
    world.apply("standalone.yaml", &["--adopt"]);
    let settings = world.get("configmaps/settings");
    assert_eq!(settings["data"], json!({"a": "one", "b": "two"}));
    assert_eq!(settings["metadata"]["annotations"].get(LAST), None);
    assert_eq!(managers(&settings), ["iriskit"]);
    world.no_changes("standalone.yaml", &[]);
    // A single field goes by its name.
    world.edit("configmaps/settings", &json!({"data": {"d": "five", "e": "six"}}));
    let take = ["--take", "ConfigMap/settings:data.d"];
    let plan = world.plan("standalone.yaml", &take);
    let fields: Vec<_> = plan.change("ConfigMap/settings").fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(fields, ["data.d"]);
    world.apply("standalone.yaml", &take);
    assert_eq!(world.get("configmaps/settings")["data"], json!({"a": "one", "b": "two", "e": "six"}));
    world.no_changes("standalone.yaml", &take);
}

fn an_item_that_collides_is_removed_by_name(world: &World) {
    let companion = |port: &str| {
        format!(
            "{STANDALONE}---\napiVersion: v1\nkind: Service\nmetadata: {{name: extra}}\n\
             spec: {{selector: {{a: b}}, ports: [{{name: one, port: 1}}{port}]}}\n"
        )
    };
    world.env.write("standalone.yaml", &companion(""));
    world.apply("standalone.yaml", &[]);
    let theirs = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "extra"},
        "spec": {"ports": [{"name": "two", "port": 2}]}});
    world.take("other-tool", "services/extra", &theirs);
    world.no_changes("standalone.yaml", &[]);
    world.env.write("standalone.yaml", &companion(", {name: two, port: 3}"));
    let held = world.iriskit(&["apply", "standalone.yaml", "--auto-approve"]);
    assert_eq!(held.code, Some(1), "{held}");
    let flag = "--take 'Service/extra:spec.ports[2/TCP]'";
    for told in ["error[list-collision]", "other-tool", "the same name", flag] {
        assert!(held.to_string().contains(told), "nothing of {told}: {held}");
    }
    let take = ["--take", "Service/extra:spec.ports[2/TCP]"];
    let plan = world.plan("standalone.yaml", &take);
    let fields: Vec<_> = plan.change("Service/extra").fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(fields, ["spec.ports[2/TCP]", "spec.ports[3/TCP]"]);
    world.apply("standalone.yaml", &take);
    let ports = world.get("services/extra")["spec"]["ports"].clone();
    let names: Vec<_> =
        ports.as_array().unwrap().iter().map(|port| (port["name"].clone(), port["port"].clone())).collect();
    assert_eq!(names, [(json!("one"), json!(1)), (json!("two"), json!(3))]);
    world.no_changes("standalone.yaml", &[]);
}
