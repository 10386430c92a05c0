//! The whole `IrisCluster`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Arbiter, Compute, Data, ReleaseVersion, StandAlone, UpdateStrategy};
use crate::diagnostic::Sources;

/// One `IrisCluster`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IrisCluster {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace` or the one chosen for the run.
    pub namespace: String,
    /// `metadata.labels` of the manifest.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations` of the manifest (`iriskit/labeler-image` is read from here).
    pub annotations: BTreeMap<String, String>,
    /// `spec.licenseKeySecret.name`: a Secret with the key `iris.key`.
    pub license_key_secret: Option<String>,
    /// `spec.configSource.name`: a ConfigMap with `common.cpf`, `data.cpf`, `compute.cpf`, `CSP-merge.ini`.
    pub config_source: Option<String>,
    /// `spec.imagePullSecrets[].name`.
    pub image_pull_secrets: Vec<String>,
    /// `spec.passwordHash` (IKO 2.x).
    pub password_hash: Option<String>,
    /// `spec.storageClassName`: for predefined volumes that name none.
    pub storage_class_name: Option<String>,
    /// `spec.updateStrategy`.
    pub update_strategy: Option<UpdateStrategy>,
    /// `spec.serviceTemplate`.
    pub service_template: Option<ServiceTemplate>,
    /// `spec.volumeClaimTemplates[]`.
    pub volume_claim_templates: Vec<ClaimTemplate>,
    /// `spec.volumes[]`: core/v1 Volume values.
    pub volumes: Vec<Value>,
    /// `spec.tls`.
    pub tls: Tls,
    /// `spec.topology`.
    pub topology: Topology,
    /// Where each field stands.
    pub sources: Sources,
    /// The manifest as it was read.
    pub manifest: Value,
}

/// `spec.topology`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Topology {
    /// Data nodes.
    pub data: Data,
    /// Compute nodes: application servers of an unsharded cluster.
    pub compute: Option<Compute>,
    /// The mirror's arbiter.
    pub arbiter: Option<Arbiter>,
    /// Stand-alone web gateways.
    pub webgateway: Option<StandAlone>,
    /// `sam.image`.
    pub sam: Option<String>,
    /// `iam.image`.
    pub iam: Option<String>,
}

/// `spec.serviceTemplate`: metadata and the parts of a Service spec that kmodules' offshoot type has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceTemplate {
    /// Labels for Service `<c>` and `<c>-webgateway`.
    pub labels: BTreeMap<String, String>,
    /// Annotations for the same.
    pub annotations: BTreeMap<String, String>,
    /// Service spec fields by name (`type`, `externalTrafficPolicy`, `ports` with name, port, nodePort …).
    pub spec: BTreeMap<String, Value>,
}

/// One of `spec.volumeClaimTemplates`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClaimTemplate {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// A PersistentVolumeClaim spec.
    pub spec: Value,
}

/// `spec.tls`: a VolumeSource value for each feature.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tls {
    /// Fills every feature that is not given.
    pub common: Option<Value>,
    /// Between mirror members.
    pub mirror: Option<Value>,
    /// The gateway's web server.
    pub webgateway: Option<Value>,
    /// The superserver.
    pub superserver: Option<Value>,
    /// ECP connections.
    pub ecp: Option<Value>,
}

impl IrisCluster {
    /// `NAMESPACE/NAME`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The data nodes' `compatibilityVersion`.
    pub(crate) fn compatibility(&self) -> Option<&ReleaseVersion> {
        self.topology.data.iris.compatibility_version.as_ref()
    }
}
