//! What a namespace holds from the start, and how it goes.

use serde_json::json;

use crate::{
    clock::Now,
    fields,
    key::{Key, Resource},
    world::{World, Writer},
};

/// Fills namespaces that live and empties those that go.
pub(super) fn pass(world: &mut World, now: Now) {
    for key in world.store.keys(Resource::NAMESPACES, None) {
        let Some(namespace) = world.get(&key) else { continue };
        if fields::is_terminating(&namespace) {
            empty(world, &key, now);
        } else {
            furnish(world, &key.name, now);
        }
    }
}

fn furnish(world: &mut World, namespace: &str, now: Now) {
    let certificate = "-----BEGIN CERTIFICATE-----\nc2FuZGJveA==\n-----END CERTIFICATE-----\n";
    for (resource, name, body) in [
        (Resource::CONFIG_MAPS, "kube-root-ca.crt", json!({"data": {"ca.crt": certificate}})),
        (Resource::SERVICE_ACCOUNTS, "default", json!({})),
    ] {
        if world.get(&Key::new(resource, namespace, name)).is_none() {
            let mut body = body;
            fields::set(&mut body, &["metadata", "name"], Some(json!(name)));
            // Refused only when the body is invalid, which it is not.
            let _ = world.make(resource, namespace, body, now);
        }
    }
}

fn empty(world: &mut World, namespace: &Key, now: Now) {
    let inside: Vec<Key> =
        world.store.all().filter(|(key, _)| key.namespace == namespace.name).map(|(key, _)| key.clone()).collect();
    if inside.is_empty() {
        world.update(namespace, &Writer::controller(now), |value| fields::set(value, &["spec", "finalizers"], None));
        return;
    }
    for key in inside {
        world.remove(&key, None, None, now);
    }
}
