//! A new object.

use serde_json::Value;

use super::failure::Failure;
use crate::{fields, registry::Served, store::Store, validation::metadata};
use iriskit_kubernetes::schema;

/// Turns an applied or decoded value into a new object: what a client can't set goes, what is the server's to set comes.
/// uid, creationTimestamp and resourceVersion are the caller's.
///
/// # Errors
/// 422 with all causes when the object is not valid, or when what it asks for is taken.
pub(crate) fn finish_create(served: Served, object: &mut Value, store: &Store, dry_run: bool) -> Result<(), Failure> {
    let Served { kind, strategy } = served;
    strategy.set_defaults(object);
    for field in
        ["resourceVersion", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"]
    {
        fields::set(object, &["metadata", field], None);
    }
    let generation = strategy.counts_generation().then(|| Value::from(1));
    fields::set(object, &["metadata", "generation"], generation);
    // The status is not the client's.
    fields::set(object, &["status"], None);
    strategy.prepare_for_create(object, store);
    schema::default(kind, object);
    let mut causes = Vec::new();
    metadata::check(served, object, &mut causes);
    strategy.validate(object, None, &mut causes);
    Failure::unless_valid(kind, object, &causes)?;
    strategy
        .allocate(None, object, store, dry_run)
        .map_err(|cause| Failure::invalid(kind, fields::name(object), &[cause]))
}
