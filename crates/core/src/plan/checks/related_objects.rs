//! What is to be said of one object because of another: a licence key because instances mount it, compute nodes because
//! data nodes take only so many connections.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{ImpactClass, Note, NoteId, PodEffect, ResourceChange, RuleId, Severity, Verb};
use serde_json::Value;

use crate::expand::Component;
use crate::iris::value_of;
use crate::plan::changes::examine::Examined;
use crate::plan::changes::examine::OwnerInput;
use crate::plan::impact::pending_restarts::concerns;
use crate::plan::live::Live;
use crate::plan::live::name;
use crate::plan::notes;
use iriskit_kubernetes::schema::ObjectRef;

/// The volume with the licence key.
const LICENSE: &str = "license";
/// The text with the settings of data nodes.
const DATA_TEXT: &str = "data.cpf";
/// How many application servers a data node lets connect.
const CONNECTIONS: &str = "MaxServerConn";

/// Objects that have to do with others, met on the way through all of them.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    licences: BTreeSet<ObjectRef>,
    compute: Vec<&'a Examined>,
    /// The ConfigMap of the data nodes by owner.
    texts: BTreeMap<&'a str, &'a Examined>,
}

impl<'a> Beside<'a> {
    /// Meets an object.
    pub(crate) fn meet(&mut self, examined: &'a Examined) {
        let desired = &examined.desired;
        match (desired.object.kind.as_str(), desired.component) {
            ("StatefulSet", component @ (Component::Data | Component::Compute)) => {
                self.licences.extend(licence(examined));
                if component == Component::Compute {
                    self.compute.push(examined);
                }
            }
            ("ConfigMap", Component::Data) if text(&examined.body).is_some() => {
                self.texts.insert(&examined.owner, examined);
            }
            _ => {}
        }
    }

    /// Says of a changed licence key what instances do with it.
    pub(crate) fn tell_licence(&self, object: &ObjectRef, change: &mut ResourceChange) {
        let new_key = || change.fields.iter().any(|field| field.path.starts_with("data"));
        if change.kind != "Secret"
            || change.change.actions != [Verb::Update]
            || !self.licences.contains(object)
            || !new_key()
        {
            return;
        }
        let impact = &mut change.impact;
        impact.class = impact.class.max(ImpactClass::Live);
        impact.effects.push(
            "Instances that run take the new licence key over by themselves; one has to restart only where the kind of licence \
             changes from Power Units to another, or its memory is too small for it."
                .to_owned(),
        );
        impact.rules.push(RuleId::LicenseLive);
    }

    /// Warns of compute nodes that are more than the data nodes let connect.
    pub(crate) fn connections(&self, owners: &[OwnerInput], changes: &[&ResourceChange], live: &Live) -> Vec<Note> {
        let found = self.compute.iter().filter_map(|compute| {
            let map = self.texts.get(compute.owner.as_str())?;
            let owner = owners.iter().find(|owner| owner.id() == compute.owner)?;
            let set = &compute.desired.object;
            let wanted = limit(text(&map.body)?)?;
            let now = running(owner, map, changes, live).unwrap_or(wanted);
            let most = wanted.min(now);
            let nodes = replicas(&compute.body).or_else(|| replicas(live.get(set)?))?;
            if nodes <= most {
                return None;
            }
            let until = if now < wanted { " until they restart" } else { "" };
            let message = format!(
                "{nodes} compute nodes connect to data nodes whose {CONNECTIONS} is {most}{until}: when more connect, a data node \
                 restarts by itself"
            );
            let mut note = notes::on(Severity::Warning, NoteId::TooManyConnections, set, message);
            note.help = Some(format!(
                "set {CONNECTIONS} to {nodes} or more (at most 254) in {DATA_TEXT}, and let the data nodes restart before there \
                 are more compute nodes"
            ));
            Some(note)
        });
        found.collect()
    }
}

/// The Secret that a set mounts as its licence key.
fn licence(set: &Examined) -> Option<ObjectRef> {
    let volumes = set.body.pointer("/spec/template/spec/volumes")?.as_array()?;
    let volume = volumes.iter().find(|volume| volume.get("name") == Some(&Value::from(LICENSE)))?;
    let secret = volume.pointer("/secret/secretName")?.as_str()?;
    Some(ObjectRef::namespaced("v1", "Secret", set.desired.object.namespace.as_deref()?, secret))
}

/// What the data nodes that run let connect; nothing where there are none, or where all restart within the plan.
fn running(owner: &OwnerInput, map: &Examined, changes: &[&ResourceChange], live: &Live) -> Option<u64> {
    let object = &map.desired.object;
    let before = limit(text(live.get(object)?)?)?;
    let namespace = object.namespace.as_deref()?;
    let set = live.get(&ObjectRef::namespaced("apps/v1", "StatefulSet", namespace, &object.name))?;
    let pods = live.pods_of(set);
    let restarting: BTreeSet<&str> = changes
        .iter()
        .find(|change| {
            change.kind == "StatefulSet" && change.name == object.name && change.namespace == object.namespace
        })
        .into_iter()
        .flat_map(|change| &change.impact.pods)
        .filter(|pod| pod.effect == PodEffect::Restarts)
        .map(|pod| pod.pod.as_str())
        .collect();
    let going_on: Vec<&Value> = pods.into_iter().filter(|pod| !restarting.contains(name(pod))).collect();
    if going_on.is_empty() {
        return None;
    }
    // What a pod has loaded counts, where the text has changed since it started.
    let recorded = owner.record.as_ref().map(|record| record.pending.as_slice()).unwrap_or_default();
    let loaded = recorded
        .iter()
        .filter(|known| known.config_map == object.name && known.key.eq_ignore_ascii_case(CONNECTIONS))
        .filter(|known| going_on.iter().any(|pod| concerns(known, pod)))
        .filter_map(|known| known.loaded.as_deref()?.parse().ok());
    Some(loaded.fold(before, u64::min))
}

fn text(map: &Value) -> Option<&str> {
    map.get("data")?.get(DATA_TEXT)?.as_str()
}

fn limit(text: &str) -> Option<u64> {
    value_of(text, "config", CONNECTIONS)?.parse().ok()
}

fn replicas(set: &Value) -> Option<u64> {
    set.pointer("/spec/replicas")?.as_u64()
}
