//! Fields that others hold: taken, left or a reason to stop, as was said for each.

use iriskit_state::plan::Treatment;
use serde_json::{Value, json};

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    a_scaled_set_is_set_back_or_left_as_was_said,
    what_an_autoscaler_holds_is_drift_and_can_be_left,
    a_saved_plan_leaves_what_it_says_it_leaves,
    drift_can_be_forbidden,
    a_field_of_another_manager_is_taken_or_left_by_name,
    an_item_of_a_list_is_left_as_a_whole,
    a_left_field_that_changes_makes_no_plan_stale,
    a_left_number_of_pods_makes_a_plan_stale_that_restarts_them,
    a_rule_about_nothing_is_told,
);

const SET: &str = "statefulsets/standalone-data";
/// The only data node restarts.
const OUTAGE: [&str; 2] = ["--allow", "outage"];
const REPLICAS: &str = "StatefulSet/standalone-data:spec.replicas";

fn applied(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
}

/// `kubectl scale`, or an autoscaler.
#[track_caller]
fn scale(world: &World, manager: &str, replicas: u32) {
    let path = format!("{SET}/scale?fieldManager={manager}");
    let (code, body) =
        world.send("PATCH", &path, "application/merge-patch+json", Some(&json!({"spec": {"replicas": replicas}})));
    assert_eq!(code, 200, "{body}");
}

fn replicas(world: &World) -> Value {
    world.get(SET)["spec"]["replicas"].clone()
}

/// What the plan says of one field of the drift.
#[track_caller]
fn told(world: &World, path: &str, more: &[&str]) -> (Option<Treatment>, String, Value, Value) {
    let plan = world.plan("standalone.yaml", more);
    let drift = plan.0.resource_drift.iter().flat_map(|object| object.fields.iter().map(move |field| (object, field)));
    let (object, field) = drift.into_iter().find(|(_, field)| field.path == path).expect("the field");
    (object.treatment, field.by.clone().expect("its holder"), field.before.clone(), field.after.clone())
}

fn louder() -> String {
    STANDALONE.replace("type: NodePort", "type: LoadBalancer")
}

fn a_scaled_set_is_set_back_or_left_as_was_said(world: &World) {
    applied(world);
    scale(world, "kubectl", 2);
    let both = (json!(1), json!(2));
    let (treatment, by, before, after) = told(world, "spec.replicas", &[]);
    assert_eq!(
        (treatment, by.as_str(), before, after),
        (Some(Treatment::Take), "kubectl", both.0.clone(), both.1.clone())
    );
    assert_eq!(world.plan("standalone.yaml", &[]).changed(), ["StatefulSet/standalone-data update"]);
    let text = world.iriskit(&["plan", "standalone.yaml"]).success();
    assert!(text.contains("1 → 2") && text.contains(&format!("--leave '{REPLICAS}'")), "{text}");

    let leave = ["--leave", REPLICAS];
    let (treatment, by, before, after) = told(world, "spec.replicas", &leave);
    assert_eq!((treatment, by.as_str(), before, after), (Some(Treatment::Leave), "kubectl", both.0, both.1));
    world.no_changes("standalone.yaml", &leave);
    world.no_changes("standalone.yaml", &["--on-drift", "leave"]);
    // Not by an apply that has something to do, there or elsewhere.
    world.env.write("standalone.yaml", &louder());
    world.apply("standalone.yaml", &leave);
    assert_eq!(replicas(world), 2);
    world.env.write("standalone.yaml", &louder().replace("image: ", "preferredZones: [a]\n      image: "));
    let output = world.apply("standalone.yaml", &[&leave[..], &OUTAGE].concat());
    assert_eq!(replicas(world), 2, "{output}");
    world.no_changes("standalone.yaml", &leave);
    world.no_changes("standalone.yaml", &[&leave[..], &["--server-diff", "always"]].concat());
    // It was ours once: without the flag it is drift again.
    world.apply("standalone.yaml", &OUTAGE);
    assert_eq!(replicas(world), 1);
    world.no_changes("standalone.yaml", &[]);
}

fn what_an_autoscaler_holds_is_drift_and_can_be_left(world: &World) {
    applied(world);
    scale(world, "kube-controller-manager", 2);
    let (treatment, by, before, after) = told(world, "spec.replicas", &[]);
    assert_eq!(
        (treatment, by.as_str(), before, after),
        (Some(Treatment::Take), "kube-controller-manager", json!(1), json!(2))
    );
    world.no_changes("standalone.yaml", &["--leave", "StatefulSet:spec.replicas"]);
    scale(world, "kube-controller-manager", 1);
    // As many as the manifest wants, and still the autoscaler's.
    world.no_changes("standalone.yaml", &["--leave", "StatefulSet:spec.replicas"]);
}

