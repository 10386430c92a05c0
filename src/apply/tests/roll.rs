//! Rolling a mirrored pair by role.

use super::*;
use iriskit_state::plan::{ActionReason, AllowanceName, NoteId};

fn new_image() -> String {
    MIRRORED.replacen("example/iris:2024.1", "example/iris:2024.1.1", 1)
}

fn order(pods: &[(&str, &str)]) -> Vec<(String, String)> {
    pods.iter().map(|(pod, role)| ((*pod).to_owned(), (*role).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_backup_goes_first_wherever_the_primary_is() {
    for fail_over in [false, true] {
        let bench = Bench::with(slow());
        bench.make(MIRRORED).await;
        let (primary, backup) = if fail_over {
            // The members have to be caught up before they can change roles.
            tokio::time::sleep(Duration::from_secs(60)).await;
            bench.sandbox.fail_over("default", "hospital-data-0").unwrap();
            ("hospital-data-0-1", "hospital-data-0-0")
        } else {
            ("hospital-data-0-0", "hospital-data-0-1")
        };
        let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
        let needed: Vec<&str> = plan.allowances.iter().map(|allowance| allowance.name.as_str()).collect();
        assert_eq!(needed, ["restart-primary"]);
        bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
        let deleted = order(&[(backup, "backup"), (primary, "primary"), (backup, "primary")]);
        assert_eq!(bench.deleted(), deleted, "fail-over: {fail_over}");
        assert_eq!(plan.impact.primary_moves, 2);
        // Both have been primary in the new version: the first one is it again, and the other is caught up.
        let role = |pod: &Value| pod["metadata"]["labels"]["intersystems.com/mirrorRole"].clone();
        assert_eq!(role(&bench.get("Pod", backup).await.unwrap()), "backup");
        assert_eq!(role(&bench.get("Pod", primary).await.unwrap()), "primary");
        assert!(!bench.plan(&new_image()).await.plan.summary.changes());
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_allowance_nothing_is_asked() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
    let before = bench.sandbox.requests().len();
    let error = run(&bench.cluster, &plan, &secret_values, &ApplyOptions::default(), |_| {}).await.unwrap_err();
    assert_eq!(error.class(), super::super::ErrorClass::Refused);
    assert_eq!(error.to_string(), "the plan needs --allow restart-primary");
    assert_eq!(bench.sandbox.requests().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_never_catches_up_stops_the_roll_before_the_primary() {
    let bench = Bench::with(Timing { catch_up: Duration::from_secs(400), ..slow() });
    // The first pair starts together: nobody has to be caught up for that.
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(450)).await;
    let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
    let impatient = ApplyOptions { timeout: Duration::from_secs(120), ..ApplyOptions::default() };
    let error = bench.apply_with(&plan, &secret_values, impatient).await.unwrap_err();
    let (address, reason) = error.report().unwrap().failed.clone().unwrap();
    assert_eq!(address, "StatefulSet/default/hospital-data-0");
    assert_eq!(
        reason,
        "timed out after 120 s: hospital-data-0-1 is Failover Backup, journal transfer Catchup; the primary was not touched"
    );
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-1", "backup")]));
    assert!(matches!(error, ApplyError::Incomplete { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_roll_that_was_cut_off_goes_on_with_the_pod_that_is_left() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let planned = bench.plan(&new_image()).await;
    let report = bench.cut_off(&planned, |_| bench.deleted().len() == 1).await;
    assert_eq!(report.unfinished, ["StatefulSet/default/hospital-data-0"]);

    tokio::time::sleep(Duration::from_secs(120)).await;
    let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
    let change =
        plan.resource_changes.iter().find(|change| change.name == "hospital-data-0" && change.kind == "StatefulSet");
    assert_eq!(change.unwrap().action_reason, Some(ActionReason::PodsOutdated));
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-0", "primary"), ("hospital-data-0-1", "primary")]));
    assert!(!bench.plan(&new_image()).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn a_mirror_without_a_labeler_is_rolled_blind_from_the_highest_ordinal() {
    let bench = Bench::with(slow());
    let blind = |text: &str| manifest::read(&[Input { name: "m.yaml".into(), text: text.into() }], "default");
    let options = Options { labeler: LabelerImage::default(), ..options() };
    let planned = survey::plan(&bench.cluster, &blind(MIRRORED), &options).await.unwrap();
    bench.apply(&planned.plan, &planned.secret_values).await.unwrap();
    let planned = survey::plan(&bench.cluster, &blind(&new_image()), &options).await.unwrap();
    let needed: Vec<&str> = planned.plan.allowances.iter().map(|allowance| allowance.name.as_str()).collect();
    assert_eq!(needed, ["restart-primary", "roll-blind"]);
    bench
        .apply(&planned.plan, &planned.secret_values)
        .await
        .unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-1", ""), ("hospital-data-0-0", "")]));
}

#[tokio::test(start_paused = true)]
async fn a_roll_stops_before_the_primary_and_goes_on_later() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    let everything_new = new_image().replace("webgateway:1, replicas", "webgateway:2, replicas");
    let pause = |text: &str| manifest::read(&[Input { name: "m.yaml".into(), text: text.into() }], "default");
    let rollout = iriskit_core::plan::Rollout { pause_before_primary: true, ..iriskit_core::plan::Rollout::default() };
    let pausing = Options { rollout, ..options() };
    let Planned { plan, secret_values, .. } =
        survey::plan(&bench.cluster, &pause(&everything_new), &pausing).await.unwrap();
    assert!(plan.allowances.is_empty());
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-1", "backup")]));
    // With the same wish there is nothing to do; without it the roll goes on, and what was behind it follows.
    let again = survey::plan(&bench.cluster, &pause(&everything_new), &pausing).await.unwrap().plan;
    assert!(!again.summary.changes());
    let Planned { plan, secret_values, .. } = bench.plan(&everything_new).await;
    let changed: Vec<(&str, Option<&str>)> = plan
        .resource_changes
        .iter()
        .filter(|change| !change.is_no_op())
        .map(|change| (change.name.as_str(), change.action_reason.map(ActionReason::as_str)))
        .collect();
    assert_eq!(changed, [("hospital-data-0", Some("pods_outdated")), ("hospital-webgateway", None)]);
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-0", "primary"), ("hospital-data-0-1", "primary")]));
    assert!(!bench.plan(&everything_new).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn a_member_that_does_not_run_is_repaired_while_the_primary_serves() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    // A template that no member can run with: the roll stops at the backup.
    let broken = MIRRORED.replacen("example/iris:2024.1", "example/iris:no-such-tag", 1);
    let Planned { plan, secret_values, .. } = bench.plan(&broken).await;
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    let (_, reason) = error.report().unwrap().failed.clone().unwrap();
    assert!(reason.contains("ImagePullBackOff") && reason.ends_with("; the primary was not touched"), "{reason}");
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-1", "backup")]));
    // Back to what the primary runs, or on to what works: the broken member goes first, whatever its readiness.
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    assert!(plan.allowances.iter().all(|needed| needed.name != AllowanceName::RestartPrimary), "{:?}", plan.allowances);
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-1", "")]));
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

/// A template that is written and not rolled would be taken over by the next pod that dies.
#[tokio::test(start_paused = true)]
async fn a_mirror_that_is_not_whole_is_not_written() {
    let bench = Bench::with(Timing { catch_up: Duration::from_secs(400), ..slow() });
    bench.make(MIRRORED).await;
    let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
    let note = plan.notes.iter().find(|note| note.id == NoteId::MirrorNotWhole).unwrap();
    assert_eq!(
        note.message,
        "hospital-data-0-1 is Failover Backup, journal transfer Catchup: no member restarts before that is over"
    );
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    let (address, reason) = error.report().unwrap().failed.clone().unwrap();
    assert_eq!(address, "StatefulSet/default/hospital-data-0");
    assert!(
        reason.starts_with(
            "the mirror is not whole: hospital-data-0-1 is Failover Backup, journal transfer Catchup (for 90 s); the \
             StatefulSet was not written, no member was restarted."
        ),
        "{reason}"
    );
    assert_eq!(bench.deleted(), order(&[]));
    let image = |set: &Value| set["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image(&bench.get("StatefulSet", "hospital-data-0").await.unwrap()), "example/iris:2024.1");

    // In the course of a second run it becomes whole: the run waits for it, and goes on.
    tokio::time::sleep(Duration::from_secs(250)).await;
    let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert!(!bench.plan(&new_image()).await.plan.summary.changes());
}

/// All members are new and only one has been primary in the new version: the next plan knows, and its apply ends it.
#[tokio::test(start_paused = true)]
async fn an_upgrade_that_is_cut_off_before_its_last_fail_over_is_ended_by_the_next_apply() {
    for (deletions, left) in [(2, Some("hospital-data-0-1")), (3, None)] {
        let bench = Bench::with(slow());
        bench.make(MIRRORED).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let planned = bench.plan(&new_image()).await;
        bench.cut_off(&planned, |_| bench.deleted().len() == deletions).await;
        tokio::time::sleep(Duration::from_secs(200)).await;
        let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
        let change = plan
            .resource_changes
            .iter()
            .find(|change| change.name == "hospital-data-0" && change.kind == "StatefulSet");
        let reason = left.is_some().then_some("upgrade_unfinished");
        assert_eq!(change.unwrap().action_reason.map(ActionReason::as_str), reason);
        assert_eq!(plan.impact.primary_moves, usize::from(left.is_some()));
        bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
        let expected: Vec<(&str, &str)> = left.into_iter().map(|pod| (pod, "primary")).collect();
        assert_eq!(bench.deleted(), order(&expected));
        assert!(!bench.plan(&new_image()).await.plan.summary.changes());
        // The record learns that it is finished, whoever ended it: no later fail-over brings it up again.
        assert!(bench.record().await.unwrap().upgrades.is_empty(), "{deletions}");
        bench.sandbox.fail_over("default", "hospital-data-0").unwrap();
        tokio::time::sleep(Duration::from_secs(90)).await;
        let later = bench.plan(&new_image()).await.plan;
        assert!(!later.summary.changes() && later.finished_upgrades.is_empty(), "{deletions}");
    }
}

/// The primary dies during the pause and comes back new: no pod tells any more that the upgrade is not at its end.
#[tokio::test(start_paused = true)]
async fn a_pause_in_which_the_primary_restarts_by_itself_is_remembered() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    let rollout = iriskit_core::plan::Rollout { pause_before_primary: true, ..iriskit_core::plan::Rollout::default() };
    let pausing = Options { rollout, ..options() };
    let reading = manifest::read(&[Input { name: "m.yaml".into(), text: new_image() }], "default");
    let Planned { plan, secret_values, .. } = survey::plan(&bench.cluster, &reading, &pausing).await.unwrap();
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    let pod = ObjectRef::namespaced("v1", "Pod", "default", "hospital-data-0-0");
    bench.cluster.delete(&pod, &crate::cluster::DeleteOptions::default()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
    let paused = survey::plan(&bench.cluster, &reading, &pausing).await.unwrap().plan;
    assert!(!paused.summary.changes());
    assert!(paused.notes.iter().any(|note| note.id == NoteId::UpgradeUnfinished), "{:?}", paused.notes);
    let Planned { plan, secret_values, .. } = bench.plan(&new_image()).await;
    let again = bench.plan(&new_image()).await;
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.deleted(), order(&[("hospital-data-0-1", "primary")]));
    assert!(!bench.plan(&new_image()).await.plan.summary.changes());
    // A second plan of that time finds it ended, and restarts nobody.
    let error = bench.apply(&again.plan, &again.secret_values).await.unwrap_err();
    let (_, reason) = error.report().unwrap().failed.clone().unwrap();
    assert!(reason.starts_with("another run has ended the upgrade in the meantime"), "{reason}");
    assert_eq!(bench.deleted(), order(&[]));
}
