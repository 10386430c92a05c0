//! Documents on disk: whole or not at all, for the user's eyes only, and never in place of what is something else.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use iriskit_state::{Durability, write_private};

use super::Document;

/// Why a document is not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It would take the place of what it is made from.
    #[error("`{path}` is one of the files that are read, and would be overwritten")]
    Input {
        /// As given.
        path: String,
    },
    /// There is something else.
    #[error("`{path}` exists and is not {what}; it is not overwritten")]
    Foreign {
        /// As given.
        path: String,
        /// What might be overwritten.
        what: &'static str,
    },
    /// The system refused.
    #[error("can't write `{path}`: {source}")]
    Failed {
        /// As given.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
}

/// Whether a document may be written there: where nothing is, over an empty file, or over an older one of its kind; never over
/// what is read. To be asked before anything else is done.
pub fn may_write(path: &Path, document: Document, inputs: &[PathBuf]) -> Result<(), WriteError> {
    let given = || path.display().to_string();
    if let Ok(target) = path.canonicalize()
        && inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == target))
    {
        return Err(WriteError::Input { path: given() });
    }
    let foreign = || WriteError::Foreign { path: given(), what: document.spoken() };
    let Ok(itself) = path.symlink_metadata() else { return Ok(()) };
    if is_stream(path) {
        return Ok(());
    }
    // A link may lead to what is somebody else's by the time of the writing.
    if !itself.is_file() {
        return Err(foreign());
    }
    let bytes = fs::read(path).map_err(|source| WriteError::Failed { path: given(), source })?;
    if bytes.is_empty() || document.is_in(&bytes) { Ok(()) } else { Err(foreign()) }
}

/// Writes a document.
pub fn write(path: &Path, text: &str) -> Result<(), WriteError> {
    let written =
        if is_stream(path) { fs::write(path, text) } else { write_private(path, text.as_bytes(), Durability::Synced) };
    written.map_err(|source| WriteError::Failed { path: path.display().to_string(), source })
}

/// A pipe or a terminal, such as `/dev/stdout`.
fn is_stream(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"{"format_version": "1.1", "iriskit_version": "0", "resource_changes": []}"#;
    const SNAPSHOT: &str = r#"{"format_version": "1.0", "taken_at": "", "salt": "", "answers": {}}"#;

    #[test]
    fn only_what_is_of_the_same_kind_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, text) in [("plan", PLAN), ("snapshot", SNAPSHOT), ("manifest", "kind: Service\n"), ("empty", "")] {
            fs::write(path(name), text).unwrap();
        }
        fs::create_dir(path("folder")).unwrap();
        let may = |name: &str, document| may_write(&path(name), document, &[]).is_ok();
        let names = ["plan", "snapshot", "manifest", "empty", "folder", "absent"];
        assert_eq!(names.map(|name| may(name, Document::Plan)), [true, false, false, true, false, true]);
        assert_eq!(names.map(|name| may(name, Document::Snapshot)), [false, true, false, true, false, true]);
        // Of the same kind, and read.
        let other = folder.path().join("folder").join("..").join("plan");
        assert!(matches!(may_write(&path("plan"), Document::Plan, &[other]), Err(WriteError::Input { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_files_are_private() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("victim"), PLAN).unwrap();
        for (link, to) in [("link", path("victim")), ("dangling", path("nowhere"))] {
            symlink(to, path(link)).unwrap();
            assert!(matches!(may_write(&path(link), Document::Plan, &[]), Err(WriteError::Foreign { .. })), "{link}");
            // A link that was made after the question is replaced, and leads nowhere.
            write(&path(link), "new").unwrap();
            assert!(path(link).symlink_metadata().unwrap().is_file());
        }
        assert_eq!(fs::read_to_string(path("victim")).unwrap(), PLAN);
        assert!(!path("nowhere").exists());
        fs::set_permissions(path("victim"), fs::Permissions::from_mode(0o666)).unwrap();
        write(&path("victim"), "new").unwrap();
        assert_eq!(path("victim").metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(write(&path("absent").join("plan"), "new").is_err());
    }
}
