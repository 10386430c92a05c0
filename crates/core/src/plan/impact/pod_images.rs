//! Pods that no longer run what their StatefulSet made them of.

use iriskit_state::plan::{Note, NoteId, Severity};
use serde_json::Value;

use crate::plan::{live::Live, notes};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Pod, PodSpec, StatefulSet},
};

/// A note on each pod of the wanted revision whose image somebody changed in place. Kubernetes allows that, keeps the
/// revision label, and never sets it back (kubernetes-facts §14.8): it lasts until the pod is made again.
pub(crate) fn changed_in_place(object: &ObjectRef, set: &Value, live: &Live) -> Vec<Note> {
    let view = StatefulSet::new(set);
    let mut found = Vec::new();
    for pod in live.pods_of(set).into_iter().map(Pod::new) {
        if view.is_outdated(pod) != Some(false) {
            continue;
        }
        for (container, image) in images(pod.spec()) {
            let Some((_, wanted)) = images(view.template().spec()).find(|(name, _)| *name == container) else {
                continue;
            };
            if wanted != image {
                let message = format!(
                    "pod {} runs {image} in container {container}, not {wanted}: changed in place, until it restarts",
                    pod.name()
                );
                found.push(notes::on(Severity::Warning, NoteId::PodDiffers, object, message));
            }
        }
    }
    found
}

/// Containers with their images, init containers included.
fn images(spec: PodSpec<'_>) -> impl Iterator<Item = (&str, &str)> {
    spec.all_containers().filter_map(|container| Some((container.name(), container.image()?)))
}
