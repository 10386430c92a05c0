//! The world moves between a plan and its apply: what makes the plan stale, and what does not.

use serde_json::json;

use super::harness::{
    manifests::{compute, simple},
    world::{LABELER, World, is_ready},
};

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

everywhere!(
    status_pods_and_fail_overs_leave_a_plan_valid,
    fewer_ready_pods_make_a_plan_stale_that_allows_no_outage,
    everything_that_moved_is_named_at_once_with_who_and_when,
);

/// A plan for a file, saved as `p.plan`.
fn saved(world: &World, file: &str, old: &str, new: &str) {
    let text = world.env.read(file);
    assert!(text.contains(old), "no {old} in {file}");
    world.env.write(file, &text.replace(old, new));
    let saved = world.iriskit(&["plan", file, "-o", "p.plan", IMAGE[0], IMAGE[1]]);
    assert_eq!(saved.code, Some(0), "{saved}");
}

fn status_pods_and_fail_overs_leave_a_plan_valid(world: &World) {
    compute(world);
    world.apply("compute.yaml", &IMAGE);
    world.pair("hospital-data-0");
    saved(world, "compute.yaml", "TZ", "TZ2");
    let old = world.get("pods/hospital-compute-1")["metadata"]["uid"].clone();
    world.delete("pods/hospital-compute-1");
    world.until("the pod that comes back", || {
        let pod = world.find("pods/hospital-compute-1")?;
        (pod["metadata"]["uid"] != old && is_ready(&pod)).then_some(())
    });
    world.fail_over("hospital-data-0");
    world.until("a new primary", || (world.pair("hospital-data-0") == "hospital-data-0-1").then_some(()));
    world.edit("services/hospital", &json!({"metadata": {"annotations": {"seen": "today"}}}));
    world.edit(
        "services/hospital/status",
        &json!({"status": {"conditions": [{"type": "Seen", "status": "True", "reason": "Test", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}),
    );
    let same = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hospital"}, "spec": {"type": "LoadBalancer"}});
    world.take("helm", "services/hospital", &same);
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
}

fn fewer_ready_pods_make_a_plan_stale_that_allows_no_outage(world: &World) {
    compute(world);
    world.apply("compute.yaml", &IMAGE);
    world.pair("hospital-data-0");
    saved(world, "compute.yaml", "TZ", "TZ2");
    // It goes, and somebody holds it up: the other one serves alone.
    let pod = "pods/hospital-compute-0";
    world.edit(pod, &json!({"metadata": {"finalizers": ["example.com/hold"]}}));
    world.delete(pod);
    let unready = json!([{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
    world.edit(&format!("{pod}/status"), &json!({"status": {"conditions": unready}}));
    let before = world.versions();
    let stale = world.iriskit(&["apply", "p.plan"]);
    assert!(stale.code == Some(3) && stale.stderr.contains("error[plan-stale]"), "{stale}");
    let told =
        "it needs --allow outage by now: hospital-compute-1 is the only ready pod of hospital-compute, and restarts";
    assert!(stale.stderr.contains(told), "{stale}");
    assert_eq!(world.versions(), before);
    world.edit(pod, &json!({"metadata": {"finalizers": null}}));
}

fn everything_that_moved_is_named_at_once_with_who_and_when(world: &World) {
    simple(world);
    world.apply("simple.yaml", &IMAGE);
    saved(world, "simple.yaml", "/api\n", "/api2\n");
    world.edit("secrets/iris-key-secret", &json!({"stringData": {"iris.key": "an0ther-license"}}));
    world.edit("secrets/iris-webgateway-secret", &json!({"stringData": {"password": "an0ther-password"}}));
    world.edit("configmaps/iris-cpf", &json!({"data": {"compute.cpf": "[config]\n"}}));
    world.edit("configmaps/iris-cpf", &json!({"data": {"CSP-merge.ini": "[SYSTEM]\nServer_Response_Timeout=60\n"}}));
    world.edit("services/sidecar-service", &json!({"spec": {"type": "NodePort"}}));
    world.delete("services/simple");
    let before = world.versions();
    let stale = world.iriskit(&["apply", "p.plan"]);
    assert!(stale.code == Some(3) && stale.stderr.contains("error[plan-stale]"), "{stale}");
    let namespace = world.namespace();
    for (object, field) in [
        ("Secret", "iris-key-secret   metadata.resourceVersion"),
        ("Secret", "iris-webgateway-secret   metadata.resourceVersion"),
        ("ConfigMap", "iris-cpf   data.compute.cpf"),
        ("ConfigMap", "iris-cpf   data.CSP-merge.ini"),
        ("Service", "sidecar-service   spec.type"),
        ("Service", "simple\n"),
    ] {
        let place = format!("{object} {namespace}/{field}");
        assert!(stale.stderr.contains(&place), "nothing of {place}: {stale}");
    }
    // Of two who wrote a Secret in the same second, nobody knows who was the last.
    assert_eq!(stale.stderr.matches("kubectl-edit").count(), 5, "{stale}");
    assert!(stale.stderr.contains(" s ago") && stale.stderr.contains("now            not there"), "{stale}");
    for secret in ["an0ther", "ser4t"] {
        assert!(!stale.to_string().contains(secret), "{stale}");
    }
    assert_eq!(world.versions(), before);
}
