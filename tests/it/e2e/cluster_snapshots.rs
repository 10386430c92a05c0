//! Planning without the cluster, from what was read of it before.

use std::fs;

use serde_json::{Value, json};

use super::harness::{
    manifests::{STANDALONE, login},
    world::{LABELER, World},
};
use crate::support::{env::Output, schema::violations};

everywhere!(
    a_plan_from_a_snapshot_is_that_of_the_cluster,
    a_saved_plan_from_a_snapshot_is_verified_by_apply,
    what_a_snapshot_does_not_hold_is_unknown,
    volumes_are_judged_from_a_snapshot_as_by_the_cluster,
    a_lost_set_is_planned_from_a_snapshot_as_from_the_cluster,
);

/// A mirror whose configuration, with a password in it, is in the cluster alone; and a Secret.
const VAULT: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: vault}
spec:
  configSource: {name: vault-cpf}
  topology:
    data:
      image: iris:2024.1
      compatibilityVersion: 2024.1.0
      mirrored: true
      podTemplate: {spec: {env: [{name: DOOR_TOKEN, value: one}]}}
    arbiter: {image: arbiter:2024.1}
    webgateway:
      image: webgateway:2024.1
      applicationPaths: [/csp/sys]
      loginSecret: {name: iris-webgateway-secret}
---
apiVersion: v1
kind: Secret
metadata: {name: door}
data: {key: c2VzYW1l}
";

fn config(world: &World, hash: &str) {
    let text = format!("[Startup]\nPasswordHash={hash},salt,10000,SHA512\n[config]\nglobals=0,0,256,0,0,0\n");
    world.make("configmaps", &json!({"metadata": {"name": "vault-cpf"}, "data": {"common.cpf": text}}));
}

#[track_caller]
fn taken(world: &World) {
    let output = world.iriskit(&["snapshot", "vault.yaml", "--labeler-image", LABELER, "-o", "s.json"]);
    assert!(output.code == Some(0) && output.stderr.contains("--snapshot s.json"), "{output}");
}

/// Runs it with no way to the cluster.
fn offline(world: &World, more: &[&str]) -> Output {
    world.env.iriskit(&[&["plan", "vault.yaml", "--labeler-image", LABELER, "--snapshot", "s.json"], more].concat())
}

/// The document without what has to differ.
#[track_caller]
fn comparable(output: &Output) -> Value {
    let mut plan: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("no plan: {output}"));
    assert_eq!(violations(&iriskit_state::plan::schema(), &plan), Vec::<String>::new());
    for member in ["id", "created_at", "timestamp", "expires_at", "snapshot"] {
        plan.as_object_mut().unwrap().remove(member);
    }
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        change["verified"] = Value::Null;
    }
    // Controllers can't be tried out without the cluster.
    plan["notes"].as_array_mut().unwrap().retain(|note| note["id"] != "not-checked");
    without_salts(&mut plan);
    plan
}

fn without_salts(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_salts),
        Value::Object(members) => {
            if let Some(sealed) = members.get_mut("sealed") {
                *sealed = Value::Null;
            }
            members.values_mut().for_each(without_salts);
        }
        _ => {}
    }
}

#[track_caller]
fn is_the_same(world: &World) {
    taken(world);
    let live = comparable(&world.iriskit(&["plan", "vault.yaml", "--labeler-image", LABELER, "--json"]));
    let output = offline(world, &["--json"]);
    let marked: Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(marked["snapshot"]["taken_at"].is_string(), "{output}");
    for change in marked["resource_changes"].as_array().unwrap() {
        let checked = change["change"]["actions"] == json!(["no-op"]);
        assert!(checked || change["verified"] != "server", "nobody was asked: {change}");
    }
    pretty(&live, &comparable(&output));
}

#[track_caller]
fn pretty(live: &Value, offline: &Value) {
    let (live, offline) = (format!("{live:#}"), format!("{offline:#}"));
    let differ = live.lines().zip(offline.lines()).enumerate().find(|(_, (one, other))| one != other);
    assert!(live == offline, "{differ:?}\n{live}\n{offline}");
}

