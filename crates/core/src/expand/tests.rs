//! Whole expansions: snapshots of three manifests, laws for all others.

use iriskit_state::plan::{Component, Stage};
use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    manifest::{self, Input},
    topology::{
        Arbiter, Compute, Gateway, GatewayType, IrisCluster, PodTemplate, ServiceTemplate, StandAlone, UpdateStrategy,
    },
};
use iriskit_kubernetes::schema::{self, ObjectRef};

fn read(text: &str) -> IrisCluster {
    let reading = manifest::read(&[Input { name: "c.yaml".into(), text: text.into() }], "default");
    assert!(!reading.has_errors(), "{:#?}", reading.diagnostics);
    reading.clusters.into_iter().next().unwrap()
}

fn texts() -> ConfigTexts {
    ConfigTexts {
        common_cpf: Some("[Startup]\nPasswordHash=hash,salt\n".into()),
        csp_merge: Some("[SYSTEM]\nSystem_Manager=10.*.*.*\n".into()),
        ..ConfigTexts::default()
    }
}

/// What an expansion looks like to somebody who reads it.
fn shown(expansion: &Expansion) -> String {
    let mut text = String::new();
    for diagnostic in &expansion.diagnostics {
        writeln!(text, "{:?} {}: {}", diagnostic.severity, diagnostic.id, diagnostic.message).unwrap();
    }
    for (kind, list) in [("Secret", &expansion.references.secrets), ("ConfigMap", &expansion.references.config_maps)] {
        for reference in list {
            writeln!(text, "needs {kind} {} ({}) {:?}", reference.name, reference.why, reference.keys).unwrap();
        }
    }
    for desired in &expansion.objects {
        let needs: Vec<String> = desired.depends_on.iter().map(ObjectRef::address).collect();
        writeln!(
            text,
            "---\n# {} · {} · {} · {:?} · {:?}{}{}\n# {}\n# after {}",
            desired.object,
            desired.stage.as_str(),
            desired.component,
            desired.ownership,
            desired.rolling,
            if desired.holds_data { " · holds data" } else { "" },
            if desired.mirrored { " · mirrored" } else { "" },
            desired.about,
            needs.join(", "),
        )
        .unwrap();
        text += &serde_yaml::to_string(&desired.value).unwrap();
    }
    text
}

#[test]
fn the_articles_mirrored_pair() {
    let given = Inputs { config: Some(texts()), labeler_image: Some("registry.example/iriskit:0.1.0".into()) };
    insta::assert_snapshot!(shown(&expand(&read(include_str!("../../../../examples/simple.yaml")), &given)));
}

#[test]
fn a_stand_alone_node() {
    insta::assert_snapshot!(shown(&expand(&read(include_str!("tests/stand-alone.yaml")), &Inputs::default())));
}

#[test]
fn mirrored_shards_with_compute_nodes() {
    let given = Inputs { labeler_image: Some("registry.example/iriskit:0.1.0".into()), ..Inputs::default() };
    insta::assert_snapshot!(shown(&expand(&read(include_str!("../../../../examples/sharded.yaml")), &given)));
}

#[test]
fn asyncs_databases_one_volume_and_a_password() {
    let given = Inputs { labeler_image: Some("registry.example/iriskit:0.1.0".into()), ..Inputs::default() };
    insta::assert_snapshot!(shown(&expand(&read(include_str!("tests/databases.yaml")), &given)));
}

#[test]
fn a_mirrored_pair_with_compute_and_wishes() {
    let given = Inputs { labeler_image: Some("registry.example/iriskit:0.1.0".into()), ..Inputs::default() };
    insta::assert_snapshot!(shown(&expand(&read(include_str!("tests/compute.yaml")), &given)));
}

/// Everything that a schema can say against a value.
fn problems(desired: &Desired) -> Vec<schema::Problem> {
    let kind = schema::table().kind(&desired.object.api_version, &desired.object.kind).unwrap();
    schema::check(kind.root, &desired.value)
}

