//! `iriskit mirror-labeler`: keeps the role of a mirror member true on its pod, as a side-car beside IRIS.

mod instance;
mod reading;
mod run;
mod status;

pub use instance::{image, is_stopped};
pub use reading::{Reading, read};
pub use run::{LabelerOptions, run};
pub use status::{FRESH, MemberKind, MirrorStatus, ROLE_LABEL, Role, STATUS_ANNOTATION};
