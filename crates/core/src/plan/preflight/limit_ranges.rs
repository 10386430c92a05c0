//! Whether the LimitRanges of a namespace let pods and claims in, where the server could not be asked.
//!
//! Rules: what the admission plug-in LimitRanger does: it secret_values in what containers leave out, then holds each container, each
//! pod and each claim against the smallest and largest amounts, and limits against requests. Its words are used.

use iriskit_state::plan::{Note, NoteId, Severity};
use serde_json::{Map, Value};

use crate::plan::{
    notes,
    preflight::{controller_objects::ControllerObjects, verdict::DryRunVerdict},
};
use iriskit_kubernetes::{
    schema::{
        quantity::Amount,
        usage::{self, Usage},
    },
    views::{Object, Pod},
};

/// The error for pods and claims that nobody could try, and that a LimitRange does not let in.
pub(crate) fn limit_note(
    objects: &ControllerObjects,
    pod: &DryRunVerdict,
    claims: &[DryRunVerdict],
    ranges: &[Value],
) -> Option<Note> {
    let mut found = Vec::new();
    if *pod == DryRunVerdict::Unknown {
        found.extend(pod_violations(&objects.pod, ranges));
    }
    for ((claim, _), _) in objects.claims.iter().zip(claims).filter(|(_, verdict)| **verdict == DryRunVerdict::Unknown)
    {
        found.extend(claim_violations(claim, ranges));
    }
    let message = format!("the server will refuse its pods: {}", found.join("; "));
    let mut note = notes::on(Severity::Error, NoteId::LimitRange, &objects.object, message);
    note.source.clone_from(&objects.source);
    note.help = Some("change what the containers and volumes ask for, or the LimitRange".into());
    (!found.is_empty()).then_some(note)
}

/// What stands against a pod, a sentence each.
fn pod_violations(pod: &Value, ranges: &[Value]) -> Vec<String> {
    let pod = completed(pod, ranges);
    let mut found = Vec::new();
    for (range, item) in items(ranges) {
        match text(item, "type") {
            "Container" => {
                let spec = Pod::new(&pod).spec();
                for container in spec.containers().chain(spec.init_containers()) {
                    let amounts = |part| usage::of_container(container.value(), part);
                    let (requests, limits) = (amounts("requests"), amounts("limits"));
                    found.extend(violations(
                        range,
                        item,
                        &format!("container {}", container.name()),
                        &requests,
                        &limits,
                    ));
                }
            }
            "Pod" => {
                let (requests, limits) = (usage::effective(&pod, "requests"), usage::effective(&pod, "limits"));
                found.extend(violations(range, item, "the pod", &requests, &limits));
            }
            _ => {}
        }
    }
    found
}

fn claim_violations(claim: &Value, ranges: &[Value]) -> Vec<String> {
    let resources = claim.get("spec").and_then(|spec| spec.get("resources"));
    let requests = usage::of_container(&serde_json::json!({"resources": resources}), "requests");
    let of_claims = items(ranges).filter(|(_, item)| text(item, "type") == "PersistentVolumeClaim");
    let mut found = Vec::new();
    for (range, item) in of_claims {
        let who = format!("claim {}", Object::new(claim).name());
        for (resource, bound) in amounts(item, "min") {
            found.extend(too_small(range, item, &who, &resource, bound, &requests, None));
        }
        for (resource, bound) in amounts(item, "max") {
            if requests.get(&resource).is_some_and(|amount| *amount > bound) {
                let asked = requests.get(&resource).copied().unwrap_or_default();
                found.push(format!("{}, and {who} requests {asked}", bounds("maximum", range, item, &resource, bound)));
            }
        }
    }
    found
}

