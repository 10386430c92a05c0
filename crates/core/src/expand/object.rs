//! The frame of an object: what every one of them has.

use iriskit_state::plan::{Component, Stage};
use serde_json::{Map, Value, json};

use super::{Desired, Ownership, Rolling, labels::Labels};
use crate::topology::IrisCluster;
use iriskit_kubernetes::schema::ObjectRef;

/// `apiVersion` and `kind`.
pub(super) type Kind = (&'static str, &'static str);

/// core/v1 ConfigMap.
pub(super) const CONFIG_MAP: Kind = ("v1", "ConfigMap");
/// core/v1 Service.
pub(super) const SERVICE: Kind = ("v1", "Service");
/// core/v1 ServiceAccount.
pub(super) const SERVICE_ACCOUNT: Kind = ("v1", "ServiceAccount");
/// apps/v1 StatefulSet.
pub(super) const STATEFUL_SET: Kind = ("apps/v1", "StatefulSet");
/// rbac.authorization.k8s.io/v1 Role.
pub(super) const ROLE: Kind = ("rbac.authorization.k8s.io/v1", "Role");
/// rbac.authorization.k8s.io/v1 RoleBinding.
pub(super) const ROLE_BINDING: Kind = ("rbac.authorization.k8s.io/v1", "RoleBinding");

/// An object of the cluster's namespace.
pub(super) fn reference(cluster: &IrisCluster, (api_version, kind): Kind, name: &str) -> ObjectRef {
    ObjectRef::namespaced(api_version, kind, &cluster.namespace, name)
}

/// A desired object of the cluster's namespace with `body` as the rest of its fields, owned by the cluster.
pub(super) fn object(
    cluster: &IrisCluster,
    kind: Kind,
    name: &str,
    labels: &Labels,
    body: Value,
    (stage, component): (Stage, Component),
) -> Desired {
    let mut value = match body {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    value.insert("apiVersion".into(), kind.0.into());
    value.insert("kind".into(), kind.1.into());
    value.insert("metadata".into(), json!({"name": name, "namespace": cluster.namespace, "labels": labels}));
    Desired {
        object: reference(cluster, kind, name),
        value: Value::Object(value),
        stage,
        component,
        depends_on: Vec::new(),
        ownership: Ownership::Owned,
        rolling: Rolling::Kubernetes,
        holds_data: false,
        mirrored: false,
        about: String::new(),
        source: None,
    }
}

/// Adds annotations to an object.
pub(super) fn annotate(value: &mut Value, annotations: &Labels) {
    if let (Some(Value::Object(metadata)), false) = (value.get_mut("metadata"), annotations.is_empty()) {
        metadata.insert("annotations".into(), json!(annotations));
    }
}
