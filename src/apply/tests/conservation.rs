//! Whatever others did to a cluster, and wherever earlier runs were cut off: a run takes no claim that its plan did not show, none
//! without `delete-data`, and none from under a pod that runs.

use std::collections::BTreeMap;

use super::{random_rolls::Dice, *};
use crate::cluster::{DeleteOptions, Propagation};
use iriskit_core::manifest::Reading;
use iriskit_kubernetes::views::{Claim, Pod};
use iriskit_state::plan::{AllowanceName, NoteId, Propagation as Deletion, Step, VolumeEffect};

const SETS: [&str; 2] = ["hospital-data", "side"];

/// A data node, or a pair, and a StatefulSet of the user with volumes.
fn manifest_of(dice: &mut Dice, mirrored: bool, companion: bool) -> String {
    let policy = |dice: &mut Dice| if dice.below(2) == 0 { "Delete" } else { "Retain" };
    let mut text = format!(
        "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata: {{name: hospital}}\nspec:\n  topology:\n    data: \
         {{image: 'example/iris:2024.1', compatibilityVersion: '2024.1.0', mirrored: {mirrored}}}\n"
    );
    if companion {
        let (scaled, deleted) = (policy(dice), policy(dice));
        let side = format!(
            "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: side}}\nspec: {{replicas: {}, ordinals: {{start: {}}}, \
             persistentVolumeClaimRetentionPolicy: {{whenScaled: {scaled}, whenDeleted: {deleted}}}, selector: {{matchLabels: \
             {{app: side}}}}, template: {{metadata: {{labels: {{app: side}}}}, spec: {{containers: [{{name: m, image: 'e/x:{}'}}]}}}}, \
             volumeClaimTemplates: [{{metadata: {{name: store}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: \
             {{storage: 1Gi}}}}}}}}]}}\n",
            1 + dice.below(3),
            3 * dice.below(2),
            dice.below(2),
        );
        text.push_str(&side);
    }
    text
}

fn reading(text: &str) -> Reading {
    let reading = manifest::read(&[Input { name: "m.yaml".into(), text: text.into() }], "default");
    assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
    reading
}

impl Bench {
    async fn objects(&self, api_version: &str, kind: &str) -> Vec<Value> {
        self.cluster.list(api_version, kind, Some("default"), None).await.unwrap().items
    }

    /// The claims that nobody deleted, with their uids.
    async fn kept_claims(&self) -> BTreeMap<String, String> {
        let claims = self.objects("v1", "PersistentVolumeClaim").await;
        let kept = claims.iter().map(Claim::new).filter(|claim| !claim.is_terminating());
        kept.map(|claim| (claim.name().to_owned(), claim.uid().unwrap_or_default().to_owned())).collect()
    }

    async fn post(&self, path: &str, body: &Value) {
        let request = http::Request::builder()
            .method("POST")
            .uri(path)
            .header("content-type", "application/json")
            .header("user-agent", "kubectl-replace")
            .body(bytes::Bytes::from(body.to_string()))
            .unwrap();
        let _ = self.sandbox.call(request).await;
    }

    async fn orphan(&self, set: &str) {
        let object = ObjectRef::namespaced("apps/v1", "StatefulSet", "default", set);
        let options = DeleteOptions { propagation: Propagation::Orphan, ..DeleteOptions::default() };
        let _ = self.cluster.delete(&object, &options).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }

    /// Somebody does something. Gives what.
    async fn disturb(&self, dice: &mut Dice, mirrored: bool) -> String {
        let index = usize::try_from(dice.below(2)).unwrap();
        let set = match SETS[index] {
            "hospital-data" if mirrored => "hospital-data-0",
            set => set,
        };
        let act = dice.below(8);
        match act {
            0 => self.orphan(set).await,
            1 | 2 => {
                let Some(mut found) = self.get("StatefulSet", set).await else { return "nothing".into() };
                self.orphan(set).await;
                found.as_object_mut().unwrap().remove("status");
                let metadata = found["metadata"].as_object_mut().unwrap();
                for member in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
                    metadata.remove(member);
                }
                if let Some(labels) = metadata.get_mut("labels").filter(|_| act == 2) {
                    labels.as_object_mut().unwrap().remove(applyset::PART_OF);
                }
                self.post("/apis/apps/v1/namespaces/default/statefulsets", &found).await;
            }
            3 => {
                let _ =
                    self.cluster.delete(&applyset::record_ref("default", "hospital"), &DeleteOptions::default()).await;
            }
            4 => {
                let Some(mut record) = self.record().await else { return "nothing".into() };
                record.objects.retain(|_| dice.below(2) == 0);
                for object in &mut record.objects {
                    if dice.below(3) == 0 {
                        object.uid = Some("old".to_owned());
                    }
                }
                let text = record.to_text().unwrap();
                self.meddle("ConfigMap", "hospital-iriskit", &json!({"data": {"record.json": text}})).await;
            }
            5 | 6 => {
                let claims = self.objects("v1", "PersistentVolumeClaim").await;
                let Some(claim) = claims.get(usize::try_from(dice.below(20)).unwrap() % claims.len().max(1)) else {
                    return "nothing".into();
                };
                let name = Claim::new(claim).name();
                if act == 5 {
                    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("debug-{name}")},
                        "spec": {"containers": [{"name": "c", "image": "c:1"}],
                            "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": name}}]}});
                    self.post("/api/v1/namespaces/default/pods", &pod).await;
                } else {
                    let owners =
                        self.objects("v1", "Pod").await.into_iter().chain(self.get("ConfigMap", "hospital-data").await);
                    let owners: Vec<Value> = owners.collect();
                    let Some(owner) = owners.get(usize::try_from(dice.below(20)).unwrap() % owners.len().max(1)) else {
                        return "nothing".into();
                    };
                    let reference = json!({"apiVersion": "v1", "kind": owner["kind"], "name": owner["metadata"]["name"],
                        "uid": owner["metadata"]["uid"]});
                    let patch = json!({"metadata": {"ownerReferences": [reference]}});
                    self.meddle("PersistentVolumeClaim", name, &patch).await;
                }
            }
            _ => {
                if self.get("StatefulSet", set).await.is_some() {
                    let policy = json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Delete"}});
                    self.meddle("StatefulSet", set, &json!({"spec": policy})).await;
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(30)).await;
        format!("{act} {set}")
    }

    /// Plans and runs something, perhaps without `delete-data` and perhaps cut off, and judges it.
    async fn judged_run(&self, dice: &mut Dice, wanted: &str, story: &mut String) -> (bool, bool) {
        let (missing, only_now) = (missing_right(dice), dice.below(2) == 0);
        if missing.is_some() {
            *story = format!("{story}, a right is missing {missing:?}, only now {only_now}");
        }
        self.sandbox.faults().clear();
        if let Some(fault) = &missing {
            self.sandbox.faults().add(fault.clone());
        }
        let planned = if dice.below(3) == 0 {
            survey::plan(&self.cluster, &reading(wanted), &options()).await.ok()
        } else {
            let target = Target { namespace: "default".into(), name: "hospital".into() };
            survey::destroy(&self.cluster, &[target], &options(), dice.below(2) == 0).await.ok()
        };
        self.sandbox.faults().clear();
        let Some(Planned { mut plan, secret_values, .. }) = planned else { return (false, false) };
        if dice.below(4) == 0 {
            seal_anew(&mut plan, dice);
            story.push_str(", sealed anew");
        }
        let mut allow: BTreeSet<AllowanceName> = plan.allowances.iter().map(|allowance| allowance.name).collect();
        if dice.below(3) == 0 {
            allow.remove(&AllowanceName::DeleteData);
        }
        let may = allow.contains(&AllowanceName::DeleteData);
        let before = self.kept_claims().await;
        let (stopper, stop) = super::super::Stopper::new();
        let stop_after = if dice.below(2) == 0 { Some(dice.below(40)) } else { None };
        let seen = Mutex::new(0_u64);
        let tell = |_: Event| {
            let mut seen = seen.lock().unwrap();
            *seen += 1;
            if stop_after.is_some_and(|events| *seen > events) {
                stopper.stop();
            }
        };
        let options = ApplyOptions { allow, stop, timeout: Duration::from_secs(120), ..ApplyOptions::default() };
        if let Some(fault) = missing.filter(|_| !only_now) {
            self.sandbox.faults().add(fault);
        }
        let done = run(&self.cluster, &plan, &secret_values, &options, tell).await;
        self.sandbox.faults().clear();
        tokio::time::sleep(Duration::from_secs(120)).await;
        let after = self.kept_claims().await;
        let lost: Vec<&String> =
            before.iter().filter(|(name, uid)| after.get(*name) != Some(uid)).map(|(name, _)| name).collect();
        let by_step: Vec<&str> = plan
            .resource_changes
            .iter()
            .filter(|change| change.kind == "PersistentVolumeClaim")
            .map(|change| change.name.as_str())
            .collect();
        let volumes = plan.resource_changes.iter().flat_map(|change| &change.impact.volumes);
        let by_impact =
            volumes.filter(|volume| volume.effect == VolumeEffect::Deleted).map(|volume| volume.claim.as_str());
        let shown: BTreeSet<&str> = by_step.iter().copied().chain(by_impact).collect();
        // What nobody could list can't be named: that it is unknown is told, and its allowance was asked for.
        let says_unknown = plan.notes.iter().any(|note| {
            note.id == NoteId::Unknown && (note.message.contains("the claims") || note.message.contains("the pods"))
        });
        for claim in &lost {
            assert!(may, "{story}: {claim} is lost without the allowance: {done:?}");
            assert!(
                shown.contains(claim.as_str()) || says_unknown,
                "{story}: {claim} is lost and was not shown: {done:?} {shown:?}"
            );
            let mounted = self.objects("v1", "Pod").await.iter().map(Pod::new).any(|pod| {
                !pod.is_terminating() && !pod.has_ended() && pod.claims().any(|mounted| mounted == claim.as_str())
            });
            // What its set's policy collects Kubernetes marks, whoever mounts it.
            let ours = by_step.contains(&claim.as_str());
            assert!(
                !mounted || !ours || after.contains_key(*claim),
                "{story}: {claim} goes under a pod that runs: {done:?}"
            );
        }
        (done.is_ok(), !lost.is_empty())
    }
}