fn a_plan_from_a_snapshot_is_that_of_the_cluster(world: &World) {
    login(world, "ser4t-t0-the-g4teway");
    config(world, "firsthash");
    world.make("configmaps", &json!({"metadata": {"name": "foreign"}, "data": {"text": "nobodys-business"}}));
    world.env.write("vault.yaml", VAULT);
    is_the_same(world);
    let snapshot = world.env.read("s.json");
    for hidden in ["nobodys-business", "firsthash", "ser4t-t0-the-g4teway", "c2VzYW1l"] {
        assert!(!snapshot.contains(hidden), "{hidden} in the snapshot");
    }

    world.apply("vault.yaml", &["--labeler-image", LABELER]);
    is_the_same(world);
    let text = offline(world, &["--detailed-exitcode"]);
    assert!(text.code == Some(0) && text.stdout.contains("No changes"), "equal secrets are equal: {text}");
    assert!(text.stdout.contains("snapshot ") && text.stdout.contains("taken "), "it is marked: {text}");

    // Drift, a change, a secret that is another one, a secret of which only the seal is known, a deletion.
    world.edit("services/vault", &json!({"spec": {"type": "NodePort"}}));
    let changed = VAULT
        .replace("iris:2024.1", "iris:2024.1.1")
        .replace("c2VzYW1l", "b3RoZXI=")
        .replace("value: one", "value: two");
    world.env.write("vault.yaml", &changed.replace("    arbiter: {image: arbiter:2024.1}\n", ""));
    world.edit(
        "configmaps/vault-cpf",
        &json!({"data": {"common.cpf": "[Startup]\nPasswordHash=otherhash,salt,1,SHA512\n"}}),
    );
    is_the_same(world);
    let text = offline(world, &[]);
    for told in ["not checked by a server", "(sensitive, changed)", "PasswordHash=(sensitive"] {
        assert!(text.stdout.contains(told), "{told}: {text}");
    }
}

fn a_saved_plan_from_a_snapshot_is_verified_by_apply(world: &World) {
    login(world, "ser4t-t0-the-g4teway");
    config(world, "firsthash");
    world.env.write("vault.yaml", VAULT);
    world.apply("vault.yaml", &["--labeler-image", LABELER]);
    world.env.write("vault.yaml", &VAULT.replace("c2VzYW1l", "b3RoZXI="));
    world.edit(
        "configmaps/vault-cpf",
        &json!({"data": {"common.cpf": "[Startup]\nPasswordHash=otherhash,salt,1,SHA512\n"}}),
    );
    taken(world);
    let saved = offline(world, &["-o", "p.plan"]);
    assert!(saved.code == Some(0) && saved.stderr.contains("iriskit apply p.plan"), "{saved}");
    // The world moves: refused. It moves back: taken, with the secrets filled from where they are.
    let text = &world.get("configmaps/vault-data-0")["data"]["data.cpf"];
    let moved = text.as_str().unwrap().replace("firsthash", "thirdhash");
    world.edit("configmaps/vault-data-0", &json!({"data": {"data.cpf": moved}}));
    let stale = world.iriskit(&["apply", "p.plan"]);
    assert!(
        stale.code == Some(3) && stale.stderr.contains("plan-stale") && !stale.stderr.contains("thirdhash"),
        "{stale}"
    );
    world.edit("configmaps/vault-data-0", &json!({"data": {"data.cpf": text}}));
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.get("secrets/door")["data"]["key"], "b3RoZXI=");
    let text = &world.get("configmaps/vault-data-0")["data"]["data.cpf"];
    assert!(text.as_str().unwrap().contains("PasswordHash=otherhash,salt,1,SHA512\n"), "{text}");
    world.no_changes("vault.yaml", &["--labeler-image", LABELER]);
}

