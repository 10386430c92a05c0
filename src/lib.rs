//! iriskit: plan and apply for InterSystems IRIS on Kubernetes.

pub mod apply;
pub mod cli;
pub mod cluster;
pub mod diagnostic;
pub mod diff;
pub mod expand;
pub mod iris;
pub mod labeler;
pub mod manifest;
pub mod plan;
pub mod sandbox;
pub mod schema;
pub mod survey;
pub mod topology;
pub mod ui;
pub mod view;
