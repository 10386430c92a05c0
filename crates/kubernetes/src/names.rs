//! Names of labels, annotations and finalizers that more than one crate reads or writes.

/// Label of a pod and of a ControllerRevision: the revision that the pod was made from.
pub const CONTROLLER_REVISION_HASH: &str = "controller-revision-hash";
/// Label of a StatefulSet's pod: its ordinal.
pub const POD_INDEX: &str = "apps.kubernetes.io/pod-index";
/// Label of a StatefulSet's pod: its own name.
pub const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
/// Label of a Deployment's pod: the ReplicaSet that made it, whose name ends in it.
pub(crate) const POD_TEMPLATE_HASH: &str = "pod-template-hash";
/// Annotation of a StorageClass: `true` on the one that claims get which name none.
pub(crate) const IS_DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";
/// Label of a Namespace: the pod security standard that it enforces.
pub const POD_SECURITY_ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// Finalizer of a claim that a pod may still use.
pub const PVC_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Finalizer of a volume that a claim may still use.
pub const PV_PROTECTION: &str = "kubernetes.io/pv-protection";

/// Label of an object: the ApplySet that it belongs to.
pub const APPLYSET_PART_OF: &str = "applyset.kubernetes.io/part-of";
/// Label of an ApplySet's own object: its id.
pub const APPLYSET_ID: &str = "applyset.kubernetes.io/id";

/// The API version of the operator's resource.
pub const IRIS_API_VERSION: &str = "intersystems.com/v1alpha1";
/// The kind of the operator's resource.
pub const IRIS_CLUSTER: &str = "IrisCluster";
/// Label of an object: the kind of the resource that it was made for, `IrisCluster`.
pub const IRIS_KIND: &str = "intersystems.com/kind";
/// Label of an object: the name of the IrisCluster.
pub const IRIS_NAME: &str = "intersystems.com/name";
/// Label of an object: the part of the IrisCluster, `data`, `compute`, `arbiter` or `webgateway`.
pub const IRIS_COMPONENT: &str = "intersystems.com/component";
/// Label of a pod: the shard of a data node.
pub const IRIS_SHARD: &str = "intersystems.com/shard";
/// Label of a mirror member's pod: `primary` or `backup`. A pod that is made again comes without it.
pub const MIRROR_ROLE: &str = "intersystems.com/mirrorRole";

/// Annotation of a mirror member's pod: what IRIS says of itself.
pub const MIRROR_STATUS: &str = "iriskit/mirror-status";

/// Annotation of the Lease of an IrisCluster: the run that works on the cluster, or did so last.
pub const LOCK_HOLDER: &str = "iriskit/lock-holder";
