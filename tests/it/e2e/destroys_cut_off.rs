//! Destroys that were cut off after a StatefulSet had gone without its pods: the next one ends them, and no volume is marked
//! for deletion under a running database.

use serde_json::Value;

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    world::{LABELER, World},
};

everywhere!(
    pods_that_are_left_go_the_backup_first,
    volumes_go_after_the_pods_that_are_left,
    pods_of_other_sets_that_are_left_go_as_well,
);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

fn pair(world: &World) -> String {
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    world.pair("mirrored-data-0");
    world.fail_over("mirrored-data-0");
    let primary = world.until("the other primary", || {
        let primary = world.pair("mirrored-data-0");
        (primary == "mirrored-data-0-1").then_some(primary)
    });
    world.orphan("mirrored-data-0");
    primary
}

fn pods_that_are_left_go_the_backup_first(world: &World) {
    let primary = pair(world);
    let volumes = world.names("persistentvolumeclaims");
    let told = world.iriskit(&["destroy", "mirrored", "--json-into", "plan.json"]);
    let plan: Value = serde_json::from_str(&world.env.read("plan.json")).unwrap();
    let changes = plan["resource_changes"].as_array().unwrap();
    let pods: Vec<&str> = changes
        .iter()
        .filter(|change| change["type"] == "Pod" || change["kind"] == "Pod")
        .map(|change| change["name"].as_str().unwrap())
        .collect();
    assert_eq!(pods, ["mirrored-data-0-0", primary.as_str()], "{told}");
    let gone = world.iriskit(&["destroy", "mirrored", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert_eq!(world.names("pods"), Vec::<String>::new());
    assert_eq!(world.names("persistentvolumeclaims"), volumes);
}

fn volumes_go_after_the_pods_that_are_left(world: &World) {
    pair(world);
    let gone = world.destroy_with_data("mirrored", &[]);
    assert_eq!(gone.code, Some(0), "{gone}");
    world.is_as_new();
}

fn pods_of_other_sets_that_are_left_go_as_well(world: &World) {
    let side = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: side}\nspec:\n  replicas: 2\n  selector: \
                {matchLabels: {app: side}}\n  template: {metadata: {labels: {app: side}}, spec: {containers: [{name: c, \
                image: c:1}]}}\n";
    world.env.write("standalone.yaml", &format!("{STANDALONE}{side}"));
    world.apply("standalone.yaml", &[]);
    world.orphan("standalone-data");
    world.orphan("side");
    let gone = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert_eq!(world.names("pods"), Vec::<String>::new());
}
