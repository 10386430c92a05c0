//! What a step does, in the words of a plan. A new kind of step has to find its place here before anything compiles.

use iriskit_state::plan::Step;

/// What a step does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Makes it.
    Creates,
    /// Writes it, or moves its fields.
    Updates,
    /// Deletes it.
    Deletes,
    /// Deletes its pods for good.
    DeletesPods,
    /// Deletes its pods, so that others come in their place. `blind`: though nobody knows the roles of a mirror's members.
    RestartsPods {
        /// Whether roles are unknown.
        blind: bool,
    },
    /// Lets a claim of it grow.
    Grows,
    /// Looks whether it took over pods.
    Adopts,
    /// Waits.
    Waits,
}

impl Deed {
    /// What a step does.
    pub(super) fn of(step: &Step) -> Self {
        match step {
            Step::Create { .. } => Self::Creates,
            Step::Update { .. } | Step::TakeOver { .. } => Self::Updates,
            Step::Delete { .. } => Self::Deletes,
            Step::DeletePodsByRole { .. } => Self::DeletesPods,
            Step::RollByRole { blind, .. } => Self::RestartsPods { blind: *blind },
            Step::ReplacePods { mirrored, blind } => Self::RestartsPods { blind: *mirrored && *blind },
            Step::ReplaceStuckPods { .. } => Self::RestartsPods { blind: false },
            Step::GrowClaim { .. } => Self::Grows,
            Step::AdoptPods { .. } => Self::Adopts,
            Step::WaitReady | Step::WaitMirror { .. } => Self::Waits,
        }
    }

    /// Whether only a StatefulSet has steps of this kind.
    pub(super) fn is_of_sets(self) -> bool {
        match self {
            Self::DeletesPods | Self::RestartsPods { .. } | Self::Grows | Self::Adopts => true,
            Self::Creates | Self::Updates | Self::Deletes | Self::Waits => false,
        }
    }
}
