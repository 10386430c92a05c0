//! Creating, changing and leaving alone.
#![expect(clippy::disallowed_methods, reason = "the golden plan file is written anew on demand")]

use iriskit_state::plan::{Component, Origin, Stage, Step, Verb};
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::Ownership,
    plan::{
        changes::{
            drift::visible,
            dry_run::DryRun,
            examine::{examine, merge},
        },
        draft::assemble::assemble,
        ownership::policy::Policy,
    },
};

#[test]
fn what_was_applied_needs_nothing_and_nobody_is_asked() {
    let wanted = [config_map("m", &json!({"a": "1"})), pair("i:2024.1")];
    let live = live(wanted.iter().map(applied));
    let (examined, _) = merge(vec![examine(owner(wanted.to_vec()), &live, &Policy::default())]);
    assert!(examined.iter().all(|examined| !examined.needs_server()));
    let plan = plan(owner(wanted.to_vec()), &live);
    assert!(!plan.summary.changes());
    assert_eq!(plan.summary.unchanged, 2);
    assert!(plan.resource_changes.iter().all(|change| change.steps.is_empty()));
}

#[test]
fn what_a_deployments_controller_counts_is_not_shown_as_it_was() {
    let front = |manager: &str| {
        let held = json!({"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}});
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "front",
            "annotations": {"deployment.kubernetes.io/revision": "1"},
            "managedFields": [{"manager": manager, "operation": "Apply", "fieldsV1": held}]}})
    };
    let shown = |object: &Value| visible(object).pointer("/metadata/annotations").is_some();
    assert!(!shown(&front("kube-controller-manager")));
    assert!(shown(&front("iriskit")), "what a manifest asks for is compared");
}

#[test]
fn everything_is_created_in_the_order_of_stages() {
    let map = config_map("m", &json!({"a": "1"}));
    let service = desired(
        Stage::Services,
        Component::Cluster,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c", "namespace": "n"}, "spec": {}}),
    );
    let plan = plan(owner(vec![service, pair("i:2024.1"), map]), &live([]));
    let stages: Vec<_> = plan.stages.iter().map(|stage| (stage.name.to_string(), stage.changes.clone())).collect();
    assert_eq!(
        stages,
        [
            ("data".to_owned(), vec!["ConfigMap/n/m".to_owned(), "StatefulSet/n/c-data-0".to_owned()]),
            ("services".to_owned(), vec!["Service/n/c".to_owned()]),
        ]
    );
    assert_eq!((plan.summary.create, plan.impact.volumes_new), (3, 2));
    let set = change(&plan, "StatefulSet/n/c-data-0");
    assert!(matches!(set.steps.as_slice(), [Step::Create { .. }, Step::WaitReady]));
    assert_eq!(set.fingerprint.as_ref().map(|seen| seen.exists), Some(false));
}

