//! The fields of a Service that depend on its type.

use serde_json::{Map, Value, json};

use crate::fields::{object, text};

/// Whether the type has a cluster IP; `None` is one.
pub(super) fn needs_ip(service: &Value) -> bool {
    text(service, "/spec/type") != "ExternalName"
}

/// Whether the type has node ports.
pub(super) fn needs_ports(service: &Value) -> bool {
    match text(service, "/spec/type") {
        "NodePort" => true,
        "LoadBalancer" => service.pointer("/spec/allocateLoadBalancerNodePorts") != Some(&Value::Bool(false)),
        _ => false,
    }
}

fn may_have_ports(service: &Value) -> bool {
    matches!(text(service, "/spec/type"), "NodePort" | "LoadBalancer")
}

pub(super) fn needs_health_port(service: &Value) -> bool {
    text(service, "/spec/type") == "LoadBalancer" && text(service, "/spec/externalTrafficPolicy") == "Local"
}

fn is_external(service: &Value) -> bool {
    let has_ips = service.pointer("/spec/externalIPs").and_then(Value::as_array).is_some_and(|ips| !ips.is_empty());
    may_have_ports(service) || text(service, "/spec/type") == "ClusterIP" && has_ips
}

pub(super) fn set_ip(service: &mut Value, ip: &str) {
    if let Some(spec) = object(service, &["spec"]) {
        spec.insert("clusterIP".to_owned(), Value::from(ip));
        spec.insert("clusterIPs".to_owned(), json!([ip]));
    }
}

fn ports(service: &Value) -> &[Value] {
    service.pointer("/spec/ports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn port_count(service: &Value) -> usize {
    ports(service).len()
}

fn number(value: Option<&Value>) -> u16 {
    value.and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok()).unwrap_or_default()
}

pub(super) fn node_port(service: &Value, at: usize) -> u16 {
    number(ports(service).get(at).and_then(|port| port.get("nodePort")))
}

pub(super) fn set_node_port(service: &mut Value, at: usize, port: u16) {
    if let Some(Value::Object(entry)) = service.pointer_mut(&format!("/spec/ports/{at}")) {
        if port == 0 {
            entry.remove("nodePort");
        } else {
            entry.insert("nodePort".to_owned(), Value::from(port));
        }
    }
}

/// The node port of an earlier entry with the same port number over another protocol.
pub(super) fn sibling(service: &Value, at: usize) -> Option<u16> {
    let entry = ports(service).get(at)?;
    ports(service)
        .iter()
        .take(at)
        .filter(|other| other.get("port") == entry.get("port") && other.get("protocol") != entry.get("protocol"))
        .map(|other| number(other.get("nodePort")))
        .find(|port| *port != 0)
}

pub(super) fn health_port(service: &Value) -> u16 {
    number(service.pointer("/spec/healthCheckNodePort"))
}

pub(super) fn set_health_port(service: &mut Value, port: u16) {
    if let Some(spec) = object(service, &["spec"]) {
        spec.insert("healthCheckNodePort".to_owned(), Value::from(port));
    }
}

/// The node ports that a live Service has.
pub(super) struct Ports(Vec<u16>);

impl Ports {
    pub(super) fn of(live: Option<&Value>) -> Self {
        Self(live.map(|live| (0..port_count(live)).map(|at| node_port(live, at)).collect()).unwrap_or_default())
    }

    pub(super) fn had(&self, port: u16) -> bool {
        self.0.contains(&port)
    }

    pub(super) fn seen(&mut self, ports: &[u16]) {
        self.0.extend_from_slice(ports);
    }
}

/// Families of addresses of a new Service: IPv4 only, but both for a headless one without a selector.
pub(super) fn set_families(service: &mut Value) {
    if !needs_ip(service) {
        return;
    }
    let headless = text(service, "/spec/clusterIP") == "None";
    let selects = service.pointer("/spec/selector").and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    let Some(spec) = object(service, &["spec"]) else { return };
    let absent = |spec: &Map<String, Value>, name: &str| spec.get(name).is_none_or(Value::is_null);
    if headless {
        spec.insert("clusterIPs".to_owned(), json!(["None"]));
    }
    if headless && !selects {
        let single = spec.get("ipFamilyPolicy").is_some_and(|policy| policy == "SingleStack");
        if !single {
            spec.insert("ipFamilies".to_owned(), json!(["IPv4", "IPv6"]));
            if absent(spec, "ipFamilyPolicy") {
                spec.insert("ipFamilyPolicy".to_owned(), Value::from("RequireDualStack"));
            }
            return;
        }
    }
    if absent(spec, "ipFamilies") {
        spec.insert("ipFamilies".to_owned(), json!(["IPv4"]));
    }
    if absent(spec, "ipFamilyPolicy") {
        spec.insert("ipFamilyPolicy".to_owned(), Value::from("SingleStack"));
    }
}

