//! Files that hold what not everybody may see.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use crate::random_id;

/// Whether a file has to be there after a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It has to.
    Synced,
    /// It may be lost, as the state of a sandbox.
    Unsynced,
}

/// Writes a file that only its owner may read, whole or not at all: a new file of a random name beside it takes its place. No
/// link is followed, neither of that name nor of `path` itself.
pub fn write_private(path: &Path, content: &[u8], durability: Durability) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    let random = random_id().ok_or_else(|| io::Error::other("the operating system provides no random numbers"))?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(format!(".{random}.tmp"));
    let beside = path.with_file_name(beside);
    let mut file = create_private(&beside)?;
    let synced = |file: File| if durability == Durability::Synced { file.sync_all() } else { Ok(()) };
    let written = file.write_all(content).and_then(|()| synced(file)).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // Whatever is left of it is of no use.
        let _ = fs::remove_file(&beside);
    } else if durability == Durability::Synced {
        sync_folder_of(path);
    }
    written
}

/// The new name of a file is an entry of its folder, which is written by itself. Where the system knows no such thing, or the
/// folder may not be read, the file is there all the same.
fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Makes a file that is not there, for its owner only.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Makes a folder, and those that it is in, for their owner only. One that is there stays as it is.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}
