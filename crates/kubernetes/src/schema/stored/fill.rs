//! Defaults of the API server (1.36), by type.

use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::{Map, Value, json};

use super::{
    members::{absent, phase, text, zero},
    pod,
};
use crate::schema::{Type, TypeId, table};

pub(super) type Rule = fn(&mut Map<String, Value>);

/// Types with defaults that the OpenAPI does not tell, by their name without `io.k8s.api.`.
const RULES: &[(&str, Rule)] = &[
    ("apps.v1.StatefulSet", whole_stateful_set),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", retention),
    ("apps.v1.StatefulSetSpec", stateful_set),
    ("apps.v1.StatefulSetUpdateStrategy", update_strategy),
    ("core.v1.ConfigMapVolumeSource", mode),
    ("core.v1.Container", pod::container),
    ("core.v1.DownwardAPIVolumeSource", mode),
    ("core.v1.EphemeralContainer", pod::container),
    ("core.v1.HTTPGetAction", pod::http_get),
    ("core.v1.HostPathVolumeSource", pod::host_path),
    ("core.v1.Namespace", pod::namespace),
    ("core.v1.ObjectFieldSelector", pod::field_ref),
    ("core.v1.PersistentVolume", volume),
    ("core.v1.PersistentVolumeClaim", claim),
    ("core.v1.PersistentVolumeClaimSpec", volume_mode),
    ("core.v1.Pod", pod::pod),
    ("core.v1.PodSpec", pod::spec),
    ("core.v1.Probe", pod::probe),
    ("core.v1.ProjectedVolumeSource", mode),
    ("core.v1.ResourceFieldSelector", pod::resource_ref),
    ("core.v1.Secret", secret),
    ("core.v1.SecretVolumeSource", mode),
    ("core.v1.ServiceAccountTokenProjection", pod::token),
    ("core.v1.ServicePort", service_port),
    ("core.v1.ServiceSpec", service),
    ("core.v1.Volume", pod::volume),
    ("networking.v1.NetworkPolicyPort", policy_port),
    ("networking.v1.NetworkPolicySpec", policy),
    ("rbac.v1.ClusterRole", rules),
    ("rbac.v1.Role", rules),
    ("rbac.v1.RoleRef", role_ref),
    ("rbac.v1.Subject", subject),
    ("storage.v1.StorageClass", storage_class),
];

/// Fills a struct of this type; what is inside its fields comes later.
pub(super) fn fill(id: TypeId, map: &mut Map<String, Value>) {
    if let Type::Struct { defaults, .. } = table().type_of(id) {
        for (name, value) in defaults {
            absent(map, name, value.clone());
        }
    }
    if let Some(rule) = rule_of(id) {
        rule(map);
    }
}

fn rule_of(id: TypeId) -> Option<Rule> {
    static BY_TYPE: OnceLock<BTreeMap<TypeId, Rule>> = OnceLock::new();
    let by_type = BY_TYPE.get_or_init(|| {
        let known = |(name, rule): &(&str, Rule)| Some((table().named(&format!("io.k8s.api.{name}"))?, *rule));
        RULES.iter().filter_map(known).collect()
    });
    by_type.get(&id).copied()
}

fn mode(map: &mut Map<String, Value>) {
    absent(map, "defaultMode", 420);
}

fn whole_stateful_set(map: &mut Map<String, Value>) {
    // Claim templates are whole objects, and are written as such.
    let templates = map.get_mut("spec").and_then(|spec| spec.get_mut("volumeClaimTemplates"));
    for template in templates.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        zero(template, "apiVersion", "v1");
        zero(template, "kind", "PersistentVolumeClaim");
    }
}

fn stateful_set(map: &mut Map<String, Value>) {
    zero(map, "podManagementPolicy", "OrderedReady");
    absent(map, "replicas", 1);
    absent(map, "revisionHistoryLimit", 10);
    absent(map, "persistentVolumeClaimRetentionPolicy", json!({}));
}

fn retention(map: &mut Map<String, Value>) {
    zero(map, "whenDeleted", "Retain");
    zero(map, "whenScaled", "Retain");
}

/// A type without `rollingUpdate` gets none; no type gets both. `maxUnavailable` is behind a gate that is off.
fn update_strategy(map: &mut Map<String, Value>) {
    if text(map, "type").is_empty() {
        map.insert("type".to_owned(), Value::from("RollingUpdate"));
        absent(map, "rollingUpdate", json!({}));
    }
    let rolling = text(map, "type") == "RollingUpdate";
    if let Some(Value::Object(inside)) = map.get_mut("rollingUpdate") {
        if rolling && inside.get("partition").is_none_or(Value::is_null) {
            inside.insert("partition".to_owned(), Value::from(0));
        }
        inside.remove("maxUnavailable");
    }
}

fn volume_mode(map: &mut Map<String, Value>) {
    absent(map, "volumeMode", "Filesystem");
}

fn claim(map: &mut Map<String, Value>) {
    phase(map, "Pending");
}

fn volume(map: &mut Map<String, Value>) {
    phase(map, "Pending");
    if let Some(Value::Object(spec)) = map.get_mut("spec") {
        zero(spec, "persistentVolumeReclaimPolicy", "Retain");
        absent(spec, "volumeMode", "Filesystem");
    }
}

fn secret(map: &mut Map<String, Value>) {
    zero(map, "type", "Opaque");
}

fn service(map: &mut Map<String, Value>) {
    zero(map, "type", "ClusterIP");
    zero(map, "sessionAffinity", "None");
    match text(map, "sessionAffinity") {
        "None" => {
            map.remove("sessionAffinityConfig");
        }
        "ClientIP" => {
            let config = map.get("sessionAffinityConfig").and_then(|config| config.pointer("/clientIP/timeoutSeconds"));
            if config.is_none_or(Value::is_null) {
                map.insert("sessionAffinityConfig".to_owned(), json!({"clientIP": {"timeoutSeconds": 10800}}));
            }
        }
        _ => {}
    }
    let kind = text(map, "type").to_owned();
    let external_ips = map.get("externalIPs").and_then(Value::as_array).is_some_and(|ips| !ips.is_empty());
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") || kind == "ClusterIP" && external_ips {
        zero(map, "externalTrafficPolicy", "Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
        absent(map, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        absent(map, "allocateLoadBalancerNodePorts", true);
    }
}

fn service_port(map: &mut Map<String, Value>) {
    if let Some(port) = map.get("port").cloned() {
        zero(map, "targetPort", port);
    }
}

fn policy(map: &mut Map<String, Value>) {
    if map.get("policyTypes").is_none() {
        let egress = map.get("egress").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
        let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
        map.insert("policyTypes".to_owned(), types);
    }
}

fn policy_port(map: &mut Map<String, Value>) {
    absent(map, "protocol", "TCP");
}

/// No rules read back as `null`.
fn rules(map: &mut Map<String, Value>) {
    if map.get("rules").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        map.insert("rules".to_owned(), Value::Null);
    }
}

fn role_ref(map: &mut Map<String, Value>) {
    zero(map, "apiGroup", "rbac.authorization.k8s.io");
}

fn subject(map: &mut Map<String, Value>) {
    if matches!(text(map, "kind"), "User" | "Group") {
        zero(map, "apiGroup", "rbac.authorization.k8s.io");
    }
}

fn storage_class(map: &mut Map<String, Value>) {
    absent(map, "reclaimPolicy", "Delete");
    absent(map, "volumeBindingMode", "Immediate");
}
