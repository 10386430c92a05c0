//! Which Services are valid, and which changes of them are allowed.

use serde_json::{Value, json};

use crate::{
    objects::Cause,
    validation::{
        names::{check_ip, check_labels, check_port, is_cidr, label_problem},
        read::{items, number, one_of, text},
    },
};

const BALANCER_ONLY: &str = "may only be used when `type` is 'LoadBalancer'";

pub(super) fn check(object: &Value, live: Option<&Value>, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    let kind = text(spec, "type");
    one_of(spec, "type", "spec", &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], causes);
    one_of(spec, "sessionAffinity", "spec", &["ClientIP", "None"], causes);
    check_labels(spec, "selector", "spec.selector", causes);
    check_address(spec, kind, causes);
    check_ports(spec, kind, causes);
    for (at, ip) in items(spec, "externalIPs").iter().filter_map(Value::as_str).enumerate() {
        check_ip(ip, &format!("spec.externalIPs[{at}]"), causes);
    }
    check_balancer(spec, kind, causes);
    check_policies(spec, kind, causes);
    check_families(spec, kind, live, causes);
}

fn check_address(spec: &Value, kind: &str, causes: &mut Vec<Cause>) {
    let ip = text(spec, "clusterIP");
    if kind == "ExternalName" {
        if !ip.is_empty() {
            causes.push(Cause::forbidden("spec.clusterIPs", "may not be set for ExternalName services"));
        }
        let name = text(spec, "externalName").trim_end_matches('.');
        if name.is_empty() {
            causes.push(Cause::required("spec.externalName", ""));
        }
        return;
    }
    match ip {
        "" => {}
        "None" => {
            if matches!(kind, "NodePort" | "LoadBalancer") {
                let what = format!("may not be set to 'None' for {kind} services");
                causes.push(Cause::invalid("spec.clusterIPs[0]", ip, &what));
            }
        }
        ip => check_ip(ip, "spec.clusterIPs[0]", causes),
    }
}

