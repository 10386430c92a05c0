//! What a plan finds out before anything is written: that controllers could not make of it what it says.

use iriskit_state::plan::Severity;
use serde_json::json;

use super::harness::{
    manifests::{COMPUTE, MIRRORED, STANDALONE},
    planned::Planned,
    world::{LABELER, World, name_of},
};

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

everywhere!(
    quotas_are_summed_over_all_objects,
    a_quota_that_shrank_since_stops_the_apply,
    a_missing_account_is_an_error,
    missing_classes_and_keys_are_warnings,
    the_record_of_the_run_is_counted,
    claims_without_a_class_count_for_the_default_one,
    a_quota_of_the_same_plan_is_kept,
);

/// `ID severity address` of the notes of a plan, those of some ids left out.
fn found(plan: &Planned) -> Vec<String> {
    let severity = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let besides = ["no-license", "version-mismatch", "gateway-paths-unserved", "portal-follows-mirror"];
    let notes = plan.0.notes.iter().filter(|note| !besides.contains(&note.id.as_str()));
    let address = |address: &Option<String>| address.clone().unwrap_or_default().split('/').skip(2).collect::<String>();
    notes
        .map(|note| format!("{} {} {}", note.id, severity(note.severity), address(&note.address)).trim().to_owned())
        .collect()
}

fn quota(world: &World, hard: &serde_json::Value) {
    world.make("resourcequotas", &json!({"metadata": {"name": "room"}, "spec": {"hard": hard}}));
    world.until("a counted quota", || world.get("resourcequotas/room")["status"]["hard"].is_object().then_some(()));
}

