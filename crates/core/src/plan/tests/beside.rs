//! What is said of one object because of another.

use iriskit_state::{
    plan::{Component, ImpactClass, NoteId, Plan, RuleId, Severity, Stage},
    record::{Pending, Record},
};
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::{Desired, Rolling},
    plan::changes::examine::OwnerInput,
};

fn compute(replicas: u32) -> Desired {
    let mut set = pair("i:2024.1");
    (set.component, set.stage, set.rolling, set.mirrored) =
        (Component::Compute, Stage::Compute, Rolling::Kubernetes, false);
    set.object.name = "c-compute".into();
    set.value["metadata"]["name"] = json!("c-compute");
    set.value["spec"]["replicas"] = json!(replicas);
    set
}

fn text(limit: u32) -> Desired {
    config_map("c-data-0", &json!({"data.cpf": format!("[config]\nMaxServerConn={limit}\n")}))
}

fn warned(plan: &Plan) -> Vec<&str> {
    let about = plan.notes.iter().filter(|note| note.id == NoteId::TooManyConnections);
    about.map(|note| note.message.as_str()).collect()
}

#[test]
fn more_compute_nodes_than_data_nodes_let_connect_are_warned_about() {
    let members = || [pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)];
    let wish = |nodes: u32, limit: u32| owner(vec![text(limit), pair("i:2024.1"), compute(nodes)]);
    let now = |limit: u32| live(members().into_iter().chain([applied(&text(limit)), applied(&pair("i:2024.1"))]));
    assert_eq!(warned(&plan(wish(64, 64), &now(64))), Vec::<&str>::new());
    let plain = plan(wish(65, 64), &now(64));
    assert_eq!(
        warned(&plain),
        [
            "65 compute nodes connect to data nodes whose MaxServerConn is 64: when more connect, a data node restarts by itself"
        ]
    );
    assert!(plain.notes.iter().all(|note| note.severity != Severity::Error));
    // Before anything runs the text is all that counts.
    assert_eq!(warned(&plan(wish(65, 100), &live([]))), Vec::<&str>::new());
    // Raised in the same plan: those that run have the old value until they restart.
    let raised = plan(wish(65, 100), &now(64));
    assert!(warned(&raised)[0].contains("MaxServerConn is 64 until they restart"), "{:?}", warned(&raised));
    let with_restart = owner(vec![text(100), pair("i:2024.1.1"), compute(65)]);
    assert_eq!(warned(&plan(with_restart, &now(64))), Vec::<&str>::new());
    // Raised by an earlier run, and the pods have not restarted since.
    let pending = Pending {
        config_map: "c-data-0".into(),
        file: "data.cpf".into(),
        section: "config".into(),
        key: "MaxServerConn".into(),
        pod: "c-data-0-0".into(),
        uid: "pod-0".into(),
        restarts: 0,
        loaded: Some("64".into()),
        removed_value: None,
        sensitive: false,
        since: "2026-01-01T00:00:00Z".into(),
    };
    let record = Record { pending: vec![pending], ..Record::empty() };
    let later = plan(OwnerInput { record: Some(record), ..wish(65, 100) }, &now(100));
    assert!(warned(&later)[0].contains("64 until they restart"), "{:?}", warned(&later));
}

#[test]
fn a_new_license_key_is_taken_over_live_by_those_that_mount_it() {
    let secret = |name: &str, key: &str| {
        let value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "n"},
            "type": "Opaque", "data": {"iris.key": key}});
        desired(Stage::Prerequisites, Component::Companion, value)
    };
    let mut set = pair("i:2024.1");
    set.value["spec"]["template"]["spec"]["volumes"] = json!([{"name": "license", "secret": {"secretName": "key"}}]);
    let before: Vec<Value> = vec![applied(&secret("key", "YQ==")), applied(&secret("other", "YQ==")), applied(&set)];
    let plan = plan(owner(vec![secret("key", "Yg=="), secret("other", "Yg=="), set]), &live(before));
    let impact = |name: &str| &change(&plan, &format!("Secret/n/{name}")).impact;
    assert_eq!((impact("key").class, &impact("key").rules[..]), (ImpactClass::Live, &[RuleId::LicenseLive][..]));
    assert_eq!((impact("other").class, impact("other").effects.len()), (ImpactClass::None, 0));
}
