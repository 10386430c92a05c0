//! Cluster IPs and node ports.

use serde_json::Value;

use super::fields::{self as service, Ports};
use crate::{
    fields::{self, text},
    key::Resource,
    objects::Cause,
    store::Store,
};

const FIRST_PORT: u16 = 30000;
const LAST_PORT: u16 = 32767;
/// Dry runs hand out what no cluster does.
const DRY_PORT: u16 = 32769;
const DRY_IP: &str = "10.0.0.0";
/// 10.0.0.0/16 without the first and the last address.
const IPS: u32 = 65534;

/// Gives a Service its cluster IP and node ports, or checks those that it asks for.
pub(super) fn allocate(live: Option<&Value>, service: &mut Value, store: &Store, dry_run: bool) -> Result<(), Cause> {
    let seed = seed(service);
    if service::needs_ip(service) {
        match text(service, "/spec/clusterIP").to_owned().as_str() {
            "None" => {}
            "" => {
                let ip = if dry_run { DRY_IP.to_owned() } else { free_ip(seed, store) };
                service::set_ip(service, &ip);
            }
            ip => {
                let same = live.is_some_and(|live| text(live, "/spec/clusterIP") == ip);
                if let Some(problem) = (!same).then(|| ip_problem(ip, store, dry_run)).flatten() {
                    let message = format!("failed to allocate IP {ip}: {problem}");
                    return Err(Cause::invalid("spec.clusterIPs", vec![Value::from(ip)], &message));
                }
                service::set_ip(service, ip);
            }
        }
    }
    let mut ports = Ports::of(live);
    let mut given: Vec<u16> = Vec::new();
    let next = |ports: &[u16]| {
        if dry_run {
            let count = u16::try_from(ports.iter().filter(|port| **port > LAST_PORT).count()).unwrap_or_default();
            DRY_PORT.saturating_add(count)
        } else {
            free_port(seed, store, ports)
        }
    };
    if service::needs_ports(service) {
        for at in 0..service::port_count(service) {
            let wanted = service::node_port(service, at);
            if wanted == 0 {
                // The same port number over another protocol shares the node port.
                let shared = service::sibling(service, at);
                let port = shared.unwrap_or_else(|| next(&given));
                if !given.contains(&port) {
                    given.push(port);
                }
                service::set_node_port(service, at, port);
            } else {
                let problem = (!ports.had(wanted) && !given.contains(&wanted))
                    .then(|| port_problem(wanted, store, dry_run))
                    .flatten();
                if let Some(problem) = problem {
                    return Err(Cause::invalid(format!("spec.ports[{at}].nodePort"), wanted, &problem));
                }
                given.push(wanted);
            }
        }
        ports.seen(&given);
    }
    if service::needs_health_port(service) && service::health_port(service) == 0 {
        let port = next(&given);
        service::set_health_port(service, port);
    }
    Ok(())
}

fn ip_problem(ip: &str, store: &Store, dry_run: bool) -> Option<String> {
    if !ip.starts_with("10.0.") {
        return Some(if dry_run {
            format!("the provided IP ({ip}) is not in the valid range. The range of valid IPs is 10.0.0.0/16")
        } else {
            "the provided network does not match the current range".to_owned()
        });
    }
    (!dry_run && ip_in_use(store, ip)).then(|| "provided IP is already allocated".to_owned())
}

fn port_problem(port: u16, store: &Store, dry_run: bool) -> Option<String> {
    if port_in_use(store, port) {
        return Some("provided port is already allocated".to_owned());
    }
    (!dry_run && !(FIRST_PORT..=LAST_PORT).contains(&port)).then(|| {
        format!("provided port is not in the valid range. The range of valid ports is {FIRST_PORT}-{LAST_PORT}")
    })
}

/// The same Service asks for the same values again.
fn seed(service: &Value) -> u32 {
    let name = format!("{}/{}", text(service, "/metadata/namespace"), text(service, "/metadata/name"));
    name.bytes().fold(2_166_136_261, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}

fn free_ip(seed: u32, store: &Store) -> String {
    let ip = |at: u32| {
        let host = at % IPS + 1;
        format!("10.0.{}.{}", host >> 8, host & 255)
    };
    (0..IPS).map(|step| ip(seed.wrapping_add(step))).find(|ip| !ip_in_use(store, ip)).unwrap_or_else(|| ip(seed))
}

fn free_port(seed: u32, store: &Store, given: &[u16]) -> u16 {
    let count = u32::from(LAST_PORT - FIRST_PORT) + 1;
    let port = |at: u32| FIRST_PORT + u16::try_from(at % count).unwrap_or_default();
    (0..count)
        .map(|step| port(seed.wrapping_add(step)))
        .find(|port| !port_in_use(store, *port) && !given.contains(port))
        .unwrap_or(FIRST_PORT)
}

fn ip_in_use(store: &Store, ip: &str) -> bool {
    // The first address belongs to the API server's own Service.
    ip == "10.0.0.1"
        || store.list(Resource::SERVICES, None).any(|(_, service)| {
            text(service, "/spec/clusterIP") == ip
                || fields::items(service, "/spec/clusterIPs").iter().any(|known| known == ip)
        })
}

fn port_in_use(store: &Store, port: u16) -> bool {
    let port = i64::from(port);
    store.list(Resource::SERVICES, None).any(|(_, service)| {
        fields::number(service, "/spec/healthCheckNodePort") == Some(port)
            || fields::items(service, "/spec/ports").iter().any(|used| fields::number(used, "/nodePort") == Some(port))
    })
}
