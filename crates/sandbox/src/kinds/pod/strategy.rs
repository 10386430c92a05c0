//! How pods are treated.

use serde_json::{Value, json};

use super::update::check_update;
use crate::{
    fields,
    key::{Key, Resource},
    objects::{Cause, Failure},
    store::Store,
    strategy::Strategy,
    validation::{pod_spec, warnings},
};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(crate) struct Pod;

impl Strategy for Pod {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "Pod")
    }

    fn has_status(&self) -> bool {
        true
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["spec.nodeName", "spec.serviceAccountName", "status.phase", "status.podIP"]
    }

    fn counts_generation(&self) -> bool {
        true
    }

    fn returns_deleted_object(&self) -> bool {
        true
    }

    /// Refuses a pod whose ServiceAccount is missing.
    fn admit_create(&self, kind: &Kind, pod: &Value, store: &Store) -> Result<(), Failure> {
        let (namespace, account) = (fields::text(pod, "/metadata/namespace"), account(pod));
        if store.get(&Key::new(Resource::SERVICE_ACCOUNTS, namespace, account)).is_some() {
            return Ok(());
        }
        let why =
            format!("error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found");
        Err(Failure::forbidden(kind, fields::name(pod), &why))
    }

    fn prepare_for_create(&self, pod: &mut Value, store: &Store) {
        complete(pod, store);
        let status = json!({"phase": "Pending", "qosClass": quality_of_service(pod)});
        fields::set(pod, &["status"], Some(status));
    }

    fn prepare_for_update(&self, _live: &Value, pod: &mut Value) {
        complete_tolerations(pod);
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        pod_spec::check(object.get("spec").unwrap_or(&Value::Null), "spec", causes);
    }

    fn validate_update(&self, kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        check_update(kind, live, object, causes);
    }

    fn warnings(&self, pod: &Value) -> Vec<String> {
        warnings::of_pod_spec(pod.get("spec").unwrap_or(&Value::Null), "spec")
    }

    fn grace_period(&self, live: &Value, asked: Option<i64>) -> i64 {
        if fields::text(live, "/spec/nodeName").is_empty() {
            return 0;
        }
        asked.or_else(|| fields::number(live, "/spec/terminationGracePeriodSeconds")).unwrap_or(30)
    }
}

/// What every pod gains when it is made.
fn complete(pod: &mut Value, store: &Store) {
    let namespace = fields::text(pod, "/metadata/namespace").to_owned();
    let name = account(pod).to_owned();
    let account = store.get(&Key::new(Resource::SERVICE_ACCOUNTS, &namespace, &name)).cloned();
    let pull_secrets = account.as_ref().and_then(|account| account.get("imagePullSecrets")).cloned();
    let missing = |pod: &Value, field: &str| pod.pointer(&format!("/spec/{field}")).is_none();
    if let Some(secrets) = pull_secrets.filter(|_| missing(pod, "imagePullSecrets")) {
        fields::set(pod, &["spec", "imagePullSecrets"], Some(secrets));
    }
    for (field, value) in [
        ("serviceAccountName", json!(name)),
        ("serviceAccount", json!(name)),
        ("priority", json!(0)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
        ("enableServiceLinks", json!(true)),
    ] {
        if missing(pod, field) {
            fields::set(pod, &["spec", field], Some(value));
        }
    }
    complete_tolerations(pod);
}

/// What every pod tolerates for a while, unless it says otherwise: so when it is made and when it is changed.
fn complete_tolerations(pod: &mut Value) {
    let mut tolerations = fields::items(pod, "/spec/tolerations").to_vec();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        if !tolerations.iter().any(|known| known.get("key") == Some(&json!(key))) {
            tolerations
                .push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
    fields::set(pod, &["spec", "tolerations"], Some(Value::Array(tolerations)));
}

fn account(pod: &Value) -> &str {
    match fields::text(pod, "/spec/serviceAccountName") {
        "" => "default",
        name => name,
    }
}

fn quality_of_service(pod: &Value) -> &'static str {
    let containers = ["containers", "initContainers"].into_iter().flat_map(|list| {
        pod.pointer(&format!("/spec/{list}")).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    });
    let mut any = false;
    let mut guaranteed = true;
    for container in containers {
        for resource in ["cpu", "memory"] {
            let of = |part: &str| container.pointer(&format!("/resources/{part}/{resource}"));
            any |= of("limits").is_some() || of("requests").is_some();
            guaranteed &= of("limits").is_some() && of("limits") == of("requests");
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
