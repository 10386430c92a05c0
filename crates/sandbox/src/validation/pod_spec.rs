//! The spec of pods and their templates.

use serde_json::Value;

use super::{
    container::{self, Place},
    identity::check_ids,
    names::{check_ip, check_labels, key_problems, subdomain_problem},
    read::{items, number, one_of, text},
    volume,
};
use crate::objects::Cause;

pub(crate) fn check(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
    let volumes = volume::check_all(spec, at, causes);
    let containers = items(spec, "containers");
    if containers.is_empty() {
        causes.push(Cause::required(format!("{at}.containers"), ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for (list, place) in [("containers", Place::Main), ("initContainers", Place::Init)] {
        for (index, container) in items(spec, list).iter().enumerate() {
            let at = format!("{at}.{list}[{index}]");
            let name = text(container, "name");
            if names.contains(&name) && !name.is_empty() {
                causes.push(Cause::duplicate(format!("{at}.name"), name));
            }
            names.push(name);
            container::check(container, place, &volumes, &at, causes);
        }
    }
    one_of(spec, "restartPolicy", at, &["Always", "OnFailure", "Never"], causes);
    one_of(spec, "dnsPolicy", at, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], causes);
    for field in ["serviceAccountName", "priorityClassName"] {
        let name = text(spec, field);
        if let Some(problem) = Some(name).filter(|name| !name.is_empty()).and_then(subdomain_problem) {
            causes.push(Cause::invalid(format!("{at}.{field}"), name, problem));
        }
    }
    check_labels(spec, "nodeSelector", &format!("{at}.nodeSelector"), causes);
    check_tolerations(spec, at, causes);
    for (index, alias) in items(spec, "hostAliases").iter().enumerate() {
        check_ip(text(alias, "ip"), &format!("{at}.hostAliases[{index}].ip"), causes);
    }
    check_spread(spec, at, causes);
    check_affinity(spec, at, causes);
    if let Some(context) = spec.get("securityContext") {
        check_ids(context, &format!("{at}.securityContext"), causes);
    }
}

fn check_tolerations(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
    for (index, toleration) in items(spec, "tolerations").iter().enumerate() {
        let at = format!("{at}.tolerations[{index}]");
        let operator = text(toleration, "operator");
        let value = text(toleration, "value");
        if text(toleration, "key").is_empty() && operator != "Exists" {
            let what = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            causes.push(Cause::invalid(format!("{at}.operator"), operator, what));
        }
        match operator {
            "" | "Equal" => {}
            "Exists" if value.is_empty() => {}
            "Exists" => {
                let what = "value must be empty when `operator` is 'Exists'";
                causes.push(Cause::invalid(format!("{at}.operator"), value, what));
            }
            other => causes.push(Cause::not_supported(format!("{at}.operator"), other, &["Equal", "Exists"])),
        }
    }
}

fn check_spread(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
    for (index, constraint) in items(spec, "topologySpreadConstraints").iter().enumerate() {
        let at = format!("{at}.topologySpreadConstraints[{index}]");
        let skew = number(constraint, "maxSkew").unwrap_or_default();
        if skew <= 0 {
            causes.push(Cause::invalid(format!("{at}.maxSkew"), skew, "must be greater than zero"));
        }
        if text(constraint, "topologyKey").is_empty() {
            causes.push(Cause::required(format!("{at}.topologyKey"), "can not be empty"));
        }
        one_of(constraint, "whenUnsatisfiable", &at, &["DoNotSchedule", "ScheduleAnyway"], causes);
    }
}

fn check_affinity(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
    let Some(affinity) = spec.get("affinity") else { return };
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(terms) = affinity.get(kind) else { continue };
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        for (index, term) in items(terms, required).iter().enumerate() {
            check_topology_key(term, &format!("{at}.affinity.{kind}.{required}[{index}]"), causes);
        }
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
        for (index, weighted) in items(terms, preferred).iter().enumerate() {
            let at = format!("{at}.affinity.{kind}.{preferred}[{index}]");
            let weight = number(weighted, "weight").unwrap_or_default();
            if !(1..=100).contains(&weight) {
                causes.push(Cause::invalid(format!("{at}.weight"), weight, "must be in the range 1-100"));
            }
            let term = weighted.get("podAffinityTerm").unwrap_or(&Value::Null);
            check_topology_key(term, &format!("{at}.podAffinityTerm"), causes);
        }
    }
}

fn check_topology_key(term: &Value, at: &str, causes: &mut Vec<Cause>) {
    let key = text(term, "topologyKey");
    let at = format!("{at}.topologyKey");
    if key.is_empty() {
        causes.push(Cause::required(at.as_str(), "can not be empty"));
    }
    causes.extend(key_problems(key).iter().map(|problem| Cause::invalid(at.as_str(), key, problem)));
}
