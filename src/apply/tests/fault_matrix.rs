//! Every fault against everything that a user does: nothing hangs, nothing lies, nothing is lost.

use iriskit_state::status::StatusReport;

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
        ("401 once", answer(401, None).skip(12).times(1), true),
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

/// A status without what goes on by itself.
fn timeless(report: &StatusReport) -> String {
    let mut report = report.clone();
    report.at.clear();
    for cluster in &mut report.clusters {
        let pods = cluster.workloads.iter_mut().flat_map(|workload| &mut workload.pods);
        for member in pods.filter_map(|pod| pod.mirror.as_mut()) {
            member.at.clear();
            member.age_seconds = 0;
        }
    }
    format!("{report:?}")
}

/// What a status says is so, or it says what it could not see, or there is none.
#[tokio::test(start_paused = true)]
async fn a_status_survives_every_fault() {
    let mut told = 0;
    for (name, fault, _) in faults() {
        let what = format!("status with {name}");
        let bench = Bench::new();
        bench.make(MIRRORED).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let undisturbed = survey::status(&bench.cluster, Some("hospital")).await.unwrap();
        assert!(undisturbed.healthy && undisturbed.unknown.is_empty(), "{undisturbed:?}");
        // It asks a few things alone: faults come at once, and one after the other.
        for skip in [0, 1, 2, 4, 8] {
            let before = objects(&bench).await;
            bench.sandbox.faults().add(fault.clone().skip(skip));
            let asked = survey::status(&bench.cluster, Some("hospital"));
            let Ok(status) = tokio::time::timeout(PATIENCE, asked).await else { panic!("{what} hangs after {skip}") };
            bench.sandbox.faults().clear();
            assert_eq!(objects(&bench).await, before, "{what}: a status changes nothing");
            match status {
                Ok(report) if report.unknown.is_empty() => {
                    assert_eq!(timeless(&report), timeless(&undisturbed), "{what} after {skip}");
                }
                Ok(report) => {
                    told += 1;
                    assert!(!report.unknown.iter().any(String::is_empty), "{what} after {skip}: {report:?}");
                }
                Err(error) => {
                    told += 1;
                    assert!(!error.to_string().is_empty(), "{what} after {skip}");
                }
            }
        }
    }
    assert!(told > 3, "{told} of them were seen");
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
        let attempt = async {
            let planned = planned(&bench, deed).await.map_err(|error| error.to_string())?;
            if deed == Deed::Plan {
                return Ok(());
            }
            let options = ApplyOptions { timeout: Duration::from_secs(200), ..ApplyOptions::default() };
            let ended = bench.apply_with(&planned.plan, &planned.secret_values, options).await;
            ended.map(|_| ()).map_err(|error| format!("{error}: {:?}", error.report()))
        };
        let ended = tokio::time::timeout(PATIENCE, attempt).await;
        let Ok(ended) = ended else { panic!("{what} hangs") };
        assert!(ended.is_ok() || !may_end_well || name.contains("401"), "{what}: {ended:?}");
        if let Err(reason) = &ended {
            assert!(
                !reason.is_empty() && !reason.contains("no member was restarted") || bench.deleted().is_empty(),
                "{what}: {reason}"
            );
        }
        bench.sandbox.faults().clear();
        // Undisturbed again it comes to the end that it would have had.
        tokio::time::sleep(Duration::from_secs(65)).await;
        if deed != Deed::Plan {
            for _ in 0..3 {
                let Ok(again) = planned(&bench, deed).await else { break };
                if !again.plan.summary.changes() {
                    break;
                }
                let done = bench.apply(&again.plan, &again.secret_values).await;
                assert!(done.is_ok(), "{what}, the next run: {done:?}");
            }
            if let Ok(left) = planned(&bench, deed).await {
                assert!(!left.plan.summary.changes(), "{what}: {:?}", left.plan.summary);
            }
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
