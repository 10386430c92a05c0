//! Killed after any request: the next run comes to the same end as one that was never disturbed.
//!
//! `IRISKIT_KILLS=all` plays every point (a command of its own, minutes), otherwise a sample of them is played.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;

use super::*;
use crate::cluster::{Connection, RequestBody};

/// Points of each scenario that are played without being asked for.
const SAMPLE: usize = 4;

/// What a user does.
#[derive(Clone, Copy)]
enum Deed {
    Apply(&'static str, &'static str),
    Adopt,
    Destroy { delete_data: bool },
}

struct Scenario {
    name: &'static str,
    /// Whether there is a cluster before.
    made: bool,
    /// Its storage class.
    class: &'static str,
    deed: Deed,
}

const SCENARIOS: [Scenario; 9] = [
    Scenario { name: "create", made: false, class: "standard", deed: Deed::Apply("", "") },
    Scenario {
        name: "update",
        made: true,
        class: "standard",
        deed: Deed::Apply(
            "replicas: 1, applicationPaths: [/csp/sys]",
            "replicas: 1, applicationPaths: [/csp/sys, /api]",
        ),
    },
    Scenario { name: "roll", made: true, class: "standard", deed: Deed::Apply("iris:2024.1\n", "iris:2024.1.1\n") },
    Scenario { name: "scale up", made: true, class: "standard", deed: Deed::Apply("replicas: 2}", "replicas: 3}") },
    Scenario { name: "scale down", made: true, class: "standard", deed: Deed::Apply("replicas: 2}", "replicas: 1}") },
    Scenario {
        name: "replace",
        made: true,
        class: "expandable",
        deed: Deed::Apply(
            "      mirrored: true\n",
            "      mirrored: true\n      storageDB: {resources: {requests: {storage: 20Gi}}}\n",
        ),
    },
    Scenario { name: "adopt", made: true, class: "standard", deed: Deed::Adopt },
    Scenario { name: "destroy", made: true, class: "standard", deed: Deed::Destroy { delete_data: false } },
    Scenario { name: "destroy with data", made: true, class: "standard", deed: Deed::Destroy { delete_data: true } },
];

/// Kinds that a cluster is made of, and of which none may be left over or come twice.
const KINDS: [(&str, &str); 9] = [
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "Secret"),
    ("v1", "Pod"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "StatefulSet"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
];

/// A cluster that is silent for ever after so many requests, which are still dealt with: to who asks it is as if it were
/// killed.
struct Killing {
    asked: Arc<AtomicUsize>,
    dead: Arc<Notify>,
    cluster: Cluster,
}

