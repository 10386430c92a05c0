//! What a plan reads of a cluster, read for later, and put back.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{seal, seal_ranges};
use serde_json::{Map, Value};

use super::{
    conversation::Dialogue,
    error::PlanError,
    expansion::{Expanded, complete, config_ref, expand_all, with_applied},
    labeler_image::LabelerImage,
    question::{Question, Read},
    reading::{Round, read_everything, reads_of_every_cluster},
};
use crate::{
    diff::secrets_of,
    manifest::Reading,
    plan::{
        changes::{examine::examine, recreation::further_reads},
        live::Live,
        ownership::policy::Policy,
        storage::claim_growth::storage_class,
    },
};
use iriskit_kubernetes::views::Claim;

/// Reads what a plan of the manifests reads, and nothing else; asks for no dry-run. Gives the ConfigMaps that the manifests
/// make or name, by namespace and name.
pub async fn read_for_snapshot(
    dialogue: Dialogue,
    reading: &Reading,
    labeler_image: Option<&str>,
) -> Result<BTreeSet<(String, String)>, PlanError> {
    let mut live = Live::default();
    let mut round = Round::new(&dialogue);
    round.send(reads_of_every_cluster(reading)).await;
    let expanded = expand_all(reading, &LabelerImage::given(labeler_image), None)?;
    let namespaces = read_everything(&mut round, &expanded, &mut live).await?;
    let named = named_config_maps(reading, &expanded);
    let labeler = with_applied(&LabelerImage::given(labeler_image), reading, &live)?;
    let expanded = complete(reading, &labeler, expanded, &live)?;
    let wanted = reads_of_some_plans(expanded, &namespaces, &live);
    round.read(wanted, &mut live).await;
    // That it may not be read, or that a sandbox has no such kind, is heard as well.
    dialogue.ask(limits_and_classes(&namespaces)).await;
    Ok(named)
}

/// What only some plans ask for: what stands for the pods of a lost set, and storage classes, since the manifests may change
/// before a plan is made, and then want a volume to grow.
fn reads_of_some_plans(expanded: Vec<Expanded>, namespaces: &BTreeSet<String>, live: &Live) -> BTreeSet<Read> {
    let policy = Policy::default();
    let owners = expanded.into_iter().map(|expanded| expanded.owner);
    let examined: Vec<_> = owners.flat_map(|owner| examine(owner, live, &policy).0).collect();
    let mut wanted = further_reads(&examined, live);
    let claims = namespaces.iter().flat_map(|namespace| live.of_kind("PersistentVolumeClaim", namespace));
    let named = claims.filter_map(|claim| Claim::new(claim).storage_class());
    wanted.extend(named.filter(|name| !name.is_empty()).map(storage_class));
    wanted.into_iter().map(Read::Get).collect()
}

/// What bounds pods and claims, which other manifests may want more of.
fn limits_and_classes(namespaces: &BTreeSet<String>) -> Vec<Question> {
    let of_namespace = |name: &String| ["ResourceQuota", "LimitRange"].map(|kind| Read::list("v1", kind, name));
    let classes = Read::list_cluster_scoped("storage.k8s.io/v1", "StorageClass");
    namespaces.iter().flat_map(of_namespace).chain([classes]).map(Question::Read).collect()
}

/// Secrets of a snapshot that are those of the manifests, by their seals: each is put back in its place by the function that
/// is returned. Any other stays a seal, which is equal to itself and to nothing else.
pub fn restored(
    salt: &str,
    reading: &Reading,
    labeler_image: Option<&str>,
) -> Result<impl FnMut(&Value) -> Value + use<>, PlanError> {
    let expanded = expand_all(reading, &LabelerImage::given(labeler_image), None)?;
    let bodies = expanded.iter().flat_map(|expanded| &expanded.owner.desired).map(|desired| &desired.value);
    let values: BTreeSet<String> = bodies.flat_map(|body| secrets_of(body).into_values()).collect();
    let known: BTreeMap<String, String> = values.into_iter().map(|value| (seal(salt, &value), value)).collect();
    Ok(move |object: &Value| unsealed(object, &known))
}

/// A value with the seals that are known opened, wherever they stand.
fn unsealed(value: &Value, known: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            let mut opened = String::with_capacity(text.len());
            let mut from = 0;
            for range in seal_ranges(text) {
                let seal = text.get(range.clone()).unwrap_or_default();
                opened.push_str(text.get(from..range.start).unwrap_or_default());
                opened.push_str(known.get(seal).map_or(seal, String::as_str));
                from = range.end;
            }
            opened.push_str(text.get(from..).unwrap_or_default());
            opened.into()
        }
        Value::Array(items) => items.iter().map(|item| unsealed(item, known)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), unsealed(member, known))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
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
