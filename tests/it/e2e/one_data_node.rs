//! One data node: plan, apply, nothing left to do.

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(a_data_node_is_planned_applied_and_done);

fn a_data_node_is_planned_applied_and_done(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let before = world.versions();
    let changes = world.iriskit(&["plan", "standalone.yaml", "--detailed-exitcode"]);
    assert_eq!(changes.code, Some(2), "{changes}");
    assert_eq!(world.versions(), before, "a plan writes nothing");
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(
        plan.changed(),
        [
            "Service/iris-svc create",
            "ConfigMap/standalone-data create",
            "StatefulSet/standalone-data create",
            "Service/standalone create"
        ]
    );

    world.apply("standalone.yaml", &[]);
    let set = world.get("statefulsets/standalone-data");
    assert_eq!(set["status"]["readyReplicas"], 1, "{set}");
    assert_eq!(world.get("services/standalone")["spec"]["type"], "NodePort");

    world.no_changes("standalone.yaml", &[]);
    let (applied, mark) = (world.versions(), world.plane().map(|plane| (plane, plane.audit_mark())));
    let again = world.apply("standalone.yaml", &[]);
    assert!(again.contains("No changes"), "{again}");
    assert_eq!(world.versions(), applied, "a second apply writes nothing");
    if let Some((plane, mark)) = mark {
        let mut requests = plane.audit_since(mark, "iriskit/");
        requests.retain(|entry| entry.namespace == world.namespace());
        assert!(!requests.is_empty());
        let reads = |verb: &str| ["get", "list"].contains(&verb);
        assert!(requests.iter().all(|entry| reads(&entry.verb)), "{requests:#?}");
    }
}
