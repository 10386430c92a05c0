//! What a plan reads of a cluster, kept for later: taken with rights, planned from without.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    new_salt,
    plan::{MadeFrom, Plan, Verified},
    seal,
    snapshot::{Answer, FORMAT_VERSION, Origin, Snapshot},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    SurveyError,
    fetch::{Fetch, Round, fetch},
    owners::{Expanded, complete, config_ref, expand_all},
    plan::{certain, survey},
};
use crate::cluster::{ApiError, Cluster};
use iriskit_core::diff::{replaced, secrets_of};
use iriskit_core::manifest::Reading;
use iriskit_core::plan::{
    Live, Policy,
    applyset::{ID, PART_OF},
    class_of, examine, further,
};
use iriskit_kubernetes::views::{Claim, Object};

/// Reads what a plan of the manifests reads, and nothing else; writes nothing and asks for no dry-run.
pub async fn take(cluster: &Cluster, reading: &Reading, labeler_image: Option<&str>) -> Result<Snapshot, SurveyError> {
    let listening = cluster.listening();
    let mut round = Round::default();
    round.ask(&listening, certain(reading));
    let expanded = expand_all(reading, labeler_image, None)?;
    let (mut live, namespaces) = survey(&listening, reading, &expanded, round).await?;
    let named = named_config_maps(reading, &expanded);
    seldom(&listening, complete(reading, labeler_image, expanded, &live)?, &namespaces, &mut live).await?;
    let salt = new_salt().ok_or(SurveyError::Random)?;
    let mut seals = BTreeMap::new();
    let mut keep = |object: &Value| {
        let mut object = object.clone();
        if is_foreign(&object, &named)
            && let Some(members) = object.as_object_mut()
        {
            members.remove("data");
            members.remove("binaryData");
        }
        let sealed = |value: &str| seals.entry(value.to_owned()).or_insert_with(|| seal(&salt, value)).clone();
        let mut sealed = sealed;
        replaced(&object, |_, value| Value::from(sealed(value)))
    };
    let mut answers = BTreeMap::new();
    for (path, heard) in listening.heard() {
        let answer = match heard {
            Ok(body) => Answer::Found(of_each_object(body, &mut keep)),
            Err(error) if error.is_not_found() => Answer::Missing,
            Err(error @ ApiError::Status { .. }) => Answer::Refused(error.to_string()),
            Err(error) => return Err(SurveyError::Api { what: format!("read {path}"), error: Box::new(error) }),
        };
        answers.insert(path, answer);
    }
    let connection = cluster.connection();
    Ok(Snapshot {
        format_version: FORMAT_VERSION.to_owned(),
        iriskit_version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        cluster: Origin {
            context: connection.context.clone(),
            server: connection.server.clone(),
            namespace: connection.namespace.clone(),
            user: connection.user.clone(),
            ca_sha256: connection.ca_sha256.clone(),
        },
        salt,
        answers,
    })
}

/// Reads what only some plans ask for: what stands for the pods of a lost set, and bounds and storage classes, since the
/// manifests may change before a plan is made, and then want more pods, or a volume to grow.
async fn seldom(
    cluster: &Cluster,
    expanded: Vec<Expanded>,
    namespaces: &BTreeSet<String>,
    live: &mut Live,
) -> Result<(), SurveyError> {
    let policy = Policy::default();
    let owners = expanded.into_iter().map(|expanded| expanded.owner);
    let examined: Vec<_> = owners.flat_map(|owner| examine(owner, live, &policy).0).collect();
    let mut wanted = further(&examined, live);
    let claims = namespaces.iter().flat_map(|namespace| live.of_kind("PersistentVolumeClaim", namespace));
    let named = claims.filter_map(|claim| Claim::new(claim).storage_class());
    wanted.extend(named.filter(|name| !name.is_empty()).map(class_of));
    fetch(cluster, wanted.into_iter().map(Fetch::Get).collect(), live).await?;
    let bounds = ["ResourceQuota", "LimitRange"];
    let of_namespace = |name| bounds.map(|kind| ("v1", kind, Some(name)));
    let lists = namespaces.iter().map(String::as_str).flat_map(of_namespace);
    for (api_version, kind, namespace) in lists.chain([("storage.k8s.io/v1", "StorageClass", None)]) {
        // That it may not be read, or that a sandbox has no such kind, is heard as well.
        if let Err(error) = cluster.list(api_version, kind, namespace, None).await
            && !matches!(error, ApiError::Status { .. })
        {
            return Err(SurveyError::Api { what: format!("list {kind}"), error: Box::new(error) });
        }
    }
    Ok(())
}

