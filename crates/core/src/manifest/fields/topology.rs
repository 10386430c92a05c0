//! `spec.topology`: its nodes, and those of them that are small.

use super::{
    compute::COMPUTE,
    data::DATA,
    gateway::STAND_ALONE,
    pods::{ONLY_IMAGE, PODS},
};
use crate::{
    manifest::{
        form::IMAGE,
        shape::{Mapping, Shape, Shared, field},
    },
    topology::{Arbiter, Topology},
};

pub(super) static TOPOLOGY: Shape<Topology> = Shape {
    place: "spec.topology",
    entries: &[
        &field(
            "arbiter",
            Mapping(&ARBITER),
            |topology: &mut Topology, arbiter| topology.arbiter = Some(arbiter),
            "The arbiter of the mirror, in a pod of its own.",
        )
        .needs("image")
        .often_misplaced(),
        &field(
            "compute",
            Mapping(&COMPUTE),
            |topology: &mut Topology, compute| topology.compute = Some(compute),
            "Compute nodes: application servers of the data nodes.",
        )
        .needs("image")
        .often_misplaced(),
        &field("data", Mapping(&DATA), |topology: &mut Topology, data| topology.data = data, "Data nodes.")
            .required()
            .often_misplaced(),
        &field(
            "iam",
            Mapping(&ONLY_IMAGE),
            |topology: &mut Topology, image| topology.iam = Some(image),
            "The InterSystems API Manager.",
        )
        .needs("image")
        .not_yet("the InterSystems API Manager")
        .often_misplaced(),
        &field(
            "sam",
            Mapping(&ONLY_IMAGE),
            |topology: &mut Topology, image| topology.sam = Some(image),
            "System Alerting and Monitoring.",
        )
        .needs("image")
        .not_yet("System Alerting and Monitoring")
        .often_misplaced(),
        &field(
            "webgateway",
            Mapping(&STAND_ALONE),
            |topology: &mut Topology, gateways| topology.webgateway = Some(gateways),
            "Web gateways in pods of their own.",
        )
        .needs("image")
        .often_misplaced(),
    ],
};

static ARBITER: Shape<Arbiter> = Shape {
    place: "spec.topology.arbiter",
    entries: &[
        &field("image", IMAGE, |arbiter: &mut Arbiter, image| arbiter.image = image, "The arbiter image.").required(),
        &Shared { shape: &PODS, part: |arbiter: &mut Arbiter| &mut arbiter.pods },
    ],
};
