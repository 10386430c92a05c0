//! Pods that can never come are replaced in sets that Kubernetes rolls, too: it waits for them for ever.

use iriskit_state::plan::{PodEffect, RuleId, Step, VolumeEffect};

use super::*;

/// Every set that Kubernetes rolls, a companion among them.
const ALL: &str = r"
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: hospital}
spec:
  topology:
    data: {image: 'example/iris:2024.1', compatibilityVersion: '2024.1.0'}
    compute: {image: 'example/iris:2024.1', compatibilityVersion: '2024.1.0', replicas: 2}
    webgateway: {image: 'example/webgateway:1', replicas: 2, applicationPaths: [/csp/sys]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: beside}
spec:
  replicas: 2
  serviceName: beside
  selector: {matchLabels: {app: beside}}
  template:
    metadata: {labels: {app: beside}}
    spec: {containers: [{name: main, image: 'example/beside:1'}]}
  volumeClaimTemplates:
  - {metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
";

/// The manifest with another image in the set, by what its line says.
fn with_image(text: &str, line: &str, image: &str) -> String {
    let change = |known: &str| {
        let (before, rest) = known.split_once("image: '").unwrap();
        let (_, after) = rest.split_once('\'').unwrap();
        format!("{before}image: '{image}'{after}")
    };
    let is_meant = |known: &&str| known.contains(line);
    assert_eq!(text.lines().filter(is_meant).count(), 1, "{line}");
    text.lines().map(|known| if known.contains(line) { change(known) } else { known.to_owned() } + "\n").collect()
}

fn give_up() -> ApplyOptions {
    ApplyOptions { timeout: Duration::from_secs(120), ..ApplyOptions::default() }
}

fn steps_of<'a>(plan: &'a Plan, set: &str) -> &'a [Step] {
    let address = format!("StatefulSet/default/{set}");
    &plan.resource_changes.iter().find(|change| change.address == address).unwrap().steps
}

fn stuck(plan: &Plan, set: &str) -> Vec<String> {
    let named = |step: &Step| match step {
        Step::ReplaceStuckPods { pods } => pods.iter().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    };
    steps_of(plan, set).iter().flat_map(named).collect()
}

#[tokio::test(start_paused = true)]
async fn a_roll_to_an_image_that_can_not_be_pulled_is_taken_back_in_every_set() {
    for (set, line, broken, image, sound) in [
        ("hospital-data", "    data:", "hospital-data-0", "example/iris:2024.1", "example/iris:2024.1"),
        ("hospital-compute", "    compute:", "hospital-compute-1", "example/iris:2024.1", "example/iris:2024.1.1"),
        (
            "hospital-webgateway",
            "    webgateway:",
            "hospital-webgateway-1",
            "example/webgateway:1",
            "example/webgateway:2",
        ),
        ("beside", "name: main", "beside-1", "example/beside:1", "example/beside:2"),
    ] {
        let bench = Bench::new();
        bench.make(ALL).await;
        let tag = format!("{}:no-such-tag", image.split(':').next().unwrap());
        let Planned { plan, secret_values, .. } = bench.plan(&with_image(ALL, line, &tag)).await;
        let failed = bench.apply_with(&plan, &secret_values, give_up()).await.unwrap_err();
        assert!(failed.report().unwrap().failed.clone().unwrap().1.contains("ImagePullBackOff"), "{failed}");

        let Planned { plan, secret_values, .. } = bench.plan(&with_image(ALL, line, sound)).await;
        assert_eq!(stuck(&plan, set), [broken]);
        let change = plan.resource_changes.iter().find(|one| one.kind == "StatefulSet" && one.name == set).unwrap();
        let strategy = change.change.after["spec"]["updateStrategy"].clone();
        let is_written = change.change.before["spec"]["updateStrategy"] != strategy;
        let told = |path: &str| path.starts_with("spec.updateStrategy.rollingUpdate");
        assert_eq!(change.fields.iter().any(|field| told(&field.path)), is_written, "{:?}", change.fields);
        let report = bench.apply_with(&plan, &secret_values, give_up()).await.unwrap();
        assert_eq!(report.observed, Vec::<String>::new(), "{set}");
        let live = bench.get("StatefulSet", set).await.unwrap();
        assert_eq!(live["spec"]["updateStrategy"], strategy, "{set}: the default that is written is shown");
        assert_eq!(bench.deleted(), [(broken.to_owned(), String::new())], "{set}");
        let again = bench.plan(&with_image(ALL, line, sound)).await.plan;
        assert!(
            !again.summary.changes() && again.not_ready.is_empty() && again.resource_drift.is_empty(),
            "{again:#?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn pods_and_claims_that_were_never_made_are_counted() {
    for (line, image, sound, set) in [
        ("    compute:", "example/iris:no-such-tag", "example/iris:2024.1", "hospital-compute"),
        ("name: main", "example/beside:no-such-tag", "example/beside:1", "beside"),
    ] {
        let bench = Bench::new();
        let Planned { plan, secret_values, .. } = bench.plan(&with_image(ALL, line, image)).await;
        bench.apply_with(&plan, &secret_values, give_up()).await.unwrap_err();
        let Planned { plan, secret_values, .. } = bench.plan(&with_image(ALL, line, sound)).await;
        let address = format!("StatefulSet/default/{set}");
        let impact = &plan.resource_changes.iter().find(|change| change.address == address).unwrap().impact;
        let pods: Vec<_> = impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.effect, pod.rule)).collect();
        let (first, second) = (format!("{set}-0"), format!("{set}-1"));
        assert_eq!(
            pods,
            [
                (first.as_str(), PodEffect::Restarts, Some(RuleId::StuckPodReplaced)),
                (second.as_str(), PodEffect::Created, Some(RuleId::StatefulSetStart)),
            ]
        );
        let new = impact.volumes.iter().filter(|volume| volume.effect == VolumeEffect::New);
        assert!(new.clone().count() > 0 && new.clone().all(|volume| volume.claim.ends_with(&second)), "{set}");
        let report = bench.apply_with(&plan, &secret_values, give_up()).await.unwrap();
        assert_eq!(report.observed, Vec::<String>::new(), "{set}");
        assert!(!bench.plan(&with_image(ALL, line, sound)).await.plan.summary.changes());
    }
}

