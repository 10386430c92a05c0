//! The kinds of nodes of a topology.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ReleaseVersion;

/// `topology.data`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Data {
    /// What it shares with compute nodes.
    pub iris: IrisNode,
    /// Number of shards; absent means not sharded.
    pub shards: Option<u32>,
    /// Whether each data StatefulSet is a mirror.
    pub mirrored: bool,
    /// `mirrorMap`, when given; `primary,backup` otherwise.
    pub mirror_map: Option<Vec<MirrorMember>>,
    /// `irisDatabases[]`.
    pub iris_databases: Vec<IrisDatabase>,
    /// `irisNamespaces[]`.
    pub iris_namespaces: Vec<IrisNamespace>,
}

impl Data {
    /// The members of each mirror, in the order of their pods.
    pub(crate) fn members(&self) -> &[MirrorMember] {
        self.mirror_map.as_deref().unwrap_or(&[MirrorMember::Primary, MirrorMember::Backup])
    }
}

/// One entry of `mirrorMap`, in words of the argument `Map` of the action `ConfigMirror`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MirrorMember {
    /// First failover member.
    Primary,
    /// Second failover member.
    Backup,
    /// Disaster recovery async.
    DrAsync,
    /// Read-only reporting async.
    ReadOnlyAsync,
    /// Read-write reporting async.
    ReadWriteAsync,
}

impl MirrorMember {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Primary, "primary"),
        (Self::Backup, "backup"),
        (Self::DrAsync, "drasync"),
        (Self::ReadOnlyAsync, "rorasync"),
        (Self::ReadWriteAsync, "rwrasync"),
    ];

    /// The member of this word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(member, known)| (known == word).then_some(member))
    }

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.into_iter().find_map(|(member, word)| (member == self).then_some(word)).unwrap_or_default()
    }
}

/// `topology.compute`.
#[derive(Debug, Clone, PartialEq)]
pub struct Compute {
    /// What it shares with data nodes.
    pub iris: IrisNode,
    /// Number of pods.
    pub replicas: u32,
    /// Without persistent volumes.
    pub ephemeral: bool,
}

impl Default for Compute {
    fn default() -> Self {
        Self { iris: IrisNode::default(), replicas: 1, ephemeral: false }
    }
}

/// What data and compute nodes share: an IRIS instance in each pod.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IrisNode {
    /// The IRIS image.
    pub image: String,
    /// `compatibilityVersion`.
    pub compatibility_version: Option<ReleaseVersion>,
    /// The pods.
    pub pods: Pods,
    /// The predefined volumes.
    pub storage: Storage,
    /// core/v1 VolumeMount values for the iris container.
    pub volume_mounts: Vec<Value>,
    /// The sidecar web gateway.
    pub webgateway: Option<Gateway>,
}

/// What the pods of every kind of node have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pods {
    /// Soft node affinity on the zone label.
    pub preferred_zones: Vec<String>,
    /// The pod template (kmodules' offshoot type).
    pub template: PodTemplate,
    /// Overrides `spec.updateStrategy`.
    pub update_strategy: Option<UpdateStrategy>,
}

/// `topology.arbiter`: one pod.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arbiter {
    /// The arbiter image.
    pub image: String,
    /// The pods.
    pub pods: Pods,
}

/// `topology.webgateway`: gateways in pods of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct StandAlone {
    /// What the gateway does.
    pub gateway: Gateway,
    /// Number of pods.
    pub replicas: u32,
    /// The pods.
    pub pods: Pods,
}

impl Default for StandAlone {
    fn default() -> Self {
        Self { gateway: Gateway::default(), replicas: 1, pods: Pods::default() }
    }
}

/// What stand-alone and sidecar gateways share.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gateway {
    /// The gateway image.
    pub image: String,
    /// The web server in it.
    pub server: GatewayType,
    /// Path prefixes that are sent to IRIS.
    pub application_paths: Vec<String>,
    /// What to do with more than one server.
    pub alternative_servers: Option<AlternativeServers>,
    /// A Secret with `username` and `password`.
    pub login_secret: Option<String>,
    /// Of a sidecar: its ResourceRequirements. A gateway in a pod of its own has those of its pod template.
    pub resources: Option<Value>,
    /// Of a sidecar: its SecurityContext.
    pub container_security_context: Option<Value>,
}

/// `webgateway.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GatewayType {
    /// Apache on port 80.
    #[default]
    Apache,
    /// Nginx on port 80.
    Nginx,
    /// Apache as uid 51773 on port 52773.
    ApacheLockedDown,
}

/// `webgateway.alternativeServers`: the web gateway's own values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlternativeServers {
    /// Sessions are spread.
    LoadBalancing,
    /// The first server that answers.
    FailOver,
    /// Only the default server.
    Disabled,
}

/// `updateStrategy.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateStrategy {
    /// iriskit rolls mirrored pairs by role; others roll as Kubernetes does.
    RollingUpdate,
    /// iriskit only reports outdated pods.
    OnDelete,
}

/// The four predefined volumes, each a PersistentVolumeClaim spec value where the manifest gives one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Storage {
    /// `storageDB`: the durable directory.
    pub db: Option<Value>,
    /// `storageWIJ`: the write image journal.
    pub wij: Option<Value>,
    /// `storageJournal1`: the journal directory.
    pub journal1: Option<Value>,
    /// `storageJournal2`: the alternate journal directory.
    pub journal2: Option<Value>,
    /// `storage` (IKO 2.0): one volume for everything, in place of the four.
    pub single: Option<Value>,
}

/// kmodules' offshoot `PodTemplateSpec`, as IKO takes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PodTemplate {
    /// Labels for the pods.
    pub labels: BTreeMap<String, String>,
    /// Annotations for the pods.
    pub annotations: BTreeMap<String, String>,
    /// Labels for the StatefulSet (`controller.labels`).
    pub controller_labels: BTreeMap<String, String>,
    /// Annotations for the StatefulSet (`controller.annotations`).
    pub controller_annotations: BTreeMap<String, String>,
    /// `spec` fields by name: `args`, `env`, `resources`, `livenessProbe`, `readinessProbe`, `lifecycle`,
    /// `containerSecurityContext` belong to the main container, the others (`nodeSelector`, `tolerations`, `affinity`, `securityContext` …) to the pod.
    pub spec: BTreeMap<String, Value>,
}

/// One of `irisDatabases`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IrisDatabase {
    /// Database name.
    pub name: String,
    /// Its directory.
    pub directory: Option<String>,
    /// Whether it is mirrored.
    pub mirrored: bool,
}

/// One of `irisNamespaces`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IrisNamespace {
    /// Namespace name.
    pub name: String,
    /// Database of the routines.
    pub routines: Option<String>,
    /// Database of the globals.
    pub globals: Option<String>,
    /// Whether it is enabled for interoperability.
    pub interop: bool,
}
