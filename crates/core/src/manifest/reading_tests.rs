use crate::{
    diagnostic::{DiagnosticId, Severity},
    manifest::Input,
    topology::UpdateStrategy,
};
use proptest::prelude::*;
use serde_json::json;

use super::{Reading, read};

const CLUSTER: &str = "apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata:
  name: simple
spec:
  topology:
    data:
      image: intersystems/iris:2024.1
";

fn input(name: &str, text: &str) -> Input {
    Input { name: name.into(), text: text.into() }
}

fn with(companion: &str) -> Reading {
    read(&[input("a.yaml", &format!("{CLUSTER}---\n{companion}"))], "shop")
}

fn ids(reading: &Reading) -> Vec<&'static str> {
    reading.diagnostics.iter().map(|diagnostic| diagnostic.id.as_str()).collect()
}

#[test]
fn a_secrets_plain_text_becomes_data_and_wins() {
    let reading = with(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {username: CSPSystem, a: neu}\ndata: {a: YWx0, b: YWx0}\n",
    );
    assert_eq!(ids(&reading), Vec::<&str>::new());
    assert_eq!(
        reading.companions[0].value,
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"},
            "data": {"username": "Q1NQU3lzdGVt", "a": "bmV1", "b": "YWx0"},
        })
    );
}

#[test]
fn a_name_that_fits_a_stateful_set_has_to_fit_its_pods() {
    let set = |name: &str| {
        with(&format!(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  \
             template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: \"e/c:1\"}}]}}}}\n"
        ))
    };
    for (name, found) in
        [("a".repeat(52), vec![]), ("a".repeat(53), vec!["bad-name"]), ("a.b".to_owned(), vec!["bad-name"])]
    {
        let reading = set(&name);
        let names: Vec<_> = ids(&reading).into_iter().filter(|id| *id == "bad-name").collect();
        assert_eq!(names, found, "{name}: {:?}", reading.diagnostics);
    }
}

#[test]
fn companions_get_the_namespace_of_the_run_and_lose_what_servers_write() {
    let reading = with(
        "apiVersion: v1\nkind: Service\nmetadata: {name: s, creationTimestamp: null, uid: x}\nspec: {clusterIP: null}\nstatus: {loadBalancer: {}}\n",
    );
    assert_eq!(ids(&reading), ["no-effect", "no-effect"]);
    let companion = &reading.companions[0];
    assert_eq!(
        companion.value,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "shop"}, "spec": {}})
    );
    assert_eq!(companion.object.address(), "Service/shop/s");
    assert_eq!(companion.owner, Some(("shop".into(), "simple".into())));
    assert_eq!((companion.position.line, companion.position.column), (12, 18));
}

#[test]
fn cluster_scoped_companions_have_no_namespace() {
    let reading = with("apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: p\n");
    assert_eq!(ids(&reading), Vec::<&str>::new());
    assert_eq!(reading.companions[0].object.address(), "StorageClass/fast");
    assert_eq!(reading.companions[0].value["metadata"], json!({"name": "fast"}));
}

#[test]
fn lists_are_unfolded() {
    let text = CLUSTER.lines().flat_map(|line| ["    ", line, "\n"]).collect::<String>();
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n  -\n{text}  - {{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}}}\n"
    );
    let reading = read(&[input("a.yaml", &list)], "shop");
    assert_eq!(ids(&reading), Vec::<&str>::new());
    assert_eq!((reading.clusters.len(), reading.companions.len()), (1, 1));
    assert_eq!(reading.companions[0].owner, Some(("shop".into(), "simple".into())));
}