/// A pod that runs gets the time that any state is given which rarely heals.
#[tokio::test(start_paused = true)]
async fn a_pod_that_runs_and_is_not_ready_is_given_time_before_it_goes() {
    let held = "    data: {podTemplate: {metadata: {annotations: {iriskit-test/hold: 'true'}}}, ";
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(&ALL.replace("    data: {", held)).await;
    bench.apply_with(&plan, &secret_values, give_up()).await.unwrap_err();
    let Planned { plan, secret_values, .. } = bench.plan(ALL).await;
    assert_eq!(stuck(&plan, "hospital-data"), ["hospital-data-0"]);
    let begun = tokio::time::Instant::now();
    bench.apply(&plan, &secret_values).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(90), "{:?}", begun.elapsed());
}

/// A mirror of which the first member never came: the second was never made, and is no surprise when it comes.
#[tokio::test(start_paused = true)]
async fn a_mirror_that_never_came_is_waited_for_and_then_mended() {
    let broken = MIRRORED.replacen("example/iris:2024.1", "example/iris:no-such-tag", 1);
    let bench = Bench::new();
    for _ in 0..2 {
        let Planned { plan, secret_values, .. } = bench.plan(&broken).await;
        let failed = bench.apply_with(&plan, &secret_values, give_up()).await.unwrap_err();
        let (what, why) = failed.report().unwrap().failed.clone().unwrap();
        assert!(what.ends_with("hospital-data-0") && why.contains("ImagePullBackOff"), "{what} {why}");
        assert_eq!(bench.get("StatefulSet", "hospital-compute").await, None, "nothing later is made");
    }
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let of_second = |change: &&iriskit_state::plan::ResourceChange| change.name == "hospital-data-0";
    let volumes = plan.resource_changes.iter().filter(of_second).flat_map(|change| &change.impact.volumes);
    assert!(volumes.clone().count() > 0 && volumes.clone().all(|volume| volume.claim.ends_with("hospital-data-0-1")));
    let report = bench.apply_with(&plan, &secret_values, give_up()).await.unwrap();
    assert_eq!(report.observed, Vec::<String>::new());
    assert_eq!(report.seen.volumes_new, plan.impact.volumes_new);
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn an_arbiter_that_can_not_come_is_replaced() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let broken = MIRRORED.replace("example/arbiter:1", "example/arbiter:no-such-tag");
    let Planned { plan, secret_values, .. } = bench.plan(&broken).await;
    bench.apply_with(&plan, &secret_values, give_up()).await.unwrap_err();
    let mended = MIRRORED.replace("example/arbiter:1", "example/arbiter:2");
    let Planned { plan, secret_values, .. } = bench.plan(&mended).await;
    assert_eq!(stuck(&plan, "hospital-arbiter"), ["hospital-arbiter-0"]);
    bench.apply_with(&plan, &secret_values, give_up()).await.unwrap();
    assert!(!bench.plan(&mended).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_is_told_with_the_last_words_of_its_container() {
    let words = r#"iriskit-test/fail: CrashLoopBackOff, iriskit-test/log: "no license\npassword=hunter2""#;
    let crashing = format!("    data: {{podTemplate: {{metadata: {{annotations: {{{words}}}}}}}, ");
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(&ALL.replace("    data: {", &crashing)).await;
    let failed = bench.apply_with(&plan, &secret_values, give_up()).await.unwrap_err();
    let (_, why) = failed.report().unwrap().failed.clone().unwrap();
    assert!(
        why.contains("CrashLoopBackOff (3 restarts, exit code 1) (for 90 s); its last log lines: no license"),
        "{why}"
    );
    assert!(!why.contains("hunter2"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_gets_no_volume_ends_the_wait_early() {
    let bench = Bench::new();
    let text = ALL.replace("spec:\n  topology:", "spec:\n  storageClassName: nowhere\n  topology:");
    let Planned { plan, secret_values, .. } = bench.plan(&text).await;
    let begun = tokio::time::Instant::now();
    let failed = bench.apply(&plan, &secret_values).await.unwrap_err();
    let (_, why) = failed.report().unwrap().failed.clone().unwrap();
    assert!(why.contains("has no volume: storageclass.storage.k8s.io \"nowhere\" not found (for 90 s)"), "{why}");
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
}
