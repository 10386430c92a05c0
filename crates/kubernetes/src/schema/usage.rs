//! What objects, claims and pods count against a ResourceQuota.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    ObjectRef,
    quantity::{self, Amount},
    table,
};

/// Amounts by the names that quotas use: `pods`, `requests.storage`, `count/statefulsets.apps` …
pub type Usage = BTreeMap<String, Amount>;

/// Adds `amount` under a name.
pub fn add(usage: &mut Usage, name: impl Into<String>, amount: Amount) {
    let sum = usage.entry(name.into()).or_default();
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}

/// Adds all of `other`.
pub fn add_all(usage: &mut Usage, other: &Usage, times: usize) {
    for (name, amount) in other {
        if let Some(amount) = amount.times(times) {
            add(usage, name.as_str(), amount);
        }
    }
}

/// What an object counts by itself, without what controllers make of it.
pub fn of_object(object: &ObjectRef, value: &Value) -> Usage {
    let mut usage = Usage::new();
    let one = Amount::whole(1);
    if let Some(kind) = table().kind(&object.api_version, &object.kind) {
        add(&mut usage, format!("count/{}", kind.resource()), one);
    }
    match object.kind.as_str() {
        "ConfigMap" => add(&mut usage, "configmaps", one),
        "Secret" => add(&mut usage, "secrets", one),
        "ResourceQuota" => add(&mut usage, "resourcequotas", one),
        "ReplicationController" => add(&mut usage, "replicationcontrollers", one),
        "Service" => of_service(value, &mut usage),
        "PersistentVolumeClaim" => of_claim(value, &mut usage),
        "Pod" => usage.extend(of_pod(value)),
        _ => {}
    }
    usage
}

fn of_service(service: &Value, usage: &mut Usage) {
    let text = |pointer: &str| service.pointer(pointer).and_then(Value::as_str);
    let kind = text("/spec/type").unwrap_or("ClusterIP");
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).map_or(0, Vec::len);
    let allocates = service.pointer("/spec/allocateLoadBalancerNodePorts") != Some(&Value::Bool(false));
    add(usage, "services", Amount::whole(1));
    if kind == "LoadBalancer" {
        add(usage, "services.loadbalancers", Amount::whole(1));
    }
    if kind == "NodePort" || kind == "LoadBalancer" && allocates {
        add(usage, "services.nodeports", Amount::whole(i64::try_from(ports).unwrap_or(i64::MAX)));
    }
}

fn of_claim(claim: &Value, usage: &mut Usage) {
    let one = Amount::whole(1);
    add(usage, "persistentvolumeclaims", one);
    let storage = claim.pointer("/spec/resources/requests/storage").and_then(amount).unwrap_or_default();
    add(usage, "requests.storage", storage);
    if let Some(class) =
        claim.pointer("/spec/storageClassName").and_then(Value::as_str).filter(|class| !class.is_empty())
    {
        add(usage, format!("{class}.storageclass.storage.k8s.io/persistentvolumeclaims"), one);
        add(usage, format!("{class}.storageclass.storage.k8s.io/requests.storage"), storage);
    }
}

/// What a pod counts: itself, and the larger of what its containers need together and what starting it needs.
pub fn of_pod(pod: &Value) -> Usage {
    let mut usage = Usage::new();
    for name in ["pods", "count/pods"] {
        add(&mut usage, name, Amount::whole(1));
    }
    for (resource, amount) in effective(pod, "requests") {
        let countable = ["cpu", "memory", "ephemeral-storage"].contains(&resource.as_str());
        if countable || resource.starts_with("hugepages-") {
            add(&mut usage, resource.as_str(), amount);
        }
        add(&mut usage, format!("requests.{resource}"), amount);
    }
    for (resource, amount) in effective(pod, "limits") {
        add(&mut usage, format!("limits.{resource}"), amount);
    }
    usage
}

/// Requests or limits of a whole pod: sidecars run beside the containers, other init containers one by one before them.
pub fn effective(pod: &Value, part: &str) -> Usage {
    let list = |member: &str| pod.pointer(&format!("/spec/{member}")).and_then(Value::as_array).into_iter().flatten();
    let mut running = Usage::new();
    for container in list("containers") {
        add_all(&mut running, &of_container(container, part), 1);
    }
    let (mut beside, mut starting) = (Usage::new(), Usage::new());
    for container in list("initContainers") {
        let own = of_container(container, part);
        if container.get("restartPolicy").and_then(Value::as_str) == Some("Always") {
            add_all(&mut beside, &own, 1);
            continue;
        }
        let mut at_once = beside.clone();
        add_all(&mut at_once, &own, 1);
        largest(&mut starting, at_once);
    }
    add_all(&mut running, &beside, 1);
    largest(&mut running, starting);
    // What a pod says of itself as a whole stands in place of the sum.
    running.extend(of_container(pod.get("spec").unwrap_or(&Value::Null), part));
    let overhead = pod.pointer("/spec/overhead").and_then(Value::as_object);
    for (name, value) in overhead.into_iter().flatten() {
        if let Some(more) = amount(value).filter(|_| part == "requests" || running.contains_key(name)) {
            add(&mut running, name.as_str(), more);
        }
    }
    running
}

