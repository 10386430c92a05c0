//! What a cluster has before it is used.

use serde_json::{Value, json};

use super::{
    fields,
    key::{Key, Resource},
    world::World,
};

/// Makes what is missing: the namespace `default` and two storage classes, of which only one can expand volumes.
pub(crate) fn furnish(world: &mut World) {
    let class = |name: &str, is_default: bool, expands: bool| {
        json!({
            "metadata": {
                "name": name,
                "annotations": {"storageclass.kubernetes.io/is-default-class": is_default.to_string()},
            },
            "provisioner": "iriskit.sandbox/folder",
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "Immediate",
            "allowVolumeExpansion": expands,
        })
    };
    put(world, Resource::CLASSES, class("standard", true, false));
    put(world, Resource::CLASSES, class("expandable", false, true));
    put(
        world,
        Resource::NAMESPACES,
        json!({
            "metadata": {"name": "default", "labels": {"kubernetes.io/metadata.name": "default"}},
        }),
    );
}

fn put(world: &mut World, resource: Resource, object: Value) {
    if world.get(&Key::new(resource, "", fields::name(&object))).is_some() {
        return;
    }
    let now = world.now();
    // Refused only when the object is invalid, which it is not.
    let _ = world.make(resource, "", object, now);
}
