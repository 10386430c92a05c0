//! Several clusters in several namespaces, in one plan.

use serde_json::json;

use super::harness::{manifests::TWO_CLUSTERS, planned::Planned, world::World};

everywhere!(
    two_clusters_in_two_namespaces_are_one_plan,
    a_cluster_that_is_left_out_is_only_noted,
    an_object_that_two_clusters_want_is_named,
);

/// The example, with namespaces of this test alone.
fn two(world: &World) -> [String; 2] {
    let [orders, billing] = ["logistics", "finance"].map(|name| world.another_namespace(name));
    let manifest = TWO_CLUSTERS
        .replace("namespace: logistics", &format!("namespace: {orders}"))
        .replace("namespace: finance", &format!("namespace: {billing}"));
    world.env.write("two.yaml", &manifest);
    [orders, billing]
}

fn two_clusters_in_two_namespaces_are_one_plan(world: &World) {
    let [orders, billing] = two(world);
    let plan = world.plan("two.yaml", &[]);
    let owners: Vec<_> = plan.0.owners.iter().map(|owner| (owner.namespace.as_str(), owner.name.as_str())).collect();
    assert_eq!(owners.len(), 2);
    assert!(owners.contains(&(&orders, "orders")) && owners.contains(&(&billing, "billing")), "{owners:?}");
    world.apply("two.yaml", &[]);
    for (namespace, set) in [(&orders, "orders-data"), (&billing, "billing-data")] {
        let set = world.get(&format!("/apis/apps/v1/namespaces/{namespace}/statefulsets/{set}"));
        assert_eq!(set["status"]["readyReplicas"], 1, "{set}");
        let services = world.get(&format!("/api/v1/namespaces/{namespace}/services/iris-svc"));
        assert_eq!(services["spec"]["clusterIP"], "None");
    }
    world.no_changes("two.yaml", &[]);
    let destroyed = world.iriskit(&["destroy", "two.yaml", "--auto-approve"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    for (namespace, set) in [(&orders, "orders-data"), (&billing, "billing-data")] {
        assert!(world.find(&format!("/apis/apps/v1/namespaces/{namespace}/statefulsets/{set}")).is_none());
    }
}

const ONE: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: NAME}
spec: {topology: {data: {image: iris:2024.1, compatibilityVersion: 2024.1.0}}}
";

fn a_cluster_that_is_left_out_is_only_noted(world: &World) {
    world.env.write("a.yaml", &ONE.replace("NAME", "here"));
    world.env.write("b.yaml", &ONE.replace("NAME", "left-out"));
    let both = world.iriskit(&["apply", "a.yaml", "b.yaml", "--auto-approve"]);
    assert_eq!(both.code, Some(0), "{both}");
    let one = world.iriskit(&["plan", "a.yaml", "--detailed-exitcode"]);
    assert_eq!(one.code, Some(0), "{one}");
    assert!(one.to_string().contains("iriskit destroy left-out"), "{one}");
    let gone = world.iriskit(&["destroy", "left-out", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(world.find("services/iris-svc").is_some(), "the other cluster still needs it");
    world.no_changes("a.yaml", &[]);
    let gone = world.iriskit(&["destroy", "here", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(world.find("services/iris-svc").is_none(), "nobody needs it any more");
}

/// The sidecar gateway of `a` and the stand-alone gateway of `a-data` have one name.
fn an_object_that_two_clusters_want_is_named(world: &World) {
    let cluster = |name: &str, gateway: (&str, &str)| {
        format!(
            "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata: {{name: {name}}}\nspec:\n  licenseKeySecret: {{name: \
             key}}\n  topology:\n    data:\n      image: registry.example.org/iris:2024.1\n      compatibilityVersion: \"2024.1.0\"\n{}\
             webgateway: {{image: 'registry.example.org/webgateway:2024.1', {}applicationPaths: [/csp/sys], loginSecret: {{name: \
             login}}}}\n",
            gateway.0, gateway.1
        )
    };
    let (a, b) = (cluster("a", ("      ", "")), cluster("a-data", ("    ", "replicas: 1, ")));
    world.env.write("both.yaml", &format!("{a}---\n{b}"));
    let plan = Planned::read(&world.iriskit(&["plan", "both.yaml", "--json"]));
    let collisions = plan.notes("object-collision");
    assert_eq!(collisions.len(), 1, "{:?}", plan.0.notes);
    assert!(collisions[0].message.contains("cluster a and webgateway of cluster a-data"), "{}", collisions[0].message);
    let maps = plan
        .changed()
        .into_iter()
        .filter(|change| change.contains("a-data-webgateway") && change.contains("ConfigMap"));
    assert_eq!((maps.count(), plan.notes("server-overrides").len()), (1, 0));
    // One after the other, in two inputs.
    world.env.write("b.yaml", &b);
    world.make("secrets", &json!({"metadata": {"name": "key"}, "stringData": {"iris.key": "x"}}));
    world.make(
        "secrets",
        &json!({"metadata": {"name": "login"}, "stringData": {"username": "u", "password": "s-ecret"}}),
    );
    world.apply("b.yaml", &[]);
    world.env.write("a.yaml", &a);
    for args in [&["plan", "a.yaml", "--json"][..], &["plan", "a.yaml", "--json", "--adopt"]] {
        let plan = Planned::read(&world.iriskit(args));
        let [note] = plan.notes("not-ours")[..] else { panic!("{:?}", plan.0.notes) };
        assert!(note.message.contains("belongs to IrisCluster a-data"), "{}", note.message);
        assert!(note.help.as_deref().is_some_and(|help| help.contains("another name") && !help.contains("--adopt")));
    }
}
