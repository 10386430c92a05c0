//! Data nodes in every form: sharded, mirrored, with asyncs, on one volume; applied, changed once, rolled.

use std::collections::BTreeMap;

use iriskit_state::plan::{NoteId, PodEffect};

use super::harness::world::{LABELER, World, name_of};

everywhere!(
    shards_are_made_one_after_the_other_and_more_are_added,
    mirrored_shards_are_rolled_one_after_the_other,
    a_mirror_with_asyncs_is_rolled_asyncs_first,
    databases_on_one_volume_and_compute_nodes_without_any,
);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];
const OLD: &str = "containers.intersystems.com/intersystems/iris:2024.1";
const NEW: &str = "containers.intersystems.com/intersystems/iris:2024.1.1";

/// The manifest of cluster `ledger`; `data` is what stands in `topology.data` beside the image.
fn manifest(data: &str, rest: &str) -> String {
    let indented: String = data.lines().flat_map(|line| ["      ", line, "\n"]).collect();
    format!(
        "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata:\n  name: ledger\nspec:\n  topology:\n    data:\n      \
         image: {OLD}\n{indented}{rest}"
    )
}

fn pods(world: &World) -> BTreeMap<String, String> {
    let uid = |pod: &serde_json::Value| pod["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    world.list("pods").iter().map(|pod| (name_of(pod).to_owned(), uid(pod))).collect()
}

/// Applies `before`, and then `after`, of which nothing is left to do.
fn applied(world: &World, manifest: &str, flags: &[&'static str]) -> String {
    world.env.write("ledger.yaml", manifest);
    let said = world.apply("ledger.yaml", flags);
    world.no_changes("ledger.yaml", &IMAGE);
    said
}

fn shards_are_made_one_after_the_other_and_more_are_added(world: &World) {
    applied(world, &manifest("shards: 2", ""), &IMAGE);
    assert_eq!(pods(world).into_keys().collect::<Vec<_>>(), ["ledger-data-0", "ledger-data-1"]);
    let before = pods(world);
    world.env.write("ledger.yaml", &manifest("shards: 3", ""));
    let plan = world.plan("ledger.yaml", &IMAGE);
    assert_eq!(plan.changed(), ["StatefulSet/ledger-data update"]);
    assert_eq!((plan.0.impact.restarts, plan.notes("shards-to-rebalance").len()), (0, 1));
    applied(world, &manifest("shards: 3", ""), &IMAGE);
    let mut after = pods(world);
    assert!(after.remove("ledger-data-2").is_some());
    assert_eq!(after, before);
    world.env.write("ledger.yaml", &manifest("shards: 1", ""));
    let refused = world.iriskit(&["plan", "ledger.yaml"]);
    assert!(refused.code == Some(1) && refused.stdout.contains("topology-rebuild"), "{refused}");
}

fn mirrored_shards_are_rolled_one_after_the_other(world: &World) {
    let two = "shards: 2\nmirrored: true";
    applied(world, &manifest(two, ""), &IMAGE);
    for set in ["ledger-data-0", "ledger-data-1"] {
        world.pair(set);
    }
    let more = manifest(two, "").replace(OLD, NEW);
    world.env.write("ledger.yaml", &more);
    let plan = world.plan("ledger.yaml", &IMAGE);
    assert_eq!(plan.changed(), ["StatefulSet/ledger-data-0 update", "StatefulSet/ledger-data-1 update"]);
    assert_eq!(plan.0.impact.primary_moves, 4);
    let restarted: Vec<&str> = plan
        .0
        .resource_changes
        .iter()
        .flat_map(|change| &change.impact.pods)
        .filter(|pod| pod.effect == PodEffect::Restarts)
        .map(|pod| pod.pod.as_str())
        .collect();
    let of_one = |set: &str| restarted.iter().filter(|pod| pod.starts_with(set)).count();
    assert_eq!((of_one("ledger-data-0-"), of_one("ledger-data-1-"), restarted.len()), (3, 3, 6), "{restarted:?}");
    let before = pods(world);
    applied(world, &more, &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
    let after = pods(world);
    assert!(before.iter().all(|(pod, uid)| after.get(pod).is_some_and(|now| now != uid)), "{before:?} {after:?}");
}

fn a_mirror_with_asyncs_is_rolled_asyncs_first(world: &World) {
    let members = "mirrored: true\nmirrorMap: primary,backup,drasync,rorasync";
    applied(world, &manifest(members, ""), &IMAGE);
    world.pair("ledger-data-0");
    world.env.write("ledger.yaml", &manifest(members, "").replace(OLD, NEW));
    let plan = world.plan("ledger.yaml", &IMAGE);
    let order: Vec<&str> =
        plan.change("StatefulSet/ledger-data-0").impact.pods.iter().map(|pod| pod.pod.as_str()).collect();
    assert_eq!(&order[..2], ["ledger-data-0-3", "ledger-data-0-2"], "{order:?}");
    applied(world, &manifest(members, "").replace(OLD, NEW), &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
}

fn databases_on_one_volume_and_compute_nodes_without_any(world: &World) {
    let data = "storage: {resources: {requests: {storage: 3Gi}}}\nirisDatabases: [{name: sales}]\n\
                irisNamespaces: [{name: SALES, globals: sales, interop: true}]";
    let compute = format!("    compute:\n      image: {OLD}\n      ephemeral: true\n");
    applied(world, &manifest(data, &compute), &IMAGE);
    let claims: Vec<String> = world.names("persistentvolumeclaims").into_iter().collect();
    assert_eq!(claims, ["iris-data-ledger-data-0"]);
    let text = world.get("configmaps/ledger-data")["data"]["data.cpf"].as_str().unwrap().to_owned();
    assert!(text.contains("CreateDatabase:Name=sales,Directory=/irissys/data/IRIS/mgr/sales\n"), "{text}");
    // Without volumes nothing of a compute node is lost when it goes.
    let fewer = compute.replace("ephemeral: true", "ephemeral: true\n      replicas: 0");
    world.env.write("ledger.yaml", &manifest(data, &fewer));
    let plan = world.plan("ledger.yaml", &IMAGE);
    assert_eq!(plan.changed(), ["StatefulSet/ledger-compute update"]);
    assert!(!plan.0.notes.iter().any(|note| note.id == NoteId::TopologyRebuild));
    assert_eq!(plan.0.impact.volumes_deleted, 0);
}
