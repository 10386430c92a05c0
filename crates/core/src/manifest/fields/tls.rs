//! `spec.tls`.

use crate::{
    manifest::{
        form::Kubernetes,
        kubernetes_type::Type,
        shape::{Shape, field},
    },
    topology::Tls,
};

const VOLUME_SOURCE: Kubernetes = Kubernetes(Type::VolumeSource);

pub(super) static TLS: Shape<Tls> = Shape {
    place: "spec.tls",
    entries: &[
        &field(
            "common",
            VOLUME_SOURCE,
            |tls: &mut Tls, volume| tls.common = Some(volume),
            "For every kind of connection that is not given.",
        )
        .not_yet("TLS"),
        &field("ecp", VOLUME_SOURCE, |tls: &mut Tls, volume| tls.ecp = Some(volume), "For ECP connections.")
            .not_yet("TLS of ECP connections"),
        &field("mirror", VOLUME_SOURCE, |tls: &mut Tls, volume| tls.mirror = Some(volume), "Between mirror members.")
            .not_yet("TLS between mirror members"),
        &field(
            "superserver",
            VOLUME_SOURCE,
            |tls: &mut Tls, volume| tls.superserver = Some(volume),
            "For connections to the superserver.",
        )
        .not_yet("TLS of the superserver"),
        &field(
            "webgateway",
            VOLUME_SOURCE,
            |tls: &mut Tls, volume| tls.webgateway = Some(volume),
            "For the web server of web gateways.",
        )
        .not_yet("TLS of the web gateway"),
    ],
};
