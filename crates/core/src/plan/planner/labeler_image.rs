//! Which image the mirror labeler of a cluster has.

use std::collections::BTreeMap;

use iriskit_state::plan::{Note, NoteId, Plan, PlannedFrom, Severity};

use crate::{expand::annotated_image, plan::notes::place, topology::IrisCluster};

/// What is said of the labeler's image beside manifests. One that was applied stays where nothing is said: a variable that is
/// forgotten must not take the labeler out of a mirror.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelerImage {
    /// The image that a flag or a variable gives.
    pub given: Option<String>,
    /// That flag or variable, or the one that takes the labeler out.
    pub option: Option<String>,
    /// Whether the labeler that was applied is to be taken out.
    pub taken_out: bool,
    /// Images that were applied, by `NAMESPACE/NAME` of the cluster.
    pub(crate) applied: BTreeMap<String, String>,
}

impl LabelerImage {
    /// This image, and nothing else is known.
    pub fn given(image: Option<&str>) -> Self {
        Self { given: image.map(str::to_owned), ..Self::default() }
    }

    /// Said by this flag or variable; `taken_out` says that the labeler that was applied is to go.
    #[must_use]
    pub fn said_by(self, option: Option<&str>, taken_out: bool) -> Self {
        Self { option: option.map(str::to_owned), taken_out, ..self }
    }

    /// What a plan was made with.
    pub fn of_plan(plan: &Plan) -> Self {
        let image = |from: &PlannedFrom| from.labeler_image.clone();
        let of_owners = plan.owners.iter().filter_map(|owner| {
            Some((format!("{}/{}", owner.namespace, owner.name), owner.planned_from.as_ref().and_then(image)?))
        });
        Self { given: plan.labeler_image.clone(), applied: of_owners.collect(), ..Self::default() }
    }

    /// The image that a cluster is expanded with, besides what its manifest says.
    pub(crate) fn of(&self, cluster: &IrisCluster) -> Option<String> {
        self.given.clone().or_else(|| self.kept(cluster).cloned())
    }

    /// The image that stays because nothing is said.
    pub(crate) fn kept(&self, cluster: &IrisCluster) -> Option<&String> {
        let silent = self.given.is_none() && !self.taken_out && annotated_image(cluster).is_none();
        self.applied.get(&cluster.id()).filter(|_| silent && cluster.topology.data.mirrored)
    }

    /// What is said of a cluster whose labeler stays because nothing is said.
    pub(crate) fn note(&self, cluster: &IrisCluster) -> Option<Note> {
        let image = self.kept(cluster)?;
        Some(Note {
            severity: Severity::Note,
            id: NoteId::LabelerKept,
            message: format!("no image of the mirror labeler is given: the one that was applied is kept, {image}"),
            address: None,
            source: cluster.sources.nearest("spec.topology.data.mirrored").map(place),
            help: Some(
                "--labeler-image IMAGE, or annotation iriskit/labeler-image, says another one; --no-labeler takes it out"
                    .to_owned(),
            ),
        })
    }
}
