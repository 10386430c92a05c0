//! Users with few rights.

use std::path::PathBuf;

use iriskit_state::{
    plan::{Note, NoteId, Verified},
    status::StatusReport,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::harness::{
    manifests::{MIRRORED, STANDALONE, compute, simple},
    planned::Planned,
    world::{LABELER, World},
};
use crate::support::env::Output;

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

/// All that iriskit ever does in a namespace. Neither `bind` nor `escalate`: whoever may patch pods may make the labeler's
/// Role, which holds no more than that.
fn rules() -> Value {
    let all = ["get", "list", "watch", "create", "patch", "update", "delete"];
    json!([
        {"apiGroups": [""], "resources": ["configmaps", "services", "serviceaccounts"], "verbs": all},
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": all},
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": all},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "delete", "patch"]},
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "list", "watch", "delete"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["list", "watch"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update", "delete"]},
    ])
}

fn user(world: &World, rules: &Value) -> PathBuf {
    world.plane().expect("on the control plane").restricted_kubeconfig(world.namespace(), rules)
}

/// Somebody who has exactly what `iriskit rbac` prints for these commands.
fn user_for(world: &World, file: &str, commands: &[&str]) -> PathBuf {
    let roles: Vec<Value> = commands
        .iter()
        .flat_map(|command| {
            let text = world.iriskit(&["rbac", file, "--for", command, IMAGE[0], IMAGE[1]]).success();
            serde_yaml::Deserializer::from_str(&text).map(|role| Value::deserialize(role).unwrap()).collect::<Vec<_>>()
        })
        .collect();
    world.plane().expect("on the control plane").kubeconfig_with_roles(world.namespace(), &roles)
}

#[test]
fn the_printed_roles_are_enough() {
    let Some(world) = World::on_the_control_plane() else { return };
    simple(&world);
    let [planner, applier, destroyer] =
        ["plan", "apply", "destroy"].map(|command| user_for(&world, "simple.yaml", &[command]));
    let world = world.acting_as(&planner);
    let plan = world.plan("simple.yaml", &IMAGE);
    let unread: Vec<&Note> = plan
        .0
        .notes
        .iter()
        .filter(|note| !matches!(note.id, NoteId::Unverified | NoteId::RightsMissing | NoteId::NotChecked))
        .filter(|note| note.message.contains("forbidden"))
        .collect();
    assert!(unread.is_empty(), "{unread:?}");
    let world = world.acting_as(&applier);
    let plan = world.plan("simple.yaml", &IMAGE);
    let unverified: Vec<_> =
        plan.0.resource_changes.iter().filter(|change| change.verified == Verified::Local).collect();
    assert!(unverified.is_empty(), "{unverified:?}");
    assert_eq!(plan.notes("rights-missing").len(), 0);
    world.apply("simple.yaml", &IMAGE);
    world.no_changes("simple.yaml", &IMAGE);
    let text = world.env.read("simple.yaml").replace("irishealth:2023.3\n", "irishealth:2023.3.1\n");
    world.env.write("simple.yaml", &text);
    world.pair("simple-data-0");
    world.apply("simple.yaml", &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
    let world = world.acting_as(&planner);
    world.no_changes("simple.yaml", &IMAGE);
    // The role for plans is enough for everything that only looks.
    let status = world.iriskit(&["status", "-o", "json"]);
    let report: StatusReport = serde_json::from_str(&status.stdout).unwrap_or_else(|error| panic!("{error}: {status}"));
    assert_eq!(report.unknown, Vec::<String>::new(), "{status}");
    for args in [&["lock", "status"][..], &["history"]] {
        let said = world.iriskit(args).success();
        assert!(said.contains("/simple"), "{said}");
    }
    let world = world.acting_as(&destroyer);
    let goes = Planned::read(&world.iriskit(&["plan", "--destroy", "simple", "--allow", "delete-data", "--json"]));
    let unread: Vec<&Note> = goes.0.notes.iter().filter(|note| note.message.contains("forbidden")).collect();
    assert!(unread.is_empty() && goes.0.summary.delete > 0, "{unread:?}");
    let gone = world.destroy_with_data("simple", &[]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(world.find("configmaps/simple-iriskit").is_none());
}

#[test]
fn a_role_in_one_namespace_is_enough() {
    let Some(world) = World::on_the_control_plane() else { return };
    simple(&world);
    let kubeconfig = user(&world, &rules());
    let world = world.acting_as(&kubeconfig);
    let plan = world.plan("simple.yaml", &IMAGE);
    let unverified: Vec<_> =
        plan.0.resource_changes.iter().filter(|change| change.verified == Verified::Local).collect();
    assert!(unverified.is_empty(), "{unverified:?}");
    // A RoleBinding to a Role that is not there can't be tried by who may not bind.
    assert_eq!(plan.change("RoleBinding/simple-mirror-labeler").verified, Verified::Deferred);
    world.apply("simple.yaml", &IMAGE);
    world.no_changes("simple.yaml", &IMAGE);

    let text = world.env.read("simple.yaml").replace("irishealth:2023.3\n", "irishealth:2023.3.1\n");
    world.env.write("simple.yaml", &text);
    world.pair("simple-data-0");
    world.apply("simple.yaml", &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
    world.no_changes("simple.yaml", &IMAGE);

    let gone = world.iriskit(&["destroy", "simple", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    let gone = world.destroy_with_data("simple", &[]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(world.find("configmaps/simple-iriskit").is_none());
}

#[test]
fn who_may_only_read_gets_an_unverified_plan() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    world.pair("mirrored-data-0");
    let read = json!([{
        "apiGroups": ["", "apps", "rbac.authorization.k8s.io"],
        "resources": ["*"],
        "verbs": ["get", "list"],
    }]);
    let kubeconfig = user(&world, &read);
    let world = world.acting_as(&kubeconfig);
    world.no_changes("mirrored.yaml", &IMAGE);
    world.env.write("mirrored.yaml", &MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n"));
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(plan.changed(), ["StatefulSet/mirrored-data-0 update"]);
    assert_eq!(plan.change("StatefulSet/mirrored-data-0").verified, Verified::Local);
    let missing = &plan.notes("rights-missing")[0].message;
    for right in [
        "delete, watch Pod in namespace",
        "patch StatefulSet mirrored-data-0 in namespace",
        "create, update ConfigMap mirrored-iriskit",
    ] {
        assert!(missing.contains(right), "nothing of {right}: {missing}");
    }
    assert_eq!(plan.notes("not-checked").len(), 1);
    let text = world.iriskit(&["plan", "mirrored.yaml", IMAGE[0], IMAGE[1]]);
    assert!(text.code == Some(0) && text.stdout.contains("unverified"), "{text}");

    let before = world.versions();
    let apply = ["apply", "mirrored.yaml", "--auto-approve", "--allow", "restart-primary", IMAGE[0], IMAGE[1]];
    let refused = world.iriskit(&apply);
    assert!(refused.code == Some(1) && refused.stderr.contains("error[rights-missing]"), "{refused}");
    assert!(refused.stderr.contains("patch StatefulSet") && refused.stderr.contains("ConfigMap"), "{refused}");
    assert_eq!(world.versions(), before);
}

/// A companion whose volumes go with its pods.
fn side(replicas: u64, image: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: side}}\nspec:\n  replicas: {replicas}\n  serviceName: side\n  \
         persistentVolumeClaimRetentionPolicy: {{whenScaled: Delete, whenDeleted: Retain}}\n  selector: {{matchLabels: {{app: side}}}}\n  \
         template: {{metadata: {{labels: {{app: side}}}}, spec: {{containers: [{{name: m, image: 'e/x:{image}'}}]}}}}\n  \
         volumeClaimTemplates: [{{metadata: {{name: store}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: \
         {{storage: 1Gi}}}}}}}}]\n"
    )
}

/// All rights but those on some resources.
fn all_but(missing: &[&str]) -> Value {
    let core = ["configmaps", "services", "serviceaccounts", "pods", "persistentvolumeclaims", "secrets", "events"];
    let left: Vec<&str> = core.into_iter().filter(|resource| !missing.contains(resource)).collect();
    json!([{"apiGroups": [""], "resources": left, "verbs": ["*"]},
        {"apiGroups": ["apps", "rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["*"]}])
}

/// A plan by somebody with these rights, and what `apply` says of it.
fn seen_by(world: &World, rules: &Value, file: &str) -> (Planned, Output) {
    let kubeconfig = user(world, rules);
    let run = |args: &[&str]| {
        let mut command = world.env.command(args);
        command.args(["--namespace", world.namespace(), "--kubeconfig"]).arg(&kubeconfig);
        Output::of(command.output().unwrap())
    };
    (Planned::read(&run(&["plan", file, "--json"])), run(&["apply", file, "--auto-approve"]))
}

#[test]
fn volumes_that_may_not_be_listed_are_not_taken_for_absent() {
    let Some(world) = World::on_the_control_plane() else { return };
    let file = |name: &str, replicas| world.env.write(name, &format!("{STANDALONE}{}", side(replicas, "1")));
    file("three.yaml", 3);
    file("one.yaml", 1);
    world.apply("three.yaml", &[]);
    let claims = world.names("persistentvolumeclaims");
    let blind = all_but(&["persistentvolumeclaims"]);
    let (plan, applied) = seen_by(&world, &blind, "one.yaml");
    assert_eq!((plan.allowances(), plan.0.impact.volumes_deleted), (vec!["delete-data"], 2));
    let unknown = plan.notes("unknown");
    assert!(unknown.iter().any(|note| note.message.contains("persistentvolumeclaims is forbidden")), "{unknown:?}");
    assert!(applied.code == Some(6) && applied.stderr.contains("delete-data"), "{applied}");
    assert_eq!(world.names("persistentvolumeclaims"), claims);
    // What is left of a cluster that is gone is not made use of unasked.
    let gone = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    let (plan, applied) = seen_by(&world, &blind, "three.yaml");
    assert_eq!((plan.allowances(), plan.0.impact.volumes_new), (vec!["reuse-data"], 0));
    assert!(applied.code == Some(6) && applied.stderr.contains("reuse-data"), "{applied}");
    assert!(applied.to_string().contains("unknown"), "{applied}");
    assert_eq!(world.names("statefulsets"), Vec::<String>::new());
}

#[test]
fn pods_that_may_not_be_listed_are_not_taken_for_absent() {
    let Some(world) = World::on_the_control_plane() else { return };
    let blind = all_but(&["pods"]);
    world.env.write("old.yaml", &format!("{STANDALONE}{}", side(2, "1")));
    world.apply("old.yaml", &[]);
    let (plan, _) = seen_by(&world, &blind, "old.yaml");
    assert_eq!((plan.changed().len(), plan.notes("cannot-read").len()), (0, 0));
    assert!(plan.0.impact.pods_unknown);
    let new = format!("{STANDALONE}{}", side(2, "2")).replace("community:2024.1\n", "community:2024.1.1\n");
    world.env.write("new.yaml", &new);
    let (plan, applied) = seen_by(&world, &blind, "new.yaml");
    assert_eq!((plan.allowances(), plan.0.impact.restarts), (vec!["outage"], 3));
    assert!(applied.code != Some(0) && !applied.to_string().contains("Nothing that runs is restarted"), "{applied}");
}

#[test]
fn without_any_right_nothing_is_said_to_be_absent() {
    let Some(world) = World::on_the_control_plane() else { return };
    compute(&world);
    world.apply("compute.yaml", &IMAGE);
    let nobody = user(&world, &json!([]));
    let reader = user(&world, &all_but(&["secrets"]));
    let plan = |kubeconfig: &PathBuf| {
        let mut command =
            world.env.command(&["plan", "compute.yaml", "--namespace", world.namespace(), "--kubeconfig"]);
        Output::of(command.arg(kubeconfig).args(IMAGE).output().unwrap())
    };
    let blind = plan(&nobody);
    assert_eq!(blind.code, Some(1), "{blind}");
    for wrong in ["does not exist", "to create", "+ Service"] {
        assert!(!blind.to_string().contains(wrong), "{wrong}: {blind}");
    }
    assert!(blind.to_string().contains("whether it exists can't be read"), "{blind}");
    // Each Secret is told with the answer that it got itself.
    let told = plan(&reader).to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in ["iris-key-secret", "iris-webgateway-secret", "intersystems-pull-secret"] {
        let note =
            told.split("note[").find(|note| note.contains(&format!("whether Secret {secret} exists is unknown")));
        assert!(
            note.is_some_and(|note| note.contains(&format!("secrets \"{secret}\" is forbidden"))),
            "{secret}: {told}"
        );
    }
    let destroy = {
        let mut command = world.env.command(&["destroy", "hospital", "--namespace", world.namespace(), "--kubeconfig"]);
        Output::of(command.arg(&nobody).arg("--auto-approve").output().unwrap())
    };
    assert!(destroy.code == Some(1) && destroy.stderr.contains("can't be read"), "{destroy}");
}

/// Whoever may not create pods is told of limit ranges what the server tells whoever may.
#[test]
fn limit_ranges_are_judged_as_by_the_server() {
    let Some(world) = World::on_the_control_plane() else { return };
    let mut rules = rules();
    let blind = user(&world, &rules);
    rules.as_array_mut().unwrap().push(json!({"apiGroups": [""], "resources": ["limitranges"], "verbs": ["list"]}));
    let limited = user(&world, &rules);
    let plan = |kubeconfig: Option<&PathBuf>| match kubeconfig {
        None => world.iriskit(&["plan", "standalone.yaml"]),
        Some(path) => {
            let mut command = world.env.command(&["plan", "standalone.yaml", "--namespace", world.namespace()]);
            Output::of(command.arg("--kubeconfig").arg(path).output().unwrap())
        }
    };
    let data = |resources: &str| {
        format!(
            "    data:\n      podTemplate: {{spec: {{resources: {resources}}}}}\n      storageDB: {{resources: {{requests: {{storage: 4Gi}}}}}}\n"
        )
    };
    let memory =
        |request: &str, limit: &str| format!("{{requests: {{memory: {request}}}, limits: {{memory: {limit}}}}}");
    let of = |kind: &str, bounds: Value| {
        let mut item = bounds;
        item["type"] = json!(kind);
        item
    };
    for (item, resources, said) in [
        (of("Container", json!({"max": {"memory": "2Gi"}})), "{}".to_owned(), None),
        (of("Container", json!({"max": {"memory": "2Gi"}})), memory("1Gi", "2Gi"), None),
        (
            of("Container", json!({"max": {"memory": "2Gi"}})),
            memory("1Gi", "3Gi"),
            Some("maximum memory usage per Container is 2Gi"),
        ),
        (
            of("Container", json!({"min": {"memory": "2Gi"}})),
            memory("1Gi", "3Gi"),
            Some("minimum memory usage per Container is 2Gi"),
        ),
        (of("Container", json!({"min": {"cpu": "1"}})), "{}".to_owned(), None),
        (
            of("Container", json!({"min": {"cpu": "1"}})),
            "{limits: {cpu: 500m}}".to_owned(),
            Some("minimum cpu usage per Container is 1"),
        ),
        (of("Container", json!({"default": {"cpu": "2"}, "max": {"cpu": "3"}})), "{}".to_owned(), None),
        (of("Container", json!({"defaultRequest": {"cpu": "1"}})), "{limits: {cpu: 500m}}".to_owned(), None),
        (of("Container", json!({"maxLimitRequestRatio": {"memory": "2"}})), memory("1Gi", "2Gi"), None),
        (
            of("Container", json!({"maxLimitRequestRatio": {"memory": "2"}})),
            memory("1Gi", "3Gi"),
            Some("memory max limit to request ratio per Container is 2"),
        ),
        (
            of("Container", json!({"maxLimitRequestRatio": {"memory": "2"}})),
            "{}".to_owned(),
            Some("memory max limit to request ratio per Container is 2"),
        ),
        (of("Pod", json!({"max": {"memory": "2Gi"}})), "{}".to_owned(), Some("maximum memory usage per Pod is 2Gi")),
        (
            of("Pod", json!({"max": {"memory": "2Gi"}})),
            memory("1Gi", "3Gi"),
            Some("maximum memory usage per Pod is 2Gi"),
        ),
        (of("Pod", json!({"max": {"memory": "2Gi"}})), memory("1Gi", "2Gi"), None),
        (
            of("PersistentVolumeClaim", json!({"max": {"storage": "3Gi"}})),
            "{}".to_owned(),
            Some("maximum storage usage per PersistentVolumeClaim is 3Gi"),
        ),
        (
            of("PersistentVolumeClaim", json!({"min": {"storage": "5Gi"}})),
            "{}".to_owned(),
            Some("minimum storage usage per PersistentVolumeClaim is 5Gi"),
        ),
        (of("PersistentVolumeClaim", json!({"max": {"storage": "4Gi"}})), "{}".to_owned(), None),
    ] {
        world.env.write("standalone.yaml", &STANDALONE.replace("    data:\n", &data(&resources)));
        world.make("limitranges", &json!({"metadata": {"name": "bounds"}, "spec": {"limits": [item]}}));
        let told = |output: &Output| {
            let text = output.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            said.map_or_else(|| output.code == Some(0), |said| output.code == Some(1) && text.contains(said))
        };
        // Admission hears of a new range a moment later.
        world.until(&format!("the server to judge {resources} by {item}"), || told(&plan(None)).then_some(()));
        let guessed = plan(Some(&limited));
        assert!(told(&guessed), "{item} {resources}: {guessed}");
        assert_eq!(guessed.to_string().contains("error[limit-range]"), said.is_some(), "{guessed}");
        let unknown = plan(Some(&blind));
        assert!(unknown.code == Some(0) && unknown.to_string().contains("list LimitRange in namespace"), "{unknown}");
        world.delete("limitranges/bounds");
    }
}