/// What every container has to say before a quota of it can be kept.
const TO_BE_SAID: [&str; 6] = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// `limits.memory for: db,proxy` for what containers of a pod do not say and a quota counts: the server refuses such a pod.
pub fn unsaid(quota: &Value, pod: &Value) -> Vec<String> {
    if is_scoped(quota) && in_scope(quota, pod) != Some(true) {
        return Vec::new();
    }
    let items = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let counts = |name: &str| quota.pointer("/spec/hard").is_some_and(|hard| hard.get(name).is_some());
    let mut found = Vec::new();
    for name in TO_BE_SAID.iter().filter(|name| counts(name)) {
        let (part, resource) = name.split_once('.').unwrap_or(("requests", name));
        let silent: Vec<&str> = ["/spec/containers", "/spec/initContainers"]
            .iter()
            .flat_map(|list| items(list))
            .filter(|container| !of_container(container, part).contains_key(resource))
            .map(|container| container.get("name").and_then(Value::as_str).unwrap_or_default())
            .collect();
        if !silent.is_empty() {
            found.push(format!("{name} for: {}", silent.join(",")));
        }
    }
    found.sort();
    found
}

/// The kind whose objects count under a name of a quota, as apiVersion and kind; `None` where iriskit knows none.
pub fn counted_kind(name: &str) -> Option<(&'static str, &'static str)> {
    if let Some(resource) = name.strip_prefix("count/") {
        let kind = table().kinds().find(|kind| kind.namespaced && kind.resource() == resource)?;
        return Some((kind.api_version, kind.kind));
    }
    let of_claims = name == "persistentvolumeclaims" || name == "requests.storage" || name.contains(".storageclass.");
    Some(match name {
        _ if of_claims => ("v1", "PersistentVolumeClaim"),
        "configmaps" => ("v1", "ConfigMap"),
        "secrets" => ("v1", "Secret"),
        "resourcequotas" => ("v1", "ResourceQuota"),
        "replicationcontrollers" => ("v1", "ReplicationController"),
        _ if name.starts_with("services") => ("v1", "Service"),
        _ => ("v1", "Pod"),
    })
}

fn largest(usage: &mut Usage, other: Usage) {
    for (name, amount) in other {
        let known = usage.entry(name).or_default();
        *known = (*known).max(amount);
    }
}

/// A container that says only its limit requests as much.
pub fn of_container(container: &Value, part: &str) -> Usage {
    let mut usage = Usage::new();
    let parts: &[&str] = if part == "requests" { &["limits", "requests"] } else { &["limits"] };
    for part in parts {
        let amounts = container.pointer(&format!("/resources/{part}")).and_then(Value::as_object);
        usage.extend(amounts.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), amount(value)?))));
    }
    usage
}

/// An amount as the server writes it.
pub fn amount(value: &Value) -> Option<Amount> {
    match value {
        Value::String(text) => quantity::parse(text).ok(),
        Value::Number(number) => quantity::parse(&number.to_string()).ok(),
        _ => None,
    }
}

/// A condition on the pods that a quota counts: scope, operator, values.
type Scope<'a> = (&'a str, &'a str, Vec<&'a str>);

fn scopes(quota: &Value) -> impl Iterator<Item = Scope<'_>> {
    let items = |pointer: &str| quota.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let plain = items("/spec/scopes").filter_map(|scope| Some((scope.as_str()?, "Exists", Vec::new())));
    let selected = items("/spec/scopeSelector/matchExpressions").filter_map(|term| {
        let values = term.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        Some((term.get("scopeName")?.as_str()?, term.get("operator")?.as_str()?, values.collect()))
    });
    plain.chain(selected)
}

/// Whether a quota counts only some pods, and nothing else.
pub fn is_scoped(quota: &Value) -> bool {
    scopes(quota).next().is_some()
}

/// Whether a quota counts a pod; `None` for scopes that iriskit does not know.
pub fn in_scope(quota: &Value, pod: &Value) -> Option<bool> {
    let mut all = true;
    for (scope, operator, values) in scopes(quota) {
        let ends = pod.pointer("/spec/activeDeadlineSeconds").is_some();
        let class = pod.pointer("/spec/priorityClassName").and_then(Value::as_str);
        all &= match scope {
            "Terminating" => ends,
            "NotTerminating" => !ends,
            "BestEffort" => is_best_effort(pod),
            "NotBestEffort" => !is_best_effort(pod),
            "PriorityClass" => match operator {
                "In" => class.is_some_and(|class| values.contains(&class)),
                "NotIn" => class.is_none_or(|class| !values.contains(&class)),
                "Exists" => class.is_some(),
                "DoesNotExist" => class.is_none(),
                _ => return None,
            },
            _ => return None,
        };
    }
    Some(all)
}

/// No container asks for CPU or memory.
fn is_best_effort(pod: &Value) -> bool {
    ["containers", "initContainers"].iter().all(|list| {
        let containers = pod.pointer(&format!("/spec/{list}")).and_then(Value::as_array);
        containers.into_iter().flatten().all(|container| {
            let requests = of_container(container, "requests");
            ["cpu", "memory"]
                .iter()
                .all(|resource| requests.get(*resource).is_none_or(|amount| *amount == Amount::ZERO))
        })
    })
}
