//! Rolls while the members change roles at random moments, and the arbiter beside a roll; judged by a watch of their own.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use tokio::sync::Notify;

use super::*;
use crate::cluster::WatchEvent;
use iriskit_core::mirror::MirrorStatus;
use iriskit_kubernetes::views::Pod;

const MEMBERS: &str = "hospital-data-0-";
const ARBITER: &str = "hospital-arbiter-0";

fn is_healthy(pod: &Value) -> bool {
    Pod::new(pod).is_healthy()
}

/// What happens to pods until something is over: whether a pod is gone, and its state.
async fn watched(bench: &Bench, over: &Notify) -> Vec<(bool, Value)> {
    let list = bench.cluster.list("v1", "Pod", Some("default"), None).await.unwrap();
    let mut version = list.resource_version;
    let mut seen: Vec<(bool, Value)> = list.items.into_iter().map(|pod| (false, pod)).collect();
    let watch = async {
        loop {
            // A server ends a watch after a while.
            let mut events = bench.cluster.watch("v1", "Pod", Some("default"), None, &version);
            while let Some(event) = events.next().await {
                let event = event.unwrap();
                event.resource_version().unwrap().clone_into(&mut version);
                match event {
                    WatchEvent::Added(pod) | WatchEvent::Modified(pod) => seen.push((false, pod)),
                    WatchEvent::Deleted(pod) => seen.push((true, pod)),
                    WatchEvent::Bookmark(_) => {}
                }
            }
        }
    };
    tokio::select! {
        () = watch => {}
        () = over.notified() => {}
    }
    seen
}

/// Judges what was seen: at every moment a member is up; who goes as primary leaves one behind that is up and caught up;
/// and the arbiter is not down together with a member. Gives how many members and arbiters went.
fn judge(seen: &[(bool, Value)]) -> Result<(usize, usize), String> {
    let mut now: BTreeMap<String, &Value> = BTreeMap::new();
    let (mut went, mut arbiters, mut whole) = (0, 0, false);
    for (gone, pod) in seen {
        let name = Pod::new(pod).name().to_owned();
        let was_up = now
            .get(&name)
            .is_some_and(|before| is_healthy(before) && before["metadata"]["uid"] == pod["metadata"]["uid"]);
        if was_up && Pod::new(pod).is_terminating() && name == ARBITER {
            arbiters += 1;
        }
        if was_up && Pod::new(pod).is_terminating() && name.starts_with(MEMBERS) {
            went += 1;
            let caught_up = |pod: &Value| MirrorStatus::of_pod(pod).is_some_and(|status| status.is_caught_up());
            let takes_over = |(other, pod): (&String, &&Value)| *other != name && is_healthy(pod) && caught_up(pod);
            let primary = pod["metadata"]["labels"]["intersystems.com/mirrorRole"] == "primary";
            if primary && !now.iter().any(takes_over) {
                return Err(format!("{name} went as primary and nobody could take over"));
            }
        }
        if *gone {
            now.remove(&name);
        } else {
            now.insert(name, pod);
        }
        let up = now.iter().filter(|(name, pod)| name.starts_with(MEMBERS) && is_healthy(pod)).count();
        let arbiter = now.get(ARBITER).is_some_and(|pod| is_healthy(pod));
        whole |= up == 2 && arbiter;
        if whole && up == 0 {
            return Err(format!("nobody was up at {}", pod["metadata"]["resourceVersion"]));
        }
        if up < 2 && !arbiter && arbiters > 0 {
            return Err(format!(
                "the arbiter was down together with a member at {}",
                pod["metadata"]["resourceVersion"]
            ));
        }
    }
    Ok((went, arbiters))
}

/// Numbers that look random and are the same for a seed (xorshift64*).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed))
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

