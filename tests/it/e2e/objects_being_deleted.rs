//! Objects that somebody else holds by a finalizer, or that are on their way out.

use serde_json::json;

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    a_finalizer_that_will_hold_up_a_deletion_is_told,
    a_shared_service_that_is_going_is_no_service,
    a_namespace_that_is_going_takes_everything_along,
);

const FILE: &str = "standalone.yaml";

fn hold(world: &World, object: &str, by: &serde_json::Value) {
    world.edit(object, &json!({"metadata": {"finalizers": by}}));
}

fn a_finalizer_that_will_hold_up_a_deletion_is_told(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    hold(world, "configmaps/standalone-data", &json!(["example.com/guard"]));
    assert!(world.plan(FILE, &[]).notes("held-by-finalizer").is_empty(), "nothing is deleted");
    let destroy = ["destroy", "standalone", "--auto-approve", "--timeout", "2s"];
    let cut = world.iriskit(&destroy);
    assert_eq!(cut.code, Some(5), "{cut}");
    assert!(cut.stdout.contains("[held-by-finalizer]") && cut.stdout.contains("example.com/guard"), "{cut}");
    // The next run knows that it began, and ends it.
    let again = world.iriskit(&destroy);
    assert!(again.code == Some(5) && again.stdout.contains("it is being deleted since"), "{again}");
    hold(world, "configmaps/standalone-data", &json!(null));
    let done = world.iriskit(&destroy);
    assert!(done.code == Some(0) && !done.stdout.contains("held-by-finalizer"), "{done}");
    assert!(world.find("configmaps/standalone-data").is_none());
}

fn a_shared_service_that_is_going_is_no_service(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    hold(world, "services/iris-svc", &json!(["example.com/guard"]));
    world.delete("services/iris-svc");
    for flags in [&[][..], &["--server-diff=always"]] {
        let output = world.iriskit(&[&["plan", FILE][..], flags].concat());
        assert!(output.code == Some(1) && output.stdout.contains("[terminating]"), "{output}");
        assert!(output.stdout.contains("Service iris-svc"), "{output}");
    }
    hold(world, "services/iris-svc", &json!(null));
    assert_eq!(world.plan(FILE, &[]).changed(), ["Service/iris-svc create"]);
    world.apply(FILE, &[]);
    world.no_changes(FILE, &[]);
}

fn a_namespace_that_is_going_takes_everything_along(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    // Of everything that is there something stays for a while.
    let kept =
        ["statefulsets/standalone-data", "services/standalone", "services/iris-svc", "configmaps/standalone-data"];
    for object in kept {
        hold(world, object, &json!(["example.com/guard"]));
    }
    world.delete(&format!("/api/v1/namespaces/{}", world.namespace()));
    let output = world.iriskit(&["plan", FILE]);
    assert!(output.code == Some(1) && output.stdout.contains("[terminating]"), "{output}");
    assert!(output.stdout.contains(&format!("Namespace {}", world.namespace())), "{output}");
    for object in kept {
        hold(world, object, &json!(null));
    }
}
