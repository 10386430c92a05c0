//! Which empty values a server leaves out.
//!
//! A field of Go's types is left out when it is empty, unless it is a pointer (then only `null` is empty) or always
//! written, as required fields are. The OpenAPI tells neither pointers nor the other fields that are always written:
//! they are listed here, as the types of Kubernetes 1.36 have them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use serde_json::{Map, Value};

use crate::schema::{Scalar, Type, TypeId, table};

/// Single values that are pointers in every type that has a field of this name.
const POINTERS: &[&str] = &[
    "activeDeadlineSeconds",
    "allocateLoadBalancerNodePorts",
    "allowPrivilegeEscalation",
    "allowVolumeExpansion",
    "appProtocol",
    "automountServiceAccountToken",
    "blockOwnerDeletion",
    "cachingMode",
    "collisionCount",
    "controller",
    "currentVolumeAttributesClassName",
    "defaultMode",
    "deletionGracePeriodSeconds",
    "enableServiceLinks",
    "endPort",
    "endpointsNamespace",
    "error",
    "expirationSeconds",
    "fsGroup",
    "fsGroupChangePolicy",
    "gmsaCredentialSpec",
    "gmsaCredentialSpecName",
    "holderIdentity",
    "hostProcess",
    "hostUsers",
    "hostnameOverride",
    "immutable",
    "ingressClassName",
    "initiatorName",
    "internalTrafficPolicy",
    "ipFamilyPolicy",
    "ipMode",
    "leaseDurationSeconds",
    "leaseTransitions",
    "loadBalancerClass",
    "localhostProfile",
    "lun",
    "maxExpirationSeconds",
    "minDomains",
    "mode",
    "mountPropagation",
    "nodeAffinityPolicy",
    "nodeTaintsPolicy",
    "optional",
    "pathType",
    "podGroupName",
    "preemptionPolicy",
    "preferredHolder",
    "priority",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "reclaimPolicy",
    "recursiveReadOnly",
    "replicas",
    "resourceClaimName",
    "resourceClaimTemplateName",
    "revisionHistoryLimit",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "runAsUserName",
    "runtimeClassName",
    "seLinuxChangePolicy",
    "secretNamespace",
    "service",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "started",
    "stopSignal",
    "strategy",
    "supplementalGroupsPolicy",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
    "trafficDistribution",
    "unhealthyPodEvictionPolicy",
    "volumeAttributesClassName",
    "volumeBindingMode",
    "volumeMode",
];

/// Pointers whose name other types use for a field that is none.
const POINTERS_OF_TYPES: &[(&str, &str)] = &[
    ("io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy", "partition"),
    ("io.k8s.api.core.v1.AzureDiskVolumeSource", "fsType"),
    ("io.k8s.api.core.v1.AzureDiskVolumeSource", "kind"),
    ("io.k8s.api.core.v1.AzureDiskVolumeSource", "readOnly"),
    ("io.k8s.api.core.v1.CSIVolumeSource", "fsType"),
    ("io.k8s.api.core.v1.CSIVolumeSource", "readOnly"),
    ("io.k8s.api.core.v1.ClientIPConfig", "timeoutSeconds"),
    ("io.k8s.api.core.v1.ClusterTrustBundleProjection", "name"),
    ("io.k8s.api.core.v1.ClusterTrustBundleProjection", "signerName"),
    ("io.k8s.api.core.v1.Container", "restartPolicy"),
    ("io.k8s.api.core.v1.EphemeralContainer", "restartPolicy"),
    ("io.k8s.api.core.v1.HostPathVolumeSource", "type"),
    ("io.k8s.api.core.v1.LocalVolumeSource", "fsType"),
    ("io.k8s.api.core.v1.PersistentVolumeClaimSpec", "storageClassName"),
    ("io.k8s.api.core.v1.PodDNSConfigOption", "value"),
    ("io.k8s.api.core.v1.ResourceHealth", "message"),
    ("io.k8s.api.core.v1.TypedLocalObjectReference", "apiGroup"),
    ("io.k8s.api.core.v1.TypedObjectReference", "apiGroup"),
    ("io.k8s.api.core.v1.TypedObjectReference", "namespace"),
    ("io.k8s.api.networking.v1.NetworkPolicyPort", "protocol"),
];

