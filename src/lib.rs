//! iriskit: plan and apply for InterSystems IRIS on Kubernetes.

pub mod apply;
pub mod cli;
pub mod cluster;
pub mod files;
pub mod labeler;
pub mod offline;
pub mod survey;
pub mod ui;
pub mod view;
