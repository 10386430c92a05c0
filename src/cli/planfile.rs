//! Plan files on disk.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use iriskit_state::plan::{self, Plan};

use super::CliError;

/// Reads a saved plan and refuses one that was altered.
pub(super) fn read(path: &Path) -> Result<Plan, CliError> {
    let text = fs::read_to_string(path).map_err(|error| failed("read", path, &error))?;
    Ok(plan::read(&text)?)
}

/// Whether the file holds a plan, going by its content. `false` for everything that can't be read: who reads it as a
/// manifest says why.
pub(super) fn is_plan(path: &Path) -> bool {
    // Members are sorted, so the version stands behind arrays of any length: look for members that no manifest has.
    let mut text = String::new();
    let opened = path.is_file().then(|| fs::File::open(path).ok()).flatten();
    let read = opened.is_some_and(|mut file| file.read_to_string(&mut text).is_ok());
    read && text.trim_start().starts_with('{')
        && text.contains("\"resource_changes\"")
        && text.contains("\"format_version\"")
}

/// Writes a sealed plan, for the user's eyes only, whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    if path.exists() && !path.is_file() {
        return fs::write(path, text).map_err(|error| failed("write", path, &error)); // a pipe or a terminal
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = Path::new(&beside);
    let written = create(beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(beside, path)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(beside);
        failed("write", path, &error)
    })
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> CliError {
    CliError::new("plan-file", format!("can't {verb} `{}`: {error}", path.display()))
}
