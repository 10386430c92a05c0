//! The table of fields that can't be changed in place.
//!
//! Rules: kubernetes-facts §6, found by experiment on Kubernetes 1.36. `tests/it/conformance/fixed` holds this table
//! against the control plane, field by field: a row without a case fails there. Where the server lets a field change on a
//! condition (the completions of an indexed Job, the template of one that never started), it counts as fixed here.

use iriskit_state::plan::ReplaceMode;

/// A needed replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The fields that force it (`spec.serviceName`), in the order of the object.
    pub paths: Vec<String>,
    /// How; nothing where it is refused.
    pub mode: Option<ReplaceMode>,
}

/// Which fields of a kind are fixed.
#[derive(Debug, Clone, Copy)]
pub enum Fixed {
    /// Everything under these.
    These(&'static [&'static str]),
    /// Everything under the first but the others.
    AllBut(&'static str, &'static [&'static str]),
}

impl Fixed {
    /// Whether the field at this path is fixed.
    pub(super) fn covers(&self, path: &str) -> bool {
        match self {
            Self::These(prefixes) => prefixes.iter().any(|prefix| is_under(path, prefix)),
            Self::AllBut(whole, but) => is_under(path, whole) && !but.iter().any(|prefix| is_under(path, prefix)),
        }
    }
}

/// A row of [`TABLE`].
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The kinds that it is about.
    pub kinds: &'static [&'static str],
    /// Their fixed fields.
    pub fixed: Fixed,
    /// The way out; nothing where it is refused.
    pub mode: Option<ReplaceMode>,
}

pub(super) const DELETE_CREATE: Option<ReplaceMode> = Some(ReplaceMode::DeleteCreate);
pub(super) const ORPHAN_RECREATE: Option<ReplaceMode> = Some(ReplaceMode::OrphanRecreate);
/// Not at all: data would be lost, or it makes no sense.
pub(super) const REFUSED: Option<ReplaceMode> = None;

const fn row(kinds: &'static [&'static str], fixed: Fixed, mode: Option<ReplaceMode>) -> Row {
    Row { kinds, fixed, mode }
}

/// The immutable fields by kind. What depends on more than the field itself has rules of its own: [`SERVICE`],
/// [`FROZEN`], the size of a claim, images of a pod, claim templates of a set.
pub const TABLE: &[Row] = {
    use Fixed::{AllBut, These};
    &[
        row(&["Deployment", "DaemonSet", "ReplicaSet"], These(&["spec.selector"]), DELETE_CREATE),
        row(
            &["StatefulSet"],
            AllBut(
                "spec",
                &[
                    "spec.replicas",
                    "spec.ordinals",
                    "spec.template",
                    "spec.updateStrategy",
                    "spec.revisionHistoryLimit",
                    "spec.persistentVolumeClaimRetentionPolicy",
                    "spec.minReadySeconds",
                ],
            ),
            ORPHAN_RECREATE,
        ),
        row(
            &["Job"],
            These(&[
                "spec.selector",
                "spec.template",
                "spec.completions",
                "spec.completionMode",
                "spec.podFailurePolicy",
                "spec.successPolicy",
                "spec.backoffLimitPerIndex",
                "spec.managedBy",
            ]),
            DELETE_CREATE,
        ),
        row(
            &["Pod"],
            AllBut("spec", &["spec.activeDeadlineSeconds", "spec.tolerations", "spec.schedulingGates"]),
            DELETE_CREATE,
        ),
        row(&["RoleBinding", "ClusterRoleBinding"], These(&["roleRef"]), DELETE_CREATE),
        row(&["Secret"], These(&["type"]), DELETE_CREATE),
        row(
            &["StorageClass"],
            These(&["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]),
            DELETE_CREATE,
        ),
        row(&["VolumeAttributesClass"], These(&["driverName", "parameters"]), DELETE_CREATE),
        row(&["CSIDriver"], These(&["spec.attachRequired", "spec.volumeLifecycleModes"]), DELETE_CREATE),
        row(&["PriorityClass"], These(&["value", "preemptionPolicy"]), DELETE_CREATE),
        row(&["IngressClass"], These(&["spec.controller"]), DELETE_CREATE),
        row(&["RuntimeClass"], These(&["handler"]), DELETE_CREATE),
        row(&["ResourceQuota"], These(&["spec.scopes"]), DELETE_CREATE),
        row(&["EndpointSlice"], These(&["addressType"]), DELETE_CREATE),
        row(&["ServiceCIDR"], These(&["spec.cidrs"]), REFUSED),
        row(
            &["PersistentVolumeClaim"],
            AllBut("spec", &["spec.resources.requests.storage", "spec.volumeAttributesClassName"]),
            REFUSED,
        ),
        row(
            &["PersistentVolume"],
            AllBut(
                "spec",
                &[
                    "spec.capacity",
                    "spec.accessModes",
                    "spec.claimRef",
                    "spec.mountOptions",
                    "spec.persistentVolumeReclaimPolicy",
                    "spec.storageClassName",
                    "spec.volumeAttributesClassName",
                ],
            ),
            REFUSED,
        ),
    ]
};

/// What of a Service may be fixed, depending on its type and on what it has.
pub const SERVICE: [&str; 5] =
    ["spec.clusterIP", "spec.type", "spec.ipFamilies", "spec.loadBalancerClass", "spec.healthCheckNodePort"];

/// What of a ConfigMap or Secret is fixed once it says `immutable: true`.
pub const FROZEN: [&str; 3] = ["data", "binaryData", "immutable"];

/// The row of a kind.
pub(super) fn row_of(kind: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.kinds.contains(&kind))
}

/// How objects of a kind are replaced, if at all.
pub(crate) fn mode_of(kind: &str) -> Option<ReplaceMode> {
    row_of(kind).map_or(DELETE_CREATE, |row| row.mode)
}

/// Whether objects of a kind have a row in the table by which they are deleted and made again.
pub(crate) fn is_made_again(kind: &str) -> bool {
    row_of(kind).is_some_and(|row| row.mode == DELETE_CREATE)
}

/// Whether a path is this place or one inside it.
pub(super) fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
