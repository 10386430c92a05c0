//! Services.

use serde_json::Value;

use super::{
    object::{Object, view},
    path,
};

view! {
    /// A Service.
    Service
}

/// How a Service is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceType {
    /// Inside of the cluster.
    ClusterIp,
    /// And at a port of every node.
    NodePort,
    /// And by a load balancer.
    LoadBalancer,
    /// It is only another name for a host.
    ExternalName,
}

impl<'a> Service<'a> {
    /// Its type, `ClusterIP` where it says none.
    pub fn service_type(self) -> ServiceType {
        match self.text(&["spec", "type"]) {
            Some("NodePort") => ServiceType::NodePort,
            Some("LoadBalancer") => ServiceType::LoadBalancer,
            Some("ExternalName") => ServiceType::ExternalName,
            _ => ServiceType::ClusterIp,
        }
    }

    /// The labels of the pods that it sends to. Without any it selects no pod at all.
    pub fn selector(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        path::entries(self.value(), &["spec", "selector"])
    }

    /// Whether it sends to a pod, by the pod's labels.
    pub fn selects(self, pod: Object<'_>) -> bool {
        let mut wanted = self.selector().peekable();
        wanted.peek().is_some() && wanted.all(|(key, value)| pod.label(key) == Some(value))
    }

    /// Its address; `None` while it has none, and for a headless Service.
    pub fn cluster_ip(self) -> Option<&'a str> {
        self.text(&["spec", "clusterIP"]).filter(|address| !address.is_empty() && *address != "None")
    }

    /// Whether it has no address of its own: its name stands for the pods themselves.
    pub fn is_headless(self) -> bool {
        self.text(&["spec", "clusterIP"]) == Some("None")
    }

    /// Addresses and names of the load balancers that lead to it.
    pub fn balanced_at(self) -> impl Iterator<Item = &'a str> + use<'a> {
        let ingress = self.items(&["status", "loadBalancer", "ingress"]).iter();
        ingress.filter_map(|one| path::text(one, &["ip"]).or_else(|| path::text(one, &["hostname"])))
    }

    /// Its ports.
    pub fn ports(self) -> impl Iterator<Item = ServicePort<'a>> + use<'a> {
        self.items(&["spec", "ports"]).iter().map(ServicePort)
    }

    /// Whether it names pods that are not ready.
    pub fn publishes_not_ready_addresses(self) -> bool {
        self.at(&["spec", "publishNotReadyAddresses"]) == Some(&Value::Bool(true))
    }

    /// Whether each of its ports gets a port of every node.
    pub fn allocates_node_ports(self) -> bool {
        match self.service_type() {
            ServiceType::NodePort => true,
            ServiceType::LoadBalancer => {
                self.at(&["spec", "allocateLoadBalancerNodePorts"]) != Some(&Value::Bool(false))
            }
            ServiceType::ClusterIp | ServiceType::ExternalName => false,
        }
    }
}

/// One entry of `spec.ports`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServicePort<'a>(&'a Value);

impl<'a> ServicePort<'a> {
    /// `name`; the only port of a Service may have none.
    pub fn name(self) -> Option<&'a str> {
        path::text(self.0, &["name"])
    }

    /// `port`.
    pub fn port(self) -> Option<i64> {
        self.0.get("port")?.as_i64()
    }

    /// The port of every node; 0 stands for none.
    pub fn node_port(self) -> Option<i64> {
        self.0.get("nodePort")?.as_i64().filter(|port| *port != 0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_and_node_ports() {
        for (spec, expected) in [
            (json!({}), (ServiceType::ClusterIp, false)),
            (json!({"type": "NodePort"}), (ServiceType::NodePort, true)),
            (json!({"type": "LoadBalancer"}), (ServiceType::LoadBalancer, true)),
            (
                json!({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false}),
                (ServiceType::LoadBalancer, false),
            ),
            (json!({"type": "ExternalName"}), (ServiceType::ExternalName, false)),
        ] {
            let value = json!({"spec": spec});
            let service = Service::new(&value);
            assert_eq!((service.service_type(), service.allocates_node_ports()), expected, "{value}");
        }
    }

    #[test]
    fn addresses() {
        for (spec, address, headless) in [
            (json!({}), None, false),
            (json!({"clusterIP": ""}), None, false),
            (json!({"clusterIP": "None"}), None, true),
            (json!({"clusterIP": "10.0.0.1"}), Some("10.0.0.1"), false),
        ] {
            let value = json!({"spec": spec});
            let service = Service::new(&value);
            assert_eq!((service.cluster_ip(), service.is_headless()), (address, headless), "{value}");
        }
    }

    #[test]
    fn a_service_without_a_selector_selects_nothing() {
        let pod = json!({"metadata": {"labels": {"app": "iris"}}});
        for (selector, expected) in
            [(json!(null), false), (json!({}), false), (json!({"app": "iris"}), true), (json!({"app": "x"}), false)]
        {
            let value = json!({"spec": {"selector": selector}});
            assert_eq!(Service::new(&value).selects(Object::new(&pod)), expected, "{value}");
        }
    }

    #[test]
    fn ports() {
        let value = json!({"spec": {"ports": [{"port": 80, "nodePort": 0}, {"name": "s", "port": 81, "protocol": "UDP",
            "nodePort": 30000}]}});
        let ports: Vec<_> = Service::new(&value).ports().collect();
        let told: Vec<_> = ports.iter().map(|port| (port.name(), port.node_port())).collect();
        assert_eq!(told, [(None, None), (Some("s"), Some(30000))]);
    }
}
