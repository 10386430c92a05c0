//! The manifest of the article about services and sidecars, from nothing to nothing.

use insta::assert_snapshot;
use serde_json::json;

use super::harness::{
    manifests::{SIMPLE, simple},
    world::{LABELER, World},
};

everywhere!(the_article_from_nothing_to_nothing);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

fn the_article_from_nothing_to_nothing(world: &World) {
    simple(world);
    world.env.write("simple.yaml", SIMPLE);
    let first = world.plan("simple.yaml", &IMAGE);
    assert_snapshot!("first_plan", first.changed().join("\n"));
    assert!(first.allowances().is_empty(), "{:?}", first.allowances());
    world.apply("simple.yaml", &IMAGE);
    world.no_changes("simple.yaml", &IMAGE);

    edit(world);
    world.pair("simple-data-0");
    let second = world.plan("simple.yaml", &IMAGE);
    assert_eq!(
        second.changed(),
        ["ConfigMap/simple-data-0 update", "StatefulSet/simple-data-0 update", "Service/sidecar-service update"]
    );
    assert_eq!(second.allowances(), ["restart-primary"]);
    let text = world.iriskit(&["plan", "simple.yaml", IMAGE[0], IMAGE[1]]);
    assert_snapshot!("edited_plan", in_no_place(world, &text.to_string()));

    world.apply("simple.yaml", &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
    world.no_changes("simple.yaml", &IMAGE);
    for pod in ["pods/simple-data-0-0", "pods/simple-data-0-1"] {
        let pod = world.get(pod);
        assert!(pod["spec"]["containers"].to_string().contains("irishealth:2023.3.1"), "{pod}");
    }
    assert_eq!(world.get("services/sidecar-service")["spec"]["ports"][0]["port"], 8081);

    let volumes = world.names("persistentvolumeclaims");
    assert_eq!(volumes.len(), 8);
    let destroyed = world.iriskit(&["destroy", "simple", "--auto-approve"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    assert_eq!(world.names("pods"), Vec::<String>::new());
    assert_eq!(world.names("persistentvolumeclaims"), volumes, "{destroyed}");
    assert!(volumes.iter().all(|volume| destroyed.stdout.contains(volume.as_str())), "{destroyed}");
    let gone = world.destroy_with_data("simple", &[]);
    assert_eq!(gone.code, Some(0), "{gone}");
    world.until("the end of the volumes", || world.list("persistentvolumeclaims").is_empty().then_some(()));
    world.is_as_new();
    // What the manifest only refers to is nobody's to remove.
    for kept in ["configmaps/iris-cpf", "secrets/iris-webgateway-secret", "secrets/iris-key-secret"] {
        world.get(kept);
    }
}

/// A new image, another CPF, another port of the sidecar's Service.
fn edit(world: &World) {
    let edited = SIMPLE.replace("irishealth:2023.3\n", "irishealth:2023.3.1\n").replace("port: 81\n", "port: 8081\n");
    assert_ne!(edited, SIMPLE);
    world.env.write("simple.yaml", &edited);
    world.edit("configmaps/iris-cpf", &json!({"data": {"data.cpf": "[SQL]\nDefaultSchema=clinic\n"}}));
}

/// Text with the words that differ from place to place left out.
fn in_no_place(world: &World, text: &str) -> String {
    let set = world.get("services/sidecar-service");
    let port = set["spec"]["ports"][0]["nodePort"].to_string();
    let (_, below) = text.split_once('\n').expect("more than the line that names the cluster");
    below.replace(world.namespace(), "NAMESPACE").replace(&port, "PORT")
}