/// Lists that are written even when they are empty.
const KEPT_LISTS: &[(&str, &str)] = &[
    ("io.k8s.api.core.v1.PodSpec", "containers"),
    ("io.k8s.api.core.v1.ProjectedVolumeSource", "sources"),
    ("io.k8s.api.networking.v1.HTTPIngressRuleValue", "paths"),
    ("io.k8s.api.rbac.v1.ClusterRole", "rules"),
    ("io.k8s.api.rbac.v1.PolicyRule", "verbs"),
    ("io.k8s.api.rbac.v1.Role", "rules"),
];

/// Fields that are written always although they may be absent: what the server writes for an absent one.
const ALWAYS: &[(&str, &str, Empty)] = &[
    ("io.k8s.api.apps.v1.DaemonSetSpec", "template", Empty::Struct),
    ("io.k8s.api.apps.v1.DaemonSetSpec", "updateStrategy", Empty::Struct),
    ("io.k8s.api.apps.v1.DeploymentSpec", "strategy", Empty::Struct),
    ("io.k8s.api.apps.v1.DeploymentSpec", "template", Empty::Struct),
    ("io.k8s.api.apps.v1.StatefulSetOrdinals", "start", Empty::Number),
    ("io.k8s.api.apps.v1.StatefulSetSpec", "serviceName", Empty::Text),
    ("io.k8s.api.apps.v1.StatefulSetSpec", "template", Empty::Struct),
    ("io.k8s.api.apps.v1.StatefulSetSpec", "updateStrategy", Empty::Struct),
    ("io.k8s.api.apps.v1.StatefulSetStatus", "availableReplicas", Empty::Number),
    ("io.k8s.api.apps.v1.StatefulSetStatus", "replicas", Empty::Number),
    ("io.k8s.api.core.v1.Container", "resources", Empty::Struct),
    ("io.k8s.api.core.v1.ContainerStatus", "lastState", Empty::Struct),
    ("io.k8s.api.core.v1.ContainerStatus", "state", Empty::Struct),
    ("io.k8s.api.core.v1.EphemeralContainer", "resources", Empty::Struct),
    ("io.k8s.api.core.v1.Event", "reportingComponent", Empty::Text),
    ("io.k8s.api.core.v1.Event", "reportingInstance", Empty::Text),
    ("io.k8s.api.core.v1.Event", "source", Empty::Struct),
    ("io.k8s.api.core.v1.GRPCAction", "service", Empty::Text),
    ("io.k8s.api.core.v1.PersistentVolumeClaimSpec", "resources", Empty::Struct),
    ("io.k8s.api.core.v1.PreferredSchedulingTerm", "preference", Empty::Struct),
    ("io.k8s.api.core.v1.ServiceStatus", "loadBalancer", Empty::Struct),
    ("io.k8s.api.core.v1.WeightedPodAffinityTerm", "podAffinityTerm", Empty::Struct),
    ("io.k8s.api.networking.v1.HTTPIngressPath", "backend", Empty::Struct),
    ("io.k8s.api.networking.v1.IngressServiceBackend", "port", Empty::Struct),
    ("io.k8s.api.networking.v1.IngressStatus", "loadBalancer", Empty::Struct),
    ("io.k8s.api.networking.v1.NetworkPolicySpec", "podSelector", Empty::Struct),
    ("io.k8s.api.policy.v1.PodDisruptionBudgetStatus", "currentHealthy", Empty::Number),
    ("io.k8s.api.policy.v1.PodDisruptionBudgetStatus", "desiredHealthy", Empty::Number),
    ("io.k8s.api.policy.v1.PodDisruptionBudgetStatus", "disruptionsAllowed", Empty::Number),
    ("io.k8s.api.policy.v1.PodDisruptionBudgetStatus", "expectedPods", Empty::Number),
    ("io.k8s.api.rbac.v1.RoleBinding", "roleRef", Empty::Struct),
];

