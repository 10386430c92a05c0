//! `spec.topology.compute`.

use super::iris_node::IRIS_NODE;
use crate::{
    manifest::{
        form::{FLAG, WholeNumber},
        shape::{Shape, Shared, field},
    },
    topology::Compute,
};

pub(super) static COMPUTE: Shape<Compute> = Shape {
    place: "spec.topology.compute",
    entries: &[
        &Shared { shape: &IRIS_NODE, part: |compute: &mut Compute| &mut compute.iris },
        &field(
            "ephemeral",
            FLAG,
            |compute: &mut Compute, ephemeral| compute.ephemeral = ephemeral,
            "Whether the nodes have no persistent volumes.",
        )
        .default("false")
        .often_misplaced(),
        &field(
            "replicas",
            WholeNumber(0, 1000),
            |compute: &mut Compute, replicas| compute.replicas = replicas,
            "The number of compute nodes.",
        )
        .default("1"),
    ],
};