fn check_ports(spec: &Value, kind: &str, causes: &mut Vec<Cause>) {
    let ports = items(spec, "ports");
    let headless = text(spec, "clusterIP") == "None";
    if ports.is_empty() && !headless && kind != "ExternalName" {
        causes.push(Cause::required("spec.ports", ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let at = format!("spec.ports[{index}]");
        let name = text(port, "name");
        if name.is_empty() {
            if ports.len() > 1 {
                causes.push(Cause::required(format!("{at}.name"), ""));
            }
        } else if let Some(problem) = label_problem(name) {
            causes.push(Cause::invalid(format!("{at}.name"), name, problem));
        } else if names.contains(&name) {
            causes.push(Cause::duplicate(format!("{at}.name"), name));
        }
        names.push(name);
        check_port(port.get("port").unwrap_or(&Value::Null), &format!("{at}.port"), causes);
        one_of(port, "protocol", &at, &["SCTP", "TCP", "UDP"], causes);
        check_port(port.get("targetPort").unwrap_or(&Value::Null), &format!("{at}.targetPort"), causes);
        let node_port = number(port, "nodePort").unwrap_or_default();
        if node_port != 0 && matches!(kind, "ClusterIP" | "ExternalName") {
            let what = format!("may not be used when `type` is '{kind}'");
            causes.push(Cause::forbidden(format!("{at}.nodePort"), &what));
        }
        let same = |other: &Value| ["port", "protocol"].into_iter().all(|field| other.get(field) == port.get(field));
        if ports.iter().take(index).any(same) {
            causes.push(Cause::duplicate(at, port.clone()));
        }
    }
}

fn check_balancer(spec: &Value, kind: &str, causes: &mut Vec<Cause>) {
    let ranges = items(spec, "loadBalancerSourceRanges");
    let at = "spec.LoadBalancerSourceRanges";
    if !ranges.is_empty() && kind != "LoadBalancer" {
        causes.push(Cause::forbidden(at, BALANCER_ONLY));
    }
    for (index, range) in ranges.iter().filter_map(Value::as_str).enumerate().filter(|(_, range)| !is_cidr(range)) {
        let what = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        causes.push(Cause::invalid(format!("{at}[{index}]"), range, what));
    }
    if kind != "LoadBalancer" {
        for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if spec.get(field).is_some() {
                causes.push(Cause::forbidden(format!("spec.{field}"), BALANCER_ONLY));
            }
        }
    }
}

fn check_policies(spec: &Value, kind: &str, causes: &mut Vec<Cause>) {
    let policies = ["Cluster", "Local"];
    let external =
        matches!(kind, "NodePort" | "LoadBalancer") || kind == "ClusterIP" && !items(spec, "externalIPs").is_empty();
    let policy = text(spec, "externalTrafficPolicy");
    if external {
        one_of(spec, "externalTrafficPolicy", "spec", &policies, causes);
    } else if !policy.is_empty() {
        let what = "may only be set for externally-accessible services";
        causes.push(Cause::invalid("spec.externalTrafficPolicy", policy, what));
    }
    one_of(spec, "internalTrafficPolicy", "spec", &policies, causes);
}

/// The cluster has IPv4 alone; a headless Service without a selector may name both all the same.
fn check_families(spec: &Value, kind: &str, live: Option<&Value>, causes: &mut Vec<Cause>) {
    if kind == "ExternalName" {
        return;
    }
    let families = items(spec, "ipFamilies");
    let ip = text(spec, "clusterIP");
    let headless = ip == "None";
    let selects = spec.get("selector").and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    if headless && !selects {
        return;
    }
    let wants_ipv6 = families.first().is_some_and(|family| family == "IPv6");
    if live.is_some() && wants_ipv6 && !ip.is_empty() && !headless && !ip.contains(':') {
        let what = "expected an IPv6 value as indicated by `ipFamilies[0]`";
        causes.push(Cause::invalid("spec.clusterIPs[0]", ip, what));
        return;
    }
    if text(spec, "ipFamilyPolicy") == "RequireDualStack" {
        let what = "this cluster is not configured for dual-stack services";
        causes.push(Cause::invalid("spec.ipFamilyPolicy", "RequireDualStack", what));
    }
    for (index, family) in families.iter().enumerate().filter(|(_, family)| *family != "IPv4") {
        let at = format!("spec.ipFamilies[{index}]");
        causes.push(Cause::invalid(at, family.clone(), "not configured on this cluster"));
    }
}

/// What can't change.
pub(super) fn check_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let spec = |object: &Value| object.get("spec").cloned().unwrap_or_default();
    let (old, new) = (spec(live), spec(object));
    let had_address = text(&old, "type") != "ExternalName" && text(&new, "type") != "ExternalName";
    let (old_ip, ip) = (text(&old, "clusterIP"), text(&new, "clusterIP"));
    let impossible = ip == "None" && matches!(text(&new, "type"), "NodePort" | "LoadBalancer");
    if had_address && !old_ip.is_empty() && old_ip != ip && !impossible {
        causes.push(Cause::invalid("spec.clusterIPs[0]", json!([ip]), "may not change once set"));
    }
    let port = |spec: &Value| {
        let local = text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local";
        spec.get("healthCheckNodePort").filter(|_| local).cloned()
    };
    if let (Some(old), Some(new)) = (port(&old), port(&new))
        && old != new
    {
        causes.push(Cause::forbidden("spec.healthCheckNodePort", "field is immutable"));
    }
    let class = "loadBalancerClass";
    let balanced = |spec: &Value| text(spec, "type") == "LoadBalancer";
    if balanced(&old) && balanced(&new) && old.get(class) != new.get(class) {
        let value = new.get(class).cloned().unwrap_or_default();
        causes.push(Cause::invalid("spec.loadBalancerClass", value, "may not change once set"));
    }
}
