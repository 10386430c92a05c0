//! The folder of a sandbox: its state as one file, and a lock against a second process.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{
    error::SandboxError,
    fields,
    key::{Key, Resource},
    served,
    store::Store,
};

const FORMAT_VERSION: u64 = 1;

/// A folder that belongs to this process as long as this value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    saved: Option<u64>,
    /// Held, not read: the operating system lets go of the lock when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Takes the folder, making it when it is not there, and reads what it holds.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Store>), SandboxError> {
        fs::create_dir_all(path).map_err(io(path))?;
        let lock = lock(path)?;
        let mut folder = Self { path: path.to_owned(), saved: None, _lock: lock };
        let store = folder.read()?;
        folder.saved = store.as_ref().map(Store::version);
        Ok((folder, store))
    }

    fn state(&self) -> PathBuf {
        self.path.join("state.json")
    }

    fn read(&self) -> Result<Option<Store>, SandboxError> {
        let path = self.state();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(&path)(error)),
        };
        let unreadable = |problem: String| SandboxError::Unreadable { path: path.clone(), problem };
        let mut state: Value = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        match state.get("format_version").and_then(Value::as_u64) {
            Some(FORMAT_VERSION) => {}
            other => return Err(unreadable(format!("format_version {other:?}, expected {FORMAT_VERSION}"))),
        }
        let version = state.get("resource_version").and_then(Value::as_u64);
        let version = version.ok_or_else(|| unreadable("no resource_version".to_owned()))?;
        let Some(Value::Array(objects)) = state.get_mut("objects").map(Value::take) else {
            return Err(unreadable("no objects".to_owned()));
        };
        let mut keyed = Vec::with_capacity(objects.len());
        for object in objects {
            let (api_version, kind) = (fields::text(&object, "/apiVersion"), fields::text(&object, "/kind"));
            let kind = served::kinds()
                .find(|known| known.kind == kind && known.api_version == api_version)
                .ok_or_else(|| unreadable(format!("an object of the unknown kind {api_version} {kind}")))?;
            let namespace = fields::text(&object, "/metadata/namespace");
            keyed.push((Key::new(Resource::of(kind), namespace, fields::name(&object)), object));
        }
        Ok(Some(Store::restored(version, keyed)))
    }

    /// Writes the state, unless it is there already. The old file stays until the new one is whole, so that a process
    /// that is killed leaves one of the two. (There is no fsync: a sandbox need not survive a power failure.)
    pub(crate) fn save(&mut self, version: u64, objects: &[Arc<Value>]) -> Result<(), SandboxError> {
        if self.saved == Some(version) {
            return Ok(());
        }
        let state = json!({
            "format_version": FORMAT_VERSION,
            "resource_version": version,
            "objects": objects.iter().map(AsRef::as_ref).collect::<Vec<&Value>>(),
        });
        let temporary = self.path.join("state.json.new");
        fs::write(&temporary, state.to_string()).map_err(io(&temporary))?;
        let path = self.state();
        fs::rename(&temporary, &path).map_err(io(&path))?;
        self.saved = Some(version);
        Ok(())
    }
}

fn lock(folder: &Path) -> Result<File, SandboxError> {
    let path = folder.join("lock");
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io(&path))?;
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
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::open(folder.path()).unwrap();
        let busy = Folder::open(folder.path()).unwrap_err();
        assert!(
            matches!(&busy, SandboxError::Busy { holder, .. } if *holder == std::process::id().to_string()),
            "{busy}"
        );
        drop(first);
        assert!(Folder::open(folder.path()).is_ok());
    }

    #[test]
    fn what_was_saved_is_read_again() {
        let path = tempfile::tempdir().unwrap();
        let (mut folder, none) = Folder::open(path.path()).unwrap();
        assert!(none.is_none());
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "n", "name": "c"}});
        folder.save(7, &[Arc::new(object.clone())]).unwrap();
        drop(folder);
        let (_folder, store) = Folder::open(path.path()).unwrap();
        let store = store.unwrap();
        assert_eq!(store.version(), 7);
        assert_eq!(**store.get(&Key::new(Resource::CONFIG_MAPS, "n", "c")).unwrap(), object);
    }

    #[test]
    fn a_foreign_state_is_refused_and_named() {
        let path = tempfile::tempdir().unwrap();
        for (text, problem) in [
            ("{", "EOF"),
            ("{}", "format_version None"),
            (
                r#"{"format_version":1,"resource_version":1,"objects":[{"kind":"Gadget","apiVersion":"v1"}]}"#,
                "v1 Gadget",
            ),
        ] {
            fs::write(path.path().join("state.json"), text).unwrap();
            let error = Folder::open(path.path()).unwrap_err().to_string();
            assert!(error.contains("state.json") && error.contains(problem), "{error}");
        }
    }
}
