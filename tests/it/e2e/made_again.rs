//! The same objects under other uids, as a restore from a backup or `kubectl replace --force` makes them: all commands take them
//! for ours, and no volume goes under pods that stay.

use serde_json::{Value, json};

use super::harness::{
    manifests::{COMPUTE, STANDALONE, compute},
    world::{LABELER, World, name_of},
};

everywhere!(
    what_was_made_again_is_applied,
    a_set_that_was_replaced_by_force_is_destroyed_with_its_volumes,
    a_saved_plan_takes_what_was_replaced_by_force_for_ours,
    a_whole_namespace_that_was_restored_is_destroyed,
    a_part_that_was_replaced_by_force_is_removed_with_the_manifest,
    volumes_of_a_set_that_somebody_else_made_again_stay,
    a_volume_that_another_pod_mounts_stays,
);

const FILE: &str = "standalone.yaml";
const ALL: [&str; 6] = ["destroy", "standalone", "--auto-approve", "--allow", "delete-data", "--confirm"];

/// `kubectl replace --force` with what `kubectl get -o yaml` printed.
fn made_again(world: &World, tail: &str, change: impl Fn(&mut Value)) {
    let mut object = world.get(tail);
    let then = object["metadata"]["uid"].clone();
    let orphan = json!({"propagationPolicy": "Background"});
    assert!(matches!(world.send("DELETE", tail, "application/json", Some(&orphan)).0, 200 | 202));
    world.until(&format!("the end of {tail}"), || world.find(tail).is_none().then_some(()));
    let metadata = object["metadata"].as_object_mut().unwrap();
    for member in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "deletionTimestamp"] {
        metadata.remove(member);
    }
    object.as_object_mut().unwrap().remove("status");
    change(&mut object);
    let plural = tail.split('/').next().unwrap();
    world.make(&format!("{plural}?fieldManager=kubectl-replace"), &object);
    assert_ne!(world.get(tail)["metadata"]["uid"], then);
}

fn ready(world: &World, set: &str) {
    world.until("the pods", || {
        let found = world.get(&format!("statefulsets/{set}"));
        let status = &found["status"];
        (status["observedGeneration"] == found["metadata"]["generation"]
            && status["readyReplicas"] == found["spec"]["replicas"])
            .then_some(())
    });
}

fn what_was_made_again_is_applied(world: &World) {
    compute(world);
    let image = ["--labeler-image", LABELER];
    world.apply("compute.yaml", &image);
    for tail in ["services/hospital", "configmaps/hospital-compute", "statefulsets/hospital-compute"] {
        made_again(world, tail, |object| {
            if tail.starts_with("services/") {
                let spec = object["spec"].as_object_mut().unwrap();
                spec.retain(|name, _| !["clusterIP", "clusterIPs"].contains(&name.as_str()));
            }
        });
    }
    ready(world, "hospital-compute");
    let changed = world.plan("compute.yaml", &image).changed();
    assert_eq!(changed.len(), 3, "{changed:?}");
    assert_eq!(world.iriskit(&["plan", "compute.yaml", image[0], image[1], "-o", "p.plan"]).code, Some(0));
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    world.no_changes("compute.yaml", &image);
}

fn a_set_that_was_replaced_by_force_is_destroyed_with_its_volumes(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    made_again(world, "statefulsets/standalone-data", |_| ());
    ready(world, "standalone-data");
    assert_eq!(world.plan(FILE, &[]).changed(), ["StatefulSet/standalone-data update"]);
    let asked = world.iriskit(&["destroy", "standalone"]);
    assert!(asked.stdout.contains("- StatefulSet  standalone-data"), "{asked}");
    let gone = world.iriskit(&[&ALL[..], &["standalone"]].concat());
    assert_eq!(gone.code, Some(0), "{gone}");
    world.is_as_new();
}

fn a_saved_plan_takes_what_was_replaced_by_force_for_ours(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    for tail in ["configmaps/standalone-data", "services/standalone", "statefulsets/standalone-data"] {
        made_again(world, tail, |object| {
            if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
                spec.retain(|name, _| !["clusterIP", "clusterIPs"].contains(&name.as_str()));
            }
        });
    }
    ready(world, "standalone-data");
    let saved = world.iriskit(&["plan", FILE, "-o", "p.plan"]).success();
    assert!(!saved.contains("adopt"), "they are ours: {saved}");
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    world.no_changes(FILE, &[]);
}

