//! The pod of one ordinal: how it is made, and when it is healthy.

use iriskit_kubernetes::{
    names::CONTROLLER_REVISION_HASH,
    views::{Phase, Pod},
};
use serde_json::{Value, json};

use super::{claims, revision, set::Set};
use crate::{clock::Now, fields};

/// The pod of an ordinal as a revision wants it.
pub(super) fn build(set: &Set<'_>, revision: &Value, ordinal: i64) -> Value {
    let template = revision::template(revision);
    let name = set.pod_name(ordinal);
    let mut labels = template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    for (key, value) in [
        ("apps.kubernetes.io/pod-index", ordinal.to_string()),
        (CONTROLLER_REVISION_HASH, fields::name(revision).to_owned()),
        ("statefulset.kubernetes.io/pod-name", name.clone()),
    ] {
        fields::set(&mut labels, &[key], Some(json!(value)));
    }
    let mut spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    let mut volumes = fields::items(&spec, "/volumes").to_vec();
    let templates = claims::templates(set);
    volumes.retain(|volume| !templates.iter().any(|template| fields::name(template) == fields::text(volume, "/name")));
    let claimed = templates.iter().map(|template| {
        let claim = claims::name(set, template, ordinal);
        json!({"name": fields::name(template), "persistentVolumeClaim": {"claimName": claim}})
    });
    let volumes: Vec<Value> = claimed.chain(volumes).collect();
    fields::set(&mut spec, &["volumes"], (!volumes.is_empty()).then_some(Value::Array(volumes)));
    for (field, value) in
        [("hostname", json!(name)), ("subdomain", set.value.pointer("/spec/serviceName").cloned().unwrap_or_default())]
    {
        fields::set(&mut spec, &[field], (!value.is_null()).then_some(value));
    }
    let mut metadata = json!({
        "name": name,
        "generateName": format!("{}-", set.name()),
        "labels": labels,
        "ownerReferences": [set.owner_reference()],
    });
    if let Some(annotations) = template.pointer("/metadata/annotations") {
        fields::set(&mut metadata, &["annotations"], Some(annotations.clone()));
    }
    json!({"metadata": metadata, "spec": spec})
}

/// The condition `Ready`, when it is true.
fn ready_condition(pod: &Value) -> Option<&Value> {
    fields::items(pod, "/status/conditions")
        .iter()
        .find(|condition| fields::text(condition, "/type") == "Ready" && fields::text(condition, "/status") == "True")
}

/// Running and ready.
pub(super) fn is_ready(pod: &Value) -> bool {
    let pod = Pod::new(pod);
    pod.phase() == Phase::Running && pod.is_ready()
}

/// How many seconds a ready pod still has to wait until it counts as available; `None` when it is not ready.
pub(super) fn until_available(pod: &Value, min_ready: i64, now: Now) -> Option<i64> {
    let condition = ready_condition(pod).filter(|_| is_ready(pod))?;
    let since = now.since(fields::text(condition, "/lastTransitionTime")).as_secs();
    Some(min_ready.saturating_sub(i64::try_from(since).unwrap_or(i64::MAX)).max(0))
}

/// Ready for long enough, and not on its way out.
pub(super) fn is_healthy(pod: &Value, min_ready: i64, now: Now) -> bool {
    until_available(pod, min_ready, now) == Some(0) && !fields::is_terminating(pod)
}

/// What the controller may not correct in a pod that exists: its volumes for claims. The message is that of the server.
pub(super) fn misfit(set: &Set<'_>, pod: &Value, ordinal: i64) -> bool {
    claims::templates(set).iter().any(|template| {
        !fields::items(pod, "/spec/volumes").iter().any(|volume| {
            fields::text(volume, "/name") == fields::name(template)
                && fields::text(volume, "/persistentVolumeClaim/claimName") == claims::name(set, template, ordinal)
        })
    })
}
