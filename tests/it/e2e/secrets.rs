//! Secret values stand where they belong, and nowhere else.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::manifests::login;
use super::world::{LABELER, World};

everywhere!(no_secret_is_said_saved_or_kept);

const COMPANION: &str = "canary-of-the-companion";
const HASH: &str = "canaryhashcanaryhashcanaryhash,canarysalt,10000,SHA512";
const LOGIN: &str = "canary-of-the-login";
const VARIABLE: &str = "canary-of-the-variable";

fn manifest(companion: &str, hash: &str) -> String {
    let data = STANDARD.encode(companion);
    format!(
        "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {{name: vault}}
spec:
  licenseKeySecret: {{name: door}}
  configSource: {{name: vault-cpf}}
  topology:
    data:
      image: iris:2024.1
      compatibilityVersion: 2024.1.0
      mirrored: true
      podTemplate:
        spec:
          env: [{{name: DOOR_PASSWORD, value: {VARIABLE}}}]
      webgateway: &gateway
        image: webgateway:2024.1
        applicationPaths: [/csp/sys]
        loginSecret: {{name: iris-webgateway-secret}}
    arbiter: {{image: arbiter:2024.1}}
    webgateway: *gateway
---
apiVersion: v1
kind: Secret
metadata: {{name: door}}
data: {{iris.key: {data}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: vault-cpf}}
data:
  common.cpf: |
    [Startup]
    PasswordHash={hash}
    [config]
    globals=0,0,256,0,0,0
"
    )
}

/// A value, and how it looks encoded.
fn spellings(value: &str) -> [String; 2] {
    [value.to_owned(), STANDARD.encode(value).trim_end_matches('=').to_owned()]
}

#[track_caller]
fn nothing_in(text: &str, what: &str, canaries: &[&str]) {
    for canary in canaries.iter().flat_map(|canary| spellings(canary)) {
        let line = text.lines().find(|line| line.contains(&canary));
        assert_eq!(line, None, "{canary} in {what}");
    }
}

fn no_secret_is_said_saved_or_kept(world: &World) {
    login(world, LOGIN);
    let canaries = [COMPANION, HASH, LOGIN, VARIABLE, "changed-canary"];
    let runs = |what: &str| {
        for args in [
            &["plan", "vault.yaml"][..],
            &["plan", "vault.yaml", "--json"],
            &["plan", "vault.yaml", "-o", "p.plan", "-vv"],
            &["show", "p.plan"],
            &["render", "vault.yaml"],
        ] {
            let args = if args[0] == "show" { args.to_vec() } else { [args, &["--labeler-image", LABELER]].concat() };
            let output = world.iriskit(&args);
            assert_eq!(output.code, Some(0), "{output}");
            nothing_in(&output.to_string(), &format!("{what} {args:?}"), &canaries);
        }
        nothing_in(&world.env.read("p.plan"), "the plan file", &canaries);
    };
    world.env.write("vault.yaml", &manifest(COMPANION, HASH));
    runs("before");
    let applied = world.iriskit(&["apply", "p.plan", "-vv"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    nothing_in(&applied.to_string(), "apply", &canaries);
    world.no_changes("vault.yaml", &["--labeler-image", LABELER]);
    where_they_belong(world, &canaries);

    let changed = manifest("changed-canary", &HASH.replace("canaryhash", "changedhash"));
    world.env.write("vault.yaml", &changed);
    runs("after a change");
    world.pair("vault-data-0");
    let text = world.iriskit(&["plan", "vault.yaml", "--labeler-image", LABELER]).success();
    assert!(text.contains("sensitive"), "that it changes is told: {text}");
    let said = world.apply("vault.yaml", &["--labeler-image", LABELER]);
    nothing_in(&said, "the second apply", &canaries);
    assert_eq!(world.get("secrets/door")["data"]["iris.key"], STANDARD.encode("changed-canary"));
    where_they_belong(world, &canaries);
}

/// Looks through everything on the server.
fn where_they_belong(world: &World, canaries: &[&str]) {
    for plural in
        ["configmaps", "services", "statefulsets", "serviceaccounts", "roles", "rolebindings", "secrets", "pods"]
    {
        for mut object in world.list(plural) {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            match (plural, name.as_str()) {
                // The CPF merge file is where IRIS reads the hash.
                ("secrets", "door" | "iris-webgateway-secret") | ("configmaps", "vault-cpf" | "vault-data-0") => {
                    object["data"] = Value::Null;
                }
                ("statefulsets", "vault-data-0") => object["spec"]["template"]["spec"] = Value::Null,
                ("pods", _) => object["spec"] = Value::Null,
                _ => {}
            }
            nothing_in(&json!(object).to_string(), &format!("{plural}/{name}"), canaries);
        }
    }
    for entry in fs::read_dir(world.env.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.extension().is_none_or(|kind| kind != "yaml") {
            nothing_in(&fs::read_to_string(&path).unwrap(), &path.display().to_string(), canaries);
        }
    }
}
