//! Namespaces, and the controller that secret_values and empties them.

use serde_json::{Value, json};

use crate::{
    clock::Now,
    fields,
    key::{Key, Resource},
    objects::Failure,
    store::Store,
    strategy::Strategy,
    validation::names::label_problem,
    verb::Verb,
    world::{World, Writer},
};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(super) struct Namespace;

impl Strategy for Namespace {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "Namespace")
    }

    fn verbs(&self) -> &'static [Verb] {
        &[Verb::Create, Verb::Delete, Verb::Get, Verb::List, Verb::Patch, Verb::Update, Verb::Watch]
    }

    fn has_status(&self) -> bool {
        true
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["status.phase"]
    }

    fn name_problem(&self, name: &str) -> Option<&'static str> {
        label_problem(name)
    }

    fn returns_deleted_object(&self) -> bool {
        true
    }

    fn set_defaults(&self, object: &mut Value) {
        let name = fields::name(object).to_owned();
        if !name.is_empty() {
            fields::set(object, &["metadata", "labels", "kubernetes.io/metadata.name"], Some(json!(name)));
        }
    }

    fn prepare_for_create(&self, object: &mut Value, _store: &Store) {
        fields::set(object, &["spec", "finalizers"], Some(json!(["kubernetes"])));
    }

    fn admit_delete(&self, kind: &Kind, name: &str) -> Result<(), Failure> {
        match name {
            "default" => Err(Failure::forbidden(kind, name, "this namespace may not be deleted")),
            _ => Ok(()),
        }
    }

    fn mark_deleted(&self, object: &mut Value) {
        fields::set(object, &["status", "phase"], Some(json!("Terminating")));
    }
}

/// Fills namespaces that live and empties those that go.
pub(super) fn reconcile(world: &mut World, now: Now) {
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
