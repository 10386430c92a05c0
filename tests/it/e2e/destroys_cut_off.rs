//! Destroys that were cut off after a StatefulSet had gone without its pods: the next one ends them, and no volume is marked
//! for deletion under a running database.

use serde_json::{Value, json};

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    world::{LABELER, World, name_of},
};

everywhere!(
    pods_that_are_left_go_the_backup_first,
    volumes_go_after_the_pods_that_are_left,
    pods_of_other_sets_that_are_left_go_as_well,
);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

fn orphaned(world: &World, set: &str) {
    let tail = format!("statefulsets/{set}");
    let orphan = json!({"propagationPolicy": "Orphan"});
    assert!(matches!(world.send("DELETE", &tail, "application/json", Some(&orphan)).0, 200 | 202));
    world.until("the end of the set", || world.find(&tail).is_none().then_some(()));
    world.until("pods that nobody controls", || {
        let free = |pod: &Value| pod["metadata"].get("ownerReferences").is_none();
        world.list("pods").iter().filter(|pod| name_of(pod).starts_with(set)).all(free).then_some(())
    });
}

fn pair(world: &World) -> String {
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    world.pair("mirrored-data-0");
    world.fail_over("mirrored-data-0");
    let primary = world.until("the other primary", || {
        let primary = world.pair("mirrored-data-0");
        (primary == "mirrored-data-0-1").then_some(primary)
    });
    orphaned(world, "mirrored-data-0");
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
    let all = ["destroy", "mirrored", "--auto-approve", "--allow", "delete-data", "--confirm", "mirrored"];
    let gone = world.iriskit(&all);
    assert_eq!(gone.code, Some(0), "{gone}");
    world.is_as_new();
}

fn pods_of_other_sets_that_are_left_go_as_well(world: &World) {
    let side = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: side}\nspec:\n  replicas: 2\n  selector: \
                {matchLabels: {app: side}}\n  template: {metadata: {labels: {app: side}}, spec: {containers: [{name: c, \
                image: c:1}]}}\n";
    world.env.write("standalone.yaml", &format!("{STANDALONE}{side}"));
    world.apply("standalone.yaml", &[]);
    orphaned(world, "standalone-data");
    orphaned(world, "side");
    let gone = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert_eq!(world.names("pods"), Vec::<String>::new());
}
