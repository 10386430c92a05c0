//! What controllers will make of the objects that a plan writes: pods and claims. No dry-run of the objects themselves says
//! anything of these.

use std::collections::BTreeSet;

use iriskit_state::plan::{Place, Plan, PodEffect, ResourceChange, Step, Verb, VolumeEffect};
use serde_json::{Map, Value, json};

use crate::plan::{ownership::owners::active, secret_values::SecretValues};
use iriskit_kubernetes::{
    names::{CONTROLLER_REVISION_HASH, POD_INDEX, POD_NAME},
    schema::ObjectRef,
    views::{Pod, StatefulSet, Workload},
};

/// As long as the hash of the longest revision name: the label that a name has to leave room for.
const REVISION: &str = "0000000000";

/// Pods and claims that come of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct ControllerObjects {
    /// The object.
    pub object: ObjectRef,
    /// Its namespace.
    pub namespace: String,
    /// Whether that exists already: else nothing can be tried in it.
    pub can_be_tried: bool,
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

/// What the changes of a plan make controllers make.
pub(crate) fn objects_made_by_controllers(plan: &Plan, secrets: &SecretValues) -> Vec<ControllerObjects> {
    let created: BTreeSet<(&str, &str)> = active(plan)
        .filter(|change| change.change.actions.contains(&Verb::Create))
        .map(|change| (change.kind.as_str(), change.name.as_str()))
        .collect();
    active(plan).filter_map(|change| objects_made_by(plan, change, secrets, &created)).collect()
}

fn objects_made_by(
    plan: &Plan,
    change: &ResourceChange,
    secrets: &SecretValues,
    created: &BTreeSet<(&str, &str)>,
) -> Option<ControllerObjects> {
    let namespace = change.namespace.clone()?;
    let can_be_tried = plan.cluster.namespaces.get(&namespace).is_none_or(|known| known.exists);
    let (body, holes) = change.steps.iter().find_map(|step| match step {
        Step::Create { body, holes, .. } | Step::Update { body, holes, .. } => Some((body, holes)),
        _ => None,
    })?;
    if StatefulSet::new(body).template().spec().value().is_null() {
        return None;
    }
    // Without the secrets of a saved plan the pod is tried with empty ones: only names and sizes count here.
    let body = secrets.fill(&change.address, body, holes).unwrap_or_else(|_| body.clone());
    let is_new = change.change.actions.contains(&Verb::Create);
    let count = |effect| change.impact.pods.iter().filter(move |pod| pod.effect == effect);
    let new_pods = match change.kind.as_str() {
        "StatefulSet" => count(PodEffect::Created).count(),
        "DaemonSet" => usize::from(is_new),
        _ => {
            let wanted = |value: &Value| usize::try_from(Workload::new(value).replicas()).unwrap_or(usize::MAX);
            let then = if is_new { 0 } else { wanted(&change.change.before) };
            wanted(&change.change.after).saturating_sub(then)
        }
    };
    let replaced: Vec<String> = count(PodEffect::Restarts).map(|pod| pod.pod.clone()).collect();
    let restarts = change.kind != "StatefulSet" && !is_new;
    if new_pods == 0 && replaced.is_empty() && !restarts {
        return None;
    }
    let mut pod = pod(change, &body, &namespace);
    let account = Pod::new(&pod).spec().service_account().map(str::to_owned);
    let makes = |kind: &str, name: Option<&str>| name.is_some_and(|name| created.contains(&(kind, name)));
    let own_account = makes("ServiceAccount", account.as_deref());
    if own_account {
        remove_fields(&mut pod, &["serviceAccountName", "serviceAccount"]);
    }
    if makes("PriorityClass", pod.pointer("/spec/priorityClassName").and_then(Value::as_str)) {
        remove_fields(&mut pod, &["priorityClassName"]);
    }
    Some(ControllerObjects {
        object: ObjectRef::namespaced(&change.api_version, &change.kind, &namespace, &change.name),
        account: account.filter(|name| !own_account && name != "default"),
        claims: claims(change, &body, &namespace),
        source: change.source.clone(),
        can_be_tried,
        namespace,
        pod,
        new_pods,
        replaced,
    })
}

/// The last pod of the object.
fn pod(change: &ResourceChange, body: &Value, namespace: &str) -> Value {
    let set = StatefulSet::new(body);
    let is_set = change.kind == "StatefulSet";
    let ordinal = if is_set { set.ordinals().next_back().unwrap_or(set.first_ordinal()) } else { 0 };
    let name = format!("{}-{ordinal}", change.name);
    let template = set.template();
    let metadata = |member: &str| template.value().get("metadata")?.get(member)?.as_object().cloned();
    let mut labels = metadata("labels").unwrap_or_default();
    let mut spec = template.spec().value().as_object().cloned().unwrap_or_default();
    if is_set {
        labels.insert(POD_INDEX.into(), json!(ordinal.to_string()));
        labels.insert(CONTROLLER_REVISION_HASH.into(), json!(format!("{}-{REVISION}", change.name)));
        labels.insert(POD_NAME.into(), json!(name));
        spec.insert("hostname".into(), json!(name));
        if let Some(service) = set.service_name() {
            spec.insert("subdomain".into(), json!(service));
        }
        mount_claims(&mut spec, set, &name);
    }
    if change.kind == "Job" {
        spec.entry("restartPolicy").or_insert_with(|| "Never".into());
    }
    let annotations = metadata("annotations").unwrap_or_default();
    json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
        "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}})
}

/// A claim takes the place of a volume of its name.
fn mount_claims(spec: &mut Map<String, Value>, set: StatefulSet<'_>, pod: &str) {
    let templates: BTreeSet<&str> = set.claim_templates().iter().map(|template| template.name()).collect();
    let own = spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let is_claim =
        |volume: &&Value| volume.get("name").and_then(Value::as_str).is_some_and(|name| templates.contains(name));
    let mut volumes: Vec<Value> = own.filter(|volume| !is_claim(volume)).cloned().collect();
    let claim = |name: &&str| json!({"name": name, "persistentVolumeClaim": {"claimName": format!("{name}-{pod}")}});
    volumes.extend(templates.iter().map(claim));
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
    for template in StatefulSet::new(body).claim_templates() {
        let prefix = format!("{}-{}-", template.name(), change.name);
        let of_template = |claim: &&&str| {
            claim.strip_prefix(&prefix).is_some_and(|ordinal| ordinal.bytes().all(|digit| digit.is_ascii_digit()))
        };
        let names: Vec<_> = new.iter().filter(of_template).collect();
        if let Some(first) = names.first() {
            let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": template.value().get("spec"),
                "metadata": {"name": first, "namespace": namespace}});
            claims.push((claim, names.len()));
        }
    }
    claims
}

fn remove_fields(pod: &mut Value, members: &[&str]) {
    if let Some(spec) = pod.pointer_mut("/spec").and_then(Value::as_object_mut) {
        spec.retain(|member, _| !members.contains(&member.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_takes_the_place_of_a_volume_of_its_name() {
        let set = json!({"spec": {"volumeClaimTemplates": [{"metadata": {"name": "d"}}]}});
        let mut spec = Map::new();
        spec.insert("volumes".into(), json!([{"name": "d", "emptyDir": {}}, {"name": "e", "emptyDir": {}}]));
        mount_claims(&mut spec, StatefulSet::new(&set), "s-5");
        let claim = json!({"name": "d", "persistentVolumeClaim": {"claimName": "d-s-5"}});
        assert_eq!(spec["volumes"], json!([{"name": "e", "emptyDir": {}}, claim]));
    }
}
