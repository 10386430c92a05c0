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

/// The same of an `IrisCluster`, with what holds it on a server or made its name: that is nothing to what it is expanded to. A
/// companion has these as fields of its own.
const METADATA_OF_CLUSTER: [&str; 11] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The server's part of an `IrisCluster`'s `metadata`: left out, and said.
pub(super) struct ServerMetadata;

impl<T> Entry<T> for ServerMetadata {
    fn names(&self, _: &mut Vec<&'static str>) {}

    fn names_from_servers(&self) -> &'static [&'static str] {
        &METADATA_OF_CLUSTER
    }

    fn describe(&self, _: &mut Vec<FieldDescription>) {}

    fn read(&self, reader: &mut Reader<'_>, fields: &Fields<'_>, _: &mut T) {
        for name in METADATA_OF_CLUSTER {
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
