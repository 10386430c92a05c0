//! Which StatefulSets are valid, and which changes of them are allowed.

use serde_json::{Value, json};

use crate::{
    objects::Cause,
    validation::{
        amounts::comparable_spec,
        claim_spec,
        names::{check_labels, label_problem},
        pod_spec,
        read::{items, keys, map, not_negative, one_of, text},
    },
};
use iriskit_kubernetes::schema::Kind;

pub(super) fn check(object: &Value, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    if !matches!(text(spec, "podManagementPolicy"), "OrderedReady" | "Parallel") {
        let what = "must be 'OrderedReady' or 'Parallel'";
        causes.push(Cause::invalid("spec.podManagementPolicy", text(spec, "podManagementPolicy"), what));
    }
    check_strategy(spec.get("updateStrategy").unwrap_or(&Value::Null), causes);
    let retention = spec.get("persistentVolumeClaimRetentionPolicy").unwrap_or(&Value::Null);
    for field in ["whenDeleted", "whenScaled"] {
        one_of(retention, field, "spec.persistentVolumeClaimRetentionPolicy", &["Retain", "Delete"], causes);
    }
    not_negative(spec, "replicas", "spec", causes);
    not_negative(spec, "minReadySeconds", "spec", causes);
    if let Some(ordinals) = spec.get("ordinals") {
        not_negative(ordinals, "start", "spec.ordinals", causes);
    }
    let name = text(spec, "serviceName");
    if let Some(problem) = Some(name).filter(|name| !name.is_empty()).and_then(label_problem) {
        causes.push(Cause::invalid("spec.serviceName", name, problem));
    }
    check_selector(spec, causes);
    for (at, template) in items(spec, "volumeClaimTemplates").iter().enumerate() {
        let at = format!("spec.volumeClaimTemplates[{at}].spec");
        claim_spec::check(template.get("spec").unwrap_or(&Value::Null), &at, causes);
    }
    check_template(spec, causes);
}

fn check_strategy(strategy: &Value, causes: &mut Vec<Cause>) {
    let rolling = strategy.get("rollingUpdate").filter(|rolling| !rolling.is_null());
    match text(strategy, "type") {
        "OnDelete" => {
            if let Some(rolling) = rolling {
                let what = "only allowed for updateStrategy 'RollingUpdate'";
                causes.push(Cause::invalid("spec.updateStrategy.rollingUpdate", rolling.clone(), what));
            }
        }
        "RollingUpdate" => {
            if let Some(rolling) = rolling {
                not_negative(rolling, "partition", "spec.updateStrategy.rollingUpdate", causes);
            }
        }
        _ => {
            let what = "must be 'RollingUpdate' or 'OnDelete'";
            causes.push(Cause::invalid("spec.updateStrategy", strategy.clone(), what));
        }
    }
}

fn check_selector(spec: &Value, causes: &mut Vec<Cause>) {
    let Some(selector) = spec.get("selector").filter(|selector| !selector.is_null()) else {
        causes.push(Cause::required("spec.selector", ""));
        let labels = spec.pointer("/template/metadata/labels").cloned().unwrap_or_default();
        causes.push(mismatch(labels));
        return;
    };
    if keys(selector).is_none() {
        causes.push(Cause::invalid("spec.selector", json!({}), "empty selector is invalid for statefulset"));
        return;
    }
    check_labels(selector, "matchLabels", "spec.selector.matchLabels", causes);
    let labels = spec.pointer("/template/metadata/labels").cloned().unwrap_or_default();
    let matches = map(selector, "matchLabels").all(|(key, value)| labels.get(key) == Some(value))
        && items(selector, "matchExpressions").iter().all(|wanted| expression_matches(wanted, &labels));
    if !matches {
        causes.push(mismatch(labels));
    }
}

fn mismatch(labels: Value) -> Cause {
    Cause::invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
}

fn expression_matches(wanted: &Value, labels: &Value) -> bool {
    let value = labels.get(text(wanted, "key"));
    let listed = value.is_some_and(|value| items(wanted, "values").contains(value));
    match text(wanted, "operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

/// The pod template, with a volume for every claim.
fn check_template(spec: &Value, causes: &mut Vec<Cause>) {
    let template = spec.get("template").unwrap_or(&Value::Null);
    let metadata = template.get("metadata").unwrap_or(&Value::Null);
    // The server looks at them twice.
    for _ in 0..2 {
        check_labels(metadata, "labels", "spec.template.labels", causes);
    }
    let mut pod = template.get("spec").cloned().unwrap_or_default();
    let claims = items(spec, "volumeClaimTemplates");
    if let Some(pod) = pod.as_object_mut() {
        let names: Vec<&str> =
            claims.iter().map(|claim| claim.get("metadata").map_or("", |metadata| text(metadata, "name"))).collect();
        let mut volumes: Vec<Value> = Vec::new();
        for name in &names {
            if !volumes.iter().any(|volume| text(volume, "name") == *name) {
                volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": name}}));
            }
        }
        let own = pod.get("volumes").and_then(Value::as_array).cloned().unwrap_or_default();
        volumes.extend(own.into_iter().filter(|volume| !names.contains(&text(volume, "name"))));
        pod.insert("volumes".to_owned(), Value::Array(volumes));
    }
    pod_spec::check(&pod, "spec.template.spec", causes);
    let policy = text(&pod, "restartPolicy");
    if policy != "Always" && !policy.is_empty() {
        causes.push(Cause::not_supported("spec.template.spec.restartPolicy", policy, &["Always"]));
    }
    if pod.get("activeDeadlineSeconds").is_some() {
        let what = "activeDeadlineSeconds in StatefulSet is not Supported";
        causes.push(Cause::forbidden("spec.template.spec.activeDeadlineSeconds", what));
    }
}

/// Of the spec only some fields may change. The server does not say which one did.
pub(super) fn check_update(kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    const MUTABLE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let fixed = |object: &Value| {
        let mut spec = comparable_spec(kind, object);
        if let Some(spec) = spec.as_object_mut() {
            spec.retain(|name, _| !MUTABLE.contains(&name.as_str()));
        }
        spec
    };
    if fixed(live) != fixed(object) {
        let what = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                    'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                    'minReadySeconds' are forbidden";
        causes.push(Cause::forbidden("spec", what));
    }
}
