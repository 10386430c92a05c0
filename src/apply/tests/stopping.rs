//! Stop means stop: what was not sent is not sent, wherever it waits.

use futures::{FutureExt as _, future::Either};

use super::*;
use crate::cluster::{Connection, RequestBody};

/// Mirrors, whose rolls write at the same time.
const MIRRORS: usize = 8;

fn mirrors(image: &str) -> String {
    let one = |n: usize| {
        format!(
            "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata: {{name: m{n}}}\nspec:\n  storageClassName: \
             standard\n  topology:\n    data: {{image: '{image}', compatibilityVersion: '2024.1.0', mirrored: true}}\n---\n"
        )
    };
    (0..MIRRORS).map(one).collect()
}

/// The sandbox behind a client whose writes wait in a queue of its own: only so many are on their way at once, and each takes
/// a while.
fn queued(sandbox: &Sandbox, at_once: usize, takes: Duration) -> Cluster {
    let (sandbox, permits) = (sandbox.clone(), std::sync::Arc::new(tokio::sync::Semaphore::new(at_once)));
    let service = tower::service_fn(move |request: http::Request<RequestBody>| {
        let (sandbox, permits) = (sandbox.clone(), std::sync::Arc::clone(&permits));
        async move {
            let (parts, body) = request.into_parts();
            let bytes = http_body_util::BodyExt::collect(body).await?.to_bytes();
            let request = http::Request::from_parts(parts, bytes);
            if request.method() == "GET" {
                return Ok::<_, tower::BoxError>(sandbox.call(request).await);
            }
            let _permit = permits.acquire().await?;
            tokio::time::sleep(takes).await;
            Ok(sandbox.call(request).await)
        }
    });
    let connection = Connection {
        context: "sandbox".into(),
        server: "memory".into(),
        namespace: "default".into(),
        user: None,
        ca_sha256: None,
        sandbox: true,
    };
    Cluster::over(service, connection, iriskit_core::diff::without_secrets_of)
}

/// What others than the books see of a run.
fn changes(sandbox: &Sandbox) -> usize {
    let is_change = |line: &&iriskit_sandbox::RequestLine| {
        line.method != "GET"
            && !line.query.contains("dryRun")
            && !line.path.contains("/leases")
            && !line.path.contains("accessreviews")
            && !line.path.ends_with("-iriskit")
            && !line.path.ends_with("/configmaps")
    };
    sandbox.requests().iter().filter(is_change).count()
}

#[tokio::test(start_paused = true)]
async fn no_change_is_sent_after_a_stop() {
    let sandbox = Sandbox::open_with(None, slow()).unwrap();
    let bench = Bench { cluster: crate::offline::of_sandbox(&sandbox, "default"), sandbox, events: Mutex::default() };
    bench.make(&mirrors("example/iris:2024.1")).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let Planned { plan, secret_values, .. } = bench.plan(&mirrors("example/iris:2024.1.1")).await;
    let slowly = queued(&bench.sandbox, 2, Duration::from_millis(100));
    let (stopper, stop) = Stopper::new();
    let allow = plan.allowances.iter().map(|allowance| allowance.name).collect();
    let options = ApplyOptions { allow, stop, ..ApplyOptions::default() };
    let seen = Mutex::new(None);
    let tell = |event: Event| {
        let mut seen = seen.lock().unwrap();
        if matches!(event, Event::PodDeleted { .. }) && seen.is_none() {
            let on_their_way = stopper.stop();
            *seen = Some((changes(&bench.sandbox), on_their_way, tokio::time::Instant::now()));
        }
    };
    let error = run(&slowly, &plan, &secret_values, &options, tell).await.unwrap_err();
    let ApplyError::Interrupted { report } = error else { panic!("{error}") };
    let (then, on_their_way, at) = seen.into_inner().unwrap().unwrap();
    assert!(changes(&bench.sandbox) <= then + on_their_way, "{} > {then} + {on_their_way}", changes(&bench.sandbox));
    assert!(on_their_way < MIRRORS * 2, "{on_their_way}");
    assert!(!report.deleted_pods.is_empty() && report.unfinished.len() + report.not_started.len() >= MIRRORS - 1);
    assert!(at.elapsed() < Duration::from_secs(30), "{:?}", at.elapsed());
}

/// Reads that hang do not hold up a stop.
#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_what_only_reads() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let (stopper, stop) = Stopper::new();
    let delay = Fault::new(FaultAction::Delay(Duration::from_secs(25))).method("GET").times(1000);
    let tell = |event: Event| {
        if matches!(event, Event::StepStarted { action: Action::WaitReady, .. }) {
            bench.sandbox.faults().add(delay.clone());
            stopper.stop();
        }
    };
    let options = ApplyOptions { stop: stop.clone(), ..ApplyOptions::default() };
    let begun = std::sync::Mutex::new(None);
    let work = run(&bench.cluster, &plan, &secret_values, &options, tell);
    let watch = async {
        stop.stopped().await;
        *begun.lock().unwrap() = Some(tokio::time::Instant::now());
        std::future::pending::<()>().await;
    };
    let Either::Left((ended, _)) = futures::future::select(work.boxed_local(), watch.boxed_local()).await else {
        panic!()
    };
    assert!(matches!(ended, Err(ApplyError::Interrupted { .. })), "{ended:?}");
    assert!(begun.lock().unwrap().unwrap().elapsed() < Duration::from_secs(5));
}

/// A write that the server pushes back is not tried again after a stop.
#[tokio::test(start_paused = true)]
async fn a_write_that_waits_for_its_repetition_is_not_sent_again() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let (stopper, stop) = Stopper::new();
    let busy = Fault::new(FaultAction::Answer { code: 429, retry_after: Some(10) });
    let options = ApplyOptions { stop, ..ApplyOptions::default() };
    let work = run(&bench.cluster, &plan, &secret_values, &options, |event| {
        if matches!(&event, Event::StageStarted { stage, .. } if stage == "data") {
            bench.sandbox.faults().add(busy.clone().method("PATCH").times(1000));
        }
    });
    let stopping = async {
        while !bench.sandbox.requests().iter().any(|line| line.path.contains("hospital-data")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        stopper.stop();
        bench.sandbox.faults().clear();
        (bench.sandbox.requests().len(), tokio::time::Instant::now())
    };
    let (ended, (then, at)) = tokio::join!(work, stopping);
    assert!(matches!(ended, Err(ApplyError::Interrupted { .. })), "{ended:?}");
    assert!(at.elapsed() < Duration::from_secs(5), "{:?}", at.elapsed());
    let later = bench.sandbox.requests().split_off(then);
    assert!(later.iter().all(|line| line.method != "PATCH"), "{later:?}");
}
