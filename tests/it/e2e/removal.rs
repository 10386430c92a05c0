//! What the manifests no longer have, and what they never had.

use std::collections::BTreeMap;

use serde_json::json;

use super::harness::{
    manifests::{COMPUTE, STANDALONE, compute, simple},
    world::{LABELER, World},
};

everywhere!(
    a_component_that_was_removed_goes_and_the_others_stay,
    missing_secrets_are_warned_about,
    a_missing_namespace_stops_apply_and_a_companion_makes_it,
    a_destroyed_cluster_leaves_its_volumes_and_says_so,
);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

fn a_component_that_was_removed_goes_and_the_others_stay(world: &World) {
    compute(world);
    world.apply("compute.yaml", &IMAGE);
    let (begin, rest) = COMPUTE.split_once("    webgateway:\n").unwrap();
    let (_, end) = rest.split_once("  serviceTemplate:\n").unwrap();
    world.env.write("compute.yaml", &format!("{begin}  serviceTemplate:\n{end}"));
    let kept = ["statefulsets/hospital-data-0", "statefulsets/hospital-compute", "configmaps/hospital-interfaces"];
    let uids = || kept.map(|object| world.get(object)["metadata"]["uid"].clone());
    let before = uids();
    let plan = world.plan("compute.yaml", &IMAGE);
    assert_eq!(
        plan.changed(),
        [
            "Service/hospital-webgateway delete",
            "StatefulSet/hospital-webgateway delete",
            "ConfigMap/hospital-webgateway delete"
        ]
    );
    assert_eq!(plan.allowances(), ["outage"], "its gateways were ready");
    world.apply("compute.yaml", &[&IMAGE[..], &["--allow", "outage"]].concat());
    for object in ["statefulsets/hospital-webgateway", "services/hospital-webgateway", "configmaps/hospital-webgateway"]
    {
        world.until(&format!("the end of {object}"), || world.find(object).is_none().then_some(()));
    }
    assert_eq!(uids(), before);
    world.no_changes("compute.yaml", &IMAGE);
}

fn missing_secrets_are_warned_about(world: &World) {
    simple(world);
    world.delete("secrets/intersystems-pull-secret");
    world.edit("secrets/iris-webgateway-secret", &json!({"data": {"password": null}}));
    let plan = world.plan("simple.yaml", &IMAGE);
    let missing: Vec<_> = plan.notes("secret-not-found").iter().map(|note| note.message.as_str()).collect();
    assert!(missing.len() == 1 && missing[0].contains("intersystems-pull-secret"), "{missing:?}");
    let lacking = plan.notes("secret-key-missing");
    assert!(!lacking.is_empty() && lacking.iter().all(|note| note.message.contains("password")), "{lacking:?}");
    // configSource is another matter: without it nobody knows the CPF.
    world.delete("configmaps/iris-cpf");
    let unknown = world.iriskit(&["plan", "simple.yaml", IMAGE[0], IMAGE[1]]);
    assert!(unknown.code == Some(1) && unknown.stderr.contains("iris-cpf"), "{unknown}");
}

