//! `iriskit status`.

use iriskit_state::{plan::Role, status::StatusReport};
use serde_json::json;

use super::harness::{
    manifests::MIRRORED,
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

fn a_cluster_that_nobody_applied_is_an_error(world: &World) {
    let output = world.iriskit(&["status", "nosuch"]);
    assert!(output.code == Some(1) && output.stderr.contains("error[no-record]"), "{output}");
    let (code, report) = status(world, &[]);
    assert_eq!((code, report.clusters.len()), (Some(0), 0));
}
