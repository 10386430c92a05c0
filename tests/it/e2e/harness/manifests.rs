//! What the scenarios plan: the examples, and what they refer to.

use serde_json::json;

use super::world::World;

pub(crate) const STANDALONE: &str = include_str!("../../../../examples/standalone.yaml");
pub(crate) const SIMPLE: &str = include_str!("../../../../examples/simple.yaml");
pub(crate) const MIRRORED: &str = include_str!("../../../../examples/mirrored.yaml");
pub(crate) const COMPUTE: &str = include_str!("../../../../examples/compute.yaml");
pub(crate) const TWO_CLUSTERS: &str = include_str!("../../../../examples/two-clusters.yaml");

/// One data node whose pod runs without getting ready until it is let go.
pub(crate) fn held() -> String {
    let template = "podTemplate: {metadata: {annotations: {iriskit-test/hold: \"true\"}}}";
    STANDALONE.replace("    data:\n", &format!("    data:\n      {template}\n"))
}

/// The article's manifest with all that it refers to, in the file `simple.yaml`.
pub(crate) fn simple(world: &World) {
    world.env.write("simple.yaml", SIMPLE);
    login(world, "ser4t-t0-the-g4teway");
    secret(world, "iris-key-secret", "iris.key", "[License]");
    secret(world, "intersystems-pull-secret", ".dockerconfigjson", "{}");
    world.make(
        "configmaps",
        &json!({
            "metadata": {"name": "iris-cpf"},
            "data": {
                "common.cpf": "[config]\nglobals=0,0,256,0,0,0\n",
                "data.cpf": "[SQL]\nDefaultSchema=hospital\n",
                "CSP-merge.ini": "[SYSTEM]\nServer_Response_Timeout=300\n",
            },
        }),
    );
}

/// Application servers in front of a pair, with all that they refer to, in the file `compute.yaml`.
pub(crate) fn compute(world: &World) {
    world.env.write("compute.yaml", COMPUTE);
    login(world, "ser4t-t0-the-g4teway");
    secret(world, "iris-key-secret", "iris.key", "[License]");
    secret(world, "intersystems-pull-secret", ".dockerconfigjson", "{}");
}

/// The Secret that web gateways log in with.
pub(crate) fn login(world: &World, password: &str) {
    world.make(
        "secrets",
        &json!({
            "metadata": {"name": "iris-webgateway-secret"},
            "stringData": {"username": "CSPSystem", "password": password},
        }),
    );
}

fn secret(world: &World, name: &str, key: &str, value: &str) {
    world.make("secrets", &json!({"metadata": {"name": name}, "stringData": {key: value}}));
}