/// `IRISKIT_ROLLS` plays more of them.
#[tokio::test(start_paused = true)]
async fn no_fail_over_in_the_middle_of_a_roll_takes_the_mirror_down() {
    let rolls: u64 = std::env::var("IRISKIT_ROLLS").map_or(8, |text| text.parse().unwrap());
    let mut fail_overs = 0;
    for seed in 1..=rolls {
        let mut dice = Dice::of(seed);
        let bench = Bench::with(Timing { catch_up: Duration::from_secs(1 + dice.below(60)), ..slow() });
        bench.make(MIRRORED).await;
        tokio::time::sleep(Duration::from_secs(90)).await;
        let with_variable = "mirrored: true\n      podTemplate: {spec: {env: [{name: A, value: b}]}}";
        let version = MIRRORED.replacen("example/iris:2024.1", "example/iris:2024.1.1", 1);
        let wanted = if dice.below(2) == 0 { version } else { MIRRORED.replace("mirrored: true", with_variable) };
        // The arbiter restarts as well, but never together with a member.
        let wanted = wanted.replace("example/arbiter:1", "example/arbiter:2");
        let Planned { plan, secret_values, .. } = bench.plan(&wanted).await;
        let over = Notify::new();
        let restless = async {
            for _ in 0..=dice.below(6) {
                tokio::time::sleep(Duration::from_secs(1 + dice.below(40))).await;
                fail_overs += usize::from(bench.sandbox.fail_over("default", "hospital-data-0").is_ok());
            }
            std::future::pending::<()>().await;
        };
        let apply = async {
            let done = bench.apply(&plan, &secret_values).await;
            // Roles that others moved are not as planned; but everything was done.
            let complete = |report: &Report| report.failed.is_none() && report.not_started.is_empty();
            if let Err(error) = done {
                assert!(error.report().is_some_and(complete), "seed {seed}: {error}: {:#?}", error.report());
            }
            tokio::time::sleep(Duration::from_secs(1)).await; // the watch tells the end
        };
        let played = async {
            tokio::select! {
                () = apply => {}
                () = restless => {}
            }
            over.notify_one();
        };
        let (seen, ()) = tokio::join!(watched(&bench, &over), played);
        let (went, arbiters) = judge(&seen).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        assert!(went >= 2 && arbiters == 1, "seed {seed}: {went} members went, {arbiters} arbiters");
        assert!(!bench.plan(&wanted).await.plan.summary.changes(), "seed {seed}");
    }
    assert!(fail_overs > 0);
}

#[tokio::test(start_paused = true)]
async fn the_arbiter_does_not_restart_while_a_roll_is_unfinished() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    let new_image = MIRRORED.replacen("example/iris:2024.1", "example/iris:2024.1.1", 1);
    let planned = bench.plan(&new_image).await;
    bench.cut_off(&planned, |_| bench.deleted().len() == 1).await;
    // The backup is not back yet, and the manifest has another arbiter.
    let wanted = new_image.replace("example/arbiter:1", "example/arbiter:2");
    let Planned { plan, secret_values, .. } = bench.plan(&wanted).await;
    let order: Vec<String> = plan.stages.iter().map(|stage| stage.name.to_string()).collect();
    let at = |name: &str| order.iter().position(|stage| *stage == name);
    assert!(at("data").is_some() && at("data") < at("arbiter after data"), "{order:?}");
    let over = Notify::new();
    let apply = async {
        bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        over.notify_one();
    };
    let (seen, ()) = tokio::join!(watched(&bench, &over), apply);
    assert_eq!(judge(&seen), Ok((2, 1)));
}

#[tokio::test(start_paused = true)]
async fn an_arbiter_whose_mirror_is_not_whole_is_not_touched() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    let wanted = MIRRORED.replace("example/arbiter:1", "example/arbiter:2");
    let Planned { plan, secret_values, .. } = bench.plan(&wanted).await;
    // After the plan a member falls ill.
    bench
        .meddle("Pod", "hospital-data-0-1", &json!({"metadata": {"annotations": {"iriskit-test/hold": "true"}}}))
        .await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let arbiter = bench.get("Pod", "hospital-arbiter-0").await.unwrap();
    let impatient = ApplyOptions { timeout: Duration::from_secs(120), ..ApplyOptions::default() };
    let error = bench.apply_with(&plan, &secret_values, impatient).await.unwrap_err();
    let (address, reason) = error.report().unwrap().failed.clone().unwrap();
    assert_eq!(address, "StatefulSet/default/hospital-arbiter");
    assert!(reason.contains("the mirror hospital-data-0 has to be whole first: hospital-data-0-1"), "{reason}");
    let now = bench.get("Pod", "hospital-arbiter-0").await.unwrap();
    assert_eq!(now["metadata"]["uid"], arbiter["metadata"]["uid"]);
}
