//! Volumes, their mounts, and claims.

use crate::{
    manifest::{
        form::{ANNOTATIONS, FOREIGN_LABELS, Kubernetes, KubernetesList, OneOf, SHORT_NAME, Simple},
        kubernetes_type::{CONTAINER, POD_SPEC, Type},
        shape::{Nested, Shape, field},
    },
    topology::ClaimTemplate,
};

/// `spec.volumes`.
pub(super) const VOLUMES: KubernetesList = KubernetesList(Type::FieldOf(POD_SPEC, "volumes"));
/// `volumeMounts` of data and compute nodes.
pub(super) const VOLUME_MOUNTS: KubernetesList = KubernetesList(Type::FieldOf(CONTAINER, "volumeMounts"));
/// The specification of a claim.
pub(super) const CLAIM_SPEC: Kubernetes = Kubernetes(Type::Named("io.k8s.api.core.v1.PersistentVolumeClaimSpec"));

/// One of `spec.volumeClaimTemplates`.
pub(super) const CLAIM_TEMPLATE: Simple<ClaimTemplate> = Simple {
    value_type: || TEMPLATE.value_type(),
    read: |reader, field| {
        let mut template = ClaimTemplate::default();
        TEMPLATE.read(reader, field, &mut template)?;
        (!template.name.is_empty()).then_some(template)
    },
};

static TEMPLATE: Shape<ClaimTemplate> = Shape {
    place: "spec.volumeClaimTemplates",
    entries: &[
        &field("apiVersion", OneOf(&[("v1", ())]), |_: &mut ClaimTemplate, ()| (), "The version of the format."),
        &field("kind", OneOf(&[("PersistentVolumeClaim", ())]), |_: &mut ClaimTemplate, ()| (), "The kind of object."),
        &Nested {
            name: "metadata",
            shape: &METADATA,
            part: |template: &mut ClaimTemplate| template,
            description: "Name, labels and annotations of the claims.",
        },
        &field(
            "spec",
            CLAIM_SPEC,
            |template: &mut ClaimTemplate, spec| template.spec = spec,
            "The spec of the claims.",
        )
        .required(),
    ],
};

static METADATA: Shape<ClaimTemplate> = Shape {
    place: "metadata",
    entries: &[
        &field(
            "annotations",
            ANNOTATIONS,
            |template: &mut ClaimTemplate, annotations| template.annotations = annotations,
            "Annotations.",
        ),
        &field("labels", FOREIGN_LABELS, |template: &mut ClaimTemplate, labels| template.labels = labels, "Labels."),
        &field(
            "name",
            SHORT_NAME,
            |template: &mut ClaimTemplate, name| template.name = name,
            "The name that mounts use.",
        )
        .required(),
    ],
};
