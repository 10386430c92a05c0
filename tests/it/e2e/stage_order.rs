//! In which order things appear and go, from the watch streams of the control plane.

use super::harness::{
    history::{History, in_order},
    manifests::compute,
    world::{LABELER, World},
};

#[test]
fn stages_follow_one_another_and_go_in_reverse() {
    let Some(world) = World::on_the_control_plane() else { return };
    let plane = world.plane().expect("on the control plane");
    compute(&world);
    let seen = History::of(&world, plane);
    world.apply("compute.yaml", &["--labeler-image", LABELER]);
    let made = |object: &str| seen.made(&world, object);
    let ready = |pod: &str| seen.ready(&world, &format!("Pod/{pod}"));
    let [first, second] = ["hospital-compute-0", "hospital-compute-1"];
    in_order(
        &seen,
        &[
            ("the headless Service is made", made("Service/iris-svc")),
            ("the arbiter is made", made("Pod/hospital-arbiter-0")),
            ("the arbiter is ready", ready("hospital-arbiter-0")),
            ("the first member is made", made("Pod/hospital-data-0-0")),
            ("the first member is ready", ready("hospital-data-0-0")),
            ("the second member is made", made("Pod/hospital-data-0-1")),
            ("the second member is ready", ready("hospital-data-0-1")),
            ("the first compute node is made", made(&format!("Pod/{first}"))),
            ("the compute nodes are ready", ready(first).max(ready(second))),
            ("the web gateway is made", made("Pod/hospital-webgateway-0")),
            ("the web gateways are ready", ready("hospital-webgateway-0").max(ready("hospital-webgateway-1"))),
            ("the first Service of users is made", made("Service/hospital").min(made("Service/hospital-webgateway"))),
        ],
    );

    world.pair("hospital-data-0");
    world.fail_over("hospital-data-0");
    let [primary, backup] = ["hospital-data-0-1", "hospital-data-0-0"];
    assert_eq!(world.pair("hospital-data-0"), primary);
    let gone = world.iriskit(&["destroy", "hospital", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    let gone = |pod: &str| seen.gone(&world, &format!("Pod/{pod}"));
    let going = |object: &str| seen.going(&world, object);
    in_order(
        &seen,
        &[
            ("the last Service of users goes", going("Service/hospital").max(going("Service/hospital-webgateway"))),
            ("the first web gateway goes", going("Pod/hospital-webgateway-0").min(going("Pod/hospital-webgateway-1"))),
            ("the web gateways are gone", gone("hospital-webgateway-0").max(gone("hospital-webgateway-1"))),
            ("the first compute node goes", going(&format!("Pod/{first}")).min(going(&format!("Pod/{second}")))),
            ("the compute nodes are gone", gone(first).max(gone(second))),
            ("the backup goes", going(&format!("Pod/{backup}"))),
            ("the backup is gone", gone(backup)),
            ("the primary goes", going(&format!("Pod/{primary}"))),
            ("the primary is gone", gone(primary)),
            ("the arbiter goes", going("Pod/hospital-arbiter-0")),
            ("the headless Service goes", going("Service/iris-svc")),
        ],
    );
    assert_eq!(world.names("pods"), Vec::<String>::new());
}
