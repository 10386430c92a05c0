//! `iriskit status`.

use iriskit_state::{
    plan::Role,
    record::{Record, RecordedObject},
    status::StatusReport,
};
use jiff::Timestamp;
use serde_json::json;

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    world::{LABELER, World},
};

fn status(world: &World, args: &[&str]) -> (Option<i32>, StatusReport) {
    let output = world.iriskit(&[&["status", "-o", "json"], args].concat());
    let report = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    (output.code, report)
}

fn applied(world: &World) {
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &["--labeler-image", LABELER]);
    world.pair("mirrored-data-0");
}

everywhere!(
    members_roles_services_and_what_others_changed_are_told,
    what_is_gone_makes_it_unhealthy,
    a_cluster_that_nobody_applied_is_an_error,
    what_is_recorded_and_not_made_is_a_problem_unless_somebody_works,
);

fn members_roles_services_and_what_others_changed_are_told(world: &World) {
    applied(world);
    world.until("a healthy cluster", || (status(world, &[]).0 == Some(0)).then_some(()));
    let (_, report) = status(world, &["mirrored"]);
    let [cluster] = report.clusters.as_slice() else { panic!("{report:?}") };
    assert_eq!((cluster.name.as_str(), &cluster.problems, &cluster.drift), ("mirrored", &vec![], &vec![]));
    assert!(cluster.last_apply.is_some());
    let data = cluster.workloads.iter().find(|workload| workload.name == "mirrored-data-0").unwrap();
    let mut roles: Vec<_> = data.pods.iter().map(|pod| (pod.ready, pod.role)).collect();
    roles.sort();
    assert_eq!(roles, [(true, Some(Role::Primary)), (true, Some(Role::Backup))]);
    assert!(data.pods.iter().all(|pod| pod.outdated == Some(false) && pod.mirror.is_some()), "{data:?}");
    let service = cluster.services.iter().find(|service| service.name == "mirrored").unwrap();
    assert_eq!(service.endpoints, Some(1));

    world.edit("services/mirrored", &json!({"spec": {"type": "NodePort"}}));
    let (code, report) = status(world, &[]);
    assert_eq!((code, report.healthy), (Some(0), true), "drift alone is no illness");
    let fields: Vec<_> = report.clusters[0].drift.iter().flat_map(|drifted| &drifted.fields).collect();
    assert_eq!(fields, ["spec.type"]);
}

fn what_is_gone_makes_it_unhealthy(world: &World) {
    applied(world);
    world.until("a healthy cluster", || (status(world, &[]).0 == Some(0)).then_some(()));
    world.delete("services/mirrored");
    let (code, report) = status(world, &[]);
    assert_eq!(code, Some(5));
    let problems = report.clusters[0].problems.join("; ");
    assert!(problems.contains("Service/") && problems.contains("mirrored is gone"), "{problems}");
    let text = world.iriskit(&["status"]);
    assert!(text.code == Some(5) && text.stdout.contains("not healthy") && text.stdout.contains("is gone"), "{text}");
}

/// The record with an object that is intended, and none that was made.
fn intend(world: &World, name: &str) {
    let map = world.get("configmaps/mirrored-iriskit");
    let mut record = Record::parse(map["data"]["record.json"].as_str().unwrap()).unwrap();
    let service = record.objects.iter().find(|object| object.kind == "Service").unwrap().clone();
    record.objects.push(RecordedObject { name: name.to_owned(), uid: None, ..service });
    world.edit("configmaps/mirrored-iriskit", &json!({"data": {"record.json": record.to_text().unwrap()}}));
}

fn what_is_recorded_and_not_made_is_a_problem_unless_somebody_works(world: &World) {
    applied(world);
    world.until("a healthy cluster", || (status(world, &[]).0 == Some(0)).then_some(()));
    intend(world, "intended");
    let (code, report) = status(world, &[]);
    let address = format!("Service/{}/intended", world.namespace());
    assert_eq!((code, &report.clusters[0].problems), (Some(5), &vec![format!("{address} is not made yet")]));
    let renewed = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let spec = json!({"holderIdentity": "jane", "leaseDurationSeconds": 60, "renewTime": renewed});
    world.edit("leases/mirrored-iriskit", &json!({"spec": spec}));
    let (code, report) = status(world, &[]);
    assert_eq!((code, &report.clusters[0].problems), (Some(0), &vec![]));
    assert_eq!(report.clusters[0].working.as_deref(), Some("`jane`"));
}

#[test]
fn members_that_are_behind_or_silent_make_a_mirror_unhealthy() {
    let Some(world) = World::on_the_control_plane() else { return };
    applied(&world);
    world.until("a healthy cluster", || (status(&world, &[]).0 == Some(0)).then_some(()));
    world.hold_catch_up(true);
    world.delete("pods/mirrored-data-0-1");
    let told = |part: &str| {
        let (code, report) = status(&world, &[]);
        let [cluster] = report.clusters.as_slice() else { panic!("{report:?}") };
        let ready = cluster.workloads.iter().flat_map(|workload| &workload.pods).filter(|pod| pod.ready).count();
        let found = ready > 1 && cluster.problems.iter().any(|problem| problem.contains(part));
        found.then(|| assert_eq!((code, report.healthy), (Some(5), false), "{report:?}"))
    };
    world.until("a ready backup that is behind", || told("mirrored-data-0-1 is Failover Backup, journal transfer "));
    world.hold_catch_up(false);
    world.until("a healthy cluster", || (status(&world, &[]).0 == Some(0)).then_some(()));
    let world = world.without_iris();
    let old = json!({"type": "Failover", "status": "Backup", "journal": "Active", "at": "2026-01-01T00:00:00Z"});
    let annotations = json!({"iriskit/mirror-status": old.to_string()});
    world.edit("pods/mirrored-data-0-1", &json!({"metadata": {"annotations": annotations}}));
    let (code, report) = status(&world, &[]);
    let problems = report.clusters[0].problems.join("; ");
    assert!(
        code == Some(5) && problems.contains("mirrored-data-0-1 last said its mirror status more than 30 s ago"),
        "{problems}"
    );
}

#[test]
fn what_may_not_be_read_is_not_called_healthy() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let rules = json!([
        {"apiGroups": [""], "resources": ["configmaps", "services"], "verbs": ["get", "list"]},
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["get", "list"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get"]},
    ]);
    let plane = world.plane().expect("on the control plane");
    let kubeconfig = plane.restricted_kubeconfig(world.namespace(), &rules);
    let world = world.acting_as(&kubeconfig);
    let (code, report) = status(&world, &[]);
    assert_eq!((code, report.healthy, report.clusters.len()), (Some(5), false, 1), "{report:?}");
    assert!(report.unknown.iter().any(|what| what.contains("Pod")), "{report:?}");
    let text = world.iriskit(&["status"]);
    assert!(text.code == Some(5) && text.stderr.is_empty(), "{text}");
    assert!(text.stdout.contains("unknown") && !text.stdout.contains("  healthy"), "{text}");
}

fn a_cluster_that_nobody_applied_is_an_error(world: &World) {
    let output = world.iriskit(&["status", "nosuch"]);
    assert!(output.code == Some(1) && output.stderr.contains("error[no-record]"), "{output}");
    let (code, report) = status(world, &[]);
    assert_eq!((code, report.clusters.len()), (Some(0), 0));
}
