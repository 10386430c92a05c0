//! How Services are treated.

use serde_json::{Value, json};

use super::{allocate::allocate, fields as service, validate};
use crate::{
    fields::{self, items, text},
    objects::Cause,
    store::Store,
    strategy::Strategy,
    validation::names::label_problem,
};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(crate) struct Service;

impl Strategy for Service {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "Service")
    }

    fn has_status(&self) -> bool {
        true
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["spec.clusterIP", "spec.type"]
    }

    fn name_problem(&self, name: &str) -> Option<&'static str> {
        label_problem(name)
    }

    fn returns_deleted_object(&self) -> bool {
        true
    }

    fn prepare_for_create(&self, object: &mut Value, _store: &Store) {
        service::set_families(object);
    }

    fn prepare_for_update(&self, live: &Value, object: &mut Value) {
        service::carry_over(live, object);
        if service::needs_ip(object) && !service::needs_ip(live) {
            service::set_families(object);
        }
    }

    /// Completes every address of a load balancer.
    fn prepare_status(&self, object: &mut Value) {
        let Some(Value::Array(all)) = object.pointer_mut("/status/loadBalancer/ingress") else { return };
        for address in all {
            if address.get("ip").is_some() && address.get("ipMode").is_none() {
                fields::set(address, &["ipMode"], Some(json!("VIP")));
            }
        }
    }

    fn validate(&self, object: &Value, live: Option<&Value>, causes: &mut Vec<Cause>) {
        validate::check(object, live, causes);
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        validate::check_update(live, object, causes);
    }

    fn allocate(&self, live: Option<&Value>, object: &mut Value, store: &Store, dry_run: bool) -> Result<(), Cause> {
        allocate(live, object, store, dry_run)
    }

    fn warnings(&self, object: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let affinity = text(object, "/spec/sessionAffinity");
        if text(object, "/spec/clusterIP") == "None" && !matches!(affinity, "" | "None") {
            found.push("spec.SessionAffinity is ignored for headless services".to_owned());
        }
        if !items(object, "/spec/externalIPs").is_empty() {
            found.push("spec.externalIPs: this field is deprecated and should not be used".to_owned());
        }
        found
    }
}
