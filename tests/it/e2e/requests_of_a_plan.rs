//! What a plan without changes asks of the API server, counted by its audit log.

use super::harness::{
    manifests::{MIRRORED, compute},
    world::{LABELER, World},
};

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

/// `verb resource[/name]` of every request of a plan without changes, sorted; `args` begin with the files.
fn asked(world: &World, args: &[&str]) -> Vec<String> {
    let plane = world.plane().expect("on the control plane");
    let mark = plane.audit_mark();
    let output = world.iriskit(&[&["plan"], args, &["--detailed-exitcode"]].concat());
    assert_eq!(output.code, Some(0), "{output}");
    let requests = plane.audit_since(mark, "iriskit/");
    let ours = |namespace: &str| world.namespaces().iter().any(|known| known == namespace);
    let mut asked: Vec<String> = requests
        .iter()
        // Of one namespace; the API server files a Namespace itself under its own name.
        .filter(|entry| ours(&entry.namespace) || entry.resource.is_empty() && entry.uri.contains("api"))
        .map(|entry| {
            assert!(!entry.dry_run && entry.subresource.is_empty(), "{entry:?}");
            assert_eq!(entry.user_agent, format!("iriskit/{}", env!("CARGO_PKG_VERSION")));
            let name = if entry.name.is_empty() { String::new() } else { format!("/{}", entry.name) };
            format!("{} {}{name}", entry.verb, entry.resource)
        })
        .collect();
    asked.sort();
    asked
}

#[test]
fn a_plan_of_one_cluster_asks_each_thing_once() {
    let Some(world) = World::on_the_control_plane() else { return };
    compute(&world);
    world.apply("compute.yaml", &IMAGE);
    let asked = asked(&world, &[&["compute.yaml"], &IMAGE[..]].concat());
    let namespace = format!("get namespaces/{}", world.namespace());
    assert_eq!(
        asked,
        [
            "get irisclusters/hospital",
            &namespace,
            "get secrets/intersystems-pull-secret",
            "get secrets/iris-key-secret",
            "get secrets/iris-webgateway-secret",
            "list configmaps",
            "list persistentvolumeclaims",
            "list pods",
            "list rolebindings",
            "list roles",
            "list serviceaccounts",
            "list services",
            "list statefulsets",
        ]
    );
}

/// Rights, quotas, classes, pods that would come: only what changes something is worth these questions.
#[test]
fn a_plan_without_changes_asks_nothing_in_advance() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    world.pair("mirrored-data-0");
    let plane = world.plane().expect("on the control plane");
    // Somebody whom no other test works as.
    let everything = serde_json::json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    let kubeconfig = plane.restricted_kubeconfig(world.namespace(), &everything);
    let world = world.acting_as(&kubeconfig);
    let user = format!("system:serviceaccount:{}:", world.namespace());
    let advance = |code: i32| {
        let mark = plane.audit_mark();
        let output = world.iriskit(&["plan", "mirrored.yaml", "--detailed-exitcode", IMAGE[0], IMAGE[1]]);
        assert_eq!(output.code, Some(code), "{output}");
        let requests = plane.audit_since(mark, "iriskit/");
        let ours = requests.into_iter().filter(|entry| entry.user.starts_with(&user));
        let asks = |entry: &crate::support::controlplane::AuditEntry| {
            entry.dry_run
                || matches!(&*entry.resource, "selfsubjectaccessreviews" | "resourcequotas" | "storageclasses")
        };
        ours.filter(asks).map(|entry| entry.resource).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(advance(0), std::collections::BTreeSet::new());
    world.env.write("mirrored.yaml", &MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n"));
    let asked: Vec<String> = advance(2).into_iter().collect();
    assert_eq!(asked, ["pods", "resourcequotas", "selfsubjectaccessreviews", "statefulsets"]);
}

#[test]
fn three_clusters_of_a_namespace_share_the_lists() {
    let Some(world) = World::on_the_control_plane() else { return };
    let names = ["one", "two", "three"];
    let files = names.map(|name| format!("{name}.yaml"));
    for (name, file) in names.iter().zip(&files) {
        world.env.write(
            file,
            &MIRRORED
                .replace("mirrored-cpf", &format!("{name}-cpf"))
                .replace("name: mirrored\n", &format!("name: {name}\n")),
        );
    }
    let files = files.each_ref().map(String::as_str);
    let apply = world.iriskit(&[&["apply"], &files[..], &IMAGE, &["--auto-approve"]].concat());
    assert_eq!(apply.code, Some(0), "{apply}");
    let asked = asked(&world, &[&files[..], &IMAGE].concat());
    let namespace = format!("get namespaces/{}", world.namespace());
    assert_eq!(
        asked,
        [
            "get irisclusters/one",
            "get irisclusters/three",
            "get irisclusters/two",
            &namespace,
            "list configmaps",
            "list persistentvolumeclaims",
            "list pods",
            "list rolebindings",
            "list roles",
            "list serviceaccounts",
            "list services",
            "list statefulsets",
        ]
    );
}
