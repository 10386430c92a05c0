//! `spec.serviceTemplate` (kmodules' offshoot type, which IKO takes).

use std::collections::BTreeMap;

use serde_json::Value;

use super::metadata::METADATA;
use crate::{
    manifest::{
        form::{AsWritten, Kubernetes, List, OneOf, WholeNumber},
        kubernetes_type::{SERVICE_SPEC, Type},
        shape::{Mapping, Shape, field, member},
    },
    topology::ServiceTemplate,
};

pub(super) static SERVICE_TEMPLATE: Shape<ServiceTemplate> = Shape {
    place: "spec.serviceTemplate",
    entries: &[
        &field(
            "metadata",
            Mapping(&METADATA),
            |template: &mut ServiceTemplate, metadata| {
                (template.labels, template.annotations) = (metadata.labels, metadata.annotations);
            },
            "Labels and annotations of the Services.",
        ),
        &field(
            "spec",
            Mapping(&SPEC),
            |template: &mut ServiceTemplate, spec| template.spec = spec,
            "Fields of the Services.",
        ),
    ],
};

const fn of_service(name: &'static str) -> Kubernetes {
    Kubernetes(Type::FieldOf(SERVICE_SPEC, name))
}

static SPEC: Shape<BTreeMap<String, Value>> = Shape {
    place: "spec.serviceTemplate.spec",
    entries: &[
        &member("clusterIP", of_service("clusterIP"), "The address inside the Kubernetes cluster; for one Service."),
        &member("externalIPs", of_service("externalIPs"), "Addresses outside of it."),
        &member(
            "externalTrafficPolicy",
            of_service("externalTrafficPolicy"),
            "Whether traffic from outside goes to pods of its own node only.",
        )
        .often_misplaced(),
        &member(
            "healthCheckNodePort",
            of_service("healthCheckNodePort"),
            "The port of health checks; for one Service.",
        ),
        &member("loadBalancerIP", of_service("loadBalancerIP"), "The load balancer's address; for one Service."),
        &member(
            "loadBalancerSourceRanges",
            of_service("loadBalancerSourceRanges"),
            "Addresses from which the load balancer takes traffic.",
        ),
        &member("ports", AsWritten(List(Mapping(&PORT))), "Numbers of ports, matched by name."),
        &member("sessionAffinityConfig", of_service("sessionAffinityConfig"), "Parameters of session affinity."),
        &member(
            "type",
            AsWritten(OneOf(&[("ClusterIP", ()), ("NodePort", ()), ("LoadBalancer", ())])),
            "How the Services are reached.",
        )
        .default("ClusterIP"),
    ],
};

static PORT: Shape<()> = Shape {
    place: "spec.serviceTemplate.spec.ports",
    entries: &[
        &field("name", OneOf(&[("superserver", ()), ("webserver", ())]), |(): &mut (), ()| (), "Which port.")
            .required(),
        &field("nodePort", PORT_NUMBER, |(): &mut (), _| (), "Its number on the nodes; for one Service."),
        &field("port", PORT_NUMBER, |(): &mut (), _| (), "Its number on the Services."),
    ],
};

const PORT_NUMBER: WholeNumber = WholeNumber(1, 65535);