fn a_saved_plan_leaves_what_it_says_it_leaves(world: &World) {
    applied(world);
    scale(world, "kubectl", 2);
    world.env.write("standalone.yaml", &louder());
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan", "--leave", "spec.replicas"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    let shown = world.iriskit(&["show", "p.plan", "--json"]).success();
    let document: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(document["ownership"]["rules"], json!([{"treatment": "leave", "fields": "spec.replicas"}]));
    let doubled = world.iriskit(&["apply", "p.plan", "--on-drift", "leave"]);
    assert!(doubled.code == Some(1) && doubled.stderr.contains("error[plan-has-rules]"), "{doubled}");
    let applied = world.iriskit(&["apply", "p.plan", "--allow", "outage"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(replicas(world), 2);
    assert_eq!(world.get("services/standalone")["spec"]["type"], "LoadBalancer");
}

fn drift_can_be_forbidden(world: &World) {
    applied(world);
    scale(world, "kubectl", 2);
    let record = world.get("configmaps/standalone-iriskit");
    for flags in [&["--on-drift", "fail"][..], &["--fail", "StatefulSet:spec.replicas"]] {
        let refused = world.iriskit(&[&["apply", "standalone.yaml", "--auto-approve"], flags].concat());
        assert_eq!(refused.code, Some(1), "{refused}");
        for told in ["error[field-drifted]", "spec.replicas", "kubectl", "to 2", "says 1", "--take", "--leave"] {
            assert!(refused.to_string().contains(told), "nothing of {told}: {refused}");
        }
    }
    assert_eq!((replicas(world), world.get("configmaps/standalone-iriskit")), (json!(2), record));
    // One field may still go its own way.
    world.no_changes("standalone.yaml", &["--on-drift", "leave", "--fail", "Service"]);
}

const COMPANION: &str = "\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: one}
";

fn a_field_of_another_manager_is_taken_or_left_by_name(world: &World) {
    world.env.write("standalone.yaml", &format!("{STANDALONE}{COMPANION}"));
    world.apply("standalone.yaml", &[]);
    let theirs = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"b": "theirs", "c": "theirs"},
    });
    world.take("other-tool", "configmaps/settings", &theirs);
    let wanted = format!("{STANDALONE}{COMPANION}").replace("a: one", "a: one, b: ours, c: ours");
    world.env.write("standalone.yaml", &wanted);
    let held = world.iriskit(&["plan", "standalone.yaml"]);
    assert_eq!(held.code, Some(1), "{held}");
    for told in ["error[field-held]", "other-tool", "\"theirs\"", "\"ours\"", "--take 'ConfigMap/settings:data.b'"] {
        assert!(held.to_string().contains(told), "nothing of {told}: {held}");
    }
    let flags = ["--take", "ConfigMap/settings:data.b", "--leave", "ConfigMap/settings:data.c"];
    let plan = world.plan("standalone.yaml", &flags);
    assert_eq!(plan.changed(), ["ConfigMap/settings update"]);
    let fields = &plan.change("ConfigMap/settings").fields;
    let field = fields.iter().find(|field| field.path == "data.b").expect("the field");
    assert_eq!(field.by.as_deref(), Some("other-tool"));
    assert_eq!(fields.iter().filter(|field| field.path == "data.c").count(), 0);
    world.apply("standalone.yaml", &flags);
    assert_eq!(world.get("configmaps/settings")["data"], json!({"a": "one", "b": "ours", "c": "theirs"}));
    world.no_changes("standalone.yaml", &flags);
    // What is ours now needs no flag; what never was still stops the plan.
    let held = world.plan("standalone.yaml", &[]);
    let notes: Vec<_> = held.notes("field-held").iter().map(|note| note.message.clone()).collect();
    assert!(notes.len() == 1 && notes[0].contains("data.c"), "{notes:?}");
}

