//! PersistentVolumes.

use serde_json::{Value, json};

use crate::{
    clock::Now,
    fields,
    key::{Key, Resource},
    objects::Cause,
    store::Store,
    strategy::Strategy,
    validation::read::{items, one_of},
    world::{World, Writer},
};
use iriskit_kubernetes::schema::Kind;

const PROTECTION: &str = "kubernetes.io/pv-protection";

#[derive(Debug)]
pub(super) struct PersistentVolume;

impl Strategy for PersistentVolume {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "PersistentVolume")
    }

    fn returns_deleted_object(&self) -> bool {
        true
    }

    fn prepare_for_create(&self, object: &mut Value, _store: &Store) {
        fields::set_finalizer(object, PROTECTION, true);
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        check(object, causes);
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        check_update(live, object, causes);
    }
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    if items(spec, "accessModes").is_empty() {
        causes.push(Cause::required("spec.accessModes", ""));
    }
    if spec.pointer("/capacity/storage").is_none() {
        causes.push(Cause::required("spec.capacity", ""));
    }
    let policies = ["Delete", "Recycle", "Retain"];
    one_of(spec, "persistentVolumeReclaimPolicy", "spec", &policies, causes);
}

/// Where the data of a volume are, and how, is for life.
fn check_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    const CHANGEABLE: [&str; 9] = [
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    ];
    let member = |object: &Value, name: &str| object.get("spec").and_then(|spec| spec.get(name)).cloned();
    let source = |object: &Value| {
        let mut spec = object.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
        spec.retain(|name, _| !CHANGEABLE.contains(&name.as_str()));
        spec
    };
    if source(live) != source(object) {
        let what = "spec.persistentvolumesource is immutable after creation\n";
        causes.push(Cause::forbidden("spec.persistentvolumesource", what));
    }
    if member(live, "volumeMode") != member(object, "volumeMode") {
        let value = member(object, "volumeMode").unwrap_or_default();
        causes.push(Cause::invalid("volumeMode", value, "field is immutable"));
    }
    let nodes = member(live, "nodeAffinity");
    if nodes.is_some() && nodes != member(object, "nodeAffinity") {
        let value = member(object, "nodeAffinity").unwrap_or_default();
        let what = "field is immutable, except for updating from beta label to GA";
        causes.push(Cause::invalid("nodeAffinity", value, what));
    }
}

/// Volumes whose claim is gone go too, unless they are to be retained.
pub(super) fn reconcile(world: &mut World, now: Now) {
    for key in world.store.keys(Resource::VOLUMES, None) {
        let Some(volume) = world.get(&key) else { continue };
        let claim = fields::text(&volume, "/spec/claimRef/name");
        let claim = Key::new(Resource::CLAIMS, fields::text(&volume, "/spec/claimRef/namespace"), claim);
        let uid = fields::text(&volume, "/spec/claimRef/uid");
        if uid.is_empty() || world.get(&claim).is_some_and(|claim| fields::uid(&claim) == uid) {
            continue;
        }
        if fields::text(&volume, "/spec/persistentVolumeReclaimPolicy") == "Delete" {
            world.remove(&key, None, None, now);
            world.update(&key, &Writer::controller(now), |value| {
                fields::set_finalizer(value, PROTECTION, false);
            });
        } else {
            world.update(&key, &Writer::controller_status(now), |value| {
                fields::set(value, &["status", "phase"], Some(json!("Released")));
            });
        }
    }
}
