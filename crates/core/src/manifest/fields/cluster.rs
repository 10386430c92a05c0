//! The document: `apiVersion`, `kind`, `metadata`, `spec`.

use super::spec::SPEC;
use crate::{
    diagnostic::Diagnostic,
    manifest::{
        description::{FieldDescription, ValueType},
        document::{API_VERSION, KIND},
        form::{LABELS, OneOf, SHORT_NAME, Simple, TEXT},
        reader::{Field, Reader},
        server_fields::ServerMetadata,
        shape::{Nested, Shape, field},
        suggest, syntax,
    },
    topology::IrisCluster,
};
use iriskit_state::plan::DiagnosticId;

/// The annotation that names the labeler's image.
const LABELER_IMAGE: &str = "iriskit/labeler-image";

/// The whole of it.
pub(in crate::manifest) static CLUSTER: Shape<IrisCluster> = Shape {
    place: "",
    entries: &[
        &field("apiVersion", OneOf(&[(API_VERSION, ())]), |_: &mut IrisCluster, ()| (), "The version of the format.")
            .required(),
        &field("kind", OneOf(&[(KIND, ())]), |_: &mut IrisCluster, ()| (), "The kind of the object.").required(),
        &Nested {
            name: "metadata",
            shape: &METADATA,
            part: |cluster: &mut IrisCluster| cluster,
            description: "Name, namespace, labels and annotations.",
        },
        &Nested {
            name: "spec",
            shape: &SPEC,
            part: |cluster: &mut IrisCluster| cluster,
            description: "The desired state.",
        },
        &field(
            "status",
            Simple {
                value_type: || ValueType::Anything,
                read: |reader, field| {
                    reader.written_by_server(field);
                    Some(())
                },
            },
            |_: &mut IrisCluster, ()| (),
            "Written by a server, and ignored here.",
        ),
    ],
};

static METADATA: Shape<IrisCluster> = Shape {
    place: "metadata",
    entries: &[
        &field(
            "annotations",
            Simple {
                value_type: || ValueType::TextMap,
                read: |reader, field| {
                    let annotations = reader.annotations(field);
                    own_annotations(reader, field);
                    Some(annotations)
                },
            },
            |cluster: &mut IrisCluster, annotations| cluster.annotations = annotations,
            "Annotations. `iriskit/labeler-image` names the image of the mirror labeler.",
        ),
        &field("labels", LABELS, |cluster: &mut IrisCluster, labels| cluster.labels = labels, "Labels."),
        &field(
            "name",
            TEXT,
            |cluster: &mut IrisCluster, name| cluster.name = name,
            "The cluster's name, which begins the names of its objects.",
        )
        .required(),
        &field(
            "namespace",
            SHORT_NAME,
            |cluster: &mut IrisCluster, namespace| cluster.namespace = namespace,
            "The namespace of its objects; without it, the one chosen for the run.",
        ),
        &ServerMetadata,
    ],
};

/// A mistyped annotation of ours would do nothing.
fn own_annotations(reader: &mut Reader<'_>, field: &Field<'_>) {
    for (key, node) in field.node.entries().unwrap_or_default() {
        if key.name == LABELER_IMAGE
            && let Some(text) = node.as_str()
            && let Some(problem) = syntax::image(text)
        {
            let value = Field { path: format!("metadata.annotations.{LABELER_IMAGE}"), key: Some(key), node };
            reader.error(DiagnosticId::BadImage, &value, format!("`{text}` is not an image reference"), &problem);
        }
        if key.name.starts_with("iriskit/") && key.name != LABELER_IMAGE {
            let label = suggest::closest(&key.name, &[LABELER_IMAGE]).map(|word| format!("did you mean `{word}`?"));
            let position = reader.position(&key.span);
            let message = format!("`{}` is not an annotation of iriskit", key.name);
            reader.report(
                Diagnostic::error(DiagnosticId::UnknownAnnotation, message)
                    .at(Some(&position), label.unwrap_or_default()),
            );
        }
    }
}

/// Every field of an `IrisCluster`, those of mappings inside their mappings.
pub fn iris_cluster_fields() -> Vec<FieldDescription> {
    CLUSTER.describe()
}
