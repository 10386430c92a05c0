//! One run at a time: who else works is told, a lock that is lost stops the run, one that was left is taken over.

use iriskit_core::plan::{
    OwnerName,
    lock::{Lock, cut_off, lease_ref},
};
use iriskit_kubernetes::{names::LOCK_HOLDER, views::Lease};
use iriskit_state::record::RunOutcome;

use super::*;
use crate::apply::{LockOptions, LockedBy};

impl Bench {
    async fn lease(&self) -> Option<Value> {
        self.cluster.get(&lease_ref("default", "hospital")).await.unwrap()
    }

    /// Somebody else changes the Lease.
    async fn meddle_with_lock(&self, spec: &Value) {
        let request = http::Request::builder()
            .method("PATCH")
            .uri("/apis/coordination.k8s.io/v1/namespaces/default/leases/hospital-iriskit")
            .header("content-type", "application/merge-patch+json")
            .header("user-agent", "kubectl-edit")
            .body(bytes::Bytes::from(json!({"spec": spec}).to_string()))
            .unwrap();
        assert!(self.sandbox.call(request).await.status().is_success());
    }

    /// What changed the cluster: neither record nor lock, and no dry-run.
    fn changes(&self) -> usize {
        let is_change = |line: &&iriskit_sandbox::RequestLine| {
            line.method != "GET"
                && line.user_agent.starts_with("iriskit/")
                && !line.query.contains("dryRun")
                && !["leases", "accessreviews", "hospital-iriskit", "/default/configmaps"]
                    .iter()
                    .any(|book| line.path.ends_with(book) || line.path.contains("/leases/"))
        };
        self.sandbox.requests().iter().filter(is_change).count()
    }

