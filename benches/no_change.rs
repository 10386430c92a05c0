//! What a no-change plan costs beyond reading the cluster: manifest bytes → `Plan`, against the same LISTs and GETs at
//! once on the same warm client with their bodies parsed. Both run in this process on the control plane of the tests;
//! only their ratio is reported, since machines differ.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark is no product code"
)]

#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the suites use the rest")]
mod support;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    time::{Duration, Instant},
};

use futures::future::join_all;
use iriskit::{
    cluster::{ApplyMode, Cluster, ConnectOptions},
    survey,
};
use iriskit_core::manifest::{self, Input};
use iriskit_kubernetes::schema::ObjectRef;
use support::controlplane::ControlPlane;
use tokio::runtime::Runtime;

/// Rounds of each side, one after the other in turns.
const ROUNDS: usize = 15;
/// The promise.
const LIMIT: f64 = 1.5;

fn main() {
    let Some(plane) = ControlPlane::shared() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut worst: f64 = 0.0;
    for clusters in [1, 67] {
        worst = worst.max(compare(plane, &runtime, clusters));
    }
    assert!(worst <= LIMIT, "the no-change plan costs {worst:.2} times its requests, more than {LIMIT}");
}

fn compare(plane: &ControlPlane, runtime: &Runtime, clusters: usize) -> f64 {
    let namespace = plane.namespace("bench");
    let options = ConnectOptions {
        kubeconfig: Some(plane.kubeconfig().to_owned()),
        namespace: Some(namespace.name().to_owned()),
        ..ConnectOptions::default()
    };
    let input = Input { name: "bench.yaml".into(), text: manifests(clusters) };
    runtime.block_on(async {
        let cluster = Cluster::connect(&options, iriskit_core::diff::without_secrets_of).await.unwrap();
        apply_all(&cluster, &input, namespace.name()).await;
        let objects = settle(&cluster, &input, namespace.name()).await;
        let wanted = requests(&cluster, &input, namespace.name()).await;
        let (mut planned, mut raw) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let summary = plan(&cluster, &input, namespace.name()).await;
            planned.push(start.elapsed());
            assert!(!summary.changes(), "{summary:?}");
            let start = Instant::now();
            read(&cluster, &wanted).await;
            raw.push(start.elapsed());
        }
        let ratio = median(&mut planned).as_secs_f64() / median(&mut raw).as_secs_f64();
        println!(
            "no-change plan, {clusters} clusters, {objects} objects, {} requests: {ratio:.2} times the requests alone",
            wanted.len()
        );
        ratio
    })
}

/// 15 objects a cluster: a mirrored pair with compute, gateway, sidecar and two companions, and `iris-svc` for all.
fn manifests(clusters: usize) -> String {
    let mut text = String::new();
    for n in 0..clusters {
        // Writing to a String can't fail.
        let _ = write!(
            text,
            "---\napiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata:\n  name: b{n}\n  annotations:\n    iriskit/labeler-image: example/iriskit:1\nspec:\n  topology:\n    \
             data:\n      image: example/iris:2024.1\n      mirrored: true\n      webgateway:\n        image: example/webgateway:2024.1\n        applicationPaths: [/csp/sys]\n    \
             arbiter:\n      image: example/arbiter:2024.1\n    compute:\n      image: example/iris:2024.1\n      replicas: 0\n    webgateway:\n      image: example/webgateway:2024.1\n      replicas: 1\n      applicationPaths: [/csp/sys]\n"
        );
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b{n}-sidecar\n  annotations:\n    iriskit/cluster: b{n}\nspec:\n  type: ClusterIP\n  \
             selector:\n    intersystems.com/name: b{n}\n    intersystems.com/component: data\n  ports:\n    - name: http\n      port: 8080\n      targetPort: 80\n\
             ---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b{n}-notes\n  annotations:\n    iriskit/cluster: b{n}\ndata:\n  owner: team-{n}\n"
        );
    }
    text
}

fn options() -> survey::Options {
    survey::Options {
        sources: vec!["bench.yaml".into()],
        labeler: iriskit_core::plan::planner::LabelerImage::default(),
        always_ask: false,
        policy: iriskit_core::plan::Policy::default(),
        rollout: iriskit_core::plan::Rollout::default(),
        lifetime: jiff::SignedDuration::from_hours(24),
        fingerprints: false,
    }
}

async fn plan(cluster: &Cluster, input: &Input, namespace: &str) -> iriskit_state::plan::Summary {
    let reading = manifest::read(std::slice::from_ref(input), namespace);
    survey::plan(cluster, &reading, &options()).await.unwrap().plan.summary
}

/// Writes everything, without waiting for readiness.
async fn apply_all(cluster: &Cluster, input: &Input, namespace: &str) {
    let reading = manifest::read(std::slice::from_ref(input), namespace);
    assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
    let (bodies, _) = survey::render(None, &reading, None).await.unwrap();
    for body in bodies {
        let object = ObjectRef::of(&body).expect("a rendered object has a name");
        cluster.apply(&object, &body, ApplyMode { dry_run: false, force: true }).await.unwrap();
    }
}

/// Waits until the controllers have nothing more to write, and counts our objects.
async fn settle(cluster: &Cluster, input: &Input, namespace: &str) -> usize {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let summary = plan(cluster, input, namespace).await;
        if !summary.changes() {
            return summary.unchanged;
        }
        assert!(Instant::now() < deadline, "still changing: {summary:?}");
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Request {
    List(String, String),
    Get(ObjectRef),
}

/// The requests of the plan, as design and audit log have them: one LIST a kind, one GET a name.
async fn requests(cluster: &Cluster, input: &Input, namespace: &str) -> BTreeSet<Request> {
    let reading = manifest::read(std::slice::from_ref(input), namespace);
    let plan = survey::plan(cluster, &reading, &options()).await.unwrap().plan;
    let mut wanted: BTreeSet<Request> = plan
        .resource_changes
        .iter()
        .map(|change| Request::List(change.api_version.clone(), change.kind.clone()))
        .collect();
    for kind in ["ConfigMap", "Pod", "PersistentVolumeClaim"] {
        wanted.insert(Request::List("v1".into(), kind.into()));
    }
    wanted.insert(Request::Get(ObjectRef::cluster_scoped("v1", "Namespace", namespace)));
    for owner in &plan.owners {
        let object = ObjectRef::namespaced("intersystems.com/v1alpha1", "IrisCluster", namespace, &owner.name);
        wanted.insert(Request::Get(object));
    }
    wanted
}

async fn read(cluster: &Cluster, requests: &BTreeSet<Request>) {
    let namespace = cluster.connection().namespace.clone();
    let running = requests.iter().cloned().map(|request| {
        let (cluster, namespace) = (cluster.clone(), namespace.clone());
        tokio::spawn(async move {
            match request {
                Request::List(api_version, kind) => {
                    cluster.list(&api_version, &kind, Some(&namespace), None).await.unwrap().items.len()
                }
                Request::Get(object) => usize::from(cluster.get(&object).await.unwrap().is_some()),
            }
        })
    });
    let read: usize = join_all(running).await.into_iter().map(Result::unwrap).sum();
    assert!(read > 0);
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
