//! Plan files on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use iriskit_state::plan::{self, Plan};

use super::{CliError, ErrorId, args::JsonInto};
use crate::{
    files::{self, Document, WriteError},
    view,
};

/// Reads a saved plan and refuses one that was altered.
pub(super) fn read(path: &Path) -> Result<Plan, CliError> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        plan::PlanFileError::NotAPlan(format!("it is not text (first wrong byte: {})", error.valid_up_to()))
    })?;
    Ok(plan::read(text)?)
}

/// The text of another file of ours.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

/// Whether the documents that are asked for may be written where the user says, before anything else is done.
pub(super) fn may_write(
    out: Option<(&Path, Document)>,
    json: Option<&JsonInto>,
    inputs: &[PathBuf],
) -> Result<(), CliError> {
    let json = json.and_then(JsonInto::file).map(|path| (path, Document::Plan));
    if let (Some((out, _)), Some((json, _))) = (out, json)
        && out == json
    {
        let text = format!("`{}` can't be both the saved plan and its JSON", out.display());
        return Err(CliError::new(ErrorId::WouldOverwrite, text).help("a saved plan is its JSON already"));
    }
    for (path, document) in out.into_iter().chain(json) {
        files::may_write(path, document, inputs)?;
    }
    Ok(())
}

/// Writes the plan as JSON beside what is printed, if that is wanted.
pub(super) fn also(wanted: &JsonInto, plan: &Plan) -> Result<(), CliError> {
    wanted.file().map_or(Ok(()), |path| write(path, &view::json(plan)?))
}

/// Writes a document, for the user's eyes only, whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    Ok(files::write(path, text)?)
}

fn unreadable(path: &Path, error: &io::Error) -> CliError {
    CliError::new(ErrorId::PlanFile, format!("can't read `{}`: {error}", path.display()))
}

impl From<WriteError> for CliError {
    fn from(error: WriteError) -> Self {
        match &error {
            WriteError::Input { .. } | WriteError::Foreign { .. } => {
                Self::new(ErrorId::WouldOverwrite, error.to_string())
                    .help("name another file, or remove that one first")
            }
            WriteError::Failed { .. } => Self::new(ErrorId::PlanFile, error.to_string()),
        }
    }
}
