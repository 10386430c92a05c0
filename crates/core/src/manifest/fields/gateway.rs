//! Web gateways: stand-alone ones and sidecars.

use super::{
    metadata::REFERENCE,
    pods::{PODS, of_container},
};
use crate::{
    diagnostic::Diagnostic,
    manifest::{
        description::ValueType,
        form::{Form, IMAGE, List, OneOf, Simple, WholeNumber},
        reader::{Field, Reader},
        shape::{Shape, Shared, field},
    },
    topology::{AlternativeServers, Gateway, GatewayType, StandAlone},
};
use iriskit_state::plan::DiagnosticId;

/// `spec.topology.webgateway`.
pub(super) static STAND_ALONE: Shape<StandAlone> = Shape {
    place: "spec.topology.webgateway",
    entries: &[
        &Shared { shape: &GATEWAY, part: |gateways: &mut StandAlone| &mut gateways.gateway },
        &Shared { shape: &PODS, part: |gateways: &mut StandAlone| &mut gateways.pods },
        &field(
            "replicas",
            REPLICAS,
            |gateways: &mut StandAlone, replicas| gateways.replicas = replicas,
            "The number of pods.",
        )
        .default("1"),
    ],
};

/// `webgateway` of data and compute nodes.
pub(super) static SIDECAR: Shape<Gateway> = Shape {
    place: "webgateway",
    entries: &[
        &Shared { shape: &GATEWAY, part: |gateway: &mut Gateway| gateway },
        &field(
            "containerSecurityContext",
            of_container("securityContext"),
            |gateway: &mut Gateway, context| gateway.container_security_context = Some(context),
            "The security context of the sidecar.",
        ),
        &field(
            "resources",
            of_container("resources"),
            |gateway: &mut Gateway, resources| gateway.resources = Some(resources),
            "CPU and memory of the sidecar.",
        ),
        &field(
            "replicas",
            Simple {
                value_type: || REPLICAS.value_type(),
                read: |reader, field| {
                    sidecar_replicas(reader, field);
                    Some(())
                },
            },
            |_: &mut Gateway, ()| (),
            "Has no effect: every pod has one sidecar.",
        ),
    ],
};

/// What both have.
static GATEWAY: Shape<Gateway> = Shape {
    place: "",
    entries: &[
        &field(
            "alternativeServers",
            OneOf(&[
                ("LoadBalancing", AlternativeServers::LoadBalancing),
                ("FailOver", AlternativeServers::FailOver),
                ("Disabled", AlternativeServers::Disabled),
            ]),
            |gateway: &mut Gateway, servers| gateway.alternative_servers = Some(servers),
            "What to do with more than one server: spread sessions, take the first that answers, or only the default one.",
        )
        .often_misplaced(),
        &field(
            "applicationPaths",
            List(APPLICATION_PATH),
            |gateway: &mut Gateway, paths| gateway.application_paths = paths,
            "Path prefixes that are sent to IRIS; without them `/` and `/csp`.",
        )
        .often_misplaced(),
        &field("image", IMAGE, |gateway: &mut Gateway, image| gateway.image = image, "The web gateway image.").required(),
        &field(
            "loginSecret",
            REFERENCE,
            |gateway: &mut Gateway, name| gateway.login_secret = Some(name),
            "A Secret with `username` and `password` of the gateway's user.",
        )
        .often_misplaced(),
        &field(
            "type",
            OneOf(&[
                ("apache", GatewayType::Apache),
                ("nginx", GatewayType::Nginx),
                ("apache-lockeddown", GatewayType::ApacheLockedDown),
            ]),
            |gateway: &mut Gateway, server| gateway.server = server,
            "The web server in the image.",
        )
        .default("apache"),
    ],
};

const REPLICAS: WholeNumber = WholeNumber(0, 1000);

const APPLICATION_PATH: Simple<String> = Simple {
    value_type: || ValueType::Text("a path that begins with `/`"),
    read: |reader, field| reader.text(field).inspect(|path| application_path(reader, field, path)),
};

fn application_path(reader: &mut Reader<'_>, field: &Field<'_>, path: &str) {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '[' | ']' | '#' | '?');
    let advice = if !path.starts_with('/') {
        format!("write /{path}")
    } else if path.contains(odd) {
        "letters, digits and / . - _ % only".to_owned()
    } else if path.len() > 1 && path.ends_with('/') {
        format!("write {}", path.trim_end_matches('/'))
    } else {
        return;
    };
    reader.error(DiagnosticId::BadValue, field, format!("`{path}` is no application path"), &advice);
}

fn sidecar_replicas(reader: &mut Reader<'_>, field: &Field<'_>) {
    if let Some(count) = REPLICAS.read(reader, field) {
        let message = format!("`{}` has no effect: every pod has one sidecar", field.path);
        let position = reader.position(field.span());
        let text = if count == 1 { "" } else { "remove it" };
        reader.report(Diagnostic::note(DiagnosticId::NoEffect, message).at(Some(&position), text));
    }
}
