//! Names, labels and annotations inside an `IrisCluster`.

use iriskit_state::plan::DiagnosticId;
use std::collections::BTreeMap;

use crate::manifest::{
    form::{ANNOTATIONS, FOREIGN_LABELS, OBJECT_NAME, Simple},
    shape::{Shape, field},
};

/// `{name: NAME}`, as references to Secrets and ConfigMaps are written.
pub(super) const REFERENCE: Simple<String> = Simple {
    value_type: || NAME.value_type(),
    read: |reader, field| {
        if let Some(text) = field.node.as_str() {
            let message = format!("`{}` must be a mapping with `name`, not a string", field.path);
            reader.error(DiagnosticId::WrongType, field, message, &format!("write {{name: {text}}}"));
            return None;
        }
        let mut name = String::new();
        NAME.read(reader, field, &mut name)?;
        (!name.is_empty()).then_some(name)
    },
};

static NAME: Shape<String> = Shape {
    place: "",
    entries: &[&field(
        "name",
        OBJECT_NAME,
        |to: &mut String, name| *to = name,
        "The name of the object, in the cluster's namespace.",
    )
    .required()],
};

/// What an object that iriskit makes gets in its `metadata`.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
}

pub(super) static METADATA: Shape<Metadata> = Shape {
    place: "",
    entries: &[
        &field(
            "annotations",
            ANNOTATIONS,
            |metadata: &mut Metadata, annotations| metadata.annotations = annotations,
            "Annotations.",
        ),
        &field("labels", FOREIGN_LABELS, |metadata: &mut Metadata, labels| metadata.labels = labels, "Labels."),
    ],
};
