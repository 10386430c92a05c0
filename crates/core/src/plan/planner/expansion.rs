//! Manifests → owners with their desired objects.

use iriskit_state::{plan::Note, record::Record};
use serde_json::Value;

use super::{error::PlanError, labeler_image::LabelerImage, parallel};
use crate::{
    diagnostic::Diagnostic,
    expand::{self, ConfigTexts, Desired, Inputs, References},
    manifest::Reading,
    plan::{
        causes::planned_from,
        changes::examine::OwnerInput,
        live::Live,
        notes::{of_diagnostic, place},
        ownership::applyset,
    },
    topology::IrisCluster,
};
use iriskit_kubernetes::{schema::ObjectRef, views::ConfigMap};

/// What one cluster expands to.
pub(crate) struct Expanded {
    pub(crate) owner: OwnerInput,
    pub(crate) references: References,
    pub(crate) notes: Vec<Note>,
    /// What the cluster was expanded with.
    pub(crate) inputs: Inputs,
}

/// What is said of the clusters, and an error for every object that is desired twice, by one of them or by two.
pub(crate) fn notes_of(expanded: &[Expanded]) -> Vec<Note> {
    let desired = expanded.iter().flat_map(|expanded| &expanded.owner.desired);
    let collisions = expand::check_names(desired).iter().map(of_diagnostic).collect::<Vec<_>>();
    expanded.iter().flat_map(|expanded| expanded.notes.clone()).chain(collisions).collect()
}

/// The ConfigMap that `configSource` names.
pub(crate) fn config_ref(cluster: &IrisCluster) -> Option<ObjectRef> {
    let name = cluster.config_source.as_deref()?;
    Some(ObjectRef::namespaced("v1", "ConfigMap", &cluster.namespace, name))
}

/// Whether the manifests refer to a ConfigMap that only the live cluster has.
pub fn needs_cluster(reading: &Reading) -> bool {
    reading.clusters.iter().filter_map(config_ref).any(|config| companion(reading, &config).is_none())
}

/// What is worth knowing about the ConfigMaps that clusters name as `configSource` and that are among the manifests.
pub fn config_findings(reading: &Reading) -> Vec<Diagnostic> {
    let of_cluster = |cluster: &IrisCluster| {
        let texts = config_ref(cluster).and_then(|config| companion(reading, &config)).map(ConfigTexts::of);
        texts.map(|texts| expand::check_config(cluster, &texts)).unwrap_or_default()
    };
    reading.clusters.iter().flat_map(of_cluster).collect()
}

pub(crate) fn companion<'a>(reading: &'a Reading, object: &ObjectRef) -> Option<&'a Value> {
    reading.companions.iter().find(|companion| companion.object == *object).map(|companion| &companion.value)
}

/// Expands every cluster. Without `live` the texts of a live configSource are left out: enough to know which kinds and
/// names a plan is about.
pub(crate) fn expand_all(
    reading: &Reading,
    labeler: &LabelerImage,
    live: Option<&Live>,
) -> Result<Vec<Expanded>, PlanError> {
    let clusters: Vec<&IrisCluster> = reading.clusters.iter().collect();
    parallel::map(clusters, |cluster| expand_one(reading, cluster, labeler, live)).into_iter().collect()
}

/// The labeler's image, with those that records say were applied.
pub(crate) fn with_applied(labeler: &LabelerImage, reading: &Reading, live: &Live) -> Result<LabelerImage, PlanError> {
    let mut labeler = labeler.clone();
    for cluster in &reading.clusters {
        let record = record(&cluster.namespace, &cluster.name, live)?;
        let image = record.and_then(|record| record.planned_from?.labeler_image);
        labeler.applied.extend(image.map(|image| (cluster.id(), image)));
    }
    Ok(labeler)
}

/// Adds to a first expansion what only the live cluster knows: texts of a configSource, and records.
pub(crate) fn complete(
    reading: &Reading,
    labeler: &LabelerImage,
    first: Vec<Expanded>,
    live: &Live,
) -> Result<Vec<Expanded>, PlanError> {
    let completed = reading.clusters.iter().zip(first).map(|(cluster, mut expanded)| {
        let config_is_live = config_ref(cluster).is_some_and(|config| companion(reading, &config).is_none());
        if config_is_live || labeler.kept(cluster).is_some() {
            return expand_one(reading, cluster, labeler, Some(live));
        }
        expanded.owner.record = record(&cluster.namespace, &cluster.name, live)?;
        Ok(expanded)
    });
    completed.collect()
}

fn expand_one(
    reading: &Reading,
    cluster: &IrisCluster,
    labeler: &LabelerImage,
    live: Option<&Live>,
) -> Result<Expanded, PlanError> {
    let inputs = Inputs { config: config_texts(reading, cluster, live)?, labeler_image: labeler.of(cluster) };
    let expansion = expand::expand(cluster, &inputs);
    let id = (cluster.namespace.clone(), cluster.name.clone());
    let companions = reading
        .companions
        .iter()
        .filter(|companion| companion.owner.as_ref() == Some(&id))
        .map(|found| expand::companion(&found.object, &found.value, Some(&found.position)));
    let mut desired: Vec<Desired> = expansion.objects.into_iter().chain(companions).collect();
    expand::add_dependencies(&mut desired);
    let notes: Vec<Note> = expansion.diagnostics.iter().map(of_diagnostic).collect();
    let owner = OwnerInput {
        namespace: cluster.namespace.clone(),
        name: cluster.name.clone(),
        summary: expand::summary(cluster),
        source: cluster.sources.nearest("").map(place),
        record: live.map(|live| record(&cluster.namespace, &cluster.name, live)).transpose()?.flatten(),
        planned_from: Some(planned_from(cluster, &inputs)),
        desired,
    };
    Ok(Expanded { owner, references: expansion.references, notes, inputs })
}

fn config_texts(
    reading: &Reading,
    cluster: &IrisCluster,
    live: Option<&Live>,
) -> Result<Option<ConfigTexts>, PlanError> {
    let Some(object) = config_ref(cluster) else { return Ok(None) };
    let found = match companion(reading, &object) {
        Some(value) => value,
        None => match live.map(|live| (live, live.get(&object))) {
            None => return Ok(None),
            Some((_, Some(value))) => value,
            Some((live, None)) => {
                let refused = live.why_unknown(&object);
                let reason =
                    refused.map_or("which does not exist".to_owned(), |text| format!("which can't be read: {text}"));
                return Err(PlanError::ConfigSource {
                    cluster: cluster.name.clone(),
                    namespace: cluster.namespace.clone(),
                    name: object.name,
                    reason,
                });
            }
        },
    };
    Ok(Some(ConfigTexts::of(found)))
}

/// The record of a cluster, if it has one and it can be read.
pub(crate) fn record(namespace: &str, name: &str, live: &Live) -> Result<Option<Record>, PlanError> {
    let object = applyset::record_ref(namespace, name);
    let Some(text) = live.get(&object).and_then(|found| ConfigMap::new(found).text("record.json")) else {
        return Ok(None);
    };
    let damaged = |error| PlanError::Record { namespace: namespace.to_owned(), name: object.name.clone(), error };
    Record::parse(text).map(Some).map_err(damaged)
}
