//! Every fault against everything that a user does: nothing hangs, nothing lies, nothing is lost.

use iriskit_core::plan::active;

use super::*;

/// No run takes longer, whatever fails; waits of its own are short here.
const PATIENCE: Duration = Duration::from_secs(600);

/// A name, the fault, and whether a run may end well in spite of it.
fn faults() -> Vec<(&'static str, Fault, bool)> {
    let answer = |code, retry_after| Fault::new(FaultAction::Answer { code, retry_after });
    vec![
        ("latency", Fault::new(FaultAction::Delay(Duration::from_secs(3))).times(40), true),
        ("429 with Retry-After", answer(429, Some(2)).skip(3).times(6), true),
        ("429 without", answer(429, None).skip(5).times(4), true),
        ("500 of reads", answer(500, None).method("GET").skip(2).times(3), true),
        ("500 of writes", answer(500, None).method("PATCH").skip(20).times(2), true),
        ("503 of reads", answer(503, Some(1)).method("GET").skip(4).times(3), true),
        ("503 of writes", answer(503, None).method("PUT").skip(2).times(1), true),
        ("502 of a proxy", answer(502, None).skip(9).times(2), true),
        ("504 of writes", answer(504, None).method("PATCH").skip(25).times(1), true),
        ("reset in mid-body", Fault::new(FaultAction::CutAnswer).skip(6).times(3), true),
        ("lost answers of writes", Fault::new(FaultAction::LoseAnswer).method("PATCH").skip(22).times(3), true),
        ("lost answers of deletions", Fault::new(FaultAction::LoseAnswer).method("DELETE").skip(1).times(3), true),
        ("truncated JSON", Fault::new(FaultAction::HalveAnswer).skip(8).times(3), true),
        ("silent watches", Fault::new(FaultAction::SilentWatch).query("watch=true").times(3), true),
        ("watches that break off", Fault::new(FaultAction::CutWatch { after: 1 }).query("watch=true").times(6), true),
        ("410 of watches", answer(410, None).query("watch=true").times(3), true),
        ("401 once", answer(401, None).skip(12).times(1), false),
        ("401 for ever", answer(401, None).skip(30).times(100_000), false),
        ("a black hole for a while", Fault::new(FaultAction::Swallow).method("GET").skip(5).times(2), true),
        ("a black hole for ever", Fault::new(FaultAction::Swallow).skip(45).times(100_000), false),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    Plan,
    Apply,
    Roll,
    Destroy,
}

async fn planned(bench: &Bench, deed: Deed) -> Result<Planned, survey::SurveyError> {
    if deed == Deed::Destroy {
        let target = Target { namespace: "default".into(), name: "hospital".into() };
        return survey::destroy(&bench.cluster, &[target], &options(), false).await;
    }
    let text =
        if deed == Deed::Roll { MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n") } else { MIRRORED.to_owned() };
    let reading = manifest::read(&[Input { name: "m.yaml".into(), text }], "default");
    survey::plan(&bench.cluster, &reading, &options()).await
}

/// What there is, but for what only the clock makes different.
async fn objects(bench: &Bench) -> Vec<String> {
    let mut all = Vec::new();
    for kind in ["ConfigMap", "Service", "StatefulSet", "Pod", "PersistentVolumeClaim"] {
        all.extend(bench.names(kind).await.into_iter().map(|name| format!("{kind}/{name}")));
    }
    all
}

/// What a user does, and how far it came if it failed while it worked.
async fn attempt(bench: &Bench, deed: Deed) -> Result<(), Option<Report>> {
    let planned = planned(bench, deed).await.map_err(|error| {
        assert!(!error.to_string().is_empty());
        None
    })?;
    if deed == Deed::Plan {
        return Ok(());
    }
    let options = ApplyOptions { timeout: Duration::from_secs(200), ..ApplyOptions::default() };
    let ended = bench.apply_with(&planned.plan, &planned.secret_values, options).await;
    ended.map(|_| ()).map_err(|error| error.report().cloned())
}

/// A plan that nothing disturbs.
async fn again(bench: &Bench, deed: Deed, what: &str) -> Planned {
    planned(bench, deed).await.unwrap_or_else(|error| panic!("{what}, planned again: {error}"))
}

/// What a run says that failed is so: what it calls done is not left to do, what it calls not begun is.
async fn report_is_true(bench: &Bench, deed: Deed, report: &Report, what: &str) {
    let left: BTreeSet<String> =
        active(&again(bench, deed, what).await.plan).map(|change| change.address.clone()).collect();
    let lies = report.done.iter().filter(|done| left.contains(*done));
    let missing = report.not_started.iter().filter(|address| !left.contains(*address));
    assert_eq!(lies.chain(missing).collect::<Vec<_>>(), Vec::<&String>::new(), "{what}: {report:?}, left {left:?}");
    let told: Vec<&String> = report.deleted_pods.iter().map(|(_, pod)| pod).collect();
    let deleted = bench.deleted();
    assert_eq!(told, deleted.iter().map(|(pod, _)| pod).collect::<Vec<_>>(), "{what}");
}

async fn survives_every_fault(deed: Deed) {
    for (name, fault, may_end_well) in faults() {
        let what = format!("{deed:?} with {name}");
        let bench = Bench::new();
        if matches!(deed, Deed::Roll | Deed::Destroy) {
            bench.make(MIRRORED).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        let claims = bench.names("PersistentVolumeClaim").await;
        bench.sandbox.faults().add(fault.clone());
        let ended = tokio::time::timeout(PATIENCE, attempt(&bench, deed)).await;
        let Ok(ended) = ended else { panic!("{what} hangs") };
        assert!(ended.is_ok() || !may_end_well, "{what}: {ended:?}");
        bench.sandbox.faults().clear();
        if let Err(Some(report)) = &ended {
            report_is_true(&bench, deed, report, &what).await;
        }
        // Undisturbed again it comes to the end that it would have had.
        tokio::time::sleep(Duration::from_secs(65)).await;
        if deed != Deed::Plan {
            for _ in 0..3 {
                let again = again(&bench, deed, &what).await;
                if !again.plan.summary.changes() {
                    break;
                }
                let done = bench.apply(&again.plan, &again.secret_values).await;
                assert!(done.is_ok(), "{what}, the next run: {done:?}");
            }
            let left = again(&bench, deed, &what).await;
            assert!(!left.plan.summary.changes(), "{what}: {:?}", left.plan.summary);
        }
        let now = bench.names("PersistentVolumeClaim").await;
        assert!(claims.iter().all(|claim| now.contains(claim)), "{what}: volumes are lost");
        if deed == Deed::Destroy {
            let left: Vec<_> = objects(&bench)
                .await
                .into_iter()
                .filter(|one| one.contains("hospital") && !one.starts_with("Persistent"))
                .collect();
            assert_eq!(left, ["ConfigMap/hospital-iriskit"], "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_survives_every_fault() {
    survives_every_fault(Deed::Plan).await;
}

#[tokio::test(start_paused = true)]
async fn an_apply_survives_every_fault() {
    survives_every_fault(Deed::Apply).await;
}

#[tokio::test(start_paused = true)]
async fn a_roll_survives_every_fault() {
    survives_every_fault(Deed::Roll).await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_survives_every_fault() {
    survives_every_fault(Deed::Destroy).await;
}