    fn waits(&self) -> Vec<String> {
        let reason = |event: &Event| match event {
            Event::Waiting { address, reason, .. } => Some(format!("{address}: {reason}")),
            _ => None,
        };
        self.events().iter().filter_map(reason).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_held_while_a_run_works_and_free_after_it() {
    let bench = Bench::with(slow());
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let work = bench.apply(&plan, &secret_values);
    let look = async {
        tokio::time::sleep(Duration::from_secs(65)).await;
        bench.lease().await.unwrap()
    };
    let (ended, during) = tokio::join!(work, look);
    ended.unwrap();
    let now = bench.cluster.server_time().unwrap();
    let Lock::Held(holder) = Lock::of(&during, Lease::new(&during).renewed().unwrap()) else { panic!("{during}") };
    assert_eq!(holder.known.as_ref().unwrap().plan, plan.id);
    let held_for = Lease::new(&during).expires().unwrap().duration_since(Lease::new(&during).renewed().unwrap());
    assert_eq!(held_for.as_secs(), 60);
    assert!(Lease::new(&during).renewed().unwrap() > holder.known.unwrap().since.parse().unwrap(), "it was renewed");
    let after = bench.lease().await.unwrap();
    assert!(matches!(Lock::of(&after, now), Lock::Free(Some(last)) if last.plan == plan.id), "{after}");
}

/// One data node, so that many rounds take little.
const SMALL: &str = r"
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: hospital}
spec:
  storageClassName: standard
  topology:
    data: {image: 'example/iris:2024.1', compatibilityVersion: '2024.1.0'}
";

#[tokio::test(start_paused = true)]
async fn of_two_runs_at_once_one_works_and_the_other_writes_nothing() {
    for round in 0..50_u64 {
        let bench = Bench::new();
        let (one, other) = (bench.plan(SMALL).await, bench.plan(SMALL).await);
        let late = async {
            tokio::time::sleep(Duration::from_millis(round * 7 % 60)).await;
            let options = ApplyOptions { lock: seen(&other), ..ApplyOptions::default() };
            run(&bench.cluster, &other.plan, &other.secret_values, &options, |_| {}).await
        };
        let options = ApplyOptions { lock: seen(&one), ..ApplyOptions::default() };
        let first = run(&bench.cluster, &one.plan, &one.secret_values, &options, |_| {});
        let (first, late) = tokio::join!(first, late);
        let results = [first, late];
        let locked = results.iter().filter(|result| matches!(result, Err(ApplyError::Locked { .. }))).count();
        let done = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!((done, locked), (1, 1), "round {round}: {results:?}");
        assert_eq!(bench.changes(), one.plan.summary.create, "each object is made once, by one of them");
    }
}

fn seen(planned: &Planned) -> LockOptions {
    let seen = planned.runs.iter().map(|seen| (seen.owner.clone(), seen.plans.clone()));
    LockOptions { seen: seen.collect(), ..LockOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn who_rolls_is_told_by_a_second_plan_and_a_second_run() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    let rolled = MIRRORED.replacen("example/iris:2024.1", "example/iris:2024.1.1", 1);
    let Planned { plan, secret_values, .. } = bench.plan(&rolled).await;
    let other = Planned { plan: plan.clone(), secret_values: secret_values.clone(), runs: Vec::new() };
    let rolling = bench.apply(&plan, &secret_values);
    let second = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let planned = bench.plan(&rolled).await;
        let error = run(&bench.cluster, &other.plan, &other.secret_values, &allowing(&plan), |_| {}).await.unwrap_err();
        (planned, error)
    };
    let (rolled, (planned, error)) = tokio::join!(rolling, second);
    rolled.unwrap();
    let note = planned.plan.notes.iter().find(|note| note.id.as_str() == "another-run").unwrap();
    assert!(note.message.contains("apply, plan") && note.message.contains("default/hospital"), "{note:?}");
    let ApplyError::Locked { owner, by: LockedBy::Now(who) } = error else { panic!("{error}") };
    assert_eq!(owner, "default/hospital");
    assert!(who.contains(&format!("apply, plan {}", plan.id.get(..12).unwrap())), "{who}");
}

fn allowing(plan: &Plan) -> ApplyOptions {
    ApplyOptions { allow: plan.allowances.iter().map(|one| one.name).collect(), ..ApplyOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_for_a_lock_as_long_as_it_was_told() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let text = MIRRORED.replace("replicas: 2", "replicas: 3");
    let Planned { plan, secret_values, .. } = bench.plan(&text).await;
    let now = bench.cluster.server_time().unwrap().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    bench.meddle_with_lock(&json!({"holderIdentity": "somebody", "renewTime": now})).await;
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    assert_eq!(error.to_string(), "`somebody` works on default/hospital");
    // It was never renewed, so it is free when its time is over.
    let lock = LockOptions { wait: Duration::from_secs(90), ..LockOptions::default() };
    bench.apply_with(&plan, &secret_values, ApplyOptions { lock, ..ApplyOptions::default() }).await.unwrap();
    assert!(bench.waits().iter().any(|wait| wait.ends_with("`somebody` works on it")), "{:?}", bench.waits());
    let left =
        |event: &Event| matches!(event, Event::Warning { message, .. } if message.contains("left by `somebody`"));
    assert!(bench.events().iter().any(left), "{:?}", bench.events());
}

#[tokio::test(start_paused = true)]
async fn a_lock_of_a_process_that_is_gone_is_taken_over_at_once() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let lease = bench.lease().await.unwrap();
    let text = lease.pointer(&format!("/metadata/annotations/{}", LOCK_HOLDER.replace('/', "~1"))).unwrap();
    let mut holder = iriskit_state::lock::LockHolder::parse(text.as_str().unwrap()).unwrap();
    let Some(process) = &mut holder.process else { return }; // not on this system
    process.started = "1".into();
    let now = bench.cluster.server_time().unwrap().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let mut killed = lease.clone();
    killed["metadata"]["annotations"][LOCK_HOLDER] = json!(holder.to_text().unwrap());
    killed["spec"]["holderIdentity"] = json!(holder.id);
    killed["spec"]["renewTime"] = json!(now);
    bench.cluster.replace(&lease_ref("default", "hospital"), &killed).await.unwrap();
    bench.make(&MIRRORED.replace("replicas: 2", "replicas: 3")).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_lock_stops_the_run_before_its_next_request() {
    let bench = Bench::with(slow());
    let planned = bench.plan(MIRRORED).await;
    let options = ApplyOptions::default();
    let work = run(&bench.cluster, &planned.plan, &planned.secret_values, &options, |_| {});
    let theft = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        bench.meddle_with_lock(&json!({"holderIdentity": "somebody"})).await;
        tokio::time::sleep(Duration::from_secs(16)).await;
        bench.sandbox.requests().len()
    };
    let (ended, then) = tokio::join!(work, theft);
    let error = ended.unwrap_err();
    let ApplyError::LockLost { reason, report } = &error else { panic!("{error}") };
    assert!(reason.contains("is not ours any more"), "{reason}");
    assert!(!report.not_started.is_empty());
    let later = bench.sandbox.requests().split_off(then);
    assert!(later.iter().all(|line| line.method == "GET"), "{later:?}");
    assert!(matches!(bench.lease().await.unwrap()["spec"]["holderIdentity"].as_str(), Some("somebody")));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_can_not_be_renewed_is_lost_in_time() {
    let bench = Bench::with(Timing { pod_ready: Duration::from_secs(7200), ..slow() });
    let planned = bench.plan(MIRRORED).await;
    let begun = tokio::time::Instant::now();
    let error = run(&bench.cluster, &planned.plan, &planned.secret_values, &ApplyOptions::default(), |event| {
        if matches!(event, Event::StageStarted { .. }) {
            let fault = Fault::new(FaultAction::Answer { code: 500, retry_after: None });
            bench.sandbox.faults().add(fault.method("PUT").path("/leases/").times(1000));
        }
    })
    .await
    .unwrap_err();
    assert!(matches!(&error, ApplyError::LockLost { reason, .. } if reason.contains("in time")), "{error}");
    let lasted = begun.elapsed().as_secs();
    assert!((45..60).contains(&lasted), "others may take it after 60 s, and it ended after {lasted} s");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_gone_with_its_volumes_leaves_no_lock() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let plan = bench.plan_destroy(true).await;
    bench.apply(&plan, &SecretValues::default()).await.unwrap();
    assert_eq!((bench.record().await, bench.lease().await), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_refused_plan_leaves_the_lock_alone() {
    let bench = Bench::new();
    let Planned { mut plan, secret_values, .. } = bench.plan(MIRRORED).await;
    plan.expires_at = "2020-01-01T00:00:00Z".into();
    assert!(matches!(bench.apply(&plan, &secret_values).await.unwrap_err(), ApplyError::Expired { .. }));
    assert_eq!(bench.lease().await, None);
}

/// A plan that was made before somebody else worked does not know what that one did.
#[tokio::test(start_paused = true)]
async fn who_worked_since_the_plan_was_made_is_told() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let text = MIRRORED.replace("replicas: 2", "replicas: 3");
    let planned = bench.plan(&text).await;
    bench.make(&text).await;
    let options = ApplyOptions { lock: seen(&planned), ..ApplyOptions::default() };
    let error = bench.apply_with(&planned.plan, &planned.secret_values, options).await.unwrap_err();
    let ApplyError::Locked { by: LockedBy::Meanwhile(Some(who)), .. } = &error else { panic!("{error}") };
    assert!(who.ends_with("(apply)"), "{who}");
    assert_eq!(planned.runs[0].owner, OwnerName { namespace: "default".into(), name: "hospital".into() });
}

/// What the journal of a run says when the run is gone from one moment to the next.
#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_is_told_of_and_kept() {
    let bench = Bench::with(slow());
    let planned = bench.plan(MIRRORED).await;
    let options = ApplyOptions::default();
    let work = run(&bench.cluster, &planned.plan, &planned.secret_values, &options, |_| {});
    let killed = tokio::time::timeout(Duration::from_secs(10), work).await;
    assert!(killed.is_err(), "it waits for the arbiter");
    let journal = bench.record().await.unwrap().run.unwrap();
    assert_eq!((journal.plan.as_str(), journal.changes), (planned.plan.id.as_str(), planned.plan.summary.create - 1));
    assert!(journal.done().any(|address| address == "ServiceAccount/default/hospital-mirror-labeler"), "{journal:?}");
    assert_eq!(journal.unfinished().collect::<Vec<_>>(), ["StatefulSet/default/hospital-arbiter"]);

    tokio::time::sleep(Duration::from_secs(70)).await;
    let next = bench.plan(MIRRORED).await;
    let note = next.plan.notes.iter().find(|note| note.id.as_str() == "run-cut-off").unwrap();
    for part in ["the apply that ", "did not come to its end", "ServiceAccount default/hospital-mirror-labeler"] {
        assert!(note.message.contains(part), "no {part} in {note:?}");
    }
    let begun = "begun were StatefulSet default/hospital-arbiter";
    assert!(note.message.contains(begun), "{note:?}");
    // A saved plan has nothing else to say it.
    let owner = OwnerName { namespace: "default".into(), name: "hospital".into() };
    assert_eq!(cut_off(&next.plan), BTreeSet::from([owner]));
    assert_eq!(cut_off(&planned.plan), BTreeSet::new());
    bench.apply(&next.plan, &next.secret_values).await.unwrap();
    let record = bench.record().await.unwrap();
    let outcomes: Vec<_> = record.history.iter().map(|run| (run.outcome, run.made == run.changes)).collect();
    assert_eq!(outcomes, [(RunOutcome::Killed, false), (RunOutcome::Done, true)]);
    assert!(record.history[1].seen.iter().any(|sentence| sentence.starts_with("pods made: ")), "{record:?}");
    assert_eq!(record.run, None);
    assert!(!bench.plan(MIRRORED).await.plan.notes.iter().any(|note| note.id.as_str() == "run-cut-off"));
}

#[tokio::test(start_paused = true)]
async fn how_runs_ended_is_kept() {
    let bench = Bench::with(slow());
    let planned = bench.plan(MIRRORED).await;
    bench.cut_off(&planned, |event| matches!(event, Event::StageStarted { stage, .. } if stage == "data")).await;
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let options = ApplyOptions { timeout: Duration::from_secs(5), ..ApplyOptions::default() };
    bench.apply_with(&plan, &secret_values, options).await.unwrap_err();
    let history = bench.record().await.unwrap().history;
    let outcomes: Vec<_> = history.iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [RunOutcome::Interrupted, RunOutcome::Failed]);
    assert!(history[1].failed.as_ref().unwrap().1.contains("timed out after 5 s"), "{history:?}");
    assert!(history.iter().all(|run| run.ended >= run.began && run.operation == "apply"), "{history:?}");
}
