//! How the sandbox treats the objects of a kind: what the strategies of Kubernetes' registry and the admission of a server do.

use std::fmt::Debug;

use serde_json::Value;

use super::{
    objects::{Cause, Failure},
    store::Store,
    validation::names::subdomain_problem,
    verb::Verb,
};
use iriskit_kubernetes::schema::Kind;

/// The treatment of one kind. Everything but its name has a default, which is that of an object that is only stored.
pub(crate) trait Strategy: Debug + Sync {
    /// Group and version, such as `apps/v1`, and the kind.
    fn kind(&self) -> (&'static str, &'static str);

    /// What can be done with its objects.
    fn verbs(&self) -> &'static [Verb] {
        &Verb::ALL
    }

    /// Whether discovery lists the subresource `status`.
    fn has_status(&self) -> bool {
        false
    }

    /// The subresource `scale`, if it has one.
    fn scale(&self) -> Option<Scale> {
        None
    }

    /// Fields that a field selector may name, besides name and namespace.
    fn selectable_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// The answer to a kind that is a question and not stored.
    fn review(&self, _question: &Value) -> Option<Value> {
        None
    }

    /// What is wrong with the name of an object.
    fn name_problem(&self, name: &str) -> Option<&'static str> {
        subdomain_problem(name)
    }

    /// Whether `metadata.generation` counts changes of the spec.
    fn counts_generation(&self) -> bool {
        false
    }

    /// Whether a PUT makes an object that is not there.
    fn allow_create_on_update(&self) -> bool {
        false
    }

    /// Whether a write need not say which version it changes.
    fn allow_unconditional_update(&self) -> bool {
        true
    }

    /// Whether the answer to a deletion shows the object.
    fn returns_deleted_object(&self) -> bool {
        false
    }

    /// Fills in what follows from other fields, beyond the defaults of the schema.
    fn set_defaults(&self, _object: &mut Value) {}

    /// Refuses a new object for what else is in the cluster.
    fn admit_create(&self, _kind: &Kind, _object: &Value, _store: &Store) -> Result<(), Failure> {
        Ok(())
    }

    /// Sets what is the server's to set in a new object.
    fn prepare_for_create(&self, _object: &mut Value, _store: &Store) {}

    /// Sets what is the server's to set in a changed object.
    fn prepare_for_update(&self, _live: &Value, _object: &mut Value) {}

    /// The same for a write of the status.
    fn prepare_status(&self, _object: &mut Value) {}

    /// Finds what is not valid. `live` is the object that is to be changed.
    fn validate(&self, _object: &Value, _live: Option<&Value>, _causes: &mut Vec<Cause>) {}

    /// Finds changes that are not allowed.
    fn validate_update(&self, _kind: &Kind, _live: &Value, _object: &Value, _causes: &mut Vec<Cause>) {}

    /// Gives a valid object what the cluster has of a kind only once, or checks what it asks for.
    fn allocate(
        &self,
        _live: Option<&Value>,
        _object: &mut Value,
        _store: &Store,
        _dry_run: bool,
    ) -> Result<(), Cause> {
        Ok(())
    }

    /// Refuses a valid change for what else is in the cluster.
    fn admit_update(&self, _kind: &Kind, _live: &Value, _object: &Value, _store: &Store) -> Result<(), Failure> {
        Ok(())
    }

    /// What is accepted and warned of.
    fn warnings(&self, _object: &Value) -> Vec<String> {
        Vec::new()
    }

    /// Refuses the deletion of an object.
    fn admit_delete(&self, _kind: &Kind, _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    /// Seconds from a deletion, which may ask for a time, until the object goes.
    fn grace_period(&self, _live: &Value, _asked: Option<i64>) -> i64 {
        0
    }

    /// Changes an object that stays for a while after its deletion.
    fn mark_deleted(&self, _object: &mut Value) {}
}

/// The subresource `scale`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// The Scale of an object.
    pub(crate) read: fn(&Value) -> Value,
    /// The object with the replicas of a Scale.
    pub(crate) write: fn(&Value, &Value) -> Value,
}