#[test]
fn a_changed_manifest_is_told_from_drift() {
    let old = config_map("m", &json!({"a": "1", "b": "1"}));
    let mut found = applied(&old);
    // Somebody edited b; the field left our entry.
    found["data"]["b"] = json!("9");
    let entries = found["metadata"]["managedFields"].as_array_mut().unwrap();
    entries[0]["fieldsV1"]["f:data"].as_object_mut().unwrap().remove("f:b");
    entries.push(
        json!({"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T01:00:00Z",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:b": {}}}}),
    );
    let wanted = config_map("m", &json!({"a": "2", "b": "1"}));
    let plan = plan(owner(vec![wanted]), &live([found]));
    let fields: Vec<_> = change(&plan, "ConfigMap/n/m")
        .fields
        .iter()
        .map(|field| (field.path.as_str(), field.origin, field.by.as_deref(), &field.before, &field.after))
        .collect();
    assert_eq!(
        fields,
        [
            ("data.a", Origin::Manifest, None, &json!("1"), &json!("2")),
            ("data.b", Origin::Drift, Some("kubectl-edit"), &json!("9"), &json!("1")),
        ]
    );
    assert_eq!(plan.resource_drift.len(), 1);
    assert!(plan.resource_drift[0].taken_back);
}

#[test]
fn fields_of_others_are_shown_and_left_alone() {
    let wanted = config_map("m", &json!({"a": "1"}));
    let mut found = applied(&wanted);
    found["metadata"]["labels"]["team"] = json!("a");
    found["metadata"]["managedFields"]
        .as_array_mut()
        .unwrap()
        .push(json!({"manager": "kubectl-label", "operation": "Update",
        "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {"f:labels": {"f:team": {}}}}}));
    let plan = plan(owner(vec![wanted]), &live([found]));
    assert!(!plan.summary.changes());
    let [drift] = plan.resource_drift.as_slice() else { panic!("{:?}", plan.resource_drift) };
    assert!(!drift.taken_back);
    assert_eq!(drift.fields[0].path, "metadata.labels.team");
}

#[test]
fn secrets_are_holes_and_only_whether_they_changed_is_told() {
    let secret = |value: &str| {
        desired(
            Stage::Prerequisites,
            Component::Companion,
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": {"p": value}}),
        )
    };
    let plan = plan(owner(vec![secret("bmV3LXZhbHVl")]), &live([applied(&secret("b2xkLXZhbHVl"))]));
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains("bmV3LXZhbHVl") && !text.contains("b2xkLXZhbHVl"), "{text}");
    let change = change(&plan, "Secret/n/s");
    assert_eq!(change.change.after["data"]["p"], json!("(sensitive, changed)"));
    let [Step::Update { body, holes, .. }] = change.steps.as_slice() else { panic!("{:?}", change.steps) };
    assert_eq!((&body["data"]["p"], holes[0].pointer.as_str()), (&Value::Null, "/data/p"));
}

#[test]
fn a_shared_object_is_made_once_and_never_changed() {
    let shared = |port: u32| {
        let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "iris-svc", "namespace": "n"}, "spec": {"port": port}});
        let mut found = desired(Stage::Prerequisites, Component::Cluster, value);
        found.ownership = Ownership::Shared;
        found
    };
    let created = plan(owner(vec![shared(1)]), &live([]));
    assert_eq!(change(&created, "Service/n/iris-svc").owner, "");
    let mut foreign = shared(2).value;
    foreign["metadata"]["uid"] = json!("x");
    let kept = plan(owner(vec![shared(1)]), &live([foreign]));
    assert_eq!(change(&kept, "Service/n/iris-svc").change.actions, [Verb::NoOp]);
}

#[test]
fn a_refusal_is_an_error_of_the_plan() {
    let live = live([]);
    let (examined, owners) =
        merge(vec![examine(owner(vec![config_map("m", &json!({"a": "1"}))]), &live, &Policy::default())]);
    let object = examined[0].desired.object.clone();
    let refused = DryRun::Refused { code: 422, message: "no".into() };
    let plan = assemble(frame(), &owners, &examined, &[(object, refused)].into(), &live);
    assert_eq!(note_ids(&plan), ["server-refuses"]);
}

#[test]
fn plans_of_the_same_inputs_are_equal() {
    let make = || plan(owner(vec![pair("i:2024.1"), config_map("m", &json!({"a": "1"}))]), &live([]));
    assert_eq!(serde_json::to_string(&make()).unwrap(), serde_json::to_string(&make()).unwrap());
}

#[test]
fn a_plan_file_of_a_real_plan_is_the_fixture() {
    use super::scene::pod;
    let secret = |value: &str| {
        let value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": {"p": value}});
        desired(Stage::Prerequisites, Component::Companion, value)
    };
    let live =
        live([applied(&pair("i:2024.1")), pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)]);
    let mut plan = plan(
        owner(vec![secret("dg=="), pair("i:2024.1.1"), config_map("m", &json!({"data.cpf": "[Startup]\n"}))]),
        &live,
    );
    let written = iriskit_state::plan::write(&mut plan).unwrap();
    let version = iriskit_state::plan::FORMAT_VERSION;
    let fixture = format!("{}/../../state/fixtures/plan-{version}.json", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("IRISKIT_BLESS").is_some() {
        std::fs::write(&fixture, &written).unwrap();
    }
    let golden = std::fs::read_to_string(&fixture).unwrap_or_default();
    assert!(written == golden, "{fixture} is out of date: run this test with IRISKIT_BLESS=1 and read the difference");
}
