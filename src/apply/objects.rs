//! From entries of a plan to objects.

use iriskit_state::plan::{Reference, ResourceChange, Verb};

use iriskit_kubernetes::schema::ObjectRef;

/// The object of a reference; `None` when its address is none.
pub(super) fn object_of_reference(reference: &Reference) -> Option<ObjectRef> {
    object_at(&reference.api_version, &reference.address)
}

/// The object at an address, `KIND/NAMESPACE/NAME` or `KIND/NAME`.
pub(super) fn object_at(api_version: &str, address: &str) -> Option<ObjectRef> {
    let mut parts = address.split('/');
    let (kind, second, third) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    Some(match third {
        Some(name) => ObjectRef::namespaced(api_version, kind, second, name),
        None => ObjectRef::cluster_scoped(api_version, kind, second),
    })
}

/// Whether the object is gone afterwards.
pub(super) fn is_deletion(change: &ResourceChange) -> bool {
    change.change.actions == [Verb::Delete]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_references_are_read() {
        let read = |address: &str| {
            object_of_reference(&Reference { address: address.into(), api_version: "v1".into(), fingerprint: None })
        };
        assert_eq!(read("Secret/n/s"), Some(ObjectRef::namespaced("v1", "Secret", "n", "s")));
        assert_eq!(read("Namespace/n"), Some(ObjectRef::cluster_scoped("v1", "Namespace", "n")));
        assert_eq!(read("Secret"), None);
        assert_eq!(read("Secret/a/b/c"), None);
    }
}
