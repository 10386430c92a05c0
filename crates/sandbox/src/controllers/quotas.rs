//! Counts what the quotas of a namespace limit.

use serde_json::{Map, Value};

use crate::{
    clock::Now,
    fields,
    key::Resource,
    quota::used,
    world::{World, Writer},
};
use iriskit_kubernetes::schema::usage::Usage;

/// Writes the status of every quota.
pub(super) fn pass(world: &mut World, now: Now) {
    for key in world.store.keys(Resource::QUOTAS, None) {
        let Some(quota) = world.get(&key) else { continue };
        let limits = quota.pointer("/spec/hard").cloned().unwrap_or_else(|| Value::Object(Map::new()));
        let used = written(&used(world, &key.namespace, &quota));
        world.update(&key, &Writer::controller_status(now), |quota| {
            fields::set(quota, &["status", "hard"], Some(limits));
            fields::set(quota, &["status", "used"], Some(used));
        });
    }
}

fn written(usage: &Usage) -> Value {
    usage.iter().map(|(name, amount)| (name.clone(), Value::from(amount.to_string()))).collect()
}
