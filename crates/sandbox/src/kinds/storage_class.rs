//! StorageClasses.

use std::cmp::Reverse;

use serde_json::Value;

use crate::{
    fields,
    key::Resource,
    objects::Cause,
    store::Store,
    strategy::Strategy,
    validation::{
        names::key_problems,
        read::{one_of, text},
    },
};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(super) struct StorageClass;

impl Strategy for StorageClass {
    fn kind(&self) -> (&'static str, &'static str) {
        ("storage.k8s.io/v1", "StorageClass")
    }

    fn returns_deleted_object(&self) -> bool {
        true
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        check(object, causes);
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        check_update(live, object, causes);
    }
}

/// The default class, if there is one. Of several the newest, then the first by name (pkg/volume/util/storageclass.go of
/// Kubernetes).
pub(super) fn default_class(store: &Store) -> Option<String> {
    let is_default = "storageclass.kubernetes.io/is-default-class";
    let classes = store.list(Resource::CLASSES, None);
    let defaults = classes.filter(|(_, class)| fields::annotation(class, is_default) == "true");
    let newest = defaults.max_by_key(|(key, class)| {
        (fields::text(class, "/metadata/creationTimestamp").to_owned(), Reverse(key.name.clone()))
    });
    newest.map(|(key, _)| key.name.clone())
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
    let provisioner = text(object, "provisioner");
    if provisioner.is_empty() {
        causes.push(Cause::required("provisioner", ""));
    } else {
        let problems = key_problems(&provisioner.to_lowercase());
        causes.extend(problems.iter().map(|problem| Cause::invalid("provisioner", provisioner, problem)));
    }
    one_of(object, "reclaimPolicy", "", &["Delete", "Retain"], causes);
    one_of(object, "volumeBindingMode", "", &["Immediate", "WaitForFirstConsumer"], causes);
}

fn check_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
        if live.get(field) != object.get(field) {
            let value = object.get(field).cloned().unwrap_or_default();
            causes.push(Cause::invalid(field, value, "field is immutable"));
        }
    }
}