fn what_a_snapshot_does_not_hold_is_unknown(world: &World) {
    world.env.write("vault.yaml", STANDALONE);
    taken(world);
    let companion =
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: later}\nspec: {minAvailable: 1}\n";
    world.env.write("vault.yaml", &format!("{STANDALONE}{companion}"));
    let output = offline(world, &[]);
    assert!(output.to_string().contains("the snapshot has nothing of it"), "{output}");

    let path = world.env.path().join("s.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"format_version\": \"1.0\"", "\"format_version\": \"2.0\"")).unwrap();
    assert!(offline(world, &[]).stderr.contains("error[snapshot-version]"));
    fs::write(&path, "kind: Service\n").unwrap();
    assert!(offline(world, &[]).stderr.contains("error[not-a-snapshot]"));
    let mixed = world.iriskit(&["plan", "vault.yaml", "--snapshot", "s.json"]);
    assert!(mixed.code == Some(1) && mixed.stderr.contains("cannot be used with"), "{mixed}");
}

/// Stand-alone, with a volume of this class and size.
fn stored(class: &str, size: &str) -> String {
    let storage = format!("{{storageClassName: {class}, resources: {{requests: {{storage: {size}}}}}}}");
    STANDALONE.replace("    data:\n", &format!("    data:\n      storageDB: {storage}\n"))
}

/// Both plans of the manifest are the same, and end the same way.
#[track_caller]
fn judged_the_same(world: &World, manifest: &str, said: &str) {
    world.env.write("vault.yaml", manifest);
    let live = world.iriskit(&["plan", "vault.yaml", "--labeler-image", LABELER, "--json"]);
    let from_file = offline(world, &["--json"]);
    assert_eq!(live.code, from_file.code, "{live}\n{from_file}");
    pretty(&comparable(&live), &comparable(&from_file));
    let text = offline(world, &[]).to_string();
    assert!(text.contains(said), "nothing of {said}: {text}");
}

/// The snapshot is taken before anybody thinks of the change.
fn volumes_are_judged_from_a_snapshot_as_by_the_cluster(world: &World) {
    for (class, grows) in [("expandable", "grows from 4Gi to 8Gi"), ("standard", "does not allow volumes to grow")] {
        world.env.write("vault.yaml", &stored(class, "4Gi").replace("standalone", class));
        world.apply("vault.yaml", &[]);
        taken(world);
        for (manifest, said) in [
            (stored(class, "4Gi"), "No changes"),
            (stored(class, "8Gi"), grows),
            (stored(class, "2Gi"), "volumes can't shrink"),
            (stored("missing", "4Gi"), "a claim keeps its storageClassName"),
        ] {
            judged_the_same(world, &manifest.replace("standalone", class), said);
        }
    }
    // A claim of a class that exists is told from one of a class that doesn't.
    let set = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: side}\nspec:\n  selector: {matchLabels: {a: b}}\n  \
               template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: c:1}]}}\n  \
               volumeClaimTemplates:\n  - metadata: {name: d}\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: \
               {storage: 1Gi}}CLASS}\n";
    let beside = |class: &str| {
        format!("{}{}", stored("standard", "4Gi").replace("standalone", "standard"), set.replace("CLASS", class))
    };
    judged_the_same(world, &beside(""), "1 new volume");
    judged_the_same(world, &beside(", storageClassName: missing"), "StorageClass missing does not exist");
}

fn a_lost_set_is_planned_from_a_snapshot_as_from_the_cluster(world: &World) {
    world.env.write("vault.yaml", &stored("expandable", "4Gi"));
    world.apply("vault.yaml", &[]);
    let (code, body) = world.send(
        "DELETE",
        "statefulsets/standalone-data",
        "application/json",
        Some(&json!({"propagationPolicy": "Orphan"})),
    );
    assert_eq!(code, 200, "{body}");
    world.until("the end of the set", || world.find("statefulsets/standalone-data").is_none().then_some(()));
    taken(world);
    judged_the_same(world, &stored("expandable", "4Gi"), "Plan: 1 to create");
    judged_the_same(world, &stored("expandable", "8Gi"), "grows from 4Gi to 8Gi");
}
