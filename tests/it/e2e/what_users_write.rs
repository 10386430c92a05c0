//! What users write, and what they are told about it before anything happens.

use std::{fs, path::Path};

use serde_json::json;

use super::harness::world::{LABELER, World};
use crate::support::env::Env;

everywhere!(
    keys_of_a_config_source_are_read_or_named,
    sections_and_actions_that_iris_ignores_have_no_effect,
    a_shorter_tag_asks_for_a_major_upgrade,
    pods_comply_with_the_strictest_standard,
);

const CLUSTER: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: demo}
spec:
  configSource: {name: demo-cfg}
  topology:
    data:
      image: registry.example/iris:2024.1
      compatibilityVersion: 2024.1.0
";

fn config(data: &str) -> String {
    format!("{CLUSTER}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: demo-cfg}}\ndata:\n{data}")
}

fn keys_of_a_config_source_are_read_or_named(world: &World) {
    let keys = "  CSP.ini: \"[SYSTEM]\"\n  CSP.conf: x\n  Common.cpf: \"[config]\"\n  merge.cpf: \"[config]\"\n  data.cpf: \"[config]\\nglobals=1\"\n";
    world.env.write("demo.yaml", &config(keys));
    for args in [&["validate", "demo.yaml"][..], &["plan", "demo.yaml"], &["render", "demo.yaml"]] {
        let output = world.iriskit(args);
        assert_eq!(output.code, Some(0), "{output}");
        for key in ["CSP.ini", "CSP.conf", "Common.cpf", "merge.cpf"] {
            assert!(output.to_string().contains(&format!("`{key}`")), "{key}: {output}");
        }
        assert!(!output.to_string().contains("key `data.cpf`"), "{output}");
    }
    // The same of a ConfigMap that only the cluster has, where kubectl put a file that is not UTF-8.
    world.env.write("alone.yaml", CLUSTER);
    world.make(
        "configmaps",
        &json!({"metadata": {"name": "demo-cfg"}, "data": {"CSP.conf": "x"}, "binaryData": {"common.cpf": "6Q=="}}),
    );
    let plan = world.iriskit(&["plan", "alone.yaml"]).to_string();
    assert!(plan.contains("error[config-key-binary]") && plan.contains("warning[config-key-unread]"), "{plan}");
    let applied = world.iriskit(&["apply", "alone.yaml", "--auto-approve"]);
    assert!(applied.code == Some(1) && applied.to_string().contains("config-key-binary"), "{applied}");
    assert!(world.find("statefulsets/demo-data").is_none());
}

fn sections_and_actions_that_iris_ignores_have_no_effect(world: &World) {
    world.env.write("demo.yaml", &config("  data.cpf: |\n    [config]\n    globals=0,0,256,0,0,0\n"));
    world.apply("demo.yaml", &[]);
    let after = "  data.cpf: |\n    [config]\n    globals=0,0,256,0,0,0\n    [actions]\n    CreateDatabase:Name=APP\n    \
                 [Actions]\n    CreateDatabse:Name=APP2\n";
    world.env.write("demo.yaml", &config(after));
    let plan = world.plan("demo.yaml", &[]);
    assert_eq!((plan.notes("cpf-section-case").len(), plan.notes("cpf-action-unknown").len()), (1, 1));
    let told: Vec<_> = plan
        .change("ConfigMap/demo-data")
        .impact
        .parameters
        .iter()
        .map(|one| (one.section.clone(), one.key.clone(), serde_json::to_value(one.takes_effect).unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("actions".to_owned(), "CreateDatabase:Name=APP".to_owned(), json!("no-effect")),
            ("Actions".to_owned(), "CreateDatabse:Name=APP2".to_owned(), json!("unknown")),
        ]
    );
}