/// Keeps what was allocated where the new object does not say otherwise, and drops what the new type does not have and
/// the request did not touch.
pub(super) fn carry_over(live: &Value, service: &mut Value) {
    if needs_ip(live) && needs_ip(service) {
        keep(live, service, &["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]);
    }
    if may_have_ports(live) && may_have_ports(service) {
        keep_node_ports(live, service);
    }
    if needs_health_port(live) && needs_health_port(service) {
        keep(live, service, &["healthCheckNodePort"]);
    }
    drop_of_type(live, service);
}

fn keep(live: &Value, service: &mut Value, fields: &[&str]) {
    let Some(spec) = object(service, &["spec"]) else { return };
    for field in fields {
        let absent = spec.get(*field).is_none_or(|value| value.is_null() || value == "" || value == 0);
        if let Some(value) = live.pointer(&format!("/spec/{field}")).filter(|_| absent) {
            spec.insert((*field).to_owned(), value.clone());
        }
    }
}

/// Node ports stay with the name of their port.
fn keep_node_ports(live: &Value, service: &mut Value) {
    let used: Vec<u16> = (0..port_count(service)).map(|at| node_port(service, at)).filter(|port| *port != 0).collect();
    let name = |port: &Value| port.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    for at in 0..port_count(service) {
        if node_port(service, at) != 0 {
            continue;
        }
        let wanted = ports(service).get(at).map(name);
        let old = ports(live).iter().rev().find(|port| Some(name(port)) == wanted);
        let old = number(old.and_then(|port| port.get("nodePort")));
        if old != 0 && !used.contains(&old) {
            set_node_port(service, at, old);
        }
    }
}

fn drop_of_type(live: &Value, service: &mut Value) {
    let same = |service: &Value, field: &str| {
        let pointer = format!("/spec/{field}");
        live.pointer(&pointer) == service.pointer(&pointer)
    };
    let mut gone: Vec<&str> = Vec::new();
    if needs_ip(live) && !needs_ip(service) {
        let absent = |field: &str| service.pointer(&format!("/spec/{field}")).is_none();
        if same(service, "clusterIP") || absent("clusterIP") {
            gone.extend(["clusterIP", "clusterIPs"]);
        }
        gone.extend(["ipFamilies", "ipFamilyPolicy"].into_iter().filter(|field| same(service, field)));
    }
    if may_have_ports(live) && !may_have_ports(service) {
        let all = |service: &Value| -> Vec<u16> {
            (0..port_count(service)).map(|at| node_port(service, at)).filter(|port| *port != 0).collect()
        };
        let old = all(live);
        if all(service).iter().all(|port| old.contains(port)) {
            for at in 0..port_count(service) {
                set_node_port(service, at, 0);
            }
        }
    }
    let was = |check: fn(&Value) -> bool| check(live) && !check(service);
    let is_balancer: fn(&Value) -> bool = |service| text(service, "/spec/type") == "LoadBalancer";
    if was(needs_health_port) && same(service, "healthCheckNodePort") {
        gone.push("healthCheckNodePort");
    }
    if was(is_balancer) {
        let fields = ["allocateLoadBalancerNodePorts", "loadBalancerClass"];
        gone.extend(fields.into_iter().filter(|field| same(service, field)));
    }
    if !needs_ip(service) && same(service, "internalTrafficPolicy") {
        gone.push("internalTrafficPolicy");
    }
    if was(is_external) && same(service, "externalTrafficPolicy") {
        gone.push("externalTrafficPolicy");
    }
    let balancer = is_balancer(service);
    if let Some(spec) = object(service, &["spec"]) {
        spec.retain(|name, _| !gone.contains(&name.as_str()));
    }
    if !balancer && let Some(status) = object(service, &["status"]) {
        status.insert("loadBalancer".to_owned(), json!({}));
    }
}
