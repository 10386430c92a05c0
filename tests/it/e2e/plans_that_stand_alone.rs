//! What a saved plan needs besides itself: nothing, or the manifests that its secret values were read from.

use std::{fs, process::Stdio};

use super::harness::{manifests::STANDALONE, world::World};
use crate::support::env::Output;

everywhere!(
    without_secrets_nothing_else_is_needed,
    what_came_from_standard_input_is_not_asked_for_again,
    secret_values_are_asked_for_by_name_and_file,
    only_the_plan_with_the_given_digest_is_applied,
    a_saved_plan_is_for_its_own_namespaces,
);

const SECRET: &str = "\
---
apiVersion: v1
kind: Secret
metadata: {name: door}
data: {key: c2VzYW1l}
";

/// Runs the binary without `--namespace`.
fn run(world: &World, args: &[&str]) -> Output {
    Output::of(world.command_in_no_namespace(args).stdin(Stdio::null()).output().unwrap())
}

/// The command that the run printed, without its place: `["apply", "p.plan"]`.
fn printed(saved: &Output) -> Vec<String> {
    let line = saved.stderr.lines().find_map(|line| line.split_once("To apply exactly this plan: iriskit "));
    let (_, command) = line.unwrap_or_else(|| panic!("no command: {saved}"));
    let place =
        |word: &&str| word.starts_with("--sandbox=") || word.starts_with("--kubeconfig") || word.starts_with('/');
    command.split(' ').filter(|word| !place(word)).map(str::to_owned).collect()
}

fn planned_from_standard_input(world: &World, manifest: &str) -> Output {
    let mut command = world.command(&["plan", "-", "-o", "p.plan"]);
    world.env.write("stdin", manifest);
    let input = fs::File::open(world.env.path().join("stdin")).unwrap();
    Output::of(command.stdin(input).output().unwrap())
}

fn without_secrets_nothing_else_is_needed(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    fs::remove_file(world.env.path().join("standalone.yaml")).unwrap();
    let command = printed(&saved);
    let applied = run(world, &command.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(applied.code == Some(0) && applied.stdout.contains("Done: 4 created"), "{applied}");
    world.get("statefulsets/standalone-data");
}

fn what_came_from_standard_input_is_not_asked_for_again(world: &World) {
    let saved = planned_from_standard_input(world, STANDALONE);
    assert_eq!(saved.code, Some(0), "{saved}");
    assert_eq!(printed(&saved), ["apply", "p.plan"]);
    let applied = run(world, &["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    let destroyed = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    // With a secret in it the command says where it comes from, and nothing waits for it.
    let manifest = format!("{STANDALONE}{SECRET}");
    let saved = planned_from_standard_input(world, &manifest);
    let allowed = ["--allow", "reuse-data"];
    assert_eq!(printed(&saved), [&["apply", "p.plan", "-"], &allowed[..]].concat());
    assert!(saved.stderr.contains("/door  /data/key, from standard input"), "{saved}");
    let refused = run(world, &[&["apply", "p.plan"], &allowed[..]].concat());
    assert!(refused.code == Some(1) && refused.stderr.contains("error[secret-values]"), "{refused}");
    assert!(refused.stderr.contains("iriskit apply p.plan -"), "{refused}");
    let mut command = world.command_in_no_namespace(&[&["apply", "p.plan", "-"], &allowed[..]].concat());
    let input = fs::File::open(world.env.path().join("stdin")).unwrap();
    let applied = Output::of(command.stdin(input).output().unwrap());
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.get("secrets/door")["data"]["key"], "c2VzYW1l");
}

fn secret_values_are_asked_for_by_name_and_file(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let owned = "name: door, annotations: {iriskit/cluster: standalone}";
    world.env.write("door.yaml", &SECRET.replace("name: door", owned));
    let saved = world.iriskit(&["plan", "standalone.yaml", "door.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    let needed = format!("Secret/{}/door  /data/key, from door.yaml", world.namespace());
    assert!(saved.stderr.contains(&needed), "{saved}");
    fs::create_dir(world.env.path().join("moved")).unwrap();
    for file in ["standalone.yaml", "door.yaml"] {
        fs::rename(world.env.path().join(file), world.env.path().join("moved").join(file)).unwrap();
    }
    let refused = run(world, &["apply", "p.plan"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("error[secret-values]"), "{refused}");
    for told in [needed.as_str(), "no file or folder `standalone.yaml`", "iriskit apply p.plan FILE"] {
        assert!(refused.stderr.contains(told), "nothing of {told}: {refused}");
    }
    assert!(!refused.to_string().contains("c2VzYW1l"), "{refused}");
    // The manifests name no namespace: it is that of the plan.
    let applied = run(world, &["apply", "p.plan", "moved"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.get("secrets/door")["data"]["key"], "c2VzYW1l");
}

fn only_the_plan_with_the_given_digest_is_applied(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    let digest = iriskit_state::plan::read(&world.env.read("p.plan")).unwrap().digest;
    assert!(saved.stdout.contains(&digest), "{saved}");
    let other = format!("sha256:{}", "0".repeat(64));
    let refused = run(world, &["apply", "--digest", &other, "p.plan"]);
    assert!(refused.code == Some(6) && refused.stderr.contains("error[other-digest]"), "{refused}");
    assert!(refused.stderr.contains(&digest) && refused.stderr.contains(&other), "{refused}");
    assert_eq!(world.names("statefulsets"), Vec::<String>::new());
    for args in [["apply", "--digest", "sha256:12", "p.plan"], ["apply", "--digest", &digest, "standalone.yaml"]] {
        assert_eq!(run(world, &args).code, Some(1));
    }
    let applied = run(world, &["apply", "--digest", &digest, "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
}

fn a_saved_plan_is_for_its_own_namespaces(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    let refused = run(world, &["apply", "p.plan", "--namespace", "elsewhere"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("error[planned-already]"), "{refused}");
    assert!(refused.stderr.contains("elsewhere") && refused.stderr.contains(world.namespace()), "{refused}");
    // JSON that was only printed has no digest to hold it by.
    let _ = world.iriskit(&["plan", "standalone.yaml", "--json-into", "p.json"]).success();
    let unsealed = run(world, &["apply", "p.json"]);
    assert!(unsealed.code == Some(1) && unsealed.stderr.contains("not a saved plan"), "{unsealed}");
    assert!(unsealed.stderr.contains("-o"), "{unsealed}");
    let applied = run(world, &["apply", "p.plan", "--namespace", world.namespace()]);
    assert_eq!(applied.code, Some(0), "{applied}");
}
