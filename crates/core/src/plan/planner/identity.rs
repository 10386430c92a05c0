//! Which cluster a plan is for.

use iriskit_state::plan::{ClusterIdentity, NamespaceIdentity};

use super::options::Server;
use crate::plan::live::Live;
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// The ConfigMap that every namespace has from its first moment on.
fn root_ca(namespace: &str) -> ObjectRef {
    ObjectRef::namespaced("v1", "ConfigMap", namespace, "kube-root-ca.crt")
}

/// The identity of the cluster, as far as the live objects tell.
pub(crate) fn identity<'a>(
    server: &Server,
    namespaces: impl IntoIterator<Item = &'a str>,
    live: &Live,
) -> ClusterIdentity {
    let of = |name: &str| {
        let text = |object: &ObjectRef| live.get(object).and_then(|found| Object::new(found).uid()).map(str::to_owned);
        let namespace = ObjectRef::cluster_scoped("v1", "Namespace", name);
        let unknown = live.why_unknown(&namespace).is_some() && live.why_unknown(&root_ca(name)).is_some();
        let (own, root) = (text(&namespace), text(&root_ca(name)));
        NamespaceIdentity { exists: own.is_some() || root.is_some() || unknown, unknown, uid: own, root_ca_uid: root }
    };
    let namespaces = namespaces.into_iter().map(|name| (name.to_owned(), of(name))).collect();
    ClusterIdentity { namespaces, ..server.identity.clone() }
}
