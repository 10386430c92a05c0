//! Volumes that would go without a step that deletes them: plans say so, and nothing happens without the allowance.

use iriskit_state::plan::VolumeEffect;
use serde_json::{Value, json};

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    planned::Planned,
    world::{LABELER, World, name_of},
};

everywhere!(
    a_destroy_that_would_take_volumes_along_says_so,
    a_destroy_keeps_the_volumes_that_nobody_deleted,
    a_mirror_is_destroyed_without_its_volumes_whatever_their_policy,
    a_set_that_takes_its_volumes_along_needs_the_allowance,
    fewer_pods_may_mean_fewer_volumes,
    other_ordinals_may_mean_other_volumes,
    a_claim_that_waits_for_its_pod_to_go_is_lost_with_a_restart,
    a_claim_that_goes_with_its_owner_is_told,
);

const FILE: &str = "standalone.yaml";
const CONFIRMED: [&str; 4] = ["--allow", "delete-data", "--confirm", "standalone"];

/// What `kubectl edit` makes of a set's policy, and the controller of it.
fn deletes_claims(world: &World, set: &str) {
    let policy = json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}});
    world.edit(&format!("statefulsets/{set}"), &policy);
    world.until("owners of the claims", || {
        let owned = |claim: &Value| claim["metadata"]["ownerReferences"].is_array();
        let of_set = |claim: &&Value| name_of(claim).contains(&format!("-{set}-"));
        let found = world.get(&format!("statefulsets/{set}"));
        let seen = found["status"]["observedGeneration"] == found["metadata"]["generation"];
        (seen && world.list("persistentvolumeclaims").iter().filter(of_set).all(owned)).then_some(())
    });
}

#[track_caller]
fn deleted(plan: &Planned, object: &str) -> Vec<String> {
    let volumes = &plan.change(object).impact.volumes;
    let deleted = volumes.iter().filter(|volume| volume.effect == VolumeEffect::Deleted);
    deleted.map(|volume| volume.claim.clone()).collect()
}

/// Refused for want of the allowance; nothing was written.
#[track_caller]
fn refused(world: &World, command: &[&str]) {
    let before = (world.versions(), world.names("persistentvolumeclaims"), world.names("pods"));
    let output = world.iriskit(command);
    assert!(output.code == Some(6) && output.stderr.contains("delete-data"), "{output}");
    assert_eq!((world.versions(), world.names("persistentvolumeclaims"), world.names("pods")), before);
}

fn a_destroy_that_would_take_volumes_along_says_so(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    deletes_claims(world, "standalone-data");
    let destroy = ["destroy", "standalone", "--auto-approve"];
    refused(world, &destroy);
    let told = world.iriskit(&destroy);
    assert!(told.stdout.contains("iris-data-standalone-data-0") && !told.stdout.contains("volumes are kept"), "{told}");
    // An apply takes the policy back; then they stay.
    world.apply(FILE, &[]);
    world.until("claims without owners", || {
        let owned = |claim: &Value| claim["metadata"].get("ownerReferences").is_some();
        (!world.list("persistentvolumeclaims").iter().any(owned)).then_some(())
    });
    let volumes = world.names("persistentvolumeclaims");
    assert_eq!(world.iriskit(&destroy).code, Some(0));
    assert_eq!(world.names("persistentvolumeclaims"), volumes);
    world.apply(FILE, &["--allow", "reuse-data"]);
    deletes_claims(world, "standalone-data");
    let gone = world.iriskit(&[&destroy[..], &CONFIRMED].concat());
    assert_eq!(gone.code, Some(0), "{gone}");
    assert_eq!(world.names("persistentvolumeclaims"), Vec::<String>::new());
}

fn a_destroy_keeps_the_volumes_that_nobody_deleted(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    let claim = "iris-data-standalone-data-0";
    let mut others = world.names("persistentvolumeclaims");
    others.retain(|name| name != claim);
    assert!(!others.is_empty());
    world.delete(&format!("persistentvolumeclaims/{claim}"));
    let destroy = ["destroy", "standalone", "--auto-approve"];
    refused(world, &destroy);
    let told = world.iriskit(&[&destroy[..], &["--json-into", "plan.json"]].concat());
    let needs = "--keep-volumes --allow delete-data";
    assert!(told.stdout.contains(&format!("Needs {needs}.")) && told.stderr.contains(needs), "{told}");
    let plan: Value = serde_json::from_str(&world.env.read("plan.json")).unwrap();
    assert_eq!((&plan["apply_flags"], &plan["impact"]["volumes_deleted"]), (&json!(needs), &json!(1)));
    refused(world, &[&destroy[..], &["--keep-volumes"]].concat());
    let unconfirmed = world.iriskit(&[&destroy[..], &["--keep-volumes", "--allow", "delete-data"]].concat());
    assert!(unconfirmed.code == Some(6) && unconfirmed.stderr.contains("--confirm standalone"), "{unconfirmed}");
    let gone = world.iriskit(&[&destroy[..], &["--keep-volumes"], &CONFIRMED].concat());
    assert_eq!(gone.code, Some(0), "{gone}");
    world.until("the claim to go", || {
        (!world.names("persistentvolumeclaims").iter().any(|name| name == claim)).then_some(())
    });
    assert_eq!(world.names("persistentvolumeclaims"), others);
}