/// What stands for nothing.
#[derive(Clone, Copy)]
enum Empty {
    Text,
    Number,
    Struct,
}

impl Empty {
    fn value(self) -> Value {
        match self {
            Self::Text => Value::from(""),
            Self::Number => Value::from(0),
            Self::Struct => Value::Object(Map::new()),
        }
    }
}

/// Takes the empty values out of a struct, and puts in those that are always written.
pub(super) fn omit_empty(id: TypeId, map: &mut Map<String, Value>) {
    let Type::Struct { fields, .. } = table().type_of(id) else { return };
    map.retain(|name, value| !is_omitted(id, name, value));
    for ((_, name), empty) in always().range((id, "")..).take_while(|((owner, _), _)| *owner == id) {
        if !map.contains_key(*name) {
            map.insert((*name).to_owned(), empty.value());
        }
    }
    // The parts of an object, and of a template of one.
    for name in ["metadata", "spec", "status"] {
        let is_struct = fields.get(name).is_some_and(|id| matches!(table().type_of(*id), Type::Struct { .. }));
        if is_struct && !map.contains_key(name) {
            map.insert(name.to_owned(), Empty::Struct.value());
        }
    }
}

/// Puts in the lists that are always written, as `null`.
pub(super) fn write_lists(id: TypeId, map: &mut Map<String, Value>) {
    for (_, name) in kept_lists().range((id, "")..).take_while(|(owner, _)| *owner == id) {
        map.entry(*name).or_insert(Value::Null);
    }
}

/// Whether a struct of this type is written without this field when it has this value.
pub(super) fn is_omitted(id: TypeId, name: &str, value: &Value) -> bool {
    let Type::Struct { fields, required, .. } = table().type_of(id) else { return false };
    let Some(field) = fields.get(name) else { return false };
    match (value, table().type_of(*field)) {
        // Read as the empty value where the field is always written.
        (Value::Null, _) => true,
        (Value::Object(inside), Type::Map { .. }) => inside.is_empty(),
        (Value::Array(items), _) => items.is_empty() && !listed(kept_lists(), id, name),
        (_, Type::Scalar(scalar)) if is_zero(*scalar, value) => {
            !required.contains(&name)
                && !POINTERS.contains(&name)
                && !listed(pointers(), id, name)
                && !always().keys().any(|known| *known == (id, name))
        }
        _ => false,
    }
}

fn is_zero(scalar: Scalar, value: &Value) -> bool {
    match (scalar, value) {
        // These remember in which form they were given, or are structs.
        (Scalar::IntOrString | Scalar::Quantity | Scalar::Any, _) => false,
        (_, Value::Bool(flag)) => !flag,
        (_, Value::Number(number)) => number.as_f64() == Some(0.0),
        (_, Value::String(text)) => text.is_empty(),
        _ => false,
    }
}

type Fields = BTreeSet<(TypeId, &'static str)>;

fn pointers() -> &'static Fields {
    static FIELDS: OnceLock<Fields> = OnceLock::new();
    FIELDS.get_or_init(|| resolve(POINTERS_OF_TYPES))
}

fn kept_lists() -> &'static Fields {
    static FIELDS: OnceLock<Fields> = OnceLock::new();
    FIELDS.get_or_init(|| resolve(KEPT_LISTS))
}

fn always() -> &'static BTreeMap<(TypeId, &'static str), Empty> {
    static FIELDS: OnceLock<BTreeMap<(TypeId, &'static str), Empty>> = OnceLock::new();
    FIELDS.get_or_init(|| {
        let known =
            |(owner, field, empty): &(&str, &'static str, Empty)| Some(((table().named(owner)?, *field), *empty));
        ALWAYS.iter().filter_map(known).collect()
    })
}

fn resolve(fields: &[(&'static str, &'static str)]) -> Fields {
    fields.iter().filter_map(|(owner, field)| Some((table().named(owner)?, *field))).collect()
}

fn listed(fields: &Fields, id: TypeId, name: &str) -> bool {
    fields.range((id, "")..).take_while(|(owner, _)| *owner == id).any(|(_, field)| *field == name)
}
