//! Each change says what caused it; the labeler's image is remembered.

use super::*;
use iriskit_state::plan::{Cause, CauseKind, NoteId};

const CPF: &str = r"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cpf}
data:
  common.cpf: |
    [config]
    globals=0,0,256,0,0,0
---
apiVersion: v1
kind: Service
metadata: {name: extra}
spec:
  selector: {a: b}
  ports: [{port: 80}]
";

/// The cluster with its texts and a companion.
fn whole() -> String {
    MIRRORED.replacen("spec:\n", "spec:\n  configSource: {name: cpf}\n", 1) + CPF
}

/// The line on which a text begins.
fn line(text: &str, of: &str) -> usize {
    text.split(of).next().unwrap_or_default().lines().count()
}

/// Causes in short, by the name of the object.
fn causes<'a>(plan: &'a Plan, kind: &str, name: &str) -> Vec<&'a Cause> {
    let found = plan.resource_changes.iter().find(|change| change.kind == kind && change.name == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}")).causes.iter().collect()
}

fn short(cause: &Cause) -> (CauseKind, &str, Option<usize>, Value, Value) {
    let line = cause.source.as_ref().map(|place| place.line);
    (cause.kind, &cause.what, line, cause.before.clone(), cause.after.clone())
}

#[tokio::test(start_paused = true)]
async fn a_change_says_which_line_of_which_manifest_caused_it() {
    let bench = Bench::new();
    bench.make(&whole()).await;
    assert!(bench.plan(&whole()).await.plan.resource_changes.iter().all(|change| change.causes.is_empty()));

    let changed = whole().replacen("iris:2024.1", "iris:2024.1.1", 1).replace("replicas: 2", "replicas: 3");
    let plan = bench.plan(&changed).await.plan;
    let image = causes(&plan, "StatefulSet", "hospital-data-0");
    let (before, after) = (json!("example/iris:2024.1"), json!("example/iris:2024.1.1"));
    let at = Some(line(&changed, "image: example/iris:2024.1.1"));
    let expected = (CauseKind::Manifest, "spec.topology.data.image", at, before, after);
    assert_eq!(image.iter().map(|cause| short(cause)).collect::<Vec<_>>(), [expected]);
    assert_eq!(image[0].fields, ["spec.template.spec.containers[iris].image"]);
    let replicas = causes(&plan, "StatefulSet", "hospital-compute");
    assert_eq!(
        replicas.iter().map(|cause| cause.what.as_str()).collect::<Vec<_>>(),
        ["spec.topology.compute.replicas"]
    );

    // What comes and goes as a whole.
    let text = whole();
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("    compute:")).collect();
    let plan = bench.plan(&without.join("\n")).await.plan;
    let gone = causes(&plan, "StatefulSet", "hospital-compute");
    let (what, after) = (gone[0].what.as_str(), &gone[0].after);
    assert!(gone.len() == 1 && what == "spec.topology.compute" && after.is_null(), "{gone:?}");

    // Texts and companions.
    let changed = whole().replace("256", "512").replace("port: 80", "port: 81");
    let plan = bench.plan(&changed).await.plan;
    let text = causes(&plan, "ConfigMap", "hospital-data-0");
    assert_eq!(text.len(), 1);
    let at = Some(line(&changed, "common.cpf: |") + 1);
    assert_eq!((text[0].kind, text[0].what.as_str()), (CauseKind::ConfigSource, "common.cpf"));
    assert_eq!(text[0].source.as_ref().map(|place| place.line), at);
    let service = causes(&plan, "Service", "extra");
    assert!(service.iter().all(|cause| cause.kind == CauseKind::Manifest && cause.source.is_some()), "{service:?}");
    assert!(!service.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_known_is_not_said() {
    let bench = Bench::new();
    bench.make(&whole()).await;
    // The record is of an older iriskit.
    let mut record = bench.record().await.unwrap();
    let from = record.planned_from.take().unwrap();
    assert!(from.manifest["spec"]["topology"]["data"]["image"] == "example/iris:2024.1", "{from:?}");
    let text = record.to_text().unwrap();
    bench.meddle("ConfigMap", "hospital-iriskit", &json!({"data": {"record.json": text}})).await;
    let changed = whole().replacen("iris:2024.1", "iris:2024.1.1", 1);
    let plan = bench.plan(&changed).await.plan;
    assert_eq!(causes(&plan, "StatefulSet", "hospital-data-0"), Vec::<&Cause>::new());

    // It says something else than what was applied: nobody knows what the objects came from.
    let mut wrong = from.clone();
    wrong.manifest["spec"]["topology"]["data"]["image"] = json!("example/iris:2023.3");
    let mut record = bench.record().await.unwrap();
    record.planned_from = Some(wrong);
    let text = record.to_text().unwrap();
    bench.meddle("ConfigMap", "hospital-iriskit", &json!({"data": {"record.json": text}})).await;
    let plan = bench.plan(&changed).await.plan;
    assert_eq!(causes(&plan, "StatefulSet", "hospital-data-0"), Vec::<&Cause>::new());
}

#[tokio::test(start_paused = true)]
async fn others_are_named_with_their_time() {
    let bench = Bench::new();
    bench.make(&whole()).await;
    bench.meddle("Service", "hospital", &json!({"spec": {"type": "NodePort"}})).await;
    let plan = bench.plan(&whole()).await.plan;
    let theirs = causes(&plan, "Service", "hospital");
    assert_eq!(theirs.len(), 1, "{theirs:?}");
    assert_eq!((theirs[0].kind, theirs[0].by.as_deref()), (CauseKind::Others, Some("kubectl-edit")));
    assert!(theirs[0].at.is_some() && theirs[0].fields.contains(&"spec.type".to_owned()), "{theirs:?}");
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_a_manifest_reaches_plan_or_record() {
    let bench = Bench::new();
    let secret = |value: &str| {
        let env =
            format!("mirrored: true\n      podTemplate: {{spec: {{env: [{{name: DB_PASSWORD, value: {value}}}]}}}}\n");
        whole().replacen("mirrored: true\n", &env, 1)
    };
    bench.make(&secret("geheim-eins")).await;
    let plan = bench.plan(&secret("geheim-zwei")).await.plan;
    assert!(plan.summary.changes());
    let said = serde_json::to_string(&plan).unwrap() + &bench.record().await.unwrap().to_text().unwrap();
    assert!(!said.contains("geheim"), "a secret");
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_labeler_image_is_kept_and_said() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let plan = async |labeler: LabelerImage| {
        let reading = manifest::read(&[Input { name: "m.yaml".into(), text: MIRRORED.into() }], "default");
        survey::plan(&bench.cluster, &reading, &Options { labeler, ..options() }).await.unwrap()
    };
    let forgotten = plan(LabelerImage::default()).await.plan;
    assert!(!forgotten.summary.changes(), "{:?}", forgotten.summary);
    let ids: Vec<NoteId> = forgotten.notes.iter().map(|note| note.id).collect();
    assert!(
        ids.contains(&NoteId::LabelerKept) && !ids.iter().any(|id| id.as_str() == "labeler-image-missing"),
        "{ids:?}"
    );

    let other =
        plan(LabelerImage::given(Some("example/iriskit:2")).said_by(Some("IRISKIT_LABELER_IMAGE"), false)).await;
    let why = causes(&other.plan, "StatefulSet", "hospital-data-0");
    let (before, after) = (json!("example/iriskit:1"), json!("example/iriskit:2"));
    assert_eq!(short(why[0]), (CauseKind::Option, "IRISKIT_LABELER_IMAGE", None, before, after));

    let out = plan(LabelerImage::default().said_by(Some("--no-labeler"), true)).await;
    let why = causes(&out.plan, "StatefulSet", "hospital-data-0");
    assert!(why.len() == 1 && why[0].what == "--no-labeler", "{why:?}");
    bench.apply(&out.plan, &out.secret_values).await.unwrap();
    assert_eq!(bench.record().await.unwrap().planned_from.unwrap().labeler_image, None);
    let after = plan(LabelerImage::default()).await.plan;
    assert!(!after.summary.changes());
    assert!(after.notes.iter().any(|note| note.id.as_str() == "labeler-image-missing"));
}