fn a_whole_namespace_that_was_restored_is_destroyed(world: &World) {
    compute(world);
    world.apply("compute.yaml", &["--labeler-image", LABELER]);
    for plural in ["statefulsets", "services", "configmaps", "roles", "rolebindings", "serviceaccounts"] {
        for object in world.list(plural) {
            let name = name_of(&object);
            if !["kube-root-ca.crt", "default"].contains(&name) {
                made_again(world, &format!("{plural}/{name}"), |object| {
                    // Addresses are given anew.
                    let headless = object["spec"]["clusterIP"] == "None";
                    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut).filter(|_| !headless) {
                        spec.retain(|name, _| !["clusterIP", "clusterIPs"].contains(&name.as_str()));
                    }
                });
            }
        }
    }
    for set in ["hospital-data-0", "hospital-compute", "hospital-webgateway"] {
        ready(world, set);
    }
    let gone = world.destroy_with_data("hospital", &[]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert_eq!(world.names("statefulsets"), Vec::<String>::new());
    assert_eq!(world.names("persistentvolumeclaims"), Vec::<String>::new());
    assert!(world.find("configmaps/hospital-iriskit").is_none());
}

fn a_part_that_was_replaced_by_force_is_removed_with_the_manifest(world: &World) {
    compute(world);
    let image = ["--labeler-image", LABELER];
    world.apply("compute.yaml", &image);
    for tail in ["statefulsets/hospital-webgateway", "configmaps/hospital-webgateway"] {
        made_again(world, tail, |_| ());
    }
    ready(world, "hospital-webgateway");
    let (begin, rest) = COMPUTE.split_once("    webgateway:\n").unwrap();
    let (_, end) = rest.split_once("  serviceTemplate:\n").unwrap();
    world.env.write("compute.yaml", &format!("{begin}  serviceTemplate:\n{end}"));
    let plan = world.plan("compute.yaml", &image);
    let gone = [
        "Service/hospital-webgateway delete",
        "StatefulSet/hospital-webgateway delete",
        "ConfigMap/hospital-webgateway delete",
    ];
    assert_eq!(plan.changed(), gone);
    world.apply("compute.yaml", &[&image[..], &["--allow", "outage"]].concat());
    world.no_changes("compute.yaml", &image);
}

fn volumes_of_a_set_that_somebody_else_made_again_stay(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    made_again(world, "statefulsets/standalone-data", |set| {
        let labels = set["metadata"]["labels"].as_object_mut().unwrap();
        labels.remove("applyset.kubernetes.io/part-of");
    });
    ready(world, "standalone-data");
    let refused = world.iriskit(&["plan", FILE]);
    assert!(refused.to_string().contains("error[not-ours]"), "{refused}");
    let volumes = world.names("persistentvolumeclaims");
    let gone = world.iriskit(&[&ALL[..], &["standalone"]].concat());
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(gone.stdout.contains("left-alone") && gone.to_string().contains("volume-in-use"), "{gone}");
    assert_eq!(world.names("persistentvolumeclaims"), volumes);
    let terminating = |claim: &Value| claim["metadata"].get("deletionTimestamp").is_some();
    assert!(!world.list("persistentvolumeclaims").iter().any(terminating));
    assert!(world.find("pods/standalone-data-0").is_some());
    // When it is gone they may go.
    world.delete("statefulsets/standalone-data");
    world.until("the end of its pod", || world.find("pods/standalone-data-0").is_none().then_some(()));
    let gone = world.iriskit(&[&ALL[..], &["standalone"]].concat());
    assert_eq!(gone.code, Some(0), "{gone}");
    world.is_as_new();
}

fn a_volume_that_another_pod_mounts_stays(world: &World) {
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    let claim = "iris-data-standalone-data-0";
    world.make(
        "pods",
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "debug"}, "spec": {
            "containers": [{"name": "c", "image": "c:1"}],
            "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": claim}}]}}),
    );
    let gone = world.iriskit(&[&ALL[..], &["standalone"]].concat());
    assert!(gone.code == Some(0) && gone.to_string().contains("pod debug, which stays"), "{gone}");
    assert_eq!(world.names("persistentvolumeclaims"), [claim]);
    assert_eq!(world.get(&format!("persistentvolumeclaims/{claim}"))["metadata"].get("deletionTimestamp"), None);
}
