//! Which cluster a companion belongs to.

use super::{
    companion::OWNER,
    reader::{Field, Reader},
    yaml::Node,
};
use crate::diagnostic::{Diagnostic, DiagnosticId};
use iriskit_kubernetes::schema::ObjectRef;

/// Namespace and name of a cluster.
pub(super) type ClusterId = (String, String);

impl Reader<'_> {
    /// The owner of the companion in `root`: the cluster that its annotation names, else the only one of its file, else the only
    /// one of the whole input.
    /// `in_file` is `None` when the file's clusters are not known, which was reported.
    pub(super) fn owner(
        &mut self,
        root: &Node,
        object: &ObjectRef,
        in_file: Option<&[ClusterId]>,
        everywhere: &[ClusterId],
    ) -> Option<ClusterId> {
        let metadata = root.get("metadata")?;
        let annotation = metadata.get("annotations").and_then(|annotations| annotations.entry(OWNER));
        if let Some((key, node)) = annotation {
            let field = Field { path: format!("metadata.annotations.{OWNER}"), key: Some(key), node };
            let text = node.as_str()?;
            return self.named_owner(&field, text, object, everywhere);
        }
        let in_file = in_file?;
        match (in_file, everywhere) {
            ([only], _) | ([], [only]) => return Some(only.clone()),
            _ => {}
        }
        let position = self.position(&metadata.get("name").unwrap_or(root).span);
        let why = match in_file {
            [] if everywhere.is_empty() => "there is no IrisCluster in the input",
            [] => "there is none in this file, and several in others",
            _ => "there are several IrisClusters in this file",
        };
        self.report(
            Diagnostic::error(DiagnosticId::CompanionOwner, format!("{object} belongs to no cluster: {why}"))
                .at(Some(&position), "which cluster does it belong to?")
                .help(format!("name its cluster in an annotation, `{OWNER}: {}`", example(everywhere))),
        );
        None
    }

    fn named_owner(
        &mut self,
        field: &Field<'_>,
        text: &str,
        object: &ObjectRef,
        everywhere: &[ClusterId],
    ) -> Option<ClusterId> {
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, text),
        };
        let named: Vec<&ClusterId> =
            everywhere.iter().filter(|id| id.1 == name && namespace.is_none_or(|given| given == id.0)).collect();
        let beside = named.iter().find(|id| object.namespace.as_ref() == Some(&id.0));
        match (named.as_slice(), beside) {
            ([only], _) | (_, Some(only)) => Some((*only).clone()),
            ([], None) => {
                let message = format!("{object} belongs to `{text}`, which is not in the input");
                self.error(DiagnosticId::CompanionOwner, field, message, "no IrisCluster of that name");
                None
            }
            _ => {
                let message = format!("{object} belongs to `{text}`, and there are several of that name");
                self.error(DiagnosticId::CompanionOwner, field, message, "write NAMESPACE/NAME");
                None
            }
        }
    }
}

fn example(everywhere: &[ClusterId]) -> &str {
    everywhere.first().map_or("NAME", |(_, name)| name)
}
