//! Plans of whole manifests against the sandbox.

use jiff::SignedDuration;
use serde_json::Value;

use super::{Options, Planned, plan, render};
use crate::cluster::{ApplyMode, Cluster};
use iriskit_core::{
    manifest::{self, Input, Reading},
    plan::planner::LabelerImage,
};
use iriskit_kubernetes::schema::ObjectRef;
use iriskit_sandbox::Sandbox;

fn options() -> Options {
    Options {
        sources: vec!["test.yaml".into()],
        labeler: LabelerImage::given(Some("example/iriskit:1")),
        always_ask: false,
        policy: iriskit_core::plan::Policy::default(),
        rollout: iriskit_core::plan::Rollout::default(),
        lifetime: SignedDuration::from_hours(24),
        fingerprints: true,
    }
}

fn reading(file: &str) -> Reading {
    let path = format!("{}/examples/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let reading = manifest::read(&[Input { name: file.into(), text }], "default");
    assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
    reading
}

async fn planned(cluster: &Cluster, reading: &Reading, options: &Options) -> Planned {
    plan(cluster, reading, options).await.unwrap()
}

async fn apply_all(cluster: &Cluster, bodies: Vec<Value>) {
    for body in bodies {
        cluster.apply(&ObjectRef::of(&body).unwrap(), &body, ApplyMode { dry_run: false, force: true }).await.unwrap();
    }
}

#[tokio::test]
async fn what_render_gives_is_what_a_plan_wants() {
    for file in ["standalone.yaml", "mirrored.yaml", "compute.yaml"] {
        let cluster = crate::offline::of_sandbox(&Sandbox::open(None).unwrap(), "default");
        let reading = reading(file);
        let first = planned(&cluster, &reading, &options()).await.plan;
        assert_eq!(first.summary.create, first.resource_changes.len(), "{file}");
        let (bodies, _) = render(Some(&cluster), &reading, Some("example/iriskit:1")).await.unwrap();
        assert_eq!(bodies.len(), first.summary.create, "{file}");
        apply_all(&cluster, bodies).await;
        let second = planned(&cluster, &reading, &options()).await.plan;
        let open: Vec<_> = second.resource_changes.iter().filter(|change| !change.is_no_op()).collect();
        assert!(open.is_empty(), "{file}: {open:#?}");
    }
}

#[tokio::test]
async fn asking_always_gives_the_same_plan() {
    let cluster = crate::offline::of_sandbox(&Sandbox::open(None).unwrap(), "default");
    let reading = reading("mirrored.yaml");
    let (bodies, _) = render(Some(&cluster), &reading, Some("example/iriskit:1")).await.unwrap();
    apply_all(&cluster, bodies).await;
    let fast = planned(&cluster, &reading, &options()).await.plan;
    let asked = planned(&cluster, &reading, &Options { always_ask: true, ..options() }).await.plan;
    assert_eq!(fast.resource_changes, asked.resource_changes);
}
