//! ResourceQuotas, and the controller that counts what they limit.

use serde_json::{Map, Value};

use crate::{
    clock::Now,
    fields,
    key::Resource,
    objects::Cause,
    quota::used,
    strategy::Strategy,
    world::{World, Writer},
};
use iriskit_kubernetes::schema::{Kind, usage::Usage};

#[derive(Debug)]
pub(super) struct ResourceQuota;

impl Strategy for ResourceQuota {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "ResourceQuota")
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        let scopes = |object: &Value| object.pointer("/spec/scopes").cloned().unwrap_or_default();
        if scopes(live) != scopes(object) {
            causes.push(Cause::invalid("spec.scopes", scopes(object), "field is immutable"));
        }
    }
}

/// Writes the status of every quota.
pub(super) fn reconcile(world: &mut World, now: Now) {
    for key in world.store.keys(Resource::QUOTAS, None) {
        let Some(quota) = world.get(&key) else { continue };
        let limits = quota.pointer("/spec/hard").cloned().unwrap_or_else(|| Value::Object(Map::new()));
        let used = written(&used(&world.store, &key.namespace, &quota));
        world.update(&key, &Writer::controller_status(now), |quota| {
            fields::set(quota, &["status", "hard"], Some(limits));
            fields::set(quota, &["status", "used"], Some(used));
        });
    }
}

fn written(usage: &Usage) -> Value {
    usage.iter().map(|(name, amount)| (name.clone(), Value::from(amount.to_string()))).collect()
}
