//! Sums over all changes of a plan.

use iriskit_state::plan::{PodEffect, ResourceChange, Staying, Summary, Totals, Verb, VolumeEffect};

/// How many objects are made, changed, deleted.
pub(crate) fn summary(changes: &[ResourceChange]) -> Summary {
    let mut summary = Summary::default();
    for change in changes {
        match change.change.actions.as_slice() {
            [Verb::NoOp] => summary.unchanged += 1,
            [Verb::Create] => summary.create += 1,
            [Verb::Update] => summary.update += 1,
            [Verb::Delete] => summary.delete += 1,
            _ => summary.replace += 1,
        }
    }
    summary
}

/// What all changes together do to pods and volumes, with the volumes that stay on purpose.
pub(crate) fn totals(changes: &[ResourceChange], staying: &[Staying]) -> Totals {
    let mut totals =
        Totals { volumes_staying: staying.iter().filter(|stays| is_volume(stays)).count(), ..Totals::default() };
    for impact in changes.iter().map(|change| &change.impact) {
        totals.class = totals.class.max(impact.class);
        totals.restarts += impact.pods.iter().filter(|pod| pod.effect == PodEffect::Restarts).count();
        totals.primary_moves += impact.primary_moves;
        let count = |effect| impact.volumes.iter().filter(|volume| volume.effect == effect).count();
        totals.volumes_new += count(VolumeEffect::New);
        totals.volumes_reused += count(VolumeEffect::Reused);
        totals.volumes_staying += count(VolumeEffect::Stays);
        totals.volumes_deleted += count(VolumeEffect::Deleted);
        totals.volumes_growing += count(VolumeEffect::Grows);
        totals.volumes_unknown += count(VolumeEffect::Unknown);
    }
    totals
}

/// Volumes are counted by their claims; a StorageClass or a Namespace that stays is none.
fn is_volume(stays: &Staying) -> bool {
    stays.address.starts_with("PersistentVolumeClaim/")
}