/// A right that somebody has not, once in three times.
fn missing_right(dice: &mut Dice) -> Option<Fault> {
    let (method, path) = match dice.below(21) {
        0 => ("GET", "/persistentvolumeclaims"),
        1 => ("GET", "/pods"),
        2 => ("GET", "/controllerrevisions"),
        3 => ("GET", "/storageclasses"),
        4 => ("GET", "/configmaps/hospital-iriskit"),
        5 => ("DELETE", "/persistentvolumeclaims"),
        6 => ("DELETE", "/pods"),
        _ => return None,
    };
    let forbidden = FaultAction::Answer { code: 403, retry_after: None };
    Some(Fault::new(forbidden).method(method).path(path).times(usize::MAX))
}

/// What somebody does to a plan file who can write it: hides volumes that go, drops allowances, lets Kubernetes delete what was
/// to stay, takes out steps. The sums are right again, as they would be.
fn seal_anew(plan: &mut Plan, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        match dice.below(7) {
            0 => {
                for change in &mut plan.resource_changes {
                    change.impact.volumes.retain(|volume| volume.effect != VolumeEffect::Deleted);
                }
            }
            1 => plan.allowances.retain(|one| one.name != AllowanceName::DeleteData),
            2 => {
                let steps = plan.resource_changes.iter_mut().flat_map(|change| &mut change.steps);
                for step in steps {
                    if let Step::Delete { propagation, .. } = step {
                        *propagation = Deletion::Background;
                    }
                }
            }
            3 => {
                let steps = plan.resource_changes.iter_mut().flat_map(|change| &mut change.steps);
                for step in steps {
                    let (Step::Create { body, .. } | Step::Update { body, .. }) = step else { continue };
                    if body["kind"] == "StatefulSet" {
                        body["spec"]["persistentVolumeClaimRetentionPolicy"] =
                            json!({"whenDeleted": "Delete", "whenScaled": "Delete"});
                    }
                }
            }
            4 => {
                let steps = plan.resource_changes.iter_mut().flat_map(|change| &mut change.steps);
                for step in steps {
                    let (Step::Create { body, .. } | Step::Update { body, .. }) = step else { continue };
                    if body["kind"] == "StatefulSet" {
                        body["spec"]["replicas"] = json!(0);
                    }
                }
            }
            5 => {
                let at = usize::try_from(dice.below(64)).unwrap_or_default();
                if at < plan.resource_changes.len() {
                    let gone = plan.resource_changes.remove(at).address;
                    for stage in &mut plan.stages {
                        stage.changes.retain(|address| *address != gone);
                    }
                }
            }
            _ => plan.staying.clear(),
        }
    }
    plan.impact.volumes_staying = plan.staying.len();
    let volumes = || plan.resource_changes.iter().flat_map(|change| &change.impact.volumes);
    plan.impact.volumes_deleted = volumes().filter(|volume| volume.effect == VolumeEffect::Deleted).count();
    plan.impact.volumes_staying += volumes().filter(|volume| volume.effect == VolumeEffect::Stays).count();
}

/// `IRISKIT_WORLDS` plays more of them, `IRISKIT_WORLD` from this seed on.
#[tokio::test(start_paused = true)]
async fn no_claim_is_lost_that_was_not_shown_and_allowed() {
    let number = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let (first, worlds) = (number("IRISKIT_WORLD", 1), number("IRISKIT_WORLDS", 20));
    let (mut done, mut losses) = (0, 0);
    for seed in first..first + worlds {
        let mut dice = Dice::of(seed);
        let bench = Bench::new();
        let mirrored = dice.below(2) == 0;
        let mut story = format!("IRISKIT_WORLD={seed}");
        bench.make(&manifest_of(&mut dice, mirrored, true)).await;
        for _ in 0..=dice.below(3) {
            for _ in 0..dice.below(3) {
                let disturbed = bench.disturb(&mut dice, mirrored).await;
                story.push_str(", ");
                story.push_str(&disturbed);
            }
            let companion = dice.below(3) > 0;
            let wanted = manifest_of(&mut dice, mirrored, companion);
            let (went, lost) = bench.judged_run(&mut dice, &wanted, &mut story).await;
            (done, losses) = (done + usize::from(went), losses + usize::from(lost));
        }
    }
    assert!(worlds < 20 || done > 3 && losses > 1, "{done} runs did what they planned, {losses} took volumes");
}
