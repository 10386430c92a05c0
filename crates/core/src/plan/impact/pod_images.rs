//! Pods that no longer run what their StatefulSet made them of.

use iriskit_state::plan::{Note, NoteId, Severity};
use serde_json::Value;

use crate::plan::live::Live;
use crate::plan::live::label;
use crate::plan::live::name;
use crate::plan::notes;
use iriskit_kubernetes::schema::ObjectRef;

/// A note on each pod of the wanted revision whose image somebody changed in place. Kubernetes allows that, keeps the
/// revision label, and never sets it back (kubernetes-facts §14.8): it lasts until the pod is made again.
pub(crate) fn differing(object: &ObjectRef, set: &Value, live: &Live) -> Vec<Note> {
    let wanted = set.pointer("/status/updateRevision").and_then(Value::as_str);
    let mut found = Vec::new();
    for pod in live.pods_of(set) {
        if wanted.is_none() || label(pod, "controller-revision-hash") != wanted {
            continue;
        }
        for (container, image) in images(pod.get("spec")) {
            let template = set.pointer("/spec/template/spec");
            let Some((_, meant)) = images(template).find(|(name, _)| *name == container) else { continue };
            if meant != image {
                let message = format!(
                    "pod {} runs {image} in container {container}, not {meant}: changed in place, until it restarts",
                    name(pod)
                );
                found.push(notes::on(Severity::Warning, NoteId::PodDiffers, object, message));
            }
        }
    }
    found
}

/// Containers with their images, init containers included.
fn images(spec: Option<&Value>) -> impl Iterator<Item = (&str, &str)> {
    let lists = ["initContainers", "containers"].into_iter().filter_map(move |list| spec?.get(list)?.as_array());
    lists.flatten().filter_map(|container| Some((container.get("name")?.as_str()?, container.get("image")?.as_str()?)))
}
