//! All inputs → everything that a run needs of them.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    Companion, Input,
    description::Places,
    discreet::without_secrets,
    document::{self, Document, Documents, Header},
    fields, foreign,
    owner::ClusterId,
    reader::Reader,
    yaml,
};
use crate::{
    diagnostic::{Diagnostic, DiagnosticId, Position, Severity},
    topology::{self, IrisCluster},
};
use iriskit_kubernetes::schema::ObjectRef;

/// What the inputs say. With an error among the diagnostics the rest may have gaps and must not be planned.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The clusters, in the order of the inputs.
    pub clusters: Vec<IrisCluster>,
    /// The other objects, in the order of the inputs.
    pub companions: Vec<Companion>,
    /// What is wrong or worth knowing: input by input, errors among warnings, by their place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading {
    /// Whether anything forbids going on.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(is_error)
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// Reads every document of every input. `default_namespace` is for objects that name none.
pub fn read(inputs: &[Input], default_namespace: &str) -> Reading {
    let places = Places::of(&fields::CLUSTER.describe());
    let mut run = Run { default_namespace, places, ..Run::default() };
    let mut parsed = Vec::with_capacity(inputs.len());
    for input in inputs {
        let mut diagnostics = Vec::new();
        let foreign = foreign::of(input);
        if let Some(tool) = foreign {
            diagnostics.push(tool.skipped(input, inputs.len() == 1));
        }
        let documents = if foreign.is_some() { Documents::default() } else { document::all(input, &mut diagnostics) };
        // A cluster counts as an owner even when something in it is wrong: one mistake, one message.
        let owners: Vec<ClusterId> =
            documents.objects.iter().filter_map(|document| document.cluster_id(default_namespace)).collect();
        run.clusters.extend(owners.iter().cloned());
        // A document that can't be read may be the owner.
        let owners = if diagnostics.iter().any(is_error) && owners.is_empty() { None } else { Some(owners) };
        parsed.push((input, documents, owners, diagnostics));
    }
    let nothing =
        parsed.iter().all(|(_, documents, _, diagnostics)| documents.is_empty && !diagnostics.iter().any(is_error));
    for (input, documents, owners, mut diagnostics) in parsed {
        for document in &documents.objects {
            run.document(document, input, owners.as_deref(), &mut diagnostics);
        }
        sort(&mut diagnostics);
        without_secrets(&mut diagnostics, input);
        run.reading.diagnostics.append(&mut diagnostics);
    }
    if nothing {
        run.reading.diagnostics.push(no_documents(inputs));
    }
    run.reading
}

/// One call of [`read`].
#[derive(Debug, Default)]
struct Run<'a> {
    default_namespace: &'a str,
    /// Where fields belong that people write elsewhere.
    places: Places,
    /// All clusters of all inputs.
    clusters: Vec<ClusterId>,
    /// Where each object stands.
    seen: HashMap<ObjectRef, Position>,
    reading: Reading,
}

impl Run<'_> {
    fn document(
        &mut self,
        document: &Document,
        input: &Input,
        owners: Option<&[ClusterId]>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let before = diagnostics.len();
        let none = Places::default();
        let mut reader = Reader {
            input,
            kind: document.kind().to_owned(),
            diagnostics,
            not_expanded: Vec::new(),
            places: if matches!(document.header, Header::Cluster) { &self.places } else { &none },
        };
        let object = match &document.header {
            Header::Cluster => {
                let cluster = reader.cluster(&document.root, self.default_namespace);
                cluster.map(|cluster| {
                    let broken = reader.diagnostics.iter().skip(before).any(is_error);
                    let findings =
                        std::mem::take(&mut reader.not_expanded).into_iter().chain(topology::findings(&cluster));
                    // Warnings about a cluster with gaps would speak of the gaps: a mistyped `mirrored` is no reason
                    // to call the arbiter useless.
                    reader.diagnostics.extend(findings.filter(|finding| !broken || is_error(finding)));
                    let (namespace, name) = (&cluster.namespace, &cluster.name);
                    let object = ObjectRef::namespaced(document::API_VERSION, document::KIND, namespace, name);
                    self.reading.clusters.push(cluster);
                    object
                })
            }
            Header::Other { api_version, kind } => {
                let companion = reader.companion(&document.root, api_version, kind, self.default_namespace);
                companion.map(|mut companion| {
                    companion.owner = reader.owner(&document.root, &companion.object, owners, &self.clusters);
                    let object = companion.object.clone();
                    self.reading.companions.push(companion);
                    object
                })
            }
        };
        reader.ambiguous(&document.root, before);
        let Some(object) = object else { return };
        let position = reader.position(&document.name_span());
        match self.seen.get(&object) {
            Some(first) => reader.report(
                Diagnostic::error(DiagnosticId::DuplicateObject, format!("{object} appears twice in the input"))
                    .at(Some(&position), "again here")
                    .at(Some(first), "first here"),
            ),
            None => {
                self.seen.insert(object, position);
            }
        }
    }
}

impl Reader<'_> {
    /// Warns about scalars that YAML 1.1 reads differently, but for those of which an error (from `before` on)
    /// spoke already.
    fn ambiguous(&mut self, root: &yaml::Node, before: usize) {
        let spoken_of: HashSet<Range<usize>> = self
            .diagnostics
            .iter()
            .skip(before)
            .filter_map(|diagnostic| diagnostic.labels.first())
            .map(|label| label.position.bytes.clone())
            .collect();
        for found in yaml::ambiguous_scalars(root, &self.input.text) {
            if !spoken_of.contains(&found.span.bytes) {
                let position = self.position(&found.span);
                let message = format!("tools that read YAML 1.1 read this unquoted text as {}", found.read_as);
                self.report(Diagnostic::warning(DiagnosticId::YamlAmbiguous, message).at(Some(&position), "quote it"));
            }
        }
    }
}

fn no_documents(inputs: &[Input]) -> Diagnostic {
    let names: Vec<String> = inputs.iter().map(|input| format!("`{}`", input.name)).collect();
    let place = if names.is_empty() { "the input".to_owned() } else { names.join(", ") };
    Diagnostic::error(DiagnosticId::NoDocuments, format!("no document in {place}"))
        .help("to remove a cluster, use `iriskit destroy NAME`")
}

/// By place, each once; findings without a place come first.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.position.bytes.start));
    diagnostics.dedup();
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
