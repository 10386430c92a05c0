//! The documents of an input and what kind of object each is.

use super::{
    Input, suggest,
    yaml::{self, Kind, Node, Span},
};
use crate::diagnostic::{Diagnostic, DiagnosticId};

/// `apiVersion` of an `IrisCluster`.
pub(super) const API_VERSION: &str = "intersystems.com/v1alpha1";
/// `kind` of an `IrisCluster`.
pub(super) const KIND: &str = "IrisCluster";

/// One object's document.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) root: Node,
    pub(super) header: Header,
}

/// What `apiVersion` and `kind` say.
#[derive(Debug)]
pub(super) enum Header {
    Cluster,
    Other { api_version: String, kind: String },
}

impl Document {
    /// Its kind, as messages name it.
    pub(super) fn kind(&self) -> &str {
        match &self.header {
            Header::Cluster => KIND,
            Header::Other { kind, .. } => kind,
        }
    }

    /// Namespace and name, if it is a cluster that has them.
    pub(super) fn cluster_id(&self, default_namespace: &str) -> Option<(String, String)> {
        let Header::Cluster = self.header else { return None };
        let metadata = self.root.get("metadata")?;
        let name = metadata.get("name")?.as_str()?;
        let namespace = metadata.get("namespace").and_then(Node::as_str).unwrap_or(default_namespace);
        Some((namespace.to_owned(), name.to_owned()))
    }

    /// Where the object's name stands.
    pub(super) fn name_span(&self) -> Span {
        let name = self.root.get("metadata").and_then(|metadata| metadata.get("name"));
        name.unwrap_or(&self.root).span.clone()
    }
}

/// The documents of `input`, with `List`s unfolded.
///
/// Findings: those of [`yaml::read`], `wrong-type`, `missing-field`, `unknown-kind`.
pub(super) fn all(input: &Input, diagnostics: &mut Vec<Diagnostic>) -> Documents {
    let mut found = Documents::default();
    for document in yaml::read(input, diagnostics) {
        found.is_empty = false;
        unfold(document.root, input, diagnostics, &mut found.objects);
    }
    found
}

/// What an input holds.
#[derive(Debug)]
pub(super) struct Documents {
    pub(super) objects: Vec<Document>,
    /// Whether there is no document at all; an empty `List` is one.
    pub(super) is_empty: bool,
}

impl Default for Documents {
    fn default() -> Self {
        Self { objects: Vec::new(), is_empty: true }
    }
}

fn unfold(root: Node, input: &Input, diagnostics: &mut Vec<Diagnostic>, found: &mut Vec<Document>) {
    let at = |span: &Span| span.in_file(&input.name);
    let Some(entries) = root.entries() else {
        let message = format!("a document must be a mapping, not {}", root.kind_name());
        diagnostics.push(
            Diagnostic::error(DiagnosticId::WrongType, message).at(Some(&at(&root.span)), "not a Kubernetes object"),
        );
        return;
    };
    let start = entries.first().map_or(&root.span, |(key, _)| &key.span);
    let mut header = |name: &str| match root.entry(name) {
        Some((_, node)) if node.as_str().is_some_and(|text| !text.is_empty()) => node.as_str().map(str::to_owned),
        Some((key, node)) => {
            let span = if matches!(node.kind, Kind::Number(_) | Kind::Bool(_)) { &node.span } else { &key.span };
            let message = format!("`{name}` must be a string, not {}", node.kind_name());
            diagnostics.push(Diagnostic::error(DiagnosticId::WrongType, message).at(Some(&at(span)), ""));
            None
        }
        None => {
            let near = entries.iter().map(|(key, _)| key).find(|key| suggest::closest(&key.name, &[name]).is_some());
            let (span, text) = near.map_or_else(
                || (start, format!("this document needs `{name}`")),
                |key| (&key.span, format!("did you mean `{name}`?")),
            );
            let message = format!("`{name}` is missing");
            diagnostics.push(Diagnostic::error(DiagnosticId::MissingField, message).at(Some(&at(span)), text));
            None
        }
    };
    let (api_version, kind) = (header("apiVersion"), header("kind"));
    let (Some(api_version), Some(kind)) = (api_version, kind) else { return };
    if kind.ends_with("List") && root.get("items").is_some() {
        let Kind::Mapping(entries) = root.kind else { return };
        for (key, node) in entries {
            if key.name != "items" {
                continue;
            }
            match node.kind {
                Kind::Sequence(items) => items.into_iter().for_each(|item| unfold(item, input, diagnostics, found)),
                Kind::Null => {}
                _ => diagnostics.push(
                    Diagnostic::error(
                        DiagnosticId::WrongType,
                        format!("`items` must be a list, not {}", node.kind_name()),
                    )
                    .at(Some(&at(&key.span)), ""),
                ),
            }
        }
        return;
    }
    let header =
        if api_version == API_VERSION && kind == KIND { Header::Cluster } else { Header::Other { api_version, kind } };
    found.push(Document { root, header });
}
