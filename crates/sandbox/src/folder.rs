//! The folder of a sandbox: its state as one file, and a lock against a second process.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use iriskit_state::{
    Durability, create_private_folder,
    sandbox::{FORMAT_VERSION, SandboxState, SandboxStateError},
    write_private,
};
use serde_json::Value;

use super::{
    error::SandboxError,
    fields,
    key::{Key, Resource},
    registry::Registry,
    store::Store,
};

/// A folder that belongs to this process as long as this value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    saved: Option<u64>,
    /// Held, not read: the operating system lets go of the lock when the process ends, however it ends.
    lock: File,
}

impl Drop for Folder {
    /// Closing alone is not enough: a child that is being started has the file open until it runs its program.
    fn drop(&mut self) {
        // It ends with the process at the latest.
        let _ = self.lock.unlock();
    }
}

impl Folder {
    /// Takes the folder, making it when it is not there, and reads what it holds.
    pub(crate) fn open(path: &Path, registry: &Registry) -> Result<(Self, Option<Store>), SandboxError> {
        create_private_folder(path).map_err(io(path))?;
        let lock = lock(path)?;
        let mut folder = Self { path: path.to_owned(), saved: None, lock };
        let store = folder.read(registry)?;
        folder.saved = store.as_ref().map(Store::version);
        Ok((folder, store))
    }

    fn state(&self) -> PathBuf {
        self.path.join("state.json")
    }

    fn read(&self, registry: &Registry) -> Result<Option<Store>, SandboxError> {
        let path = self.state();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(&path)(error)),
        };
        let unreadable = |problem: String| SandboxError::Unreadable { path: path.clone(), problem };
        let state = SandboxState::parse(&text).map_err(|error| unreadable(error.to_string()))?;
        let mut keyed = Vec::with_capacity(state.objects.len());
        for object in state.objects {
            let (api_version, kind) = (fields::text(&object, "/apiVersion"), fields::text(&object, "/kind"));
            let served = registry
                .kind(api_version, kind)
                .ok_or_else(|| unreadable(format!("an object of the unknown kind {api_version} {kind}")))?;
            let namespace = fields::text(&object, "/metadata/namespace");
            keyed.push((Key::new(Resource::of(served.kind), namespace, fields::name(&object)), object));
        }
        Ok(Some(Store::restored(state.resource_version, keyed)))
    }

    /// Writes the state, unless it is there already. The old file stays until the new one is whole, so that a process
    /// that is killed leaves one of the two. (There is no fsync: a sandbox need not survive a power failure.)
    pub(crate) fn save(&mut self, version: u64, objects: &[Arc<Value>]) -> Result<(), SandboxError> {
        if self.saved == Some(version) {
            return Ok(());
        }
        let state = SandboxState {
            format_version: FORMAT_VERSION.to_owned(),
            resource_version: version,
            objects: objects.iter().map(|object| Value::clone(object)).collect(),
        };
        let path = self.state();
        let unwritable =
            |error: SandboxStateError| SandboxError::Unreadable { path: path.clone(), problem: error.to_string() };
        let text = state.to_text().map_err(unwritable)?;
        write_private(&path, text.as_bytes(), Durability::Unsynced).map_err(io(&path))?;
        self.saved = Some(version);
        Ok(())
    }
}

/// A process id and a line end.
const LOCK_LENGTH: u64 = 21;

fn lock(folder: &Path) -> Result<File, SandboxError> {
    let path = folder.join("lock");
    // What is there has to be a lock of ours: its content is about to be replaced.
    if let Ok(found) = path.symlink_metadata()
        && !(found.is_file() && found.len() <= LOCK_LENGTH)
    {
        let problem = "it is not the lock of a sandbox: choose another folder".to_owned();
        return Err(SandboxError::Unreadable { path, problem });
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(io(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let known = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
            let holder = if known { holder.trim().to_owned() } else { "unknown".to_owned() };
            return Err(SandboxError::Busy { folder: folder.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(io(&path)(error)),
    }
    file.set_len(0).map_err(io(&path))?;
    writeln!(file, "{}", std::process::id()).map_err(io(&path))?;
    Ok(file)
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> SandboxError + '_ {
    move |source| SandboxError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds;

    #[test]
    fn a_folder_belongs_to_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::open(folder.path(), kinds::registry()).unwrap();
        let busy = Folder::open(folder.path(), kinds::registry()).unwrap_err();
        assert!(
            matches!(&busy, SandboxError::Busy { holder, .. } if *holder == std::process::id().to_string()),
            "{busy}"
        );
        drop(first);
        assert!(Folder::open(folder.path(), kinds::registry()).is_ok());
    }

    #[test]
    fn what_was_saved_is_read_again() {
        let path = tempfile::tempdir().unwrap();
        let (mut folder, none) = Folder::open(path.path(), kinds::registry()).unwrap();
        assert!(none.is_none());
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "n", "name": "c"}});
        folder.save(7, &[Arc::new(object.clone())]).unwrap();
        drop(folder);
        let (_folder, store) = Folder::open(path.path(), kinds::registry()).unwrap();
        let store = store.unwrap();
        assert_eq!(store.version(), 7);
        assert_eq!(**store.get(&Key::new(Resource::CONFIG_MAPS, "n", "c")).unwrap(), object);
    }

    #[test]
    fn a_foreign_state_is_refused_and_named() {
        let path = tempfile::tempdir().unwrap();
        for (text, problem) in [
            ("{", "EOF"),
            ("{}", "format_version"),
            (
                r#"{"format_version":"1.0","resource_version":1,"objects":[{"kind":"Gadget","apiVersion":"v1"}]}"#,
                "v1 Gadget",
            ),
        ] {
            fs::write(path.path().join("state.json"), text).unwrap();
            let error = Folder::open(path.path(), kinds::registry()).unwrap_err().to_string();
            assert!(error.contains("state.json") && error.contains(problem), "{error}");
        }
    }
}