impl Killing {
    fn after(sandbox: &Sandbox, limit: usize) -> Self {
        let (asked, dead) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (sandbox, counter, notify) = (sandbox.clone(), Arc::clone(&asked), Arc::clone(&dead));
        let service = tower::service_fn(move |request: http::Request<RequestBody>| {
            let (sandbox, counter, notify) = (sandbox.clone(), Arc::clone(&counter), Arc::clone(&notify));
            async move {
                let (parts, body) = request.into_parts();
                let bytes = http_body_util::BodyExt::collect(body).await?.to_bytes();
                let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
                if number > limit {
                    return std::future::pending().await;
                }
                let answer = sandbox.call(http::Request::from_parts(parts, bytes)).await;
                if number == limit {
                    notify.notify_one();
                    return std::future::pending().await;
                }
                Ok::<_, tower::BoxError>(answer)
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
        let cluster = Cluster::over(service, connection, iriskit_core::diff::without_secrets_of);
        Self { asked, dead, cluster }
    }
}

impl Scenario {
    fn text(&self) -> String {
        let base = self.base();
        match self.deed {
            Deed::Apply(from, to) if !from.is_empty() => {
                assert!(base.contains(from), "{}: {from}", self.name);
                base.replace(from, to)
            }
            _ => base,
        }
    }

    fn base(&self) -> String {
        MIRRORED.replace("storageClassName: standard", &format!("storageClassName: {}", self.class))
    }

    async fn planned(&self, bench: &Bench) -> Option<Planned> {
        let options = match self.deed {
            Deed::Adopt => Options {
                policy: iriskit_core::plan::Policy::new(iriskit_state::plan::Treatment::Take, Vec::new(), true),
                ..options()
            },
            _ => options(),
        };
        if let Deed::Destroy { delete_data } = self.deed {
            let target = Target { namespace: "default".into(), name: "hospital".into() };
            return survey::destroy(&bench.cluster, &[target], &options, delete_data).await.ok();
        }
        let reading = manifest::read(&[Input { name: "m.yaml".into(), text: self.text() }], "default");
        Some(survey::plan(&bench.cluster, &reading, &options).await.unwrap())
    }

    /// What there is before the deed.
    async fn world(&self) -> Bench {
        let bench = Bench::new();
        if self.made {
            bench.make(&self.base()).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        if matches!(self.deed, Deed::Adopt) {
            bench.forget_ours().await;
        }
        bench
    }

    /// The deed, until nothing is left to do. Says how many runs that took.
    async fn finish(&self, bench: &Bench, at: usize) -> usize {
        for runs in 0..4 {
            let Some(planned) = self.planned(bench).await else { return runs };
            let errors: Vec<_> = planned
                .plan
                .notes
                .iter()
                .filter(|note| note.severity == iriskit_state::plan::Severity::Error)
                .collect();
            assert!(errors.is_empty(), "{} at {at}: {errors:?}", self.name);
            let killed: BTreeSet<_> =
                planned.runs.iter().filter(|seen| seen.run.is_some()).map(|seen| seen.owner.clone()).collect();
            let changes = planned.plan.summary.changes();
            if !changes && killed.is_empty() {
                return runs;
            }
            let lock = crate::apply::LockOptions { killed, ..crate::apply::LockOptions::default() };
            let options = ApplyOptions { lock, ..ApplyOptions::default() };
            let ended = bench.apply_with(&planned.plan, &planned.secret_values, options).await;
            assert!(ended.is_ok(), "{} at {at}, run {runs}: {ended:?}", self.name);
        }
        panic!("{} at {at}: it never ends", self.name);
    }
}

impl Bench {
    /// As if others had made everything: neither our label nor our field manager, and no record.
    async fn forget_ours(&self) {
        let record = applyset::record_ref("default", "hospital");
        self.cluster.delete(&record, &crate::cluster::DeleteOptions::default()).await.unwrap();
        for (api_version, kind) in KINDS.iter().filter(|(_, kind)| !["Pod", "PersistentVolumeClaim"].contains(kind)) {
            for item in self.cluster.list(api_version, kind, Some("default"), None).await.unwrap().items {
                let object = ObjectRef::of(&item).unwrap();
                if Object::new(&item).label(applyset::PART_OF).is_none() {
                    continue;
                }
                let mut body = item.clone();
                body["metadata"]["labels"].as_object_mut().unwrap().remove(applyset::PART_OF);
                if let Some(annotations) = body["metadata"]["annotations"].as_object_mut() {
                    annotations.retain(|name, _| !name.starts_with("iriskit/"));
                }
                body["metadata"]["managedFields"] = json!([{}]);
                let path = format!("{}?fieldManager=kubectl-create", Self::path_of(&object));
                let request =
                    http::Request::builder().method("PUT").uri(path).header("content-type", "application/json");
                let answer = self.sandbox.call(request.body(bytes::Bytes::from(body.to_string())).unwrap()).await;
                assert!(answer.status().is_success(), "{object}: {}", answer.status());
            }
        }
    }

    fn path_of(object: &ObjectRef) -> String {
        let root = if object.api_version.contains('/') { "apis" } else { "api" };
        let plural = format!("{}s", object.kind.to_lowercase());
        format!("/{root}/{}/namespaces/default/{plural}/{}", object.api_version, object.name)
    }

    /// Everything that there is, without what differs from run to run.
    async fn everything(&self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for (api_version, kind) in KINDS {
            for item in self.cluster.list(api_version, kind, Some("default"), None).await.unwrap().items {
                let object = Object::new(&item);
                if object.name() == "kube-root-ca.crt" {
                    continue;
                }
                let mut kept = json!({"labels": item["metadata"]["labels"], "spec": item["spec"], "data": item["data"],
                    "rules": item["rules"], "subjects": item["subjects"]});
                if object.name() == "hospital-iriskit" {
                    kept["data"] = Self::record_in_short(&item);
                }
                // What the server gives, and what the labeler says.
                for volatile in ["clusterIP", "clusterIPs", "volumeName", "ports", "nodeName"] {
                    if let Some(spec) = kept["spec"].as_object_mut() {
                        spec.remove(volatile);
                    }
                }
                if kind == "Pod" {
                    kept = json!({"image": item["spec"]["containers"][0]["image"],
                        "revision": item["metadata"]["labels"]["controller-revision-hash"]});
                }
                all.insert(format!("{kind}/{}", object.name()), kept);
            }
        }
        all
    }

    fn record_in_short(map: &Value) -> Value {
        let record = Record::parse(map["data"]["record.json"].as_str().unwrap()).unwrap();
        let objects: Vec<_> = record.objects.iter().map(|one| format!("{}/{}", one.kind, one.name)).collect();
        json!({"objects": objects, "upgrades": record.upgrades.len(), "pending": record.pending.len(),
            "run": record.run.is_some()})
    }

    async fn claims(&self) -> BTreeMap<String, String> {
        let list = self.cluster.list("v1", "PersistentVolumeClaim", Some("default"), None).await.unwrap();
        let uid = |claim: &Value| {
            let claim = Object::new(claim);
            (claim.name().to_owned(), claim.uid().unwrap_or_default().to_owned())
        };
        list.items.iter().map(uid).collect()
    }
}

/// The deed, killed after so many requests; gives how many there were when it was not killed.
async fn killed(scenario: &Scenario, bench: &Bench, after: usize) -> Option<usize> {
    let planned = scenario.planned(bench).await.unwrap();
    let allow = planned.plan.allowances.iter().map(|one| one.name).collect();
    let killing = Killing::after(&bench.sandbox, after);
    let options = ApplyOptions { allow, ..ApplyOptions::default() };
    let work = run(&killing.cluster, &planned.plan, &planned.secret_values, &options, |_| {});
    tokio::select! {
        biased;
        () = killing.dead.notified() => None,
        ended = work => {
            assert!(ended.is_ok(), "{}: {ended:?}", scenario.name);
            Some(killing.asked.load(Ordering::SeqCst))
        }
    }
}

/// Plays a scenario at its points.
async fn play(name: &str) {
    let all = std::env::var("IRISKIT_KILLS").is_ok_and(|kills| kills == "all");
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap();
    let undisturbed = scenario.world().await;
    let requests = killed(scenario, &undisturbed, usize::MAX).await.unwrap();
    let more = scenario.finish(&undisturbed, 0).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let expected = undisturbed.everything().await;
    let step = if all { 1 } else { (requests / SAMPLE).max(1) };
    let (mut at, mut points) = (if all { 1 } else { step / 2 + 1 }, 0);
    while at < requests {
        let bench = scenario.world().await;
        let before = bench.claims().await;
        if killed(scenario, &bench, at).await.is_none() {
            points += 1;
            tokio::time::sleep(Duration::from_secs(65)).await;
            let runs = scenario.finish(&bench, at).await;
            assert!(runs <= 1 + more, "{name} at {at}: {runs} runs");
            tokio::time::sleep(Duration::from_secs(5)).await;
            let found = bench.everything().await;
            assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name} at {at}");
            for (object, value) in &expected {
                assert_eq!(&found[object], value, "{name} at {at}: {object}");
            }
            if !matches!(scenario.deed, Deed::Destroy { delete_data: true }) {
                let now = bench.claims().await;
                let lost = before.iter().filter(|(claim, uid)| now.get(*claim) != Some(uid)).count();
                assert_eq!(lost, 0, "{name} at {at}");
            }
        }
        at += step;
    }
    assert!(points >= if all { requests - 2 } else { SAMPLE - 1 }, "{name}: {points} of {requests}");
}

/// One test for each scenario.
macro_rules! scenarios {
    ($($test:ident = $name:literal),* $(,)?) => {
        $(#[tokio::test(start_paused = true)]
        async fn $test() {
            play($name).await;
        })*
    };
}

scenarios! {
    a_killed_create_is_ended_by_the_next_run = "create",
    a_killed_update_is_ended_by_the_next_run = "update",
    a_killed_roll_is_ended_by_the_next_run = "roll",
    a_killed_scale_up_is_ended_by_the_next_run = "scale up",
    a_killed_scale_down_is_ended_by_the_next_run = "scale down",
    a_killed_replacement_is_ended_by_the_next_run = "replace",
    a_killed_adoption_is_ended_by_the_next_run = "adopt",
    a_killed_destroy_is_ended_by_the_next_run = "destroy",
    a_killed_destroy_with_data_is_ended_by_the_next_run = "destroy with data",
}
