//! Exactly what apply sends for manifests.

use iriskit_state::plan::{Note, Stage};
use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    conversation::Dialogue,
    error::PlanError,
    expansion::{config_ref, expand_all, notes_of},
    labeler_image::LabelerImage,
    question::Read,
    reading::Round,
};
use crate::{
    manifest::Reading,
    plan::{changes::examine::full_body, live::Live},
};
use iriskit_kubernetes::schema::ObjectRef;

/// Exactly what apply sends for the manifests, in order, secrets included. Asks only for ConfigMaps that manifests refer to
/// and do not make.
pub async fn render(
    dialogue: Dialogue,
    reading: &Reading,
    labeler_image: Option<&str>,
) -> Result<(Vec<Value>, Vec<Note>), PlanError> {
    let mut live = Live::default();
    Round::new(&dialogue).read(reading.clusters.iter().filter_map(config_ref).map(Read::Get), &mut live).await;
    let expanded = expand_all(reading, &LabelerImage::given(labeler_image), Some(&live))?;
    let notes = notes_of(&expanded);
    let mut bodies: BTreeMap<(usize, ObjectRef), Value> = BTreeMap::new();
    for expanded in &expanded {
        for desired in &expanded.owner.desired {
            let stage = Stage::ALL.iter().position(|stage| *stage == desired.stage).unwrap_or_default();
            bodies.insert((stage, desired.object.clone()), full_body(&expanded.owner, desired));
        }
    }
    Ok((bodies.into_values().collect(), notes))
}
