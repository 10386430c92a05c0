//! What a manifest gives to two Services and only one can have: node ports and cluster addresses. A dry-run sees one object
//! at a time, and lets an address through that another Service has.

use iriskit_state::plan::{Note, NoteId, Severity};
use serde_json::Value;

use crate::plan::{
    changes::{examine::Examined, finding::Finding},
    draft::plan_draft::{Draft, Inputs},
    live::Live,
    notes,
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Service, ServicePort},
};

/// An error for each Service that is to be written with something that another one has or gets.
pub(crate) fn check(draft: &Draft, inputs: Inputs<'_>) -> Vec<Note> {
    if !draft.does_something() {
        return Vec::new();
    }
    let Inputs { examined, live, .. } = inputs;
    let services = || examined.iter().filter(|one| one.desired.object.kind == "Service");
    let written = |one: &&Examined| matches!(one.finding, Finding::Create | Finding::Update | Finding::Replace(_));
    let mut found = Vec::new();
    for one in services().filter(written) {
        let object = &one.desired.object;
        let others = || services().filter(|other| other.desired.object != *object);
        if let Some(address) = Service::new(&one.body).cluster_ip() {
            let planned = others().find(|other| Service::new(&other.body).cluster_ip() == Some(address));
            let planned = planned.map(|other| other.desired.object.address());
            let taken = || holder(address, object, examined, live);
            found.extend(planned.or_else(taken).map(|other| note(object, &format!("address {address}"), &other)));
        }
        for port in node_ports(&one.body) {
            let other = others().find(|other| node_ports(&other.body).any(|taken| taken == port));
            found
                .extend(other.map(|other| note(object, &format!("node port {port}"), &other.desired.object.address())));
        }
    }
    found
}

fn note(object: &ObjectRef, what: &str, other: &str) -> Note {
    let message = format!("{other} has {what} as well: the server will refuse the later one");
    let mut note = notes::on(Severity::Error, NoteId::GivenTwice, object, message);
    note.help = Some("give it to one of them".to_owned());
    note
}

/// The Service of the object's namespace that has the address and that no manifest speaks of.
fn holder(address: &str, object: &ObjectRef, examined: &[Examined], live: &Live) -> Option<String> {
    let namespace = object.namespace.as_deref()?;
    let reference = |service: &Value| ObjectRef::namespaced("v1", "Service", namespace, Service::new(service).name());
    let foreign = |service: &&Value| !examined.iter().any(|one| one.desired.object == reference(service));
    let has_address = |service: &&Value| Service::new(service).cluster_ip() == Some(address);
    let mut services = live.of_kind("Service", namespace).filter(has_address);
    services.find(foreign).map(|service| reference(service).address())
}

fn node_ports(service: &Value) -> impl Iterator<Item = i64> + use<'_> {
    Service::new(service).ports().filter_map(ServicePort::node_port)
}
