//! Ingresses.

use serde_json::Value;

use crate::{
    objects::Cause,
    strategy::Strategy,
    validation::{
        names::{label_problem, subdomain_problem},
        read::{items, text},
    },
};

#[derive(Debug)]
pub(super) struct Ingress;

impl Strategy for Ingress {
    fn kind(&self) -> (&'static str, &'static str) {
        ("networking.k8s.io/v1", "Ingress")
    }

    fn has_status(&self) -> bool {
        true
    }

    fn counts_generation(&self) -> bool {
        true
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        check(object, causes);
    }
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    let rules = items(spec, "rules");
    if rules.is_empty() && spec.get("defaultBackend").is_none() {
        let what = "either `defaultBackend` or `rules` must be specified";
        causes.push(Cause::invalid("spec", Value::Null, what));
    }
    if let Some(backend) = spec.get("defaultBackend") {
        check_backend(backend, "spec.defaultBackend", causes);
    }
    for (at, rule) in rules.iter().enumerate() {
        let at = format!("spec.rules[{at}]");
        let host = text(rule, "host");
        let name = host.strip_prefix("*.").unwrap_or(host);
        if let Some(problem) = Some(name).filter(|name| !name.is_empty()).and_then(subdomain_problem) {
            causes.push(Cause::invalid(format!("{at}.host"), host, problem));
        }
        let Some(http) = rule.get("http") else { continue };
        let paths = items(http, "paths");
        if paths.is_empty() {
            causes.push(Cause::required(format!("{at}.http.paths"), ""));
        }
        for (index, path) in paths.iter().enumerate() {
            check_path(path, &format!("{at}.http.paths[{index}]"), causes);
        }
    }
    let class = text(spec, "ingressClassName");
    if let Some(problem) = Some(class).filter(|class| !class.is_empty()).and_then(subdomain_problem) {
        causes.push(Cause::invalid("spec.ingressClassName", class, problem));
    }
}

fn check_path(path: &Value, at: &str, causes: &mut Vec<Cause>) {
    let route = text(path, "path");
    match path.get("pathType").and_then(Value::as_str) {
        None => causes.push(Cause::required(format!("{at}.pathType"), "pathType must be specified")),
        Some("Exact" | "Prefix") if !route.starts_with('/') => {
            causes.push(Cause::invalid(format!("{at}.path"), route, "must be an absolute path"));
        }
        Some("ImplementationSpecific") if !route.is_empty() && !route.starts_with('/') => {
            causes.push(Cause::invalid(format!("{at}.path"), route, "must be an absolute path"));
        }
        Some("Exact" | "Prefix" | "ImplementationSpecific") => {}
        Some(other) => {
            let types = ["Exact", "ImplementationSpecific", "Prefix"];
            causes.push(Cause::not_supported(format!("{at}.pathType"), other, &types));
        }
    }
    check_backend(path.get("backend").unwrap_or(&Value::Null), &format!("{at}.backend"), causes);
}

fn check_backend(backend: &Value, at: &str, causes: &mut Vec<Cause>) {
    let Some(service) = backend.get("service") else {
        if backend.get("resource").is_none() {
            causes.push(Cause::invalid(at, "", "resource or service backend is required"));
        }
        return;
    };
    let name = text(service, "name");
    if name.is_empty() {
        causes.push(Cause::required(format!("{at}.service.name"), ""));
    } else if let Some(problem) = label_problem(name) {
        causes.push(Cause::invalid(format!("{at}.service.name"), name, problem));
    }
    let number = service.pointer("/port/number").and_then(Value::as_i64).unwrap_or_default();
    let named = service.pointer("/port/name").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    match (named, number) {
        (false, 0) => causes.push(Cause::required(at, "port name or number is required")),
        (true, 1..) => causes.push(Cause::invalid(at, "", "cannot set both port name & port number")),
        (false, number) if !(1..=65535).contains(&number) => {
            let what = "must be between 1 and 65535, inclusive";
            causes.push(Cause::invalid(format!("{at}.service.port.number"), number, what));
        }
        _ => {}
    }
}
