//! How claims are treated.

use serde_json::{Value, json};

use crate::{
    fields,
    key::{Key, Resource},
    kinds::storage_class::default_class,
    objects::{Cause, Failure},
    store::Store,
    strategy::Strategy,
    validation::{amounts::comparable_spec, claim_spec, read::text, warnings::fractions},
};
use iriskit_kubernetes::schema::{
    Kind,
    quantity::{self, Amount},
};

/// The finalizer of claims that a pod uses.
pub(super) const PROTECTION: &str = "kubernetes.io/pvc-protection";

#[derive(Debug)]
pub(crate) struct PersistentVolumeClaim;

impl Strategy for PersistentVolumeClaim {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "PersistentVolumeClaim")
    }

    fn has_status(&self) -> bool {
        true
    }

    fn returns_deleted_object(&self) -> bool {
        true
    }

    fn prepare_for_create(&self, claim: &mut Value, store: &Store) {
        fields::set_finalizer(claim, PROTECTION, true);
        let old_annotation = !fields::annotation(claim, "volume.beta.kubernetes.io/storage-class").is_empty();
        if claim.pointer("/spec/storageClassName").is_none()
            && !old_annotation
            && let Some(class) = default_class(store)
        {
            fields::set(claim, &["spec", "storageClassName"], Some(Value::from(class)));
        }
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        claim_spec::check(object.get("spec").unwrap_or(&Value::Null), "spec", causes);
    }

    fn validate_update(&self, kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        check_update(kind, live, object, causes);
    }

    /// Refuses to grow a claim whose class does not expand volumes.
    fn admit_update(&self, kind: &Kind, live: &Value, object: &Value, store: &Store) -> Result<(), Failure> {
        let storage = "/spec/resources/requests/storage";
        let amount = |claim: &Value| quantity::parse(fields::text(claim, storage)).ok();
        let class = store.get(&Key::new(Resource::CLASSES, "", fields::text(live, "/spec/storageClassName")));
        let expands = class.is_some_and(|class| class.get("allowVolumeExpansion") == Some(&json!(true)));
        if amount(object) <= amount(live) || expands {
            return Ok(());
        }
        let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must \
                   support resize";
        Err(Failure::forbidden(kind, fields::name(live), why))
    }

    fn warnings(&self, object: &Value) -> Vec<String> {
        fractions(object.pointer("/spec/resources"), "spec.resources", "storage")
    }
}

/// A bound claim may ask for more, and its volume is filled in once; nothing else changes.
pub(crate) fn check_update(kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let size = |object: &Value, pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).and_then(|text| quantity::parse(text).ok())
    };
    let requested = "/spec/resources/requests/storage";
    let comparable = |object: &Value| {
        let mut spec = comparable_spec(kind, object);
        if text(live.get("spec").unwrap_or(&Value::Null), "volumeName").is_empty()
            && let Some(spec) = spec.as_object_mut()
        {
            spec.remove("volumeName");
        }
        if live.pointer("/status/phase").is_some_and(|phase| phase == "Bound") {
            if let Some(requests) = spec.pointer_mut("/resources/requests").and_then(Value::as_object_mut) {
                requests.remove("storage");
            }
            if let Some(spec) = spec.as_object_mut() {
                spec.remove("volumeAttributesClassName");
            }
        }
        spec
    };
    if comparable(live) != comparable(object) {
        let what = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound \
                    claims";
        causes.push(Cause::forbidden("spec", what));
    }
    let smaller = size(object, requested) < size(live, requested);
    if smaller && size(object, requested) <= Some(size(live, "/status/capacity/storage").unwrap_or(Amount::ZERO)) {
        let what = "field can not be less than status.capacity";
        causes.push(Cause::forbidden("spec.resources.requests.storage", what));
    }
}
