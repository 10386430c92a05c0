//! Companions whose change needs another object, and those whose change only looks so.

use std::collections::BTreeMap;

use iriskit_state::plan::{ActionReason, PodEffect, ReplaceMode};
use serde_json::Value;

use super::harness::{
    manifests::STANDALONE,
    world::{World, name_of},
};

everywhere!(
    a_service_changes_its_type_in_place,
    a_service_with_another_address_is_made_again,
    the_port_of_health_checks_needs_another_service,
    a_set_of_the_user_is_made_again_around_its_pods,
    a_deployment_with_another_selector_is_made_again,
    a_claim_of_the_user_grows_and_never_shrinks,
);

const FILE: &str = "standalone.yaml";

fn uid(object: &Value) -> String {
    object["metadata"]["uid"].as_str().expect("a uid").to_owned()
}

/// The stand-alone example with a companion.
fn beside(world: &World, companion: &str) {
    world.env.write(FILE, &format!("{STANDALONE}---\n{companion}"));
}

fn service(spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: door}}\nspec:\n  selector: {{app: door}}\n  ports: [{{name: p, port: \
         1972}}]\n{spec}"
    )
}

/// Plans, applies, and plans again.
#[track_caller]
fn in_place(world: &World, companion: &str, object: &str, tail: &str) {
    let before = uid(&world.get(tail));
    beside(world, companion);
    let plan = world.plan(FILE, &[]);
    assert_eq!(plan.changed(), [format!("{object} update")], "{companion}");
    assert_eq!(plan.allowances(), Vec::<&str>::new());
    world.apply(FILE, &[]);
    assert_eq!(uid(&world.get(tail)), before, "{companion}");
    world.no_changes(FILE, &[]);
}

#[track_caller]
fn made_again(world: &World, companion: &str, object: &str, tail: &str, because: &[&str]) {
    let before = uid(&world.get(tail));
    beside(world, companion);
    let plan = world.plan(FILE, &[]);
    assert_eq!(plan.changed(), [format!("{object} delete create")], "{companion}");
    let change = plan.change(object);
    assert_eq!(change.change.replace_paths, because, "{companion}");
    assert_eq!(
        (change.action_reason, change.replace_mode),
        (Some(ActionReason::ReplaceBecauseImmutable), Some(ReplaceMode::DeleteCreate))
    );
    if object.starts_with("Service") {
        let shown = |path: &&str| change.fields.iter().any(|field| field.path == *path);
        assert!(because.iter().all(shown), "{companion}: {:?}", change.fields);
        let spec = &change.change.after["spec"];
        let listed = spec.get("clusterIP").is_none_or(|address| spec["clusterIPs"] == Value::from([address.clone()]));
        assert!(listed, "{companion}: {spec}");
    }
    let allowances = plan.allowances();
    // What has pods that serve is without them meanwhile.
    let expected: &[&str] = if object.starts_with("Deployment") { &["outage", "replace"] } else { &["replace"] };
    assert_eq!(allowances, expected);
    let versions = world.versions();
    let output = world.iriskit(&["apply", FILE, "--auto-approve"]);
    assert!(output.code == Some(6) && output.stderr.contains("replace"), "{output}");
    assert_eq!(world.versions(), versions);
    world.apply(FILE, &["--allow", &expected.join(",")]);
    assert_ne!(uid(&world.get(tail)), before, "{companion}");
    world.no_changes(FILE, &[]);
}

fn a_service_changes_its_type_in_place(world: &World) {
    beside(world, &service(""));
    world.apply(FILE, &[]);
    let address = world.get("services/door")["spec"]["clusterIP"].clone();
    for (spec, found) in [
        ("  type: NodePort\n", "NodePort"),
        ("  type: LoadBalancer\n", "LoadBalancer"),
        ("  type: NodePort\n", "NodePort"),
        ("  type: ClusterIP\n", "ClusterIP"),
        ("  type: LoadBalancer\n", "LoadBalancer"),
        ("", "ClusterIP"),
    ] {
        in_place(world, &service(spec), "Service/door", "services/door");
        let live = world.get("services/door");
        assert_eq!((&live["spec"]["type"], &live["spec"]["clusterIP"]), (&Value::from(found), &address));
        assert_eq!(live["spec"]["ports"][0].get("nodePort").is_some(), found != "ClusterIP", "{live}");
    }
}

fn a_service_with_another_address_is_made_again(world: &World) {
    beside(world, &service(""));
    world.apply(FILE, &[]);
    for (spec, because) in [
        ("  clusterIP: None\n", ["spec.clusterIP"]),
        ("  clusterIP: 10.0.0.177\n", ["spec.clusterIP"]),
        ("  clusterIP: 10.0.0.178\n", ["spec.clusterIP"]),
        ("  clusterIP: None\n", ["spec.clusterIP"]),
        ("  type: NodePort\n", ["spec.type"]),
    ] {
        made_again(world, &service(spec), "Service/door", "services/door", &because);
        let live = world.get("services/door");
        let address = spec.trim().strip_prefix("clusterIP: ");
        assert!(address.is_none_or(|address| live["spec"]["clusterIP"] == address), "{live}");
    }
    // What is left out stays as it is.
    let address = world.get("services/door")["spec"]["clusterIP"].clone();
    in_place(world, &service(""), "Service/door", "services/door");
    assert_eq!(world.get("services/door")["spec"]["clusterIP"], address);
}