fn nulls_and_empties(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Null => found.push(path.to_owned()),
        Value::Array(items) if items.is_empty() => found.push(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| nulls_and_empties(item, &format!("{path}[{at}]"), found));
        }
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| nulls_and_empties(value, &format!("{path}.{key}"), found));
        }
        _ => {}
    }
}

/// Lists whose items have an identity, and what it is.
const KEYED: [(&str, &[&str]); 7] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("ports", &["port", "containerPort"]),
];

fn repeated(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            if let Some((_, keys)) = KEYED.iter().find(|(list, _)| *list == name) {
                let ids: Vec<String> =
                    items.iter().map(|item| keys.iter().map(|key| item[*key].to_string()).collect()).collect();
                let mut once = ids.clone();
                once.sort();
                once.dedup();
                if once.len() != ids.len() {
                    found.push(format!("{name}: {ids:?}"));
                }
            }
            for item in items {
                repeated(item, "", found);
            }
        }
        Value::Object(map) => map.iter().for_each(|(key, value)| repeated(value, key, found)),
        _ => {}
    }
}

fn gateway() -> impl Strategy<Value = Gateway> {
    (
        prop_oneof![Just(GatewayType::Apache), Just(GatewayType::Nginx), Just(GatewayType::ApacheLockedDown)],
        prop::collection::vec("/[a-z]{0,4}", 0..3),
        prop::option::of("[a-z]{1,4}"),
    )
        .prop_map(|(server, application_paths, login_secret)| Gateway {
            resources: None,
            container_security_context: None,
            image: "gateway:1".into(),
            server,
            application_paths,
            alternative_servers: None,
            login_secret,
        })
}

fn template() -> impl Strategy<Value = PodTemplate> {
    let env = prop::collection::vec(("(ISC_CPF_MERGE_FILE|ISC_CSP_INI_FILE|A|B)", "[a-z]{0,2}"), 0..4);
    (env, any::<[bool; 6]>()).prop_map(|(env, flags)| {
        let mut template = PodTemplate::default();
        let env: Vec<Value> = env.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let fields = [
            ("env", json!(env)),
            ("args", json!(["--key", "/k"])),
            ("affinity", json!({"nodeAffinity": {}})),
            ("readinessProbe", json!({"exec": {"command": ["true"]}})),
            ("resources", json!({"limits": {"cpu": 1, "memory": "1024Mi"}, "requests": {}})),
            ("imagePullSecrets", json!([{"name": "pull"}, {"name": "pull"}])),
        ];
        for ((field, value), given) in fields.into_iter().zip(flags) {
            if given {
                template.spec.insert(field.into(), value);
            }
        }
        template
    })
}

prop_compose! {
    fn clusters()(
        mirrored in any::<bool>(),
        strategy in prop::option::of(prop_oneof![Just(UpdateStrategy::RollingUpdate), Just(UpdateStrategy::OnDelete)]),
        flags in any::<[bool; 4]>(),
        sidecar in prop::option::of(gateway()),
        stand_alone in prop::option::of(gateway()),
        compute in prop::option::of(0u32..4),
        pod_template in template(),
        node_port in any::<bool>(),
    ) -> IrisCluster {
        let mut cluster = IrisCluster { name: "c".into(), namespace: "n".into(), ..IrisCluster::default() };
        cluster.update_strategy = strategy;
        cluster.license_key_secret = flags[0].then(|| "key".into());
        if flags[1] {
            cluster.image_pull_secrets = vec!["pull".into(), "pull".into()];
        }
        if flags[2] {
            cluster.annotations.insert(super::labeler::LABELER_IMAGE.into(), "labeler:1".into());
        }
        if node_port {
            let ports = json!([{"name": "webserver", "nodePort": 30080, "port": 8080}]);
            let spec = [("ports".to_owned(), ports), ("type".to_owned(), json!("NodePort"))].into();
            cluster.service_template = Some(ServiceTemplate { spec, ..ServiceTemplate::default() });
        }
        let topology = &mut cluster.topology;
        topology.data.iris.image = "iris:2024.1".into();
        topology.data.mirrored = mirrored;
        topology.data.iris.webgateway = sidecar;
        topology.data.iris.pods.template = pod_template;
        topology.arbiter = flags[3].then(|| Arbiter { image: "arbiter:1".into(), ..Arbiter::default() });
        topology.compute = compute.map(|replicas| Compute { iris: topology.data.iris.clone(), replicas, ephemeral: false });
        topology.webgateway = stand_alone.map(|gateway| StandAlone { gateway, replicas: 2, pods: topology.data.iris.pods.clone() });
        cluster
    }
}