#[test]
fn an_annotation_names_the_owner_across_files_and_namespaces() {
    let other = CLUSTER.replace("name: simple", "name: simple\n  namespace: bank");
    let map = |name: &str, owner: &str, namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}, annotations: {{iriskit/cluster: {owner}}}}}\n"
        )
    };
    let maps = [map("a", "simple", "bank"), map("b", "shop/simple", "bank"), map("c", "simple", "third")].concat();
    let reading = read(&[input("a.yaml", CLUSTER), input("b.yaml", &other), input("c.yaml", &maps)], "shop");
    assert_eq!(ids(&reading), ["companion-owner"]);
    let owners: Vec<_> = reading.companions.iter().map(|companion| companion.owner.clone()).collect();
    let id = |namespace: &str| Some((namespace.to_owned(), "simple".to_owned()));
    assert_eq!(owners, [id("bank"), id("shop"), None]);
}

#[test]
fn the_same_object_in_two_files_is_shown_with_both_places() {
    let reading = read(&[input("a.yaml", CLUSTER), input("b.yaml", CLUSTER)], "shop");
    let found = reading.diagnostics.iter().find(|found| found.id == DiagnosticId::DuplicateObject).unwrap();
    let files: Vec<_> = found.labels.iter().map(|label| label.position.file.as_str()).collect();
    assert_eq!(files, ["b.yaml", "a.yaml"]);
}

#[test]
fn fields_reach_the_domain_with_their_places() {
    let text = CLUSTER.replace(
        "spec:\n",
        "spec:
  updateStrategy: {type: OnDelete}
  storageClassName: fast
  volumes: [{name: scripts, emptyDir: {}}]
  volumeClaimTemplates: [{metadata: {name: extra, labels: {a: b}}, spec: {volumeName: v}}]
  serviceTemplate: {metadata: {annotations: {a: b}}, spec: {ports: [{name: webserver, nodePort: 30080}]}}
",
    ) + "      preferredZones: [a, b]
      updateStrategy: {type: RollingUpdate}
      storageJournal1: {storageClassName: slow}
      volumeMounts: [{name: scripts, mountPath: /s}, {name: extra, mountPath: /x}]
      podTemplate: {controller: {labels: {l: m}}, metadata: {annotations: {note: o}}, spec: {args: [--check-caps, 'false']}}
";
    let reading = read(&[input("a.yaml", &text)], "shop");
    assert_eq!(ids(&reading), Vec::<&str>::new());
    let cluster = &reading.clusters[0];
    let data = &cluster.topology.data;
    assert_eq!(cluster.update_strategy, Some(UpdateStrategy::OnDelete));
    assert_eq!(data.iris.pods.update_strategy, Some(UpdateStrategy::RollingUpdate));
    assert_eq!(cluster.storage_class_name.as_deref(), Some("fast"));
    assert_eq!(cluster.volumes, [json!({"name": "scripts", "emptyDir": {}})]);
    assert_eq!(cluster.volume_claim_templates[0].spec, json!({"volumeName": "v"}));
    assert_eq!(cluster.volume_claim_templates[0].labels["a"], "b");
    let template = cluster.service_template.as_ref().unwrap();
    assert_eq!(template.annotations["a"], "b");
    assert_eq!(template.spec["ports"], json!([{"name": "webserver", "nodePort": 30080}]));
    assert_eq!(data.iris.pods.preferred_zones, ["a", "b"]);
    assert_eq!(data.iris.storage.journal1, Some(json!({"storageClassName": "slow"})));
    assert_eq!(data.iris.volume_mounts.len(), 2);
    assert_eq!(data.iris.pods.template.controller_labels["l"], "m");
    assert_eq!(data.iris.pods.template.annotations["note"], "o");
    assert_eq!(data.iris.pods.template.spec["args"], json!(["--check-caps", "false"]));
    let at = |path| cluster.sources.nearest(path).map(|position| (position.line, position.column));
    assert_eq!(at("spec.topology.data.volumeMounts[1].mountPath"), Some((17, 79)));
    assert_eq!(at("spec.topology.data.storageDB"), Some((12, 5)));
    assert_eq!(at("nowhere"), Some((1, 1)));
}

