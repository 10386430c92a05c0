//! What can go wrong with the sandbox itself, as opposed to the answers it gives to requests.

use std::path::PathBuf;

/// Why the sandbox can't be opened, kept or commanded.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Another process works in the folder.
    #[error("sandbox folder {} is in use by process {holder}", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
        /// The process id that its lock file names, or `unknown`.
        holder: String,
    },
    /// The folder or a file in it can't be read or written.
    #[error("sandbox file {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The state file is not what this program writes.
    #[error("sandbox state {}: {problem}", path.display())]
    Unreadable {
        /// The state file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A fail-over was asked of something that has no two mirror members.
    #[error("no fail-over of StatefulSet {namespace}/{name}: {problem}")]
    NoFailOver {
        /// Namespace of the StatefulSet.
        namespace: String,
        /// Its name.
        name: String,
        /// What is missing.
        problem: &'static str,
    },
}