proptest! {
    #[test]
    fn every_expansion_is_sound(cluster in clusters()) {
        let given = Inputs { config: Some(texts()), labeler_image: None };
        let expansion = expand(&cluster, &given);
        prop_assert_eq!(&expansion, &expand(&cluster, &given));
        prop_assert_eq!(check_names(&expansion.objects), vec![]);
        let mirrored = cluster.topology.data.mirrored;
        prop_assert!(expansion.objects.is_sorted_by_key(|desired| desired.stage));
        for (at, desired) in expansion.objects.iter().enumerate() {
            prop_assert_eq!(problems(desired), vec![], "{}", desired.object);
            let mut odd = Vec::new();
            nulls_and_empties(&desired.value, "", &mut odd);
            repeated(&desired.value, "", &mut odd);
            prop_assert_eq!(odd, Vec::<String>::new(), "{}", desired.object);
            prop_assert_eq!(ObjectRef::of(&desired.value), Some(desired.object.clone()));
            for needed in &desired.depends_on {
                prop_assert!(expansion.objects[..at].iter().any(|before| before.object == *needed), "{needed}");
            }
            let mut canonical = desired.value.clone();
            schema::canonical(schema::table().kind(&desired.object.api_version, &desired.object.kind).unwrap(), &mut canonical);
            prop_assert_eq!(&canonical, &desired.value);
            if desired.object.kind != "StatefulSet" {
                continue;
            }
            let strategy = desired.value.pointer("/spec/updateStrategy/type").and_then(Value::as_str);
            prop_assert_eq!(desired.mirrored, mirrored && desired.component == Component::Data);
            match desired.rolling {
                Rolling::Kubernetes => prop_assert_eq!(strategy, Some("RollingUpdate")),
                Rolling::ByRole | Rolling::UpToPrimary => prop_assert!(desired.mirrored && strategy == Some("OnDelete")),
                Rolling::ReportOnly => {
                    prop_assert_eq!(cluster.update_strategy, Some(UpdateStrategy::OnDelete));
                    prop_assert_eq!(strategy, Some("OnDelete"));
                }
            }
            let labels = desired.value.pointer("/spec/template/metadata/labels").unwrap();
            let selector = desired.value.pointer("/spec/selector/matchLabels").and_then(Value::as_object).unwrap();
            prop_assert!(selector.iter().all(|(key, value)| labels[key] == *value));
            prop_assert!(!selector.contains_key("intersystems.com/mirrorRole"));
        }
    }
}

/// Expands the stand-alone manifest after a change.
fn changed(change: impl FnOnce(&mut IrisCluster)) -> Expansion {
    let mut cluster = read(include_str!("tests/stand-alone.yaml"));
    change(&mut cluster);
    expand(&cluster, &Inputs::default())
}

fn ids(expansion: &Expansion) -> Vec<&'static str> {
    expansion.diagnostics.iter().map(|diagnostic| diagnostic.id.as_str()).collect()
}