fn quotas_are_summed_over_all_objects(world: &World) {
    // Each pod, claim and Service has room by itself.
    quota(world, &json!({"pods": "5", "requests.storage": "10Gi", "services": "9", "count/statefulsets.apps": "9"}));
    world.env.write("mirrored.yaml", MIRRORED);
    let output = world.iriskit(&["plan", "mirrored.yaml", "--json", IMAGE[0], IMAGE[1]]);
    assert_eq!(output.code, Some(1), "{output}");
    let plan = Planned::read(&output);
    assert_eq!(found(&plan), ["quota-exceeded error room"]);
    let message = &plan.notes("quota-exceeded")[0].message;
    assert!(message.contains("requests.storage: 0 of 10Gi are used, and 32Gi more are needed"), "{message}");
    assert!(!message.contains("pods:") && !message.contains("statefulsets"), "{message}");
    let applied = world.iriskit(&["apply", "mirrored.yaml", "--auto-approve", IMAGE[0], IMAGE[1]]);
    assert!(applied.code == Some(1) && applied.stderr.contains("error[plan-blocked]"), "{applied}");
    assert_eq!(world.names("statefulsets"), Vec::<String>::new());
    world.edit("resourcequotas/room", &json!({"spec": {"hard": {"requests.storage": "40Gi"}}}));
    world.until("a counted quota", || {
        (world.get("resourcequotas/room")["status"]["hard"]["requests.storage"] == "40Gi").then_some(())
    });
    world.apply("mirrored.yaml", &IMAGE);
    // A roll needs no further room: each pod goes before the next one comes.
    world.pair("mirrored-data-0");
    let pods = world.names("pods").len().to_string();
    let counted = |what: &str| world.get("resourcequotas/room")["status"][what]["pods"] == *pods;
    world.until("a full count", || counted("used").then_some(()));
    world.edit("resourcequotas/room", &json!({"spec": {"hard": {"pods": pods}}}));
    world.until("a full quota", || counted("hard").then_some(()));
    world.env.write("mirrored.yaml", &MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n"));
    world.apply("mirrored.yaml", &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
}

fn a_quota_that_shrank_since_stops_the_apply(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    quota(world, &json!({"persistentvolumeclaims": "3"}));
    let before = world.versions();
    let refused = world.iriskit(&["apply", "p.plan"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("error[server-refuses]"), "{refused}");
    assert!(refused.stderr.contains("0 of 3 are used, and 4 more are needed"), "{refused}");
    assert_eq!(world.versions(), before);
}

fn the_record_of_the_run_is_counted(world: &World) {
    let there = world.list("configmaps").len();
    quota(world, &json!({"configmaps": (there + 1).to_string()}));
    world.env.write("standalone.yaml", STANDALONE);
    let output = world.iriskit(&["plan", "standalone.yaml", "--json"]);
    let plan = Planned::read(&output);
    assert_eq!(found(&plan), ["quota-exceeded error room"]);
    let message = &plan.notes("quota-exceeded")[0].message;
    assert!(message.contains(&format!("configmaps: {there} of {} are used, and 2 more", there + 1)), "{message}");
    let enough = (there + 2).to_string();
    world.edit("resourcequotas/room", &json!({"spec": {"hard": {"configmaps": enough}}}));
    world.until("a counted quota", || {
        (world.get("resourcequotas/room")["status"]["hard"]["configmaps"] == *enough).then_some(())
    });
    world.apply("standalone.yaml", &[]);
    world.no_changes("standalone.yaml", &[]);
}

fn claims_without_a_class_count_for_the_default_one(world: &World) {
    let is_default = |class: &&serde_json::Value| {
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    };
    let classes = world.get("/apis/storage.k8s.io/v1/storageclasses")["items"].as_array().unwrap().clone();
    let class = name_of(classes.iter().find(is_default).expect("a default class")).to_owned();
    let resource = format!("{class}.storageclass.storage.k8s.io/requests.storage");
    quota(world, &json!({resource.clone(): "5Gi"}));
    world.env.write("standalone.yaml", STANDALONE);
    let plan = Planned::read(&world.iriskit(&["plan", "standalone.yaml", "--json"]));
    assert_eq!(found(&plan), ["quota-exceeded error room"]);
    assert!(plan.notes("quota-exceeded")[0].message.contains(&format!("{resource}: 0 of 5Gi")));
}

fn a_quota_of_the_same_plan_is_kept(world: &World) {
    let with = |hard: &str| {
        format!(
            "{STANDALONE}---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: own}}\nspec: {{hard: {{{hard}}}}}\n"
        )
    };
    for (hard, id, said) in [
        ("requests.cpu: '10'", "pods-refused", "failed quota: own: must specify requests.cpu for: iris"),
        ("pods: '0'", "quota-exceeded", "pods: 0 of 0 are used, and 1 more are needed"),
        ("persistentvolumeclaims: '3'", "quota-exceeded", "0 of 3 are used, and 4 more are needed"),
    ] {
        world.env.write("standalone.yaml", &with(hard));
        let output = world.iriskit(&["plan", "standalone.yaml", "--json"]);
        assert_eq!(output.code, Some(1), "{output}");
        let plan = Planned::read(&output);
        assert!(plan.notes(id).iter().any(|note| note.message.contains(said)), "{hard}: {:?}", plan.0.notes);
    }
    world.env.write("standalone.yaml", &with("pods: '1', persistentvolumeclaims: '4'"));
    world.apply("standalone.yaml", &[]);
    world.no_changes("standalone.yaml", &[]);
}

/// A range of the same plan fills in what a quota wants to be said.
#[test]
fn a_limit_range_of_the_same_plan_counts() {
    let Some(world) = World::on_the_control_plane() else { return };
    let with = |bounds: &str| {
        format!(
            "{STANDALONE}---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: own}}\nspec: {{hard: {{requests.cpu: '10'}}}}\n---\n\
             apiVersion: v1\nkind: LimitRange\nmetadata: {{name: own}}\nspec: {{limits: [{{type: Container, {bounds}}}]}}\n"
        )
    };
    world.env.write("standalone.yaml", &with("defaultRequest: {cpu: 100m}"));
    assert_eq!(found(&world.plan("standalone.yaml", &[])), Vec::<String>::new());
    world.env.write("standalone.yaml", &with("defaultRequest: {cpu: 100m}}, {type: Pod, max: {memory: 2Gi}"));
    let output = world.iriskit(&["plan", "standalone.yaml", "--json"]);
    assert_eq!(found(&Planned::read(&output)), ["limit-range error standalone-data"], "{output}");
}

fn a_missing_account_is_an_error(world: &World) {
    let with = |account: &str| {
        STANDALONE.replace(
            "    data:\n",
            &format!("    data:\n      podTemplate: {{spec: {{serviceAccountName: {account}}}}}\n"),
        )
    };
    world.env.write("standalone.yaml", &with("nobody"));
    let output = world.iriskit(&["plan", "standalone.yaml", "--json"]);
    assert_eq!(output.code, Some(1), "{output}");
    let plan = Planned::read(&output);
    assert_eq!(found(&plan), ["service-account-not-found error standalone-data"]);
    assert!(plan.notes("service-account-not-found")[0].source.is_some());
    // One that the same file brings along is there in time.
    let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: somebody}\n";
    world.env.write("standalone.yaml", &format!("{}{account}", with("somebody")));
    assert_eq!(found(&world.plan("standalone.yaml", &[])), Vec::<String>::new());
    world.apply("standalone.yaml", &[]);
}

fn missing_classes_and_keys_are_warnings(world: &World) {
    let map = json!({"metadata": {"name": "place"}, "data": {"a": "b"}});
    world.make("configmaps", &map);
    let manifest = COMPUTE
        .replace("  topology:\n", "  storageClassName: nowhere\n  topology:\n")
        .replace("            - name: TZ\n", "            - name: SITE\n              valueFrom: {configMapKeyRef: {name: place, key: site}}\n            - name: TZ\n");
    world.env.write("compute.yaml", &manifest);
    let plan = world.plan("compute.yaml", &IMAGE);
    let mut found = found(&plan);
    found.dedup();
    let class = |set: &str| format!("storage-class-not-found warning {set}");
    assert_eq!(
        found,
        [
            "secret-not-found warning".to_owned(),
            "config-map-key-missing warning".to_owned(),
            class("hospital-data-0"),
            class("hospital-compute"),
        ]
    );
}

#[test]
fn an_enforced_pod_security_standard_is_an_error_and_one_that_only_warns_is_not() {
    let Some(world) = World::on_the_control_plane() else { return };
    let namespace = format!("/api/v1/namespaces/{}", world.namespace());
    let label = |level: &str, mode: &str| json!({"metadata": {"labels": {format!("pod-security.kubernetes.io/{mode}"): level}}});
    world.env.write("standalone.yaml", STANDALONE);
    world.edit(&namespace, &label("restricted", "warn"));
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(found(&plan), ["pod-security warning standalone-data"]);
    assert!(plan.notes("pod-security")[0].message.contains("restricted:latest"));
    // Explicitly silent for the StatefulSet, and still its pods would be refused.
    world.edit(&namespace, &label("restricted", "enforce"));
    world.edit(&namespace, &label("privileged", "warn"));
    let output = world.iriskit(&["plan", "standalone.yaml", "--json"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(found(&Planned::read(&output)), ["pod-security error standalone-data"]);
}