/// The cluster of a snapshot, for a plan of the manifests. A secret that is the one of the manifests is put back in its
/// place; any other stays a seal, which is equal to itself and to nothing else.
pub fn cluster_of(
    mut snapshot: Snapshot,
    reading: &Reading,
    labeler_image: Option<&str>,
) -> Result<Cluster, SurveyError> {
    let salt = snapshot.salt.clone();
    let expanded = expand_all(reading, labeler_image, None)?;
    let bodies = expanded.iter().flat_map(|expanded| &expanded.owner.desired).map(|desired| &desired.value);
    let values: BTreeSet<String> = bodies.flat_map(|body| secrets_of(body).into_values()).collect();
    let known: BTreeMap<String, String> = values.into_iter().map(|value| (seal(&salt, &value), value)).collect();
    let mut open =
        |object: &Value| replaced(object, |_, value| Value::from(known.get(value).map_or(value, String::as_str)));
    for answer in snapshot.answers.values_mut() {
        if let Answer::Found(body) = answer {
            *body = of_each_object(body.take(), &mut open);
        }
    }
    Ok(crate::offline::of_snapshot(snapshot))
}

/// Says of a plan that it was made from a snapshot: no server checked it.
pub fn mark(plan: &mut Plan, from: MadeFrom) {
    plan.snapshot = Some(from);
    let unchecked = plan.resource_changes.iter_mut().filter(|change| !change.is_no_op());
    for change in unchecked.filter(|change| change.verified == Verified::Server) {
        change.verified = Verified::Local;
    }
}

/// The ConfigMaps that the manifests make or name, by namespace and name.
fn named_config_maps(reading: &Reading, expanded: &[Expanded]) -> BTreeSet<(String, String)> {
    let mut named = BTreeSet::new();
    for (cluster, expanded) in reading.clusters.iter().zip(expanded) {
        let made =
            expanded.owner.desired.iter().map(|desired| &desired.object).filter(|object| object.kind == "ConfigMap");
        named.extend(made.map(|object| (object.namespace.clone().unwrap_or_default(), object.name.clone())));
        named.extend(config_ref(cluster).map(|config| (cluster.namespace.clone(), config.name)));
        let maps = &expanded.references.config_maps;
        named.extend(maps.iter().map(|map| (cluster.namespace.clone(), map.name.clone())));
    }
    named
}

/// A ConfigMap that is nobody's business here: only that it exists is kept.
fn is_foreign(object: &Value, named: &BTreeSet<(String, String)>) -> bool {
    let object = Object::new(object);
    let namespace = object.namespace().unwrap_or_default();
    object.kind() == "ConfigMap"
        && !named.contains(&(namespace.to_owned(), object.name().to_owned()))
        && object.label(ID).is_none()
        && object.label(PART_OF).is_none()
}

/// An answer with each of its objects replaced by what `change` makes of it. Items of lists are given their kind for it.
fn of_each_object(mut body: Value, change: &mut impl FnMut(&Value) -> Value) -> Value {
    let text = |member: &str| body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) else { return change(&body) };
    let kind = kind.strip_suffix("List").unwrap_or_default();
    for item in items {
        if let Some(members) = item.as_object_mut() {
            members.insert("apiVersion".to_owned(), json!(api_version));
            members.insert("kind".to_owned(), json!(kind));
        }
        *item = change(item);
    }
    body
}
