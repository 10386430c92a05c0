//! What the pods of every kind of node have: zones, template (kmodules' offshoot type, which IKO takes), strategy.

use iriskit_state::plan::DiagnosticId;
use std::collections::BTreeMap;

use serde_json::Value;

use super::metadata::METADATA;
use crate::{
    manifest::{
        form::{IMAGE, Kubernetes, List, OneOf, Simple, TEXT},
        kubernetes_type::{CONTAINER, POD_SPEC, Type},
        shape::{Mapping, Shape, field, member},
    },
    topology::{PodTemplate, Pods, UpdateStrategy},
};

pub(super) static PODS: Shape<Pods> = Shape {
    place: "",
    entries: &[
        &field(
            "podTemplate",
            Mapping(&POD_TEMPLATE),
            |pods: &mut Pods, template| pods.template = template,
            "Additions to the pods and their StatefulSet.",
        ),
        &field(
            "preferredZones",
            List(TEXT),
            |pods: &mut Pods, zones| pods.preferred_zones = zones,
            "Zones in which the pods run if they can.",
        ),
        &field(
            "updateStrategy",
            UPDATE_STRATEGY,
            |pods: &mut Pods, strategy| pods.update_strategy = Some(strategy),
            "How the pods are updated to a new revision; without it, `spec.updateStrategy` applies.",
        ),
    ],
};

static POD_TEMPLATE: Shape<PodTemplate> = Shape {
    place: "podTemplate",
    entries: &[
        &field(
            "controller",
            Mapping(&METADATA),
            |template: &mut PodTemplate, metadata| {
                (template.controller_labels, template.controller_annotations) = (metadata.labels, metadata.annotations);
            },
            "Labels and annotations of the StatefulSet.",
        ),
        &field(
            "metadata",
            Mapping(&METADATA),
            |template: &mut PodTemplate, metadata| {
                (template.labels, template.annotations) = (metadata.labels, metadata.annotations);
            },
            "Labels and annotations of the pods.",
        ),
        &field(
            "spec",
            Mapping(&SPEC),
            |template: &mut PodTemplate, spec| template.spec = spec,
            "Fields of the pods and of their main container.",
        ),
    ],
};

const fn of_pod(name: &'static str) -> Kubernetes {
    Kubernetes(Type::FieldOf(POD_SPEC, name))
}

pub(super) const fn of_container(name: &'static str) -> Kubernetes {
    Kubernetes(Type::FieldOf(CONTAINER, name))
}

static SPEC: Shape<BTreeMap<String, Value>> = Shape {
    place: "podTemplate.spec",
    entries: &[
        &member("affinity", of_pod("affinity"), "On which nodes the pods run, and beside which pods.")
            .often_misplaced(),
        &member("args", of_container("args"), "Further arguments of the main container.").often_misplaced(),
        &member(
            "containerSecurityContext",
            of_container("securityContext"),
            "The security context of the main container.",
        )
        .often_misplaced(),
        &member("dnsConfig", of_pod("dnsConfig"), "DNS parameters of the pods."),
        &member("dnsPolicy", of_pod("dnsPolicy"), "The DNS policy of the pods."),
        &member("env", of_container("env"), "Variables of the main container.").often_misplaced(),
        &member("imagePullSecrets", of_pod("imagePullSecrets"), "Further Secrets to pull images with."),
        &member(
            "initContainers",
            of_pod("initContainers"),
            "Containers that run before the main one, and before iriskit's own.",
        )
        .often_misplaced(),
        &member("lifecycle", of_container("lifecycle"), "What the main container does when it starts and stops.")
            .often_misplaced(),
        &member("livenessProbe", of_container("livenessProbe"), "The liveness probe of the main container.")
            .often_misplaced(),
        &member("nodeSelector", of_pod("nodeSelector"), "Labels that the pods' nodes must have.").often_misplaced(),
        &member("priority", of_pod("priority"), "The priority of the pods as a number."),
        &member("priorityClassName", of_pod("priorityClassName"), "The PriorityClass of the pods."),
        &member(
            "readinessProbe",
            of_container("readinessProbe"),
            "The readiness probe of the main container; mirror members keep iriskit's own.",
        )
        .often_misplaced(),
        &member("resources", of_container("resources"), "CPU and memory of the main container.").often_misplaced(),
        &member("schedulerName", of_pod("schedulerName"), "The scheduler of the pods."),
        &member(
            "securityContext",
            of_pod("securityContext"),
            "The pods' security context, laid over iriskit's own field by field.",
        )
        .often_misplaced(),
        &member("serviceAccountName", of_pod("serviceAccountName"), "The ServiceAccount of the pods.")
            .often_misplaced(),
        &member(
            "terminationGracePeriodSeconds",
            of_pod("terminationGracePeriodSeconds"),
            "How many seconds the pods may take to stop.",
        ),
        &member("tolerations", of_pod("tolerations"), "Taints of nodes that the pods tolerate.").often_misplaced(),
    ],
};

/// A node of which only the image is read.
pub(super) static ONLY_IMAGE: Shape<String> = Shape {
    place: "",
    entries: &[&field("image", IMAGE, |to: &mut String, image| *to = image, "The image.").required()],
};

/// `updateStrategy` of `spec` or of a node.
pub(super) const UPDATE_STRATEGY: Simple<UpdateStrategy> = Simple {
    value_type: || STRATEGY.value_type(),
    read: |reader, field| {
        if field.node.as_str().is_some() {
            let message = format!("`{}` must be a mapping with `type`, not a string", field.path);
            reader.error(DiagnosticId::WrongType, field, message, "write {type: RollingUpdate} or {type: OnDelete}");
            return None;
        }
        let mut strategy = None;
        STRATEGY.read(reader, field, &mut strategy)?;
        strategy
    },
};

static STRATEGY: Shape<Option<UpdateStrategy>> = Shape {
    place: "updateStrategy",
    entries: &[&field(
        "type",
        OneOf(&[("RollingUpdate", UpdateStrategy::RollingUpdate), ("OnDelete", UpdateStrategy::OnDelete)]),
        |to: &mut Option<UpdateStrategy>, strategy| *to = Some(strategy),
        "`RollingUpdate`: iriskit rolls mirror members by role, others roll as Kubernetes does. `OnDelete`: outdated \
             pods are only reported.",
    )
    .required()],
};
