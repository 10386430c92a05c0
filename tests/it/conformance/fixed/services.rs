//! Services and what stands before and behind them.

use serde_json::{Value, json};

use super::case::{Case, Changes, spec};

fn service(more: &Value) -> Value {
    let mut service = spec(json!({"selector": {"app": "a"}, "ports": [{"name": "p", "port": 1972}]}));
    for (name, value) in more.as_object().expect("an object") {
        service["spec"][name] = value.clone();
    }
    service
}

fn services() -> Changes {
    let class = json!({"loadBalancerClass": "a.example/b"});
    Changes::of("v1", "Service", service(&json!({})))
        .fixed("spec.clusterIP", spec(json!({"clusterIP": "None"})))
        .fixed("spec.clusterIP", spec(json!({"clusterIP": "10.0.250.250"})))
        .fixed("spec.ipFamilies", spec(json!({"ipFamilies": ["IPv6"]})))
        .free("spec.ipFamilies", spec(json!({"ipFamilies": ["IPv4"]})))
        .free("spec.ipFamilyPolicy", spec(json!({"ipFamilyPolicy": "PreferDualStack"})))
        .free("spec.type", spec(json!({"type": "NodePort"})))
        .free("spec.type", spec(json!({"type": "LoadBalancer"})))
        .free("spec.externalName", spec(json!({"type": "ExternalName", "externalName": "a.example"})))
        .free("spec.clusterIP", spec(json!({"clusterIP": ""})))
        .free("spec.externalIPs", spec(json!({"externalIPs": ["192.0.2.1"]})))
        .free("spec.internalTrafficPolicy", spec(json!({"internalTrafficPolicy": "Local"})))
        .free("spec.ports", spec(json!({"ports": [{"name": "p", "port": 1973}]})))
        .free("spec.publishNotReadyAddresses", spec(json!({"publishNotReadyAddresses": true})))
        .free("spec.selector", spec(json!({"selector": {"app": "b"}})))
        .free("spec.sessionAffinity", spec(json!({"sessionAffinity": "ClientIP"})))
        .free(
            "spec.sessionAffinityConfig",
            spec(json!({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 9}}})),
        )
        .free("spec.trafficDistribution", spec(json!({"trafficDistribution": "PreferSameZone"})))
        .from(service(&json!({"clusterIP": "None"})))
        .fixed("spec.type", spec(json!({"type": "NodePort"})))
        .fixed("spec.type", spec(json!({"type": "LoadBalancer"})))
        .fixed("spec.clusterIP", spec(json!({"clusterIP": "10.0.250.251"})))
        .free("spec.clusterIP", spec(json!({"clusterIP": null})))
        .free("spec.clusterIPs", spec(json!({"clusterIPs": ["None"]})))
        .free("spec.type", spec(json!({"type": "ExternalName", "clusterIP": null, "externalName": "a.example"})))
        .from(service(&json!({"type": "LoadBalancer"})))
        .fixed("spec.loadBalancerClass", spec(class.clone()))
        .free("spec.type", spec(json!({"type": "ClusterIP"})))
        .free("spec.type", spec(json!({"type": null})))
        .free("spec.allocateLoadBalancerNodePorts", spec(json!({"allocateLoadBalancerNodePorts": false})))
        .free("spec.externalTrafficPolicy", spec(json!({"externalTrafficPolicy": "Local"})))
        .free("spec.loadBalancerIP", spec(json!({"loadBalancerIP": "192.0.2.1"})))
        .free("spec.loadBalancerSourceRanges", spec(json!({"loadBalancerSourceRanges": ["192.0.2.0/24"]})))
        .from(service(&json!({"type": "LoadBalancer", "loadBalancerClass": "a.example/b"})))
        .fixed("spec.loadBalancerClass", spec(json!({"loadBalancerClass": null})))
        .fixed("spec.loadBalancerClass", spec(json!({"loadBalancerClass": "a.example/c"})))
        .free("spec.loadBalancerClass", spec(json!({"type": "ClusterIP", "loadBalancerClass": null})))
        .from(service(&json!({"type": "LoadBalancer", "externalTrafficPolicy": "Local"})))
        .fixed("spec.healthCheckNodePort", spec(json!({"healthCheckNodePort": 31999})))
        .free(
            "spec.healthCheckNodePort",
            spec(json!({"externalTrafficPolicy": "Cluster", "healthCheckNodePort": null})),
        )
        .free("spec.externalTrafficPolicy", spec(json!({"externalTrafficPolicy": "Cluster"})))
        .from(spec(json!({"type": "ExternalName", "externalName": "a.example", "ports": [{"port": 1972}]})))
        .free(
            "spec.clusterIP",
            spec(json!({"type": "ClusterIP", "externalName": null, "clusterIP": "None", "selector": {"a": "b"}})),
        )
}

pub(super) fn cases() -> Vec<Case> {
    let rules = |host: &str| {
        json!([{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}])
    };
    let parts = [
        services(),
        Changes::of(
            "networking.k8s.io/v1",
            "Ingress",
            spec(json!({"ingressClassName": "a", "rules": rules("a.example")})),
        )
        .free("spec.ingressClassName", spec(json!({"ingressClassName": "b"})))
        .free("spec.rules", spec(json!({"rules": rules("b.example")})))
        .free("spec.tls", spec(json!({"tls": [{"hosts": ["a.example"], "secretName": "s"}]})))
        .free(
            "spec.defaultBackend",
            spec(json!({"defaultBackend": {"service": {"name": "b", "port": {"number": 80}}}})),
        ),
        Changes::of("networking.k8s.io/v1", "IngressClass", spec(json!({"controller": "a.example/b"})))
            .fixed("spec.controller", spec(json!({"controller": "a.example/c"})))
            .free("spec.parameters", spec(json!({"parameters": {"kind": "K", "name": "n", "scope": "Cluster"}}))),
        Changes::of("networking.k8s.io/v1", "NetworkPolicy", spec(json!({"podSelector": {"matchLabels": {"a": "b"}}})))
            .free("spec.podSelector", spec(json!({"podSelector": {"matchLabels": {"a": "c"}}})))
            .free("spec.ingress", spec(json!({"ingress": [{}]})))
            .free("spec.egress", spec(json!({"egress": [{}]})))
            .free("spec.policyTypes", spec(json!({"policyTypes": ["Ingress", "Egress"]}))),
        Changes::of("networking.k8s.io/v1", "ServiceCIDR", spec(json!({"cidrs": ["10.77.0.0/24"]})))
            .fixed("spec.cidrs", spec(json!({"cidrs": ["10.78.0.0/24"]}))),
        Changes::of(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            json!({"addressType": "IPv4", "endpoints": [], "ports": []}),
        )
        .fixed("addressType", json!({"addressType": "IPv6"}))
        .free("endpoints", json!({"endpoints": [{"addresses": ["192.0.2.9"]}]}))
        .free("ports", json!({"ports": [{"name": "a", "port": 80}]})),
    ];
    parts.into_iter().flat_map(Changes::done).collect()
}
