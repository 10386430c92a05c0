//! From entries of a plan to objects.

use iriskit_kubernetes::schema::ObjectRef;
use iriskit_state::plan::ResourceChange;

/// The object of a change.
pub fn object_of(change: &ResourceChange) -> ObjectRef {
    ObjectRef {
        namespace: change.namespace.clone(),
        kind: change.kind.clone(),
        api_version: change.api_version.clone(),
        name: change.name.clone(),
    }
}