/// What of one entry of a LimitRange stands against requests and limits.
fn violations(range: &Value, item: &Value, who: &str, requests: &Usage, limits: &Usage) -> Vec<String> {
    let mut found = Vec::new();
    for (resource, bound) in amounts(item, "min") {
        found.extend(too_small(range, item, who, &resource, bound, requests, limits.get(&resource)));
    }
    for (resource, bound) in amounts(item, "max") {
        let said = bounds("maximum", range, item, &resource, bound);
        match (limits.get(&resource), requests.get(&resource)) {
            (None, _) => found.push(format!("{said}, and {who} has no limit")),
            (Some(limit), _) if *limit > bound => found.push(format!("{said}, and the limit of {who} is {limit}")),
            (_, Some(request)) if *request > bound => found.push(format!("{said}, and {who} requests {request}")),
            _ => {}
        }
    }
    for (resource, ratio) in amounts(item, "maxLimitRequestRatio") {
        let (request, limit) = (requests.get(&resource).copied(), limits.get(&resource).copied());
        let (request, limit) = (request.unwrap_or_default(), limit.unwrap_or_default());
        if request == Amount::ZERO || limit == Amount::ZERO || limit.is_more_than_times(ratio, request) {
            found.push(format!(
                "{resource} max limit to request ratio per {} is {ratio} (LimitRange {}), and {who} has a limit of {limit} and \
                 requests {request}",
                text(item, "type"),
                Object::new(range).name()
            ));
        }
    }
    found
}

fn too_small(
    range: &Value,
    item: &Value,
    who: &str,
    resource: &str,
    bound: Amount,
    requests: &Usage,
    limit: Option<&Amount>,
) -> Option<String> {
    let said = bounds("minimum", range, item, resource, bound);
    match (requests.get(resource), limit) {
        (None, _) => Some(format!("{said}, and {who} requests none")),
        (Some(request), _) if *request < bound => Some(format!("{said}, and {who} requests {request}")),
        (_, Some(limit)) if *limit < bound => Some(format!("{said}, and the limit of {who} is {limit}")),
        _ => None,
    }
}

fn bounds(which: &str, range: &Value, item: &Value, resource: &str, bound: Amount) -> String {
    let (kind, range) = (text(item, "type"), Object::new(range).name());
    format!("{which} {resource} usage per {kind} is {bound} (LimitRange {range})")
}

/// The pod with what its containers leave out: requests as limits, then the defaults of the ranges, the first one counts.
pub(crate) fn completed(pod: &Value, ranges: &[Value]) -> Value {
    let mut pod = pod.clone();
    for list in ["containers", "initContainers"] {
        let all = pod.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut);
        for container in all.into_iter().flatten().filter_map(Value::as_object_mut) {
            let resources = container.entry("resources").or_insert_with(|| Value::Object(Map::new()));
            let part = |resources: &Value, name: &str| resources.get(name).and_then(Value::as_object).cloned();
            let (mut limits, mut requests) =
                (part(resources, "limits").unwrap_or_default(), part(resources, "requests").unwrap_or_default());
            add_missing(&mut requests, Some(&limits));
            for (_, item) in items(ranges).filter(|(_, item)| text(item, "type") == "Container") {
                add_missing(&mut limits, item.get("default").and_then(Value::as_object));
                add_missing(&mut requests, item.get("defaultRequest").and_then(Value::as_object));
            }
            *resources = serde_json::json!({"limits": limits, "requests": requests});
        }
    }
    pod
}

fn add_missing(amounts: &mut Map<String, Value>, from: Option<&Map<String, Value>>) {
    for (name, value) in from.into_iter().flatten() {
        amounts.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// The entries of LimitRanges, each with its range.
fn items(ranges: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
    ranges.iter().flat_map(|range| {
        let limits = range.pointer("/spec/limits").and_then(Value::as_array).into_iter().flatten();
        limits.map(move |item| (range, item))
    })
}

fn amounts(item: &Value, part: &str) -> Vec<(String, Amount)> {
    let all = item.get(part).and_then(Value::as_object).into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), usage::amount(value)?))).collect()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}
