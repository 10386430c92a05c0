//! The player of IRIS, on which the tests of rolls and fail-overs rely.

use serde_json::{Value, json};

use crate::support::{
    controlplane::{ControlPlane, Namespace},
    iris::{EventKind, IrisPlayer, Role},
};

/// A mirrored data set as iriskit makes it, as far as the player looks.
fn mirrored(plane: &ControlPlane, namespace: &Namespace, replicas: u32, update_strategy: &str) {
    let labels = json!({"intersystems.com/component": "data", "intersystems.com/name": "c"});
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "c-data-0"},
        "spec": {
            "serviceName": "iris-svc", "replicas": replicas, "updateStrategy": {"type": update_strategy},
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "iris", "image": "example/iris:1"}]}},
        },
    });
    plane.create(&namespace.path("apps/v1", "statefulsets"), &set);
}

fn pod(plane: &ControlPlane, namespace: &Namespace, name: &str) -> Option<Value> {
    let (code, pod) = plane.request("GET", &namespace.path("v1", &format!("pods/{name}")), "application/json", None);
    (code == 200).then_some(pod)
}

fn role(pod: &Value) -> Option<&str> {
    pod["metadata"]["labels"]["intersystems.com/mirrorRole"].as_str()
}

fn status(pod: &Value) -> Value {
    let text = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap_or("null");
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_pair_takes_roles_and_the_backup_takes_over() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("pair");
    let iris = IrisPlayer::start(plane, namespace.name());
    mirrored(plane, &namespace, 2, "OnDelete");
    assert_eq!(iris.pair("c-data-0"), "c-data-0-0");
    let [first, second] = ["c-data-0-0", "c-data-0-1"].map(|name| pod(plane, &namespace, name).unwrap());
    assert_eq!((role(&first), role(&second)), (Some("primary"), Some("backup")));
    let state = status(&second);
    assert_eq!(
        (&state["type"], &state["status"], &state["journal"]),
        (&json!("Failover"), &json!("Backup"), &json!("Active"))
    );
    state["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();

    iris.hold_catch_up(true);
    plane.delete(&namespace.path("v1", "pods/c-data-0-0"));
    let back = plane.until("the old primary to come back as backup", |plane| {
        pod(plane, &namespace, "c-data-0-0").filter(|pod| role(pod) == Some("backup"))
    });
    assert_ne!(back["metadata"]["uid"], first["metadata"]["uid"]);
    assert_eq!(status(&back)["journal"], "Catching up");
    assert_eq!(iris.primary("c-data-0").as_deref(), Some("c-data-0-1"));
    iris.hold_catch_up(false);
    assert_eq!(iris.pair("c-data-0"), "c-data-0-1");

    iris.fail_over("c-data-0");
    assert_eq!(role(&pod(plane, &namespace, "c-data-0-0").unwrap()), Some("primary"));
    assert_eq!(role(&pod(plane, &namespace, "c-data-0-1").unwrap()), Some("backup"));

    let told: Vec<_> = iris.history().into_iter().map(|(_, event)| (event.pod, event.what)).collect();
    let changes: Vec<_> = told
        .iter()
        .filter(|(_, what)| matches!(what, EventKind::Deleted | EventKind::Becomes(_)))
        .map(|(pod, what)| (pod.as_str(), what.clone()))
        .collect();
    let becomes = EventKind::Becomes;
    assert_eq!(
        changes,
        [
            ("c-data-0-0", becomes(Role::Primary)),
            ("c-data-0-1", becomes(Role::Backup)),
            ("c-data-0-0", EventKind::Deleted),
            ("c-data-0-1", becomes(Role::Primary)),
            ("c-data-0-0", becomes(Role::Backup)),
            ("c-data-0-1", becomes(Role::Backup)),
            ("c-data-0-0", becomes(Role::Primary)),
        ],
        "{told:?}",
    );
}

#[test]
fn a_backup_that_is_behind_does_not_take_over() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("behind");
    let iris = IrisPlayer::start(plane, namespace.name());
    mirrored(plane, &namespace, 2, "OnDelete");
    iris.pair("c-data-0");
    iris.set_journal("c-data-0-1", "Catching up");
    let hold = json!({"metadata": {"annotations": {"iriskit-test/hold": "true"}}});
    plane.patch(&namespace.path("v1", "pods/c-data-0-0"), &hold);
    let primary = plane.until("the primary to lose its label", |plane| {
        pod(plane, &namespace, "c-data-0-0").filter(|pod| role(pod).is_none())
    });
    assert_eq!(status(&primary), Value::Null);
    assert_eq!(iris.primary("c-data-0"), None);
    assert_eq!(role(&pod(plane, &namespace, "c-data-0-1").unwrap()), Some("backup"));
    let release = json!({"metadata": {"annotations": {"iriskit-test/hold": null}}});
    plane.patch(&namespace.path("v1", "pods/c-data-0-0"), &release);
    plane.until("the primary to be primary again", |_| iris.primary("c-data-0").filter(|pod| pod == "c-data-0-0"));
    iris.set_journal("c-data-0-1", "Active");
    assert_eq!(iris.pair("c-data-0"), "c-data-0-0");
}

#[test]
fn members_beyond_the_pair_are_asyncs_and_unmirrored_sets_have_no_roles() {
    let Some(plane) = ControlPlane::shared() else { return };
    let (three, plain) = (plane.namespace("async"), plane.namespace("plain"));
    let [iris, other] = [&three, &plain].map(|namespace| IrisPlayer::start(plane, namespace.name()));
    iris.catch_up_after(std::time::Duration::ZERO);
    mirrored(plane, &three, 3, "OnDelete");
    mirrored(plane, &plain, 2, "RollingUpdate");
    plane.until("the third to be an async", |plane| {
        pod(plane, &three, "c-data-0-2").filter(|pod| status(pod)["type"] == "Disaster Recovery" && role(pod).is_none())
    });
    plane.until("the plain pods to be ready", |plane| {
        let set = plane.get(&plain.path("apps/v1", "statefulsets/c-data-0"));
        (set["status"]["readyReplicas"] == 2).then_some(())
    });
    assert_eq!((other.primary("c-data-0"), other.history()), (None, vec![]));
}
