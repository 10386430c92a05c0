//! Whole plans, applied to the sandbox in paused time.

mod causes;
mod conservation;
mod destroy;
mod fault_matrix;
mod faults;
mod forward;
mod kills;
mod locks;
mod looking_again;
mod made_again;
mod not_ready;
mod observing;
mod random_rolls;
mod refusals;
mod roll;
mod stale;
mod stopping;
mod stuck_pods;

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use iriskit_state::{plan::Plan, record::Record};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Action, ApplyError, ApplyOptions, Event, Report, Stopper, run};
use crate::{
    cluster::{ApplyMode, Cluster},
    survey::{self, Options, Planned, Target},
};
use iriskit_core::{
    manifest::{self, Input},
    plan::{SecretValues, applyset, planner::LabelerImage},
};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};
use iriskit_sandbox::{Fault, FaultAction, Sandbox, Timing};

/// A mirrored pair with an arbiter, compute and a web gateway.
const MIRRORED: &str = r"
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: hospital}
spec:
  storageClassName: standard
  topology:
    data:
      image: example/iris:2024.1
      compatibilityVersion: '2024.1.0'
      mirrored: true
      webgateway: {image: example/webgateway:1, applicationPaths: [/csp/sys]}
    arbiter: {image: example/arbiter:1}
    compute: {image: example/iris:2024.1, compatibilityVersion: '2024.1.0', replicas: 2}
    webgateway: {image: example/webgateway:1, replicas: 1, applicationPaths: [/csp/sys]}
";

struct Bench {
    sandbox: Sandbox,
    cluster: Cluster,
    events: Mutex<Vec<Event>>,
}

impl Bench {
    fn new() -> Self {
        Self::with(Timing::default())
    }

    fn with(timing: Timing) -> Self {
        let sandbox = Sandbox::open_with(None, timing).unwrap();
        let cluster = crate::offline::of_sandbox(&sandbox, "default");
        Self { sandbox, cluster, events: Mutex::default() }
    }

    async fn plan(&self, text: &str) -> Planned {
        let reading = manifest::read(&[Input { name: "m.yaml".into(), text: text.into() }], "default");
        assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
        survey::plan(&self.cluster, &reading, &options()).await.unwrap()
    }

    async fn plan_destroy(&self, delete_data: bool) -> Plan {
        let target = Target { namespace: "default".into(), name: "hospital".into() };
        survey::destroy(&self.cluster, &[target], &options(), delete_data).await.unwrap().plan
    }

    /// Applies with every allowance that the plan needs.
    async fn apply(&self, plan: &Plan, secret_values: &SecretValues) -> Result<Report, ApplyError> {
        self.apply_with(plan, secret_values, ApplyOptions::default()).await
    }

    async fn apply_with(
        &self,
        plan: &Plan,
        secret_values: &SecretValues,
        options: ApplyOptions,
    ) -> Result<Report, ApplyError> {
        let allow = plan.allowances.iter().map(|allowance| allowance.name).collect();
        self.events().clear();
        let tell = |event| self.events().push(event);
        run(&self.cluster, plan, secret_values, &ApplyOptions { allow, ..options }, tell).await
    }

    /// Applies with every allowance that the plan needs, and is interrupted by the first event that `at` names.
    async fn cut_off(&self, planned: &Planned, at: impl Fn(&Event) -> bool + Sync) -> Report {
        let (stopper, stop) = super::Stopper::new();
        let allow = planned.plan.allowances.iter().map(|allowance| allowance.name).collect();
        let options = ApplyOptions { allow, stop, ..ApplyOptions::default() };
        self.events().clear();
        let tell = |event: Event| {
            self.events().push(event.clone());
            if at(&event) {
                stopper.stop();
            }
        };
        match run(&self.cluster, &planned.plan, &planned.secret_values, &options, tell).await {
            Err(ApplyError::Interrupted { report }) => *report,
            other => panic!("{other:?}"),
        }
    }

