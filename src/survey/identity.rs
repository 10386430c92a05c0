//! Which cluster a plan is for.

use std::collections::BTreeMap;

use iriskit_state::plan::{ClusterIdentity, NamespaceIdentity};

use crate::cluster::Cluster;
use iriskit_core::plan::Live;
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// The ConfigMap that every namespace has from its first moment on.
pub(super) fn root_ca(namespace: &str) -> ObjectRef {
    ObjectRef::namespaced("v1", "ConfigMap", namespace, "kube-root-ca.crt")
}

/// The identity of the cluster, as far as the live objects tell.
pub(super) fn identity<'a>(
    cluster: &Cluster,
    namespaces: impl IntoIterator<Item = &'a str>,
    live: &Live,
) -> ClusterIdentity {
    let of = |name: &str| {
        let text = |object: &ObjectRef| live.get(object).and_then(|found| Object::new(found).uid()).map(str::to_owned);
        let (own, root) = (text(&ObjectRef::cluster_scoped("v1", "Namespace", name)), text(&root_ca(name)));
        NamespaceIdentity { exists: own.is_some() || root.is_some(), uid: own, root_ca_uid: root }
    };
    let namespaces: BTreeMap<String, NamespaceIdentity> =
        namespaces.into_iter().map(|name| (name.to_owned(), of(name))).collect();
    let connection = cluster.connection();
    ClusterIdentity {
        context: connection.context.clone(),
        server: connection.server.clone(),
        ca_sha256: connection.ca_sha256.clone(),
        user: connection.user.clone(),
        namespaces,
    }
}
