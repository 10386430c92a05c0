//! What `render` prints is what apply sent: kubectl, as the same field manager, sees no difference.

use std::fs;

use super::harness::{
    manifests::{COMPUTE, MIRRORED, STANDALONE, compute, simple},
    world::{LABELER, World},
};

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

fn kubectl_sees_no_difference(world: &World, file: &str) {
    let plane = world.plane().expect("on the control plane");
    world.apply(file, &IMAGE);
    let rendered = world.iriskit(&["render", file, IMAGE[0], IMAGE[1]]).success();
    let path = world.env.path().join("rendered.yaml");
    fs::write(&path, rendered).unwrap();
    let diff = ["diff", "--server-side", "--field-manager=iriskit", "--namespace", world.namespace(), "-f"];
    let output = plane.kubectl(&[&diff[..], &[path.to_str().unwrap()]].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn of_a_data_node() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("f.yaml", STANDALONE);
    kubectl_sees_no_difference(&world, "f.yaml");
}

#[test]
fn of_a_pair() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("f.yaml", MIRRORED);
    kubectl_sees_no_difference(&world, "f.yaml");
}

#[test]
fn of_the_article() {
    let Some(world) = World::on_the_control_plane() else { return };
    simple(&world);
    kubectl_sees_no_difference(&world, "simple.yaml");
}

#[test]
fn of_compute_nodes() {
    let Some(world) = World::on_the_control_plane() else { return };
    compute(&world);
    world.env.write("f.yaml", COMPUTE);
    kubectl_sees_no_difference(&world, "f.yaml");
}
