//! Manifests: read, understood, and complained about.

use std::path::PathBuf;

use super::{CliError, ErrorId, ExitCode};
use crate::{
    files::{self, ReadError},
    ui::Ui,
    view::diagnostics,
};
use iriskit_core::{
    diagnostic::Diagnostic,
    manifest::{self, Input, Reading},
};

/// The namespace of documents that name none, as long as no cluster says otherwise.
pub(super) const NAMESPACE: &str = "default";

/// Reads files, folders and standard input.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Input>, CliError> {
    Ok(files::read(paths)?)
}

/// Understands them, or says everything that is wrong with them.
pub(super) fn understand(ui: &Ui, inputs: &[Input], namespace: Option<&str>) -> Result<Reading, CliError> {
    let reading = manifest::read(inputs, namespace.unwrap_or(NAMESPACE));
    if !reading.has_errors() {
        return Ok(reading);
    }
    Err(refused(ui, &reading, inputs))
}

/// Says everything that is wrong.
pub(super) fn refused(ui: &Ui, reading: &Reading, inputs: &[Input]) -> CliError {
    say(ui, &reading.diagnostics, inputs);
    ui.status(&format!("{} Nothing was sent to a cluster.\n", diagnostics::summary(&reading.diagnostics)));
    CliError::said(ExitCode::Error)
}

/// Shows diagnostics with the lines that they are about.
pub(super) fn say(ui: &Ui, findings: &[Diagnostic], inputs: &[Input]) {
    let look = ui.err();
    if !findings.is_empty() {
        ui.status(&format!("{}\n", diagnostics::render(findings, inputs, look.colour, look.width)));
    }
}

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        Self::new(ErrorId::Unreadable, error.to_string())
    }
}
