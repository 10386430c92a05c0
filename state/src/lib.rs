//! Formats that outlive a run: the plan document and the record. No kube, no terminal.
//!
//! Versions: `format_version` is `MAJOR.MINOR`. A reader takes every minor version of its major; a new optional
//! member raises the minor, anything else the major. Fixtures of every version ever written are in `fixtures/`.

pub mod plan;
pub mod record;

mod digest;
mod version;

pub use digest::{hole_hash, new_salt, random_id, sha256_hex};
pub use version::VersionError;