fn the_port_of_health_checks_needs_another_service(world: &World) {
    let local = |port: u16| {
        service(&format!("  type: LoadBalancer\n  externalTrafficPolicy: Local\n  healthCheckNodePort: {port}\n"))
    };
    beside(world, &local(30077));
    world.apply(FILE, &[]);
    made_again(world, &local(30078), "Service/door", "services/door", &["spec.healthCheckNodePort"]);
    assert_eq!(world.get("services/door")["spec"]["healthCheckNodePort"], 30078);
}

/// uids of the pods with this label, by name.
fn pods(world: &World, app: &str) -> BTreeMap<String, String> {
    let all = world.list("pods");
    let of_app = all.iter().filter(|pod| pod["metadata"]["labels"]["app"] == app);
    of_app.map(|pod| (name_of(pod).to_owned(), uid(pod))).collect()
}

fn workload(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: side}}\nspec:\n  replicas: 2\n{spec}  template:\n    metadata: \
         {{labels: {{app: side, tier: one}}}}\n    spec: {{containers: [{{name: c, image: side:1}}]}}\n"
    )
}

fn a_set_of_the_user_is_made_again_around_its_pods(world: &World) {
    let set = |spec: &str| workload("StatefulSet", &format!("  selector: {{matchLabels: {{app: side}}}}\n{spec}"));
    beside(world, &set("  serviceName: one\n"));
    world.apply(FILE, &[]);
    let before = pods(world, "side");
    assert_eq!(before.len(), 2);
    for (spec, because) in [
        ("  serviceName: two\n", vec!["spec.serviceName"]),
        ("  serviceName: two\n  podManagementPolicy: Parallel\n", vec!["spec.podManagementPolicy"]),
        ("  serviceName: three\n", vec!["spec.serviceName", "spec.podManagementPolicy"]),
        ("", vec!["spec.serviceName"]),
    ] {
        let set_before = uid(&world.get("statefulsets/side"));
        beside(world, &set(spec));
        let plan = world.plan(FILE, &[]);
        assert_eq!(plan.changed(), ["StatefulSet/side delete create"], "{spec}");
        let change = plan.change("StatefulSet/side");
        assert_eq!(change.replace_mode, Some(ReplaceMode::OrphanRecreate));
        let mut paths = change.change.replace_paths.clone();
        paths.sort();
        let mut because = because;
        because.sort_unstable();
        assert_eq!(paths, because, "{spec}");
        assert_eq!((plan.allowances(), plan.0.impact.restarts), (vec![], 0), "{spec}");
        assert!(change.impact.pods.iter().all(|pod| pod.effect == PodEffect::Adopted));
        assert_eq!(change.impact.pods.len(), 2);
        world.apply(FILE, &[]);
        assert_ne!(uid(&world.get("statefulsets/side")), set_before);
        assert_eq!(pods(world, "side"), before, "no pod restarted");
        world.no_changes(FILE, &[]);
    }
}

fn a_deployment_with_another_selector_is_made_again(world: &World) {
    let deployment = |label: &str| workload("Deployment", &format!("  selector: {{matchLabels: {{{label}}}}}\n"));
    beside(world, &deployment("app: side"));
    if world.plane().is_none() {
        // Told and left out: the rest of the file can be planned.
        assert_eq!(world.plan(FILE, &[]).notes("kind-not-served").len(), 1);
        world.apply(FILE, &[]);
        return world.no_changes(FILE, &[]);
    }
    world.apply(FILE, &[]);
    let before = pods(world, "side");
    let tail = &format!("/apis/apps/v1/namespaces/{}/deployments/side", world.namespace());
    made_again(world, &deployment("tier: one"), "Deployment/side", tail, &["spec.selector"]);
    let after = pods(world, "side");
    assert!(after.len() == 2 && after.keys().all(|pod| !before.contains_key(pod)), "{before:?} {after:?}");
}

fn a_claim_of_the_user_grows_and_never_shrinks(world: &World) {
    let claim = |class: &str, size: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: files}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
             storageClassName: {class}\n  resources: {{requests: {{storage: {size}}}}}\n"
        )
    };
    let tail = "persistentvolumeclaims/files";
    beside(world, &claim("expandable", "1Gi"));
    world.apply(FILE, &[]);
    world.until("a volume", || (world.get(tail)["status"]["phase"] == "Bound").then_some(()));
    in_place(world, &claim("expandable", "2Gi"), "PersistentVolumeClaim/files", tail);
    let versions = (world.versions(), world.get(tail));
    for (class, size, said) in
        [("expandable", "1Gi", "volumes don't shrink"), ("standard", "2Gi", "spec.storageClassName can't be changed")]
    {
        beside(world, &claim(class, size));
        let output = world.iriskit(&["apply", FILE, "--auto-approve", "--allow", "replace,delete-data"]);
        let text = output.to_string();
        assert!(output.code == Some(1) && text.contains("error[immutable]") && text.contains(said), "{output}");
    }
    assert_eq!((world.versions(), world.get(tail)), versions);
    // Where the class does not let it grow, the server says so when planning.
    let other = |size: &str| claim("standard", size).replace("name: files", "name: fixed");
    beside(world, &format!("{}---\n{}", claim("expandable", "2Gi"), other("1Gi")));
    world.apply(FILE, &[]);
    let bound = || (world.get("persistentvolumeclaims/fixed")["status"]["phase"] == "Bound").then_some(());
    world.until("a volume", bound);
    beside(world, &format!("{}---\n{}", claim("expandable", "2Gi"), other("2Gi")));
    let output = world.iriskit(&["plan", FILE]);
    let said = "only dynamically provisioned pvc can be resized";
    assert!(output.code == Some(1) && output.to_string().contains(said), "{output}");
}