fn a_mirror_is_destroyed_without_its_volumes_whatever_their_policy(world: &World) {
    let image = ["--labeler-image", LABELER];
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &image);
    world.pair("mirrored-data-0");
    deletes_claims(world, "mirrored-data-0");
    let of_pair = || {
        let mut names = world.names("persistentvolumeclaims");
        names.retain(|name| name.contains("-mirrored-data-0-"));
        names
    };
    let volumes = of_pair();
    let output = world.iriskit(&["destroy", "mirrored", "--auto-approve"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(of_pair(), volumes);
}

fn side(replicas: u32, policy: &str) -> String {
    format!(
        "{STANDALONE}---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: side}}\nspec:\n  replicas: {replicas}\n  \
         selector: {{matchLabels: {{app: side}}}}\n  persistentVolumeClaimRetentionPolicy: {policy}\n  template: {{metadata: \
         {{labels: {{app: side}}}}, spec: {{containers: [{{name: c, image: c:1}}]}}}}\n  volumeClaimTemplates:\n  - metadata: \
         {{name: d}}\n    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n"
    )
}

fn a_set_that_takes_its_volumes_along_needs_the_allowance(world: &World) {
    world.env.write(FILE, &side(2, "{whenDeleted: Delete}"));
    world.apply(FILE, &[]);
    world.env.write(FILE, STANDALONE);
    let plan = world.plan(FILE, &[]);
    assert_eq!(plan.changed(), ["StatefulSet/side delete"]);
    assert_eq!(deleted(&plan, "StatefulSet/side"), ["d-side-0", "d-side-1"]);
    assert_eq!((plan.allowances(), plan.0.impact.volumes_deleted), (vec!["delete-data", "outage"], 2));
    refused(world, &["apply", FILE, "--auto-approve", "--allow", "outage"]);
    let unconfirmed = world.iriskit(&["apply", FILE, "--auto-approve", "--allow", "outage,delete-data"]);
    assert!(unconfirmed.code == Some(6) && unconfirmed.stderr.contains("--confirm standalone"), "{unconfirmed}");
    assert_eq!(world.iriskit(&["plan", FILE, "-o", "p.plan"]).code, Some(0));
    let unconfirmed = world.iriskit(&["apply", "p.plan", "--allow", "outage,delete-data"]);
    assert!(unconfirmed.code == Some(6) && unconfirmed.stderr.contains("--confirm standalone"), "{unconfirmed}");
    world.apply(FILE, &["--allow", "outage,delete-data", "--confirm", "standalone"]);
    assert!(world.names("persistentvolumeclaims").iter().all(|name| !name.starts_with("d-side-")));
    world.no_changes(FILE, &[]);
}

fn fewer_pods_may_mean_fewer_volumes(world: &World) {
    world.env.write(FILE, &side(2, "{whenScaled: Delete}"));
    world.apply(FILE, &[]);
    world.env.write(FILE, &side(1, "{whenScaled: Delete}"));
    let plan = world.plan(FILE, &[]);
    assert_eq!(deleted(&plan, "StatefulSet/side"), ["d-side-1"]);
    assert_eq!(plan.allowances(), ["delete-data"]);
    refused(world, &["apply", FILE, "--auto-approve"]);
    // With the policy that the manifest has by then, they stay.
    world.env.write(FILE, &side(1, "{whenScaled: Retain}"));
    assert_eq!(world.plan(FILE, &[]).allowances(), Vec::<&str>::new());
    world.env.write(FILE, &side(1, "{whenScaled: Delete}"));
    world.apply(FILE, &CONFIRMED);
    assert!(world.find("persistentvolumeclaims/d-side-1").is_none());
    world.no_changes(FILE, &[]);
}

fn other_ordinals_may_mean_other_volumes(world: &World) {
    let side = |start: u32| side(3, &format!("{{whenScaled: Delete}}\n  ordinals: {{start: {start}}}"));
    world.env.write(FILE, &side(0));
    world.apply(FILE, &[]);
    world.env.write(FILE, &side(5));
    let plan = world.plan(FILE, &[]);
    assert_eq!(deleted(&plan, "StatefulSet/side"), ["d-side-2", "d-side-1", "d-side-0"]);
    assert_eq!((plan.allowances(), plan.0.impact.volumes_new), (vec!["delete-data"], 3));
    refused(world, &["apply", FILE, "--auto-approve"]);
    world.apply(FILE, &CONFIRMED);
    let of_side = |plural: &str| {
        let mut names = world.names(plural);
        names.retain(|name| name.contains("side-"));
        names
    };
    world.until("the end of the old pods", || (of_side("pods").len() == 3).then_some(()));
    assert_eq!(of_side("pods"), ["side-5", "side-6", "side-7"]);
    assert_eq!(of_side("persistentvolumeclaims"), ["d-side-5", "d-side-6", "d-side-7"]);
    world.no_changes(FILE, &[]);
    // And one that is made there from the beginning.
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &["--allow", "outage"]);
    world.env.write(FILE, &side(5));
    let plan = world.plan(FILE, &[]);
    assert_eq!((plan.allowances(), plan.0.impact.volumes_reused), (vec!["reuse-data"], 3));
    world.apply(FILE, &["--allow", "reuse-data"]);
    world.no_changes(FILE, &[]);
}

