//! Services: addresses, types, headless ones.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{service, with},
};

cases! {
    a_service_gets_an_address_for_life,
    types_of_services_change,
    an_external_name_has_no_address,
    a_headless_service_stays_headless,
    a_headless_service_without_selector_is_dual_stack,
    a_port_is_known_by_number_and_protocol,
    a_load_balancer_waits_without_end,
}

fn spec(spec: &Value) -> Value {
    with(service("p"), json!({"spec": spec}))
}

fn a_service_gets_an_address_for_life(ctx: &Ctx) {
    let made = ctx.apply("services/p", &service("p")).created();
    let address = made["spec"]["clusterIP"].as_str().unwrap();
    let other = ctx.apply("services/q", &service("q")).created();
    assert_ne!(other["spec"]["clusterIP"], address);
    // Said and then left out, or said to be empty: it stays.
    ctx.apply("services/p", &spec(&json!({"clusterIP": address}))).ok();
    assert_eq!(ctx.apply("services/p", &service("p")).ok()["spec"]["clusterIP"], address);
    assert_eq!(ctx.apply("services/p", &spec(&json!({"clusterIP": ""}))).ok()["spec"]["clusterIP"], address);
    for another in ["None", "10.0.200.200"] {
        ctx.force("services/p", &spec(&json!({"clusterIP": another})))
            .refused(422, "Invalid")
            .saying("may not change once set")
            .causes(&["FieldValueInvalid @ spec.clusterIPs[0]"]);
    }
}

fn types_of_services_change(ctx: &Ctx) {
    let made = ctx.apply("services/p", &service("p")).created();
    let address = &made["spec"]["clusterIP"];
    let node_port = ctx.apply("services/p", &spec(&json!({"type": "NodePort"}))).ok();
    let port = &node_port["spec"]["ports"][0]["nodePort"];
    assert!(port.is_u64() && node_port["spec"]["externalTrafficPolicy"] == "Cluster", "{node_port}");
    let balanced = ctx.apply("services/p", &spec(&json!({"type": "LoadBalancer"}))).ok();
    assert_eq!((&balanced["spec"]["ports"][0]["nodePort"], &balanced["spec"]["clusterIP"]), (port, address));
    assert_eq!(balanced["spec"]["allocateLoadBalancerNodePorts"], true);
    let plain = ctx.apply("services/p", &service("p")).ok();
    assert_eq!(plain["spec"], made["spec"]);
}

fn an_external_name_has_no_address(ctx: &Ctx) {
    ctx.apply("services/p", &service("p")).created();
    let external = json!({"type": "ExternalName", "externalName": "iris.example"});
    let after = ctx.apply("services/p", &spec(&external)).ok();
    assert!(after["spec"].get("clusterIP").is_none() && after["spec"].get("clusterIPs").is_none(), "{after}");
    ctx.apply("services/q", &with(service("q"), json!({"spec": {"type": "ExternalName"}})))
        .refused(422, "Invalid")
        .causes(&["FieldValueRequired @ spec.externalName"]);
}

fn a_headless_service_stays_headless(ctx: &Ctx) {
    let made = ctx.apply("services/p", &spec(&json!({"clusterIP": "None"}))).created();
    assert_eq!(
        (&made["spec"]["clusterIP"], &made["spec"]["clusterIPs"], &made["spec"]["ipFamilyPolicy"]),
        (&json!("None"), &json!(["None"]), &json!("SingleStack"))
    );
    assert_eq!(ctx.apply("services/p", &service("p")).ok()["spec"]["clusterIP"], "None");
    for kind in ["NodePort", "LoadBalancer"] {
        ctx.apply("services/p", &spec(&json!({"type": kind, "clusterIP": "None"})))
            .refused(422, "Invalid")
            .saying("spec.clusterIPs[0]");
    }
}

fn a_headless_service_without_selector_is_dual_stack(ctx: &Ctx) {
    let bare = spec(&json!({"clusterIP": "None", "selector": null}));
    let made = ctx.apply("services/p", &bare).created();
    assert_eq!(
        (&made["spec"]["ipFamilies"], &made["spec"]["ipFamilyPolicy"]),
        (&json!(["IPv4", "IPv6"]), &json!("RequireDualStack"))
    );
    ctx.apply("services/p", &spec(&json!({"clusterIP": "None"})))
        .refused(422, "Invalid")
        .saying("this cluster is not configured for dual-stack services");
    ctx.apply("services/q", &with(service("q"), json!({"spec": {"ipFamilyPolicy": "RequireDualStack"}})))
        .refused(422, "Invalid")
        .saying("this cluster is not configured for dual-stack services");
}

fn a_port_is_known_by_number_and_protocol(ctx: &Ctx) {
    let ports = |ports: Value| spec(&json!({"type": "NodePort", "ports": ports}));
    let made = ctx.apply("services/p", &ports(json!([{"name": "a", "port": 80}]))).created();
    let renamed = ctx.apply("services/p", &ports(json!([{"name": "b", "port": 80}]))).ok();
    assert_eq!(renamed["spec"]["ports"][0]["nodePort"], made["spec"]["ports"][0]["nodePort"], "the same item");
    let moved = ctx.apply("services/p", &ports(json!([{"name": "b", "port": 81}]))).ok();
    let expected = json!({"name": "b", "port": 81, "protocol": "TCP", "targetPort": 81});
    let mut port = moved["spec"]["ports"][0].clone();
    port.as_object_mut().unwrap().remove("nodePort");
    assert_eq!((port, moved["spec"]["ports"].as_array().unwrap().len()), (expected, 1));
}

fn a_load_balancer_waits_without_end(ctx: &Ctx) {
    let made = ctx.apply("services/p", &spec(&json!({"type": "LoadBalancer"}))).created();
    assert_eq!(made["status"], json!({"loadBalancer": {}}));
    let class = spec(&json!({"type": "LoadBalancer", "loadBalancerClass": "a.b/c"}));
    ctx.apply("services/p", &class).refused(422, "Invalid").saying("may not change once set");
    let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
    let told = ctx.merge("services/p/status", &status).ok();
    assert_eq!(told["status"]["loadBalancer"]["ingress"], json!([{"ip": "192.0.2.1", "ipMode": "VIP"}]));
    let plain = ctx.apply("services/p", &service("p")).ok();
    assert_eq!(plain["status"], json!({"loadBalancer": {}}), "the address goes with the type");
}
