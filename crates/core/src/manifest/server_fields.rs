//! Fields that only a server writes; people paste them from `kubectl get -o yaml`.

use super::{
    description::FieldDescription,
    reader::{Field, Fields, Reader},
    shape::Entry,
};
use crate::diagnostic::Diagnostic;
use iriskit_state::plan::DiagnosticId;

/// In `metadata`.
pub(super) const SERVER_METADATA: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// [`SERVER_METADATA`] as a part of a mapping: left out, and said.
pub(super) struct ServerMetadata;

impl<T> Entry<T> for ServerMetadata {
    fn names(&self, _: &mut Vec<&'static str>) {}

    fn names_from_servers(&self) -> &'static [&'static str] {
        &SERVER_METADATA
    }

    fn describe(&self, _: &mut Vec<FieldDescription>) {}

    fn read(&self, reader: &mut Reader<'_>, fields: &Fields<'_>, _: &mut T) {
        for name in SERVER_METADATA {
            if let Some(field) = fields.get(name) {
                reader.written_by_server(&field);
            }
        }
    }
}

impl Reader<'_> {
    /// What a server writes is left out, and said.
    pub(super) fn written_by_server(&mut self, field: &Field<'_>) {
        let position = self.position(field.span());
        let message = format!("`{}` is written by a server and ignored here", field.path);
        self.report(Diagnostic::warning(DiagnosticId::NoEffect, message).at(Some(&position), "remove it"));
    }
}
