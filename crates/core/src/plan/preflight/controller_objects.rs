//! What controllers will make of the objects that a plan writes: pods and claims. No dry-run of the objects themselves says
//! anything of these.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{Place, Plan, PodEffect, ResourceChange, Step, Verb, VolumeEffect};
use serde_json::{Map, Value, json};

use crate::plan::holes::Fills;
use crate::plan::ownership::owners::active;
use iriskit_kubernetes::schema::ObjectRef;

/// As long as the hash of the longest revision name: the label that a name has to leave room for.
const REVISION: &str = "0000000000";

/// Pods and claims that come of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The object.
    pub object: ObjectRef,
    /// Its namespace.
    pub namespace: String,
    /// Where it was asked for.
    pub source: Option<Place>,
    /// One of its pods, as its controller would make it, for a dry-run: with an account that exists already.
    pub pod: Value,
    /// The account of its pods, where the plan does not make it.
    pub account: Option<String>,
    /// How many pods come besides those that run.
    pub new_pods: usize,
    /// Names of running pods that others take the place of.
    pub replaced: Vec<String>,
    /// New claims: one for each template, and how many of it.
    pub claims: Vec<(Value, usize)>,
}

/// What the changes of a plan make controllers make. Of namespaces that do not exist yet nothing can be asked.
pub fn made(plan: &Plan, fills: &Fills) -> Vec<Made> {
    let created: BTreeSet<(&str, &str)> = active(plan)
        .filter(|change| change.change.actions.contains(&Verb::Create))
        .map(|change| (change.kind.as_str(), change.name.as_str()))
        .collect();
    active(plan).filter_map(|change| of_change(plan, change, fills, &created)).collect()
}

fn of_change(plan: &Plan, change: &ResourceChange, fills: &Fills, created: &BTreeSet<(&str, &str)>) -> Option<Made> {
    let namespace = change.namespace.clone()?;
    if plan.cluster.namespaces.get(&namespace).is_some_and(|known| !known.exists) {
        return None;
    }
    let (body, holes) = change.steps.iter().find_map(|step| match step {
        Step::Create { body, holes, .. } | Step::Update { body, holes, .. } => Some((body, holes)),
        _ => None,
    })?;
    body.pointer("/spec/template/spec")?;
    // Without the secrets of a saved plan the pod is tried with empty ones: only names and sizes count here.
    let body = fills.fill(&change.address, body, holes).unwrap_or_else(|_| body.clone());
    let is_new = change.change.actions.contains(&Verb::Create);
    let count = |effect| change.impact.pods.iter().filter(move |pod| pod.effect == effect);
    let new_pods = match change.kind.as_str() {
        "StatefulSet" => count(PodEffect::Created).count(),
        "Deployment" if is_new => replicas(&body),
        _ => usize::from(is_new),
    };
    let replaced: Vec<String> = count(PodEffect::Restarts).map(|pod| pod.pod.clone()).collect();
    let restarts = change.kind != "StatefulSet" && !is_new;
    if new_pods == 0 && replaced.is_empty() && !restarts {
        return None;
    }
    let mut pod = pod(change, &body, &namespace);
    let account = text(&pod, "/spec/serviceAccountName").map(str::to_owned);
    let makes = |kind: &str, name: Option<&str>| name.is_some_and(|name| created.contains(&(kind, name)));
    let own_account = makes("ServiceAccount", account.as_deref());
    if own_account {
        forget(&mut pod, &["serviceAccountName", "serviceAccount"]);
    }
    if makes("PriorityClass", text(&pod, "/spec/priorityClassName")) {
        forget(&mut pod, &["priorityClassName"]);
    }
    Some(Made {
        object: ObjectRef::namespaced(&change.api_version, &change.kind, &namespace, &change.name),
        account: account.filter(|name| !own_account && name != "default"),
        claims: claims(change, &body, &namespace),
        source: change.source.clone(),
        namespace,
        pod,
        new_pods,
        replaced,
    })
}

/// The last pod of the object.
fn pod(change: &ResourceChange, body: &Value, namespace: &str) -> Value {
    let set = change.kind == "StatefulSet";
    let ordinal = if set { replicas(body).saturating_sub(1) } else { 0 };
    let name = format!("{}-{ordinal}", change.name);
    let template = |member: &str| body.pointer(&format!("/spec/template/metadata/{member}")).and_then(Value::as_object);
    let mut labels = template("labels").cloned().unwrap_or_default();
    let mut spec = body.pointer("/spec/template/spec").and_then(Value::as_object).cloned().unwrap_or_default();
    if set {
        labels.insert("apps.kubernetes.io/pod-index".into(), json!(ordinal.to_string()));
        labels.insert("controller-revision-hash".into(), json!(format!("{}-{REVISION}", change.name)));
        labels.insert("statefulset.kubernetes.io/pod-name".into(), json!(name));
        spec.insert("hostname".into(), json!(name));
        if let Some(service) = body.pointer("/spec/serviceName") {
            spec.insert("subdomain".into(), service.clone());
        }
        mount_claims(&mut spec, body, &change.name, ordinal);
    }
    if change.kind == "Job" {
        spec.entry("restartPolicy").or_insert_with(|| "Never".into());
    }
    let annotations = template("annotations").cloned().unwrap_or_default();
    json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
        "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}})
}

/// A claim takes the place of a volume of its name.
fn mount_claims(spec: &mut Map<String, Value>, body: &Value, set: &str, ordinal: usize) {
    let templates: BTreeMap<&str, &Value> = templates(body).collect();
    let own = spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let mut volumes: Vec<Value> =
        own.filter(|volume| !templates.contains_key(text(volume, "/name").unwrap_or_default())).cloned().collect();
    volumes.extend(
        templates.keys().map(
            |name| json!({"name": name, "persistentVolumeClaim": {"claimName": format!("{name}-{set}-{ordinal}")}}),
        ),
    );
    spec.insert("volumes".into(), volumes.into());
}

fn claims(change: &ResourceChange, body: &Value, namespace: &str) -> Vec<(Value, usize)> {
    let new: BTreeSet<&str> = change
        .impact
        .volumes
        .iter()
        .filter(|volume| volume.effect == VolumeEffect::New)
        .map(|volume| volume.claim.as_str())
        .collect();
    let mut claims = Vec::new();
    for (name, template) in templates(body) {
        let prefix = format!("{name}-{}-", change.name);
        let of_template = |claim: &&&str| {
            claim.strip_prefix(&prefix).is_some_and(|ordinal| ordinal.bytes().all(|digit| digit.is_ascii_digit()))
        };
        let names: Vec<_> = new.iter().filter(of_template).collect();
        if let Some(first) = names.first() {
            let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": template.get("spec"),
                "metadata": {"name": first, "namespace": namespace}});
            claims.push((claim, names.len()));
        }
    }
    claims
}

fn templates(body: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let templates = body.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    templates.into_iter().flatten().filter_map(|template| Some((text(template, "/metadata/name")?, template)))
}

fn replicas(body: &Value) -> usize {
    let replicas = body.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    usize::try_from(replicas).unwrap_or(usize::MAX)
}

fn forget(pod: &mut Value, members: &[&str]) {
    if let Some(spec) = pod.pointer_mut("/spec").and_then(Value::as_object_mut) {
        spec.retain(|member, _| !members.contains(&member.as_str()));
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}
