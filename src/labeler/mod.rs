//! `iriskit mirror-labeler`: keeps the role of a mirror member true on its pod, as a sidecar beside IRIS.

mod run;

pub use run::{LabelerOptions, run};
