//! Services: by which addresses a cluster is reached, and whether anybody answers there.

use iriskit_kubernetes::views::{Object, Pod, Service, ServicePort, ServiceType};
use iriskit_state::status::ServiceStatus;

use crate::plan::live::Live;

/// How a Service stands.
pub(super) fn service_status(service: Service<'_>, live: &Live) -> ServiceStatus {
    let namespace = service.namespace().unwrap_or_default();
    let selects = service.selector().next().is_some();
    let is_endpoint = |pod: &Pod<'_>| {
        service.selects(Object::new(pod.value())) && (pod.is_healthy() || service.publishes_not_ready_addresses())
    };
    let endpoints = || live.of_kind("Pod", namespace).map(Pod::new).filter(is_endpoint).count();
    let service_type = match service.service_type() {
        ServiceType::ClusterIp => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
        ServiceType::ExternalName => "ExternalName",
    };
    ServiceStatus {
        name: service.name().to_owned(),
        service_type: service_type.to_owned(),
        addresses: service.balanced_at().chain(service.cluster_ip()).map(str::to_owned).collect(),
        ports: service.ports().filter_map(port).collect(),
        endpoints: (selects && live.why_no_pods(namespace).is_none()).then(endpoints),
    }
}

/// `superserver:1972`, with `/30123` behind it where every node has a port for it.
fn port(port: ServicePort<'_>) -> Option<String> {
    let name = port.name().map(|name| format!("{name}:")).unwrap_or_default();
    let node = port.node_port().map(|node| format!("/{node}")).unwrap_or_default();
    Some(format!("{name}{}{node}", port.port()?))
}