fn a_missing_namespace_stops_apply_and_a_companion_makes_it(world: &World) {
    let name = format!("{}-new", world.namespace());
    let cluster = STANDALONE.replace("name: standalone", &format!("name: standalone\n  namespace: {name}"));
    world.env.write("standalone.yaml", &cluster);
    let refused = world.iriskit(&["apply", "standalone.yaml", "--auto-approve"]);
    assert!(refused.code == Some(1) && refused.to_string().contains(&name), "{refused}");
    let with = format!("{cluster}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
    world.env.write("standalone.yaml", &with);
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.changed()[0], format!("Namespace/{name} create"));
    assert_eq!(plan.change("StatefulSet/standalone-data").verified, iriskit_state::plan::Verified::Deferred);
    world.apply("standalone.yaml", &[]);
    world.no_changes("standalone.yaml", &[]);
    let destroyed = world.iriskit(&["destroy", "standalone.yaml", "--auto-approve"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    assert!(world.find(&format!("/api/v1/namespaces/{name}")).is_some(), "a namespace is never deleted");
    world.delete(&format!("/api/v1/namespaces/{name}"));
}

fn a_destroyed_cluster_leaves_its_volumes_and_says_so(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let volumes = world.names("persistentvolumeclaims");
    let output = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert!(
        output.stdout.contains("iriskit destroy standalone") && output.stdout.contains("--allow delete-data"),
        "{output}"
    );
    for volume in &volumes {
        assert!(output.stdout.contains(volume.as_str()), "{output}");
    }
    assert_eq!(world.names("persistentvolumeclaims"), volumes);
    assert!(world.find("configmaps/standalone-iriskit").is_some(), "the record outlives it");
    let nothing = world.iriskit(&["destroy", "never-was", "--auto-approve"]);
    assert!(nothing.code == Some(1) && nothing.stderr.contains("never-was"), "{nothing}");
}

#[test]
fn a_cluster_of_the_operator_is_left_to_it() {
    let Some(world) = World::on_the_control_plane() else { return };
    let plane = world.plane().expect("on the control plane");
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    plane.create(
        definitions,
        &json!({
            "metadata": {"name": "irisclusters.intersystems.com"},
            "spec": {
                "group": "intersystems.com", "scope": "Namespaced",
                "names": {"plural": "irisclusters", "singular": "iriscluster", "kind": "IrisCluster"},
                "versions": [{
                    "name": "v1alpha1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                }],
            },
        }),
    );
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let path = format!("/apis/intersystems.com/v1alpha1/namespaces/{}/irisclusters", world.namespace());
    let make = |name: &str| {
        let cluster = json!({"apiVersion": "intersystems.com/v1alpha1", "kind": "IrisCluster",
            "metadata": {"name": name, "finalizers": ["intersystems.com/test"]}, "spec": {}});
        world.until("the definition to be served", || {
            (world.send("POST", &path, "application/json", Some(&cluster)).0 == 201).then_some(())
        });
    };
    let unmake = |name: &str| {
        let none = json!({"metadata": {"finalizers": null}});
        world.send("PATCH", &format!("{path}/{name}"), "application/merge-patch+json", Some(&none));
        world.delete(&format!("{path}/{name}"));
    };
    make("standalone");
    let before = world.versions();
    let commands: [&[&str]; 4] = [
        &["apply", "standalone.yaml", "--auto-approve"],
        &["plan", "standalone.yaml", "--adopt"],
        &["destroy", "standalone", "--auto-approve"],
        &["destroy", "standalone.yaml", "--auto-approve", "--allow", "delete-data", "--confirm", "standalone"],
    ];
    let refused = commands.map(|command| world.iriskit(command));
    // Objects that are not ours under such a cluster are no errors of their own.
    world.edit("services/standalone", &json!({"metadata": {"labels": {"applyset.kubernetes.io/part-of": "x"}}}));
    let not_ours = world.iriskit(&["plan", "standalone.yaml"]);
    let seen = (world.versions(), before);
    unmake("standalone");
    make("another");
    let gone = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    let service = world.find("services/iris-svc");
    unmake("another");
    plane.delete(&format!("{definitions}/irisclusters.intersystems.com"));
    for output in refused.iter().chain([&not_ours]) {
        let text = output.to_string();
        assert!(output.code == Some(1) || !text.contains("Done"), "{output}");
        assert_eq!(text.matches("error[managed-by-iko]").count(), 1, "{output}");
        for other in ["error[cannot-adopt]", "error[not-ours]"] {
            assert!(!text.contains(other), "{output}");
        }
        assert!(text.contains("--cascade=orphan"), "{output}");
    }
    let others = |mut versions: BTreeMap<String, String>| {
        versions.remove("services/standalone");
        versions
    };
    assert_eq!(others(seen.0), others(seen.1));
    assert!(gone.code == Some(0) && gone.to_string().contains("left-alone"), "{gone}");
    assert!(service.is_some(), "{gone}");
}
