//! Members of a mirror as their pods show them: what IRIS says of itself, the roles that are labelled, what runs.

mod instance;
mod reading;
mod status;

pub use instance::{image, is_stopped};
pub use reading::{Reading, read};
pub use status::{FRESH, MemberKind, MirrorStatus, Role};
