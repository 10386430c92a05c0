//! Configuration text of web gateways: CSP.ini and, for Apache, CSP.conf. Credentials never stand in it.

use std::collections::BTreeSet;

use super::{ConfigTexts, iris::SUPERSERVER, names};
use crate::{
    diagnostic::Diagnostic,
    ini::Document,
    topology::{AlternativeServers, Gateway, GatewayType, IrisCluster},
};
use iriskit_state::plan::DiagnosticId;

/// The line where the sidecar `webgateway-config` writes user name and password; a comment to the gateway.
pub(super) const LOGIN_MARK: &str = ";iriskit-login";
/// The paths of a gateway whose manifest gives none.
const DEFAULT_PATHS: [&str; 2] = ["/", "/csp"];
/// The server of a sidecar.
const LOCAL: &str = "LOCAL";

/// An IRIS instance that a gateway connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    name: String,
    address: String,
    /// Its address may be that of a backup: the gateway asks it for the mirror's members and goes to the primary.
    mirror_aware: bool,
}

/// The server of a sidecar: the instance of its pod.
pub(super) fn local() -> Vec<Server> {
    vec![Server { name: LOCAL.into(), address: "127.0.0.1".into(), mirror_aware: false }]
}

/// The servers of a stand-alone gateway: the compute nodes, or the data nodes where there are none.
pub(super) fn servers(cluster: &IrisCluster) -> Vec<Server> {
    let compute = names::compute_pods(cluster);
    let mirror_aware = compute.is_empty() && cluster.topology.data.mirrored;
    let pods = if compute.is_empty() { names::data_pods(cluster) } else { compute };
    pods.into_iter().map(|pod| Server { address: names::host(cluster, &pod), name: pod, mirror_aware }).collect()
}

/// CSP.ini, with the user's `CSP-merge.ini` over it.
pub(super) fn ini(
    gateway: &Gateway,
    servers: &[Server],
    alternative: AlternativeServers,
    texts: &ConfigTexts,
) -> String {
    let mut ini = Document::default();
    let first = servers.first().map_or(LOCAL, |server| &server.name);
    if gateway.server != GatewayType::ApacheLockedDown {
        ini.set("SYSTEM", "IRISCONNECT_LIBRARY_PATH", "/opt/webgateway/bin");
    }
    for (key, value) in [
        ("SM_Timeout", "28800"),
        ("Server_Response_Timeout", "60"),
        ("No_Activity_Timeout", "86400"),
        ("Queued_Request_Timeout", "60"),
        ("Default_Server", first),
    ] {
        ini.set("SYSTEM", key, value);
    }
    for server in servers {
        ini.set("SYSTEM_INDEX", &server.name, "Enabled");
    }
    for server in servers {
        let port = SUPERSERVER.to_string();
        for (key, value) in [
            ("Ip_Address", server.address.as_str()),
            ("TCP_Port", &port),
            ("Product", "2"),
            ("Minimum_Server_Connections", "3"),
            ("Maximum_Session_Connections", "3"),
            ("Connection_Security_Level", "0"),
        ] {
            ini.set(&server.name, key, value);
        }
        if server.mirror_aware {
            ini.set(&server.name, "Mirror_Aware", "1");
        }
        ini.mark(&server.name, LOGIN_MARK);
    }
    for path in paths(gateway) {
        ini.set("APP_PATH_INDEX", path, "Enabled");
    }
    for path in paths(gateway) {
        application(&mut ini, path, servers, first, gateway.alternative_servers.unwrap_or(alternative));
    }
    if let Some(text) = &texts.csp_merge {
        ini.merge(Document::parse(text).0);
    }
    ini.unmark_where(LOGIN_MARK, &["Username", "Password"]);
    ini.to_string()
}

fn application(ini: &mut Document, path: &str, servers: &[Server], first: &str, alternative: AlternativeServers) {
    let section = format!("APP_PATH:{path}");
    let alternative = match alternative {
        AlternativeServers::LoadBalancing => "LoadBalancing",
        AlternativeServers::FailOver => "FailOver",
        AlternativeServers::Disabled => "Disabled",
    };
    for (key, value) in [
        ("Alternative_Servers", alternative),
        ("GZIP_Compression", "Enabled"),
        ("GZIP_Minimum_File_Size", "500"),
        ("GZIP_Exclude_File_Types", "jpeg gif ico png gz zip mp3 mp4 tiff"),
        ("Response_Size_Notification", "Chunked Transfer Encoding and Content Length"),
        ("KeepAlive", "No Action"),
        ("Non_Parsed_Headers", "Enabled"),
        ("Default_Server", first),
    ] {
        ini.set(&section, key, value);
    }
    for (at, server) in servers.iter().enumerate() {
        ini.set(&section, &format!("Alternative_Server_{at}"), &format!("1~~~~~~{}", server.name));
    }
}

fn paths(gateway: &Gateway) -> Vec<&str> {
    let mut known = BTreeSet::new();
    let given = gateway.application_paths.iter().map(String::as_str);
    let paths: Vec<&str> = given.filter(|path| known.insert(*path)).collect();
    if paths.is_empty() { DEFAULT_PATHS.to_vec() } else { paths }
}

/// CSP.conf, which sends the application paths to the gateway: the image's own file serves only its management pages.
/// `None` for Nginx, whose image keeps its own.
pub(super) fn conf(gateway: &Gateway) -> Option<String> {
    if gateway.server == GatewayType::Nginx {
        return None;
    }
    let bin = "${ISC_PACKAGE_INSTALLDIR}/bin/";
    let locations: String =
        paths(gateway).iter().flat_map(|path| ["\n<Location \"", path, "\">\n    CSP On\n</Location>\n"]).collect();
    Some(format!(
        "CSPModulePath \"{bin}\"\nCSPConfigPath \"{bin}\"\n{locations}\n\
         <Directory \"{bin}\">\n    AllowOverride None\n    Options None\n    Require all granted\n    \
         <FilesMatch \"\\.(log|ini|pid|exe|so)$\">\n        Require all denied\n    </FilesMatch>\n</Directory>\n"
    ))
}

/// What is worth knowing about the user's `CSP-merge.ini`.
pub(super) fn check_merge(cluster: &IrisCluster, texts: &ConfigTexts, found: &mut Vec<Diagnostic>) {
    let Some(text) = &texts.csp_merge else { return };
    let (ini, outside) = Document::parse(text);
    let position = cluster.sources.nearest("spec.configSource.name");
    if let Some(line) = outside.first() {
        let key = line.split('=').next().unwrap_or_default().trim();
        found.push(
            Diagnostic::warning(
                DiagnosticId::CspMergeOutsideSection,
                format!("CSP-merge.ini: `{key}` is in no section and is left out"),
            )
            .at(position, ""),
        );
    }
    if ini.has("Password") {
        found.push(
            Diagnostic::warning(
                DiagnosticId::PasswordInConfigMap,
                "CSP-merge.ini holds a password, which a ConfigMap doesn't keep secret",
            )
            .at(position, "")
            .help("put it in a Secret and name that as `loginSecret` of the web gateway"),
        );
    }
}

#[cfg(test)]
mod tests;
