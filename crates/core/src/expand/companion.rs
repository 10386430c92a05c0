//! Objects that the user wrote beside the `IrisCluster`, and what must come before what.

use iriskit_state::plan::{Component, Stage};
use serde_json::Value;

use super::{Desired, Ownership, Rolling, labels, normalize::normalize};
use crate::diagnostic::Position;
use iriskit_kubernetes::{
    names::MIRROR_ROLE,
    schema::ObjectRef,
    views::{StatefulSet, UpdateStrategy},
};

/// Kinds that others refer to, or that must be in force before pods start.
const FIRST: [&str; 16] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "LimitRange",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PriorityClass",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "RuntimeClass",
    "Secret",
    "ServiceAccount",
    "StorageClass",
];

/// A companion as a desired object. Its fields are the user's; only quantities are spelled as the server does.
pub(crate) fn companion(object: &ObjectRef, value: &Value, position: Option<&Position>) -> Desired {
    let mut value = value.clone();
    normalize(object, &mut value);
    let first = FIRST.contains(&object.kind.as_str());
    Desired {
        about: about(object, &value),
        object: object.clone(),
        stage: if first { Stage::Prerequisites } else { Stage::Services },
        component: Component::Companion,
        depends_on: Vec::new(),
        ownership: Ownership::Owned,
        rolling: if is_on_delete(&value) { Rolling::ReportOnly } else { Rolling::Kubernetes },
        value,
        holds_data: false,
        mirrored: false,
        source: position.cloned(),
    }
}

/// Whether a set leaves the restarts to whoever deletes its pods.
pub(crate) fn is_on_delete(set: &Value) -> bool {
    StatefulSet::new(set).kind() == "StatefulSet" && StatefulSet::new(set).update_strategy() == UpdateStrategy::OnDelete
}

/// Adds what depends on what among `objects`: everything in a namespace on that Namespace, a binding on its role and its
/// accounts.
pub(crate) fn add_dependencies(objects: &mut [Desired]) {
    let known: Vec<ObjectRef> = objects.iter().map(|desired| desired.object.clone()).collect();
    for desired in objects {
        let needed = known.iter().filter(|known| needs(desired, known) && !desired.depends_on.contains(known));
        let needed: Vec<ObjectRef> = needed.cloned().collect();
        desired.depends_on.extend(needed);
    }
}

fn needs(desired: &Desired, other: &ObjectRef) -> bool {
    let object = &desired.object;
    if other.kind == "Namespace" && other.group().is_empty() {
        return object.namespace.as_ref() == Some(&other.name);
    }
    if !matches!(object.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
        return false;
    }
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let role = desired.value.get("roleRef").is_some_and(|role| {
        text(role, "kind").as_ref() == Some(&other.kind)
            && text(role, "name").as_ref() == Some(&other.name)
            && (other.namespace.is_none() || other.namespace == object.namespace)
    });
    let subjects = desired.value.get("subjects").and_then(Value::as_array).into_iter().flatten();
    role || subjects.into_iter().any(|subject| {
        other.kind == "ServiceAccount"
            && text(subject, "kind").as_deref() == Some("ServiceAccount")
            && text(subject, "name").as_ref() == Some(&other.name)
            && text(subject, "namespace").or_else(|| object.namespace.clone()) == other.namespace
    })
}

/// `LoadBalancer → the backup` for a Service that selects pods of a cluster.
fn about(object: &ObjectRef, value: &Value) -> String {
    if object.kind != "Service" {
        return String::new();
    }
    let kind = value.pointer("/spec/type").and_then(Value::as_str).unwrap_or("ClusterIP");
    let label =
        |name: &str| value.pointer("/spec/selector").and_then(|selector| selector.get(name)).and_then(Value::as_str);
    let target = match (label(MIRROR_ROLE), label(labels::NAME), label(labels::COMPONENT)) {
        (Some(role), _, _) => format!(" → the {role}"),
        (None, Some(name), Some(component)) => format!(" → {name}-{component}"),
        _ => String::new(),
    };
    format!("{kind}{target}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn desired(value: &Value) -> Desired {
        companion(&ObjectRef::of(value).unwrap(), value, None)
    }

    #[test]
    fn what_others_refer_to_comes_first() {
        for (api_version, kind, stage) in [
            ("v1", "ConfigMap", Stage::Prerequisites),
            ("v1", "Namespace", Stage::Prerequisites),
            ("storage.k8s.io/v1", "StorageClass", Stage::Prerequisites),
            ("v1", "Service", Stage::Services),
            ("networking.k8s.io/v1", "Ingress", Stage::Services),
            ("apps/v1", "Deployment", Stage::Services),
            ("policy/v1", "PodDisruptionBudget", Stage::Services),
        ] {
            let value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}});
            assert_eq!(desired(&value).stage, stage, "{kind}");
        }
    }

    #[test]
    fn bindings_and_namespaces_are_linked() {
        let meta = |name: &str| json!({"name": name, "namespace": "n"});
        let mut objects = vec![
            desired(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})),
            desired(&json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("a")})),
            desired(&json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("b")})),
            desired(&json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta("r")})),
            desired(
                &json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": meta("x"),
                "roleRef": {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"},
                "subjects": [{"kind": "ServiceAccount", "name": "a"}]}),
            ),
        ];
        add_dependencies(&mut objects);
        add_dependencies(&mut objects);
        let needs: Vec<Vec<String>> =
            objects.iter().map(|desired| desired.depends_on.iter().map(ObjectRef::address).collect()).collect();
        let namespace = "Namespace/n".to_owned();
        assert_eq!(needs[0], Vec::<String>::new());
        assert_eq!(needs[1], std::slice::from_ref(&namespace));
        assert_eq!(needs[4], [namespace, "ServiceAccount/n/a".into(), "Role/n/r".into()]);
    }

    #[test]
    fn a_service_says_whom_it_reaches() {
        let service = |spec: Value| {
            desired(&json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}))
        };
        let role = json!({"type": "LoadBalancer", "selector": {"intersystems.com/mirrorRole": "backup"}});
        assert_eq!(service(role).about, "LoadBalancer → the backup");
        let set = json!({"selector": {"intersystems.com/name": "c", "intersystems.com/component": "compute"}});
        assert_eq!(service(set).about, "ClusterIP → c-compute");
        assert_eq!(service(json!({"selector": {"app": "x"}})).about, "ClusterIP");
    }
}
