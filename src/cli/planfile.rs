//! Plan files on disk.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use iriskit_state::plan::{self, Plan};

use super::{CliError, ErrorId, args::JsonInto};
use crate::view;

/// Members that no manifest has. One byte that was altered must not make a manifest of a plan, so not all are needed.
const MEMBERS: [&str; 5] =
    ["\"format_version\"", "\"iriskit_version\"", "\"resource_changes\"", "\"resource_drift\"", "\"expires_at\""];

/// Reads a saved plan and refuses one that was altered.
pub(super) fn read(path: &Path) -> Result<Plan, CliError> {
    let bytes = fs::read(path).map_err(|error| failed("read", path, &error))?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        plan::PlanFileError::NotAPlan(format!("it is not text (first wrong byte: {})", error.valid_up_to()))
    })?;
    Ok(plan::read(text)?)
}

/// The text of another file of ours.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

/// Whether the file holds a plan, going by its content. `false` for everything that can't be read: who reads it as a
/// manifest says why.
pub(super) fn is_plan(path: &Path) -> bool {
    // Members are sorted, so they stand behind arrays of any length.
    let bytes = path.is_file().then(|| fs::read(path).ok()).flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    MEMBERS.iter().filter(|member| text.contains(**member)).count() > MEMBERS.len() / 2
}

/// Writes the plan as JSON beside what is printed, if that is wanted.
pub(super) fn also(wanted: &JsonInto, plan: &Plan) -> Result<(), CliError> {
    wanted.file().map_or(Ok(()), |path| write(path, &view::json(plan)?))
}

/// Writes a document, for the user's eyes only, whole or not at all.
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
    CliError::new(ErrorId::PlanFile, format!("can't {verb} `{}`: {error}", path.display()))
}