fn a_shorter_tag_asks_for_a_major_upgrade(world: &World) {
    let manifest = |image: &str| {
        CLUSTER.replace("  configSource: {name: demo-cfg}\n", "").replace("registry.example/iris:2024.1", image)
    };
    world.env.write("demo.yaml", &manifest("registry.example/irishealth:2024.1.2"));
    world.apply("demo.yaml", &[]);
    world.env.write("demo.yaml", &manifest("registry.example/irishealth:2024.1"));
    assert_eq!(world.plan("demo.yaml", &[]).allowances(), ["major-upgrade", "outage"]);
    let refused = world.iriskit(&["apply", "demo.yaml", "--auto-approve", "--allow", "outage"]);
    assert!(refused.code == Some(1) || refused.code == Some(6), "{refused}");
    assert!(refused.to_string().contains("older than 2024.1.2"), "{refused}");
    world.env.write("demo.yaml", &manifest("registry.example/irishealth:2024.1.3"));
    assert_eq!(world.plan("demo.yaml", &[]).allowances(), ["outage"]);
    world.env.write("demo.yaml", &manifest("registry.example/irishealth:2024.1.1"));
    assert_eq!(world.plan("demo.yaml", &[]).notes("image-downgrade").len(), 1);
}

/// Pod security is a matter of the real server; in the sandbox the manifest is only planned.
fn pods_comply_with_the_strictest_standard(world: &World) {
    let pods = "podTemplate: &pods
        spec:
          securityContext: {runAsNonRoot: true, runAsUser: 51773, fsGroup: 51773, seccompProfile: {type: RuntimeDefault}}
          containerSecurityContext: &context {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
          resources: &resources {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1, memory: 1Gi}}";
    let manifest = format!(
        "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {{name: demo}}
spec:
  topology:
    data:
      image: registry.example/iris:2024.1
      compatibilityVersion: 2024.1.0
      mirrored: true
      {pods}
      webgateway:
        image: registry.example/webgateway-lockeddown:2024.1
        type: apache-lockeddown
        applicationPaths: [/external]
        containerSecurityContext: *context
        resources: *resources
    arbiter:
      image: registry.example/arbiter:2024.1
      podTemplate: *pods
    webgateway:
      image: registry.example/webgateway-lockeddown:2024.1
      type: apache-lockeddown
      applicationPaths: [/external]
      podTemplate: *pods
"
    );
    world.env.write("demo.yaml", &manifest);
    if let Some(plane) = world.plane() {
        let labels = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
        plane.patch(&format!("/api/v1/namespaces/{}", world.namespace()), &labels);
        let hard =
            json!({"requests.cpu": "40", "limits.cpu": "40", "requests.memory": "40Gi", "limits.memory": "40Gi"});
        world.make("resourcequotas", &json!({"metadata": {"name": "q"}, "spec": {"hard": hard}}));
    }
    let output = world.iriskit(&["plan", "demo.yaml", "--labeler-image", LABELER]);
    assert_eq!(output.code, Some(0), "{output}");
    let strict = manifest
        .replace("containerSecurityContext: &context", "priority: 0 # ")
        .replace("containerSecurityContext: *context", "replicas: 1");
    assert_ne!(strict, manifest);
    if world.plane().is_some() {
        world.env.write("strict.yaml", &strict);
        let refused = world.iriskit(&["plan", "strict.yaml", "--labeler-image", LABELER]);
        assert!(refused.to_string().contains("pod-security"), "{refused}");
        assert!(
            !refused.to_string().contains("\"webgateway-config\"")
                && !refused.to_string().contains("\"mirror-labeler\""),
            "{refused}"
        );
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

fn valid(env: &Env, args: &[&str]) -> String {
    let output = env.iriskit(&[&["validate"], args].concat());
    let said = output.to_string();
    assert_eq!(output.code, Some(0), "{args:?}: {output}");
    said
}

const SIMPLE: &str = "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata: {name: demo}\nspec: {topology: {data: {image: \"e/iris:2024.1\"}}}\n";
const EXTRA: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {a: b}\n";

#[test]
fn files_are_read_as_people_make_them() {
    let env = Env::new();
    let folder = env.path();
    let utf16 = |mark: u16, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(mark).chain(SIMPLE.encode_utf16()).flat_map(bytes).collect()
    };
    write(folder, "le.yaml", &utf16(0xfeff, u16::to_le_bytes));
    write(folder, "be.yaml", &utf16(0xfeff, u16::to_be_bytes));
    assert!(valid(&env, &["le.yaml"]).contains("1 IrisCluster"));
    assert!(valid(&env, &["be.yaml"]).contains("1 IrisCluster"));
    write(folder, "wide.yaml", &[0xff, 0xfe, 0, 0, b'a', 0, 0, 0]);
    let refused = env.iriskit(&["plan", "wide.yaml", "--sandbox=s"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("UTF-32: save it as UTF-8"), "{refused}");

    write(folder, "cluster.yaml", SIMPLE.as_bytes());
    write(folder, "extra.yaml", EXTRA.as_bytes());
    assert!(valid(&env, &["cluster.yaml", "extra.yaml"]).contains("1 IrisCluster and 1 other object in 2 files"));
    assert!(valid(&env, &["extra.yaml", "cluster.yaml"]).contains("1 other object"));
    let planned = env.iriskit(&["plan", "extra.yaml", "cluster.yaml", "--sandbox=s"]);
    assert!(planned.code == Some(0) && planned.stdout.contains("(extra.yaml:3)"), "{planned}");
    write(folder, "second.yaml", SIMPLE.replace("demo", "other").as_bytes());
    let several = env.iriskit(&["validate", "extra.yaml", "cluster.yaml", "second.yaml"]);
    assert!(several.code == Some(1) && several.stderr.contains("companion-owner"), "{several}");

    let objects = "{\"apiVersion\": \"intersystems.com/v1alpha1\", \"kind\": \"IrisCluster\", \"metadata\": {\"name\": \"demo\"},\n \"spec\": {\"topology\": {\"data\": {\"image\": \"e/iris:2024.1\"}}}}\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"extra\"}}{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"more\"}}";
    write(folder, "stream.json", objects.as_bytes());
    assert!(valid(&env, &["stream.json"]).contains("1 IrisCluster and 2 other objects"));

    write(folder, "list.yaml", b"apiVersion: v1\nkind: List\nitems: []\n");
    assert!(valid(&env, &["list.yaml"]).contains("0 IrisClusters"));
    assert!(valid(&env, &["list.yaml", "cluster.yaml"]).contains("1 IrisCluster"));
    let nothing = env.iriskit(&["plan", "list.yaml", "--sandbox=s"]);
    assert_eq!(nothing.code, Some(0), "{nothing}");
}

#[test]
fn files_of_other_tools_are_skipped_or_answered() {
    let env = Env::new();
    let folder = env.path().join("k");
    fs::create_dir(&folder).unwrap();
    write(&folder, "demo.yaml", SIMPLE.as_bytes());
    write(&folder, "kustomization.yaml", b"resources: [demo.yaml]\n");
    write(&folder, "values.yaml", b"replicas: 1\n");
    let said = valid(&env, &["k"]);
    for told in
        ["k/kustomization.yaml", "kustomize build k | iriskit plan -", "k/values.yaml", "helm template RELEASE k"]
    {
        assert!(said.contains(told), "{told}: {said}");
    }
    let planned = env.iriskit(&["plan", "k", "--sandbox=s"]);
    assert_eq!(planned.code, Some(0), "{planned}");
    let alone = env.iriskit(&["plan", "k/kustomization.yaml", "--sandbox=s"]);
    assert!(alone.code == Some(1) && alone.stderr.contains("kustomize build k | iriskit plan -"), "{alone}");
}

#[test]
fn an_older_image_is_refused_with_and_without_its_version() {
    let env = Env::new();
    for version in ["", "      compatibilityVersion: \"2022.1.0\"\n", "      compatibilityVersion: \"2024.1.0\"\n"] {
        let manifest = format!(
            "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata: {{name: k}}\nspec:\n  topology:\n    data:\n      image: e/iris:2022.1.0.209.0\n      mirrored: true\n{version}"
        );
        env.write("k.yaml", &manifest);
        let refused = env.iriskit(&["apply", "k.yaml", "--sandbox=s", "--labeler-image", LABELER, "--auto-approve"]);
        assert!(refused.code == Some(1) && refused.stderr.contains("not-expanded-yet"), "{version}: {refused}");
    }
}
