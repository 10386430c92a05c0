//! Formats that outlive a run: the plan document, the record, the holder of a lock, snapshots, the state of a sandbox and what
//! commands print as JSON; and how files of them are written. No kube, no terminal.
//!
//! Versions: `format_version` is `MAJOR.MINOR`. A new optional member raises the minor, anything else the major. A reader
//! takes its own version and every older minor one; what a newer iriskit wrote is refused, since a plan must be
//! understood whole. Fixtures of every version ever written are in `fixtures/`.

pub mod history;
pub mod lock;
pub mod plan;
pub mod record;
pub mod run_event;
pub mod sandbox;
pub mod snapshot;
pub mod status;

mod digest;
mod json_text;
mod private_file;
#[cfg(feature = "schema")]
mod schema;
mod version;
mod who;

#[cfg(test)]
mod tests;

pub use digest::{has_seal, hole_hash, new_salt, random_id, seal, seal_ranges, sealed, sha256_hex};
pub use json_text::{harmless_json, is_harmful, json_text};
pub use private_file::{Durability, create_private_folder, write_private};
pub use version::VersionError;
