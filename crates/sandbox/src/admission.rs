//! What the server checks of a pod beyond its schema, and adds to it: its ServiceAccount and its labels.

use serde_json::{Value, json};

use super::{
    fields,
    key::{Key, Resource},
    objects::Failure,
    world::World,
};
use iriskit_kubernetes::schema::quantity;

/// Refuses a pod whose ServiceAccount is missing or whose labels are too long.
pub(crate) fn pod(world: &World, namespace: &str, pod: &Value) -> Result<(), Failure> {
    let account = account(pod);
    if world.store.get(&Key::new(Resource::SERVICE_ACCOUNTS, namespace, account)).is_none() {
        let name = fields::name(pod);
        let why =
            format!("error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found");
        if let Some(kind) = Resource::PODS.kind() {
            return Err(Failure::forbidden(kind, name, &why));
        }
    }
    let labels = pod.pointer("/metadata/labels").and_then(Value::as_object);
    let long = labels.into_iter().flatten().find(|(_, value)| value.as_str().is_some_and(|text| text.len() > 63));
    if let Some((_, value)) = long {
        let message = format!(
            "Pod \"{}\" is invalid: metadata.labels: Invalid value: {value}: must be no more than 63 bytes",
            fields::name(pod)
        );
        return Err(Failure::new(422, "Invalid", message));
    }
    Ok(())
}

/// Refuses to grow a claim whose class does not expand volumes.
pub(crate) fn resize(world: &World, live: &Value, new: &Value) -> Result<(), Failure> {
    let storage = "/spec/resources/requests/storage";
    let amount = |claim: &Value| quantity::parse(fields::text(claim, storage)).ok();
    let class = world.store.get(&Key::new(Resource::CLASSES, "", fields::text(live, "/spec/storageClassName")));
    let expands = class.is_some_and(|class| class.get("allowVolumeExpansion") == Some(&json!(true)));
    if amount(new) > amount(live)
        && !expands
        && let Some(kind) = Resource::CLAIMS.kind()
    {
        let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must \
                   support resize";
        return Err(Failure::forbidden(kind, fields::name(live), why));
    }
    Ok(())
}

/// What every address of a load balancer gains.
pub(crate) fn complete_addresses(service: &mut Value) {
    let Some(Value::Array(all)) = service.pointer_mut("/status/loadBalancer/ingress") else { return };
    for address in all {
        if address.get("ip").is_some() && address.get("ipMode").is_none() {
            fields::set(address, &["ipMode"], Some(json!("VIP")));
        }
    }
}

/// What every pod gains when it is made.
pub(crate) fn complete_pod(world: &World, namespace: &str, pod: &mut Value) {
    let name = account(pod).to_owned();
    let account = world.store.get(&Key::new(Resource::SERVICE_ACCOUNTS, namespace, &name)).cloned();
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
pub(crate) fn complete_tolerations(pod: &mut Value) {
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
