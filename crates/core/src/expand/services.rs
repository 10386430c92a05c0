//! Services: the headless one that gives pods their names, and those that face users.

use iriskit_state::plan::{Component, Stage};
use serde_json::{Map, Value, json};

use super::{
    Desired, Ownership, gateway,
    iris::{PRIVATE_WEB_SERVER, SUPERSERVER},
    labels::{self, Labels},
    names,
    object::{self, SERVICE, object},
};
use crate::{
    diagnostic::{Diagnostic, DiagnosticId},
    topology::IrisCluster,
};
use iriskit_kubernetes::names::MIRROR_ROLE;

/// Fields of a Service template that only one Service can have.
const FOR_ONE: [&str; 3] = ["clusterIP", "healthCheckNodePort", "loadBalancerIP"];

/// `iris-svc`. Clusters of a namespace share it, IKO's included, so its body is the same for each of them.
pub(super) fn headless(cluster: &IrisCluster) -> Desired {
    let body = json!({"spec": {
        "clusterIP": "None",
        "publishNotReadyAddresses": true,
        "selector": {(labels::KIND_LABEL): labels::KIND},
    }});
    let place = (Stage::Prerequisites, Component::Cluster);
    let mut service = object(cluster, SERVICE, names::HEADLESS, &Labels::new(), body, place);
    service.ownership = Ownership::Shared;
    "headless, shared by the clusters of the namespace".clone_into(&mut service.about);
    service
}

/// Service `<c>` for the data nodes, and `<c>-webgateway` where there are stand-alone gateways.
pub(super) fn for_users(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) -> Vec<Desired> {
    let mut services = vec![data(cluster)];
    if let Some(gateways) = &cluster.topology.webgateway {
        let labels = labels::of(cluster, labels::WEBGATEWAY);
        let name = names::of(cluster, labels::WEBGATEWAY);
        let port = gateway::port(gateways.gateway.server);
        let ports = vec![service_port("webserver", port)];
        let mut service = user_service(cluster, &name, &labels, &labels, ports, false);
        service.component = Component::WebGateway;
        service.about = format!("{} → {name}", kind_of(cluster));
        service.depends_on.push(object::reference(cluster, object::STATEFUL_SET, &name));
        services.push(service);
    }
    given_to_one(cluster, &services, found);
    services
}

fn data(cluster: &IrisCluster) -> Desired {
    let data = &cluster.topology.data;
    let labels = labels::of(cluster, labels::DATA);
    let mut selector = labels::first_data(cluster);
    let set = names::first_data_set(cluster);
    let target = if data.mirrored {
        selector.insert(MIRROR_ROLE.into(), "primary".into());
        "the primary"
    } else {
        &set
    };
    let web = if data.iris.webgateway.is_some() { 80 } else { PRIVATE_WEB_SERVER };
    let ports = vec![service_port("superserver", SUPERSERVER), service_port("webserver", web)];
    let mut service = user_service(cluster, &cluster.name, &labels, &selector, ports, true);
    service.component = Component::Data;
    service.about = format!("{} → {target}", kind_of(cluster));
    service.depends_on.push(object::reference(cluster, object::STATEFUL_SET, &set));
    service
}

fn service_port(name: &str, port: u16) -> Value {
    json!({"name": name, "port": port, "targetPort": name})
}

/// A Service with the manifest's template over it. `first`: whether it gets what only one Service can have.
fn user_service(
    cluster: &IrisCluster,
    name: &str,
    labels: &Labels,
    selector: &Labels,
    mut ports: Vec<Value>,
    first: bool,
) -> Desired {
    let template = cluster.service_template.clone().unwrap_or_default();
    let mut spec =
        Map::from_iter([("type".to_owned(), kind_of(cluster).into()), ("selector".to_owned(), json!(selector))]);
    for (field, value) in template.spec {
        let for_this = first || !FOR_ONE.contains(&field.as_str());
        if for_this && field != "ports" && field != "type" && !value.is_null() {
            spec.insert(field, value);
        }
    }
    for port in &mut ports {
        overlay(port, template_port(cluster, port), first);
    }
    spec.insert("ports".into(), ports.into());
    // Not warned about here: a template's labels go to two Services.
    let labels = labels::merged(labels, &template.labels, None, &mut Vec::new());
    let place = (Stage::Services, Component::Cluster);
    let mut service = object(cluster, SERVICE, name, &labels, json!({"spec": spec}), place);
    object::annotate(&mut service.value, &template.annotations);
    service.source = cluster.sources.nearest("spec.serviceTemplate").cloned();
    service
}

/// The template's port of the same name.
fn template_port<'a>(cluster: &'a IrisCluster, port: &Value) -> Option<&'a Value> {
    let ports = cluster.service_template.as_ref()?.spec.get("ports")?.as_array()?;
    ports.iter().find(|theirs| theirs.get("name") == port.get("name"))
}

fn overlay(port: &mut Value, theirs: Option<&Value>, first: bool) {
    let (Value::Object(port), Some(Value::Object(theirs))) = (port, theirs) else { return };
    for (field, value) in theirs {
        if (first || field != "nodePort") && field != "name" && !value.is_null() {
            port.insert(field.clone(), value.clone());
        }
    }
}

fn kind_of(cluster: &IrisCluster) -> &str {
    let template = cluster.service_template.as_ref();
    template.and_then(|template| template.spec.get("type")).and_then(Value::as_str).unwrap_or("ClusterIP")
}

/// Notes for what a template says once and only the first of several Services can have.
fn given_to_one(cluster: &IrisCluster, services: &[Desired], found: &mut Vec<Diagnostic>) {
    let Some(template) = &cluster.service_template else { return };
    let mut note = |path: &str, what: &str| {
        let message = format!("one Service can have {what}: Service {}", cluster.name);
        found.push(Diagnostic::note(DiagnosticId::ServiceFieldOnce, message).at(cluster.sources.nearest(path), ""));
    };
    let ports = template.spec.get("ports").and_then(Value::as_array).into_iter().flatten().enumerate();
    for (at, port) in ports {
        let name = port.get("name").and_then(Value::as_str).unwrap_or_default();
        let matching = services.iter().filter(|service| has_port(service, name)).count();
        if matching > 1 && port.get("nodePort").is_some() {
            note(&format!("spec.serviceTemplate.spec.ports[{at}].nodePort"), &format!("the node port of `{name}`"));
        }
    }
    for field in FOR_ONE.iter().filter(|field| services.len() > 1 && template.spec.contains_key(**field)) {
        note(&format!("spec.serviceTemplate.spec.{field}"), &format!("this `{field}`"));
    }
}

fn has_port(service: &Desired, name: &str) -> bool {
    let ports = service.value.pointer("/spec/ports").and_then(Value::as_array);
    ports.into_iter().flatten().any(|port| port.get("name").and_then(Value::as_str) == Some(name))
}