#[test]
fn nothing_at_all_is_an_error() {
    assert_eq!(ids(&read(&[], "shop")), ["no-documents"]);
    assert_eq!(ids(&read(&[input("a.yaml", "# empty\n"), input("b.yaml", "---\n")], "shop")), ["no-documents"]);
    assert_eq!(ids(&read(&[input("a.yaml", "a: [\n")], "shop")), ["yaml-syntax"]);
}

fn mutated() -> impl Strategy<Value = String> {
    let samples = prop::sample::select(vec![
        include_str!("../../../../examples/simple.yaml"),
        include_str!("../../../../examples/compute.yaml"),
        include_str!("../../../../examples/two-clusters.yaml"),
        include_str!("../../../../tests/broken/not-expanded-yet.yaml"),
        include_str!("../../../../tests/broken/volumes.yaml"),
        include_str!("../../../../tests/broken/companion-types.yaml"),
    ]);
    let edit = (any::<prop::sample::Index>(), 0..40usize, "[ -~\\n\\té😀]{0,6}");
    (samples, prop::collection::vec(edit, 1..6)).prop_map(|(sample, edits)| {
        let mut letters: Vec<char> = sample.chars().collect();
        for (at, length, insert) in edits {
            let at = at.index(letters.len() + 1);
            let end = (at + length).min(letters.len());
            letters.splice(at..end, insert.chars());
        }
        letters.into_iter().collect()
    })
}

/// A manifest whose scalars and structures were exchanged, with its YAML still whole.
fn exchanged() -> impl Strategy<Value = String> {
    let samples = prop::sample::select(vec![
        include_str!("../../../../examples/simple.yaml"),
        include_str!("../../../../examples/compute.yaml"),
        include_str!("../../../../tests/broken/not-expanded-yet.yaml"),
        include_str!("../../../../tests/broken/volumes.yaml"),
    ]);
    let value = prop::sample::select(vec![
        "[]",
        "{}",
        "~",
        "1",
        "-1",
        "1.5",
        "true",
        "yes",
        "''",
        "[1, {a: b}]",
        "{name: x}",
        "{name: {}}",
        "[[]]",
        "text",
        "\"é\"",
        "1e400",
        "[~]",
        "{~: ~}",
        "{spec: {spec: 1}}",
        "{secret: [1]}",
    ]);
    (samples, any::<prop::sample::Index>(), value).prop_map(|(sample, at, value)| {
        let mut lines: Vec<String> = sample.lines().map(str::to_owned).collect();
        let at = at.index(lines.len());
        if let Some((key, _)) = lines[at].split_once(':') {
            lines[at] = format!("{key}: {value}");
        }
        lines.join("\n")
    })
}

fn never_panics(text: &str) -> Result<(), TestCaseError> {
    let inputs = [input("a.yaml", text)];
    let reading = read(&inputs, "shop");
    for found in &reading.diagnostics {
        for label in &found.labels {
            prop_assert!(text.get(label.position.bytes.clone()).is_some(), "{found:?}");
        }
    }
    let complete = reading.companions.iter().all(|companion| companion.owner.is_some());
    let errors = reading.diagnostics.iter().any(|found| found.severity == Severity::Error);
    prop_assert_eq!(reading.has_errors(), errors);
    prop_assert!(errors || complete);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        never_panics(&text)?;
    }

    #[test]
    fn any_yaml_like_text_is_read_or_refused(text in "(apiVersion: v1\n|kind: (Secret|List|IrisCluster)\n|[a-c&*!|>?:,{}\\[\\]'\"#%@ \n~<-]){0,60}") {
        never_panics(&text)?;
    }

    #[test]
    fn mutated_manifests_are_read_or_refused(text in mutated()) {
        never_panics(&text)?;
    }

    #[test]
    fn exchanged_values_are_read_or_refused(text in exchanged()) {
        never_panics(&text)?;
    }
}