fn an_item_of_a_list_is_left_as_a_whole(world: &World) {
    let env = "podTemplate: {spec: {env: [{name: LEVEL, value: low}, {name: OTHER, value: x}]}}";
    let manifest = STANDALONE.replace("    data:\n", &format!("    data:\n      {env}\n"));
    assert_ne!(manifest, STANDALONE);
    world.env.write("standalone.yaml", &manifest);
    world.apply("standalone.yaml", &[]);
    // Somebody removes the variable.
    let set = world.get(SET);
    let env = set["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().clone();
    let at = env.iter().position(|one| one["name"] == "LEVEL").expect("the variable");
    let path = format!("{SET}?fieldManager=kubectl-edit");
    let removal = json!([{"op": "remove", "path": format!("/spec/template/spec/containers/0/env/{at}")}]);
    let (code, body) = world.send("PATCH", &path, "application/json-patch+json", Some(&removal));
    assert_eq!(code, 200, "{body}");
    world.until("the end of the roll", || {
        let set = world.get(SET);
        let status = |name: &str| set["status"][name].clone();
        let seen = status("observedGeneration") == set["metadata"]["generation"];
        (seen && status("updatedReplicas") == 1 && status("readyReplicas") == 1).then_some(())
    });
    let pattern = "StatefulSet/standalone-data:spec.template.spec.containers[iris].env[LEVEL]";
    let leave = ["--leave", pattern];
    world.no_changes("standalone.yaml", &leave);
    world.env.write("standalone.yaml", &manifest.replace("value: x", "value: y"));
    world.apply("standalone.yaml", &[&leave[..], &OUTAGE].concat());
    let set = world.get(SET);
    let env = set["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().clone();
    assert!(!env.iter().any(|one| one["name"] == "LEVEL"), "{env:?}");
    assert!(env.contains(&json!({"name": "OTHER", "value": "y"})), "{env:?}");
    world.no_changes("standalone.yaml", &leave);
    world.apply("standalone.yaml", &OUTAGE);
    let set = world.get(SET);
    let env = set["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().clone();
    assert!(env.contains(&json!({"name": "LEVEL", "value": "low"})), "{env:?}");
}

fn a_left_field_that_changes_makes_no_plan_stale(world: &World) {
    applied(world);
    scale(world, "kube-controller-manager", 2);
    world.env.write("standalone.yaml", &louder());
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan", "--leave", REPLICAS]);
    assert_eq!(saved.code, Some(0), "{saved}");
    scale(world, "kube-controller-manager", 3);
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(replicas(world), 3);
}

fn a_left_number_of_pods_makes_a_plan_stale_that_restarts_them(world: &World) {
    applied(world);
    scale(world, "kube-controller-manager", 2);
    world.env.write("standalone.yaml", &louder().replace("image: ", "preferredZones: [a]\n      image: "));
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan", "--leave", REPLICAS]);
    assert_eq!(saved.code, Some(0), "{saved}");
    scale(world, "kube-controller-manager", 3);
    let refused = world.iriskit(&["apply", "p.plan", "--allow", "outage"]);
    // The pod that came meanwhile would restart, too, and the plan does not say that.
    assert_eq!(refused.code, Some(3), "{refused}");
    assert!(refused.stderr.contains("spec.replicas") && refused.stderr.contains("planned from   2"), "{refused}");
    assert_eq!(replicas(world), 3);
}

fn a_rule_about_nothing_is_told(world: &World) {
    applied(world);
    for (rule, severity, said) in [
        ("StatefulSet/standalone-dat:spec.replicas", "warning", Some("StatefulSet/standalone-data:spec.replicas")),
        ("Statefulset:spec.replicas", "warning", Some("StatefulSet:spec.replicas")),
        ("StatefulSet/standalone-data:spec.replica", "warning", Some("StatefulSet/standalone-data:spec.replicas")),
        ("spec.template.spec.containers[irsi].image", "warning", Some("spec.template.spec.containers[iris].image")),
        ("Deployment/other:spec.replicas", "warning", None),
        ("Service:metadata.annotations[a.example/b]", "note", None),
        ("Service/standalone:spec.loadBalancerIP", "note", None),
    ] {
        for flag in ["--take", "--leave", "--fail"] {
            let output = world.iriskit(&["plan", "standalone.yaml", "--detailed-exitcode", flag, rule]);
            assert!(output.code == Some(0) && output.stdout.contains("No changes"), "{rule}: {output}");
            let text = output.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&format!("{severity}[rule-without-field]: {flag} {rule}")), "{rule}: {output}");
            let meant = said.is_none_or(|said| text.contains(&format!("did you mean `{said}`?")));
            assert!(meant && (said.is_some() || !text.contains("did you mean")), "{rule}: {output}");
        }
    }
    // Ones that are about something, be it only live: nothing to tell.
    for rule in ["spec", "StatefulSet/*:spec.replicas", "Service/standalone:spec.clusterIP", "metadata.labels"] {
        let output = world.iriskit(&["plan", "standalone.yaml", "--leave", rule]);
        assert!(output.code == Some(0) && !output.to_string().contains("rule-without-field"), "{rule}: {output}");
    }
}