    /// Plans and applies; everything has to go well.
    async fn make(&self, text: &str) -> Report {
        let Planned { plan, secret_values, .. } = self.plan(text).await;
        self.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()))
    }

    fn events(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pods in the order in which they were deleted, with their roles.
    fn deleted(&self) -> Vec<(String, String)> {
        let role = |role: &Option<String>| role.clone().unwrap_or_default();
        let deleted = |event: &Event| match event {
            Event::PodDeleted { pod, role: known, .. } => Some((pod.clone(), role(known))),
            _ => None,
        };
        self.events().iter().filter_map(deleted).collect()
    }

    /// Where in the run a step began or ended.
    fn at(&self, address: &str, action: Action, done: bool) -> usize {
        let found = self.events().iter().position(|event| match event {
            Event::StepStarted { address: known, action: known_action } => {
                !done && known == address && *known_action == action
            }
            Event::StepDone { address: known, action: known_action, .. } => {
                done && known == address && *known_action == action
            }
            _ => false,
        });
        found.unwrap_or_else(|| panic!("no {action:?} of {address}"))
    }

    async fn get(&self, kind: &str, name: &str) -> Option<Value> {
        let api_version = if kind == "StatefulSet" { "apps/v1" } else { "v1" };
        self.cluster.get(&ObjectRef::namespaced(api_version, kind, "default", name)).await.unwrap()
    }

    async fn names(&self, kind: &str) -> Vec<String> {
        let api_version = if kind == "StatefulSet" { "apps/v1" } else { "v1" };
        let list = self.cluster.list(api_version, kind, Some("default"), None).await.unwrap();
        list.items.iter().map(|item| Object::new(item).name().to_owned()).collect()
    }

    async fn record(&self) -> Option<Record> {
        let map = self.cluster.get(&applyset::record_ref("default", "hospital")).await.unwrap()?;
        Some(Record::parse(map["data"]["record.json"].as_str().unwrap()).unwrap())
    }

    /// The files of all plans in the record are too old by now.
    async fn expire_saved_plans(&self) {
        let mut record = self.record().await.unwrap();
        for entry in record.plans.values_mut().filter(|entry| entry.expires_at.is_some()) {
            entry.expires_at = Some("2020-01-01T00:00:00Z".into());
        }
        let text = record.to_text().unwrap();
        self.meddle("ConfigMap", "hospital-iriskit", &json!({"data": {"record.json": text}})).await;
    }

    /// Another manager takes fields of a StatefulSet's spec.
    async fn take_set(&self, manager: &str, name: &str, spec: &Value) {
        let body = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": spec});
        let request = http::Request::builder()
            .method("PATCH")
            .uri(format!("/apis/apps/v1/namespaces/default/statefulsets/{name}?fieldManager={manager}&force=true"))
            .header("content-type", "application/apply-patch+yaml")
            .body(bytes::Bytes::from(body.to_string()))
            .unwrap();
        let answer = self.sandbox.call(request).await;
        assert!(answer.status().is_success(), "{name}: {}", answer.status());
    }

    /// Somebody else changes an object.
    async fn meddle(&self, kind: &str, name: &str, patch: &Value) {
        let api_version = if kind == "StatefulSet" { "apps/v1" } else { "v1" };
        let object = ObjectRef::namespaced(api_version, kind, "default", name);
        let request = http::Request::builder()
            .method("PATCH")
            .uri(match api_version {
                "v1" => format!("/api/v1/namespaces/default/{}s/{name}", kind.to_lowercase()),
                _ => format!("/apis/apps/v1/namespaces/default/{}s/{name}", kind.to_lowercase()),
            })
            .header("content-type", "application/merge-patch+json")
            .header("user-agent", "kubectl-edit")
            .body(bytes::Bytes::from(patch.to_string()))
            .unwrap();
        let answer = self.sandbox.call(request).await;
        assert!(answer.status().is_success(), "{object}: {}", answer.status());
    }
}

fn options() -> Options {
    Options {
        sources: vec!["m.yaml".into()],
        labeler: LabelerImage::given(Some("example/iriskit:1")),
        always_ask: false,
        policy: iriskit_core::plan::Policy::default(),
        rollout: iriskit_core::plan::Rollout::default(),
        lifetime: SignedDuration::from_hours(24),
        fingerprints: true,
    }
}

/// Members that need a while, so that waits are seen.
fn slow() -> Timing {
    Timing {
        react: Duration::from_millis(10),
        pod_ready: Duration::from_secs(20),
        pod_gone: Duration::from_secs(5),
        catch_up: Duration::from_secs(40),
    }
}

fn configmap(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": {"a": value}})
}
