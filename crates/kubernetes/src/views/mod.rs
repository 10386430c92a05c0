//! Objects as Kubernetes speaks of them. In goes a borrowed JSON object of any origin (a manifest, an item of a list, a
//! dry run); out come answers in the words of the API, with the defaults that the server would fill in.

mod claim;
mod condition;
mod config_map;
mod container;
mod controller_revision;
mod lease;
mod object;
mod owner;
mod path;
mod pod;
mod pod_spec;
pub mod readiness;
mod selector;
mod service;
mod stateful_set;
mod storage;
mod workload;

pub use claim::{Claim, ClaimPhase};
pub use condition::Condition;
pub use config_map::ConfigMap;
pub use container::ContainerStatus;
pub use controller_revision::ControllerRevision;
pub use lease::Lease;
pub use object::Object;
pub use owner::OwnerReference;
pub use pod::{CANNOT_START, Phase, Pod};
pub use pod_spec::{Container, PodSpec, PodTemplate, Volume};
pub use selector::LabelSelector;
pub use service::{Service, ServicePort, ServiceType};
pub use stateful_set::{PodManagementPolicy, RetentionPolicy, StatefulSet, UpdateStrategy};
pub use storage::{PersistentVolume, StorageClass};
pub use workload::{Rollout, Workload};