#[test]
fn what_the_manifest_lays_over_the_pod() {
    type Change = fn(&mut IrisCluster);
    fn pod(cluster: &mut IrisCluster, field: &str, value: Value) {
        cluster.topology.data.iris.pods.template.spec.insert(field.into(), value);
    }
    let cases: [(Change, &[&str]); 8] = [
        (|_| {}, &[]),
        (|c| pod(c, "env", json!([{"name": "ISC_DATA_DIRECTORY", "value": "/x"}])), &["env-overridden"]),
        (|c| pod(c, "env", json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])), &["env-overridden"]),
        (
            |c| {
                c.license_key_secret = Some("key".into());
                pod(c, "args", json!(["--key=/my.key"]));
            },
            &["key-overridden"],
        ),
        (|c| pod(c, "terminationGracePeriodSeconds", json!(30)), &["grace-too-short"]),
        (|c| pod(c, "initContainers", json!([{"name": "iris", "image": "x"}])), &["container-name-taken"]),
        (
            |c| {
                c.topology.data.iris.pods.template.labels.insert("intersystems.com/name".into(), "other".into());
            },
            &["label-reserved"],
        ),
        (|c| c.topology.data.mirrored = true, &["labeler-image-missing"]),
    ];
    for (at, (change, expected)) in cases.into_iter().enumerate() {
        assert_eq!(ids(&changed(change)), expected, "case {at}");
    }
}

#[test]
fn a_readiness_probe_of_the_manifest_is_set_aside_only_for_the_labeler() {
    let with = |mirrored: bool, image: bool| {
        let expansion = changed(|cluster| {
            cluster.topology.data.mirrored = mirrored;
            cluster
                .topology
                .data
                .iris
                .pods
                .template
                .spec
                .insert("readinessProbe".into(), json!({"exec": {"command": ["mine"]}}));
            if image {
                cluster.annotations.insert(super::labeler::LABELER_IMAGE.into(), "l:1".into());
            }
        });
        let set = expansion.objects.iter().find(|desired| desired.holds_data).unwrap();
        let probe =
            set.value.pointer("/spec/template/spec/containers/0/readinessProbe/exec/command/0").unwrap().clone();
        (probe == json!("mine"), ids(&expansion).contains(&"readiness-probe-set-aside"))
    };
    assert_eq!(with(false, false), (true, false));
    assert_eq!(with(true, false), (true, false));
    assert_eq!(with(true, true), (false, true));
}

#[test]
fn two_objects_of_one_name_are_refused() {
    let mut objects = changed(|_| {}).objects;
    let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "solo", "namespace": "lab"}});
    objects.push(companion(&ObjectRef::of(&value).unwrap(), &value, None));
    let found = check_names(&objects);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.as_str(), "object-collision");
    assert_eq!(found[0].message, "Service/lab/solo is desired twice: data of cluster solo and a companion");
    let twice: Vec<Desired> =
        [changed(|_| {}).objects, changed(|cluster| cluster.name = "duo".into()).objects].concat();
    assert_eq!(check_names(&twice), vec![]);
}

#[test]
fn the_role_goes_to_the_account_that_the_manifest_names() {
    for (named, expected) in [(None, "solo-mirror-labeler"), (Some("mine"), "mine")] {
        let expansion = changed(|cluster| {
            cluster.topology.data.mirrored = true;
            if let Some(name) = named {
                cluster.topology.data.iris.pods.template.spec.insert("serviceAccountName".into(), name.into());
            }
        });
        let find = |kind: &str| {
            expansion.objects.iter().find(|desired| desired.object.kind == kind && desired.stage != Stage::Arbiter)
        };
        let text = |kind: &str, pointer: &str| find(kind).unwrap().value.pointer(pointer).cloned();
        assert_eq!(text("RoleBinding", "/subjects/0/name"), Some(json!(expected)));
        assert_eq!(text("StatefulSet", "/spec/template/spec/serviceAccountName"), Some(json!(expected)));
        assert_eq!(text("Role", "/rules/0/resourceNames"), Some(json!(["solo-data-0-0", "solo-data-0-1"])));
    }
}
