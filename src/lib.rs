//! iriskit: plan and apply for InterSystems IRIS on Kubernetes.

pub mod diagnostic;
pub mod expand;
pub mod schema;
pub mod topology;
