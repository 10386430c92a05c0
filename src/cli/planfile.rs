//! Plan files on disk.

use std::{fs, io, path::Path};

use iriskit_state::plan::{self, Plan};

use super::CliError;

/// Reads a saved plan and refuses one that was altered.
pub(super) fn read(path: &Path) -> Result<Plan, CliError> {
    let text = fs::read_to_string(path).map_err(|error| failed("read", path, &error))?;
    Ok(plan::read(&text)?)
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> CliError {
    CliError::new("plan-file", format!("can't {verb} `{}`: {error}", path.display()))
}
