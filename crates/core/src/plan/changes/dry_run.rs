//! What the server says of a body in a dry-run.

use serde_json::Value;

/// The server's verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum DryRun {
    /// It would be taken, and the object would look like this.
    Accepted {
        /// The object as answered.
        object: Value,
        /// Warning headers.
        warnings: Vec<String>,
    },
    /// It seemed to need a replacement, and would be taken as it is: admission sets again what can't change.
    InPlace {
        /// The object as answered.
        object: Value,
        /// Warning headers.
        warnings: Vec<String>,
    },
    /// A right is missing to ask.
    Forbidden {
        /// What the server says.
        message: String,
    },
    /// Something that it refers to does not exist: the namespace, or a RoleBinding's Role.
    NotFound {
        /// What the server says.
        message: String,
    },
    /// It would not be taken.
    Refused {
        /// HTTP status.
        code: u16,
        /// What the server says, without secret values.
        message: String,
    },
}
