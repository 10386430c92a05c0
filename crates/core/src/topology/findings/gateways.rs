//! Web gateways against the pods that they run in, their web server and the mirror behind them.

use serde_json::Value;

use super::super::{Gateway, GatewayType, IrisCluster, PodTemplate};
use crate::diagnostic::{Diagnostic, DiagnosticId};

/// Where the Management Portal is.
const PORTAL: &str = "/csp/sys";

pub(super) fn check(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let topology = &cluster.topology;
    let data = &topology.data;
    let compute = topology.compute.as_ref().map(|compute| &compute.iris);
    let gateways = [
        ("spec.topology.data", data.iris.webgateway.as_ref(), Some(&data.iris.pods.template), true),
        (
            "spec.topology.compute",
            compute.and_then(|node| node.webgateway.as_ref()),
            compute.map(|node| &node.pods.template),
            true,
        ),
        (
            "spec.topology",
            topology.webgateway.as_ref().map(|gateway| &gateway.gateway),
            topology.webgateway.as_ref().map(|gateway| &gateway.pods.template),
            false,
        ),
    ];
    for (node, gateway, template, sidecar) in gateways {
        let (Some(gateway), Some(template)) = (gateway, template) else { continue };
        let path = format!("{node}.webgateway");
        needs_root(cluster, &path, gateway, template, sidecar, found);
        paths_without_server(cluster, &path, gateway, found);
    }
    portal(cluster, found);
}

/// The images of type apache and nginx start their web server as root.
fn needs_root(
    cluster: &IrisCluster,
    path: &str,
    gateway: &Gateway,
    template: &PodTemplate,
    sidecar: bool,
    found: &mut Vec<Diagnostic>,
) {
    let own = if sidecar {
        gateway.container_security_context.as_ref()
    } else {
        template.spec.get("containerSecurityContext")
    };
    let pod = template.spec.get("securityContext");
    let said = |field: &str| [own, pod].into_iter().flatten().find_map(|context| context.get(field));
    let not_root = said("runAsNonRoot").and_then(Value::as_bool) == Some(true)
        || said("runAsUser").and_then(Value::as_i64).is_some_and(|user| user != 0);
    let word = match gateway.server {
        GatewayType::Apache => "apache",
        GatewayType::Nginx => "nginx",
        GatewayType::ApacheLockedDown => return,
    };
    if not_root {
        let message = format!("a web gateway of type {word} starts as root, which its pods may not do");
        found.push(
            Diagnostic::warning(DiagnosticId::GatewayNeedsRoot, message)
                .at(cluster.sources.nearest(&format!("{path}.type")), "")
                .help("take `type: apache-lockeddown` with its image, which runs as user 51773"),
        );
    }
}

/// For Nginx no configuration is made: what its image has serves the management pages only.
fn paths_without_server(cluster: &IrisCluster, path: &str, gateway: &Gateway, found: &mut Vec<Diagnostic>) {
    if gateway.server != GatewayType::Nginx {
        return;
    }
    let paths = match gateway.application_paths.as_slice() {
        [] => "/, /csp".to_owned(),
        paths => paths.join(", "),
    };
    let message = format!(
        "no configuration of Nginx is made for {paths}: it answers 404 where its image sends nothing to the gateway"
    );
    let field = if gateway.application_paths.is_empty() { "type" } else { "applicationPaths" };
    found.push(
        Diagnostic::warning(DiagnosticId::GatewayPathsUnserved, message)
            .at(cluster.sources.nearest(&format!("{path}.{field}")), "")
            .help("take `type: apache`, for which the paths are written, or an image with a configuration of its own"),
    );
}

/// A gateway that follows a mirror shows the portal of whichever member is primary. InterSystems wants no mirror-aware
/// configuration for the portal.
fn portal(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let topology = &cluster.topology;
    let Some(gateways) = &topology.webgateway else { return };
    let compute = topology.compute.as_ref().is_some_and(|compute| compute.replicas > 0);
    if !topology.data.mirrored || compute {
        return;
    }
    let covers = |path: &str| {
        path == "/"
            || path == PORTAL
            || PORTAL.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
            || path.strip_prefix(PORTAL).is_some_and(|rest| rest.starts_with('/'))
    };
    let paths = &gateways.gateway.application_paths;
    if !paths.is_empty() && !paths.iter().any(|path| covers(path)) {
        return;
    }
    let message = "the Management Portal (/csp/sys) through this gateway is that of whichever member is primary";
    let field = if paths.is_empty() { "spec.topology.webgateway" } else { "spec.topology.webgateway.applicationPaths" };
    found.push(
        Diagnostic::note(DiagnosticId::PortalFollowsMirror, message)
            .at(cluster.sources.nearest(field), "its servers are mirror-aware")
            .help("InterSystems advises against it; a sidecar gateway (`data.webgateway`) shows the portal of its own member"),
    );
}