fn a_claim_that_goes_with_its_owner_is_told(world: &World) {
    let companion = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n";
    world.env.write(FILE, &format!("{STANDALONE}{companion}"));
    world.apply(FILE, &[]);
    let owner = |tail: &str, api_version: &str, kind: &str| {
        let found = world.get(tail);
        json!({"apiVersion": api_version, "kind": kind, "name": name_of(&found), "uid": found["metadata"]["uid"]})
    };
    let claim = |name: &str, owner: Value| {
        world.make(
            "persistentvolumeclaims",
            &json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "ownerReferences": [owner]},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
        );
    };
    claim("of-settings", owner("configmaps/settings", "v1", "ConfigMap"));
    claim("of-pod", owner("pods/standalone-data-0", "v1", "Pod"));
    // A companion leaves the manifest; its pod restarts in another plan.
    world.env.write(FILE, STANDALONE);
    let plan = world.plan(FILE, &[]);
    assert_eq!(deleted(&plan, "ConfigMap/settings"), ["of-settings"]);
    assert_eq!(plan.allowances(), ["delete-data"]);
    refused(world, &["apply", FILE, "--auto-approve"]);
    world.apply(FILE, &CONFIRMED);
    world.until("the end of the claim", || world.find("persistentvolumeclaims/of-settings").is_none().then_some(()));
    world.env.write(FILE, &STANDALONE.replace("    data:\n", "    data:\n      preferredZones: [a]\n"));
    let plan = world.plan(FILE, &[]);
    assert_eq!(deleted(&plan, "StatefulSet/standalone-data"), ["of-pod"]);
    assert_eq!(plan.allowances(), ["delete-data", "outage"]);
    refused(world, &["apply", FILE, "--auto-approve", "--allow", "outage"]);
    world.apply(FILE, &["--allow", "outage,delete-data", "--confirm", "standalone"]);
    world.until("the end of the claim", || world.find("persistentvolumeclaims/of-pod").is_none().then_some(()));
}

fn a_claim_that_waits_for_its_pod_to_go_is_lost_with_a_restart(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    let claim = "persistentvolumeclaims/iris-data-standalone-data-0";
    let before = world.get(claim)["metadata"]["uid"].clone();
    world.delete(claim);
    assert!(world.get(claim)["metadata"]["deletionTimestamp"].is_string(), "its pod holds it");
    world.env.write(FILE, &STANDALONE.replace("    data:\n", "    data:\n      preferredZones: [a]\n"));
    let plan = world.plan(FILE, &[]);
    assert_eq!(deleted(&plan, "StatefulSet/standalone-data"), ["iris-data-standalone-data-0"]);
    assert_eq!(plan.allowances(), ["delete-data", "outage"]);
    refused(world, &["apply", FILE, "--auto-approve", "--allow", "outage"]);
    world.apply(FILE, &["--allow", "outage,delete-data", "--confirm", "standalone"]);
    let after = world.get(claim);
    assert!(after["metadata"]["uid"] != before && after["metadata"].get("deletionTimestamp").is_none(), "{after}");
    world.no_changes(FILE, &[]);
}
