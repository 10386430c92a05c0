//! What can't be changed of the data nodes of a cluster that exists, and what more of them mean.

use iriskit_state::plan::{Component, Note, NoteId, Severity};
use serde_json::Value;

use crate::plan::{
    changes::examine::{Examined, OwnerInput},
    draft::plan_draft::{Draft, Inputs},
    live::Live,
    notes,
};
use iriskit_kubernetes::{
    names::IRIS_SHARD,
    schema::ObjectRef,
    views::{ConfigMap, StatefulSet},
};

/// The volume with the CPF merge file, and its key.
const CPF: (&str, &str) = ("cpf", "data.cpf");
/// The action that makes an instance a node of a sharded cluster.
const SHARDED: &str = "configshardedcluster:";

/// An error for data nodes that would go and for sharding that would be turned on or off, a note where there get more shards.
pub(crate) fn check(_: &Draft, inputs: Inputs<'_>) -> Vec<Note> {
    inputs.owners.iter().flat_map(|owner| of_cluster(owner, inputs)).collect()
}

fn of_cluster(owner: &OwnerInput, inputs: Inputs<'_>) -> Vec<Note> {
    let id = owner.id();
    let data: Vec<&Examined> =
        inputs.examined.iter().filter(|one| one.owner == id && one.desired.component == Component::Data).collect();
    let sets: Vec<&Examined> = data.iter().copied().filter(|one| one.desired.object.kind == "StatefulSet").collect();
    let found: Vec<(&Examined, &Value)> =
        sets.iter().filter_map(|set| Some((*set, inputs.live.get(&set.desired.object)?))).collect();
    let is_sharded = data.iter().any(|map| is_sharded_text(&map.body));
    let fewer = found.iter().filter(|_| is_sharded).filter_map(|(set, live)| fewer_nodes(set, live));
    let mut notes: Vec<Note> = fewer.collect();
    notes.extend(found.iter().find_map(|(set, live)| sharding_turned(owner, set, live, &data, inputs.live)));
    let more = sets.iter().find(|set| inputs.live.get(&set.desired.object).is_none());
    let more = more.or_else(|| found.iter().find(|(set, live)| has_more(set, live)).map(|(set, _)| set));
    if let (true, false, Some(set)) = (is_sharded, found.is_empty(), more) {
        let message = "new data nodes hold no rows of the tables that exist until these are rebalanced";
        let mut note = notes::on(Severity::Note, NoteId::ShardsToRebalance, &set.desired.object, message);
        note.help =
            Some("when they are ready, call `$SYSTEM.Sharding.Rebalance()` on one of the data nodes".to_owned());
        notes.push(note);
    }
    notes
}

/// IRIS takes no data node with sharded tables out of a cluster, and pods that go would leave their data behind.
fn fewer_nodes(set: &Examined, live: &Value) -> Option<Note> {
    let (now, wanted) = (StatefulSet::new(live), StatefulSet::new(&set.body));
    // The pods of a shard are members of its mirror, and none of them is the only one with its data.
    if now.template().label(IRIS_SHARD).is_some() || wanted.replicas() >= now.replicas() {
        return None;
    }
    let message =
        format!("data nodes can't be taken out of a cluster: {} would become {}", now.replicas(), wanted.replicas());
    Some(refused(&set.desired.object, message, format!("set `shards` to {} or more", now.replicas())))
}

/// An instance that has been a data server does not become a node of a sharded cluster, nor the other way round.
fn sharding_turned(owner: &OwnerInput, set: &Examined, live: &Value, data: &[&Examined], all: &Live) -> Option<Note> {
    let namespace = owner.namespace.as_str();
    let before = all.get(&ObjectRef::namespaced("v1", "ConfigMap", namespace, config_map(live)?))?;
    let name = config_map(&set.body)?;
    let after = data.iter().find(|map| map.desired.object.kind == "ConfigMap" && map.desired.object.name == name)?;
    let (was, will_be) = (is_sharded_text(before), is_sharded_text(&after.body));
    let what = match (was, will_be) {
        (true, false) => "off",
        (false, true) => "on",
        _ => return None,
    };
    let message = format!("sharding can't be turned {what} in place");
    let help = format!("iriskit destroy {}, or set the topology back", owner.name);
    Some(refused(&set.desired.object, message, help))
}

fn has_more(set: &Examined, live: &Value) -> bool {
    let mirror = StatefulSet::new(live).template().label(IRIS_SHARD).is_some();
    !mirror && StatefulSet::new(&set.body).replicas() > StatefulSet::new(live).replicas()
}

fn refused(object: &ObjectRef, message: String, help: String) -> Note {
    let mut note = notes::on(Severity::Error, NoteId::TopologyRebuild, object, message);
    note.help = Some(help);
    note
}

/// The ConfigMap that a set's pods mount as their CPF merge file.
fn config_map(set: &Value) -> Option<&str> {
    let volumes = set.pointer("/spec/template/spec/volumes")?.as_array()?;
    let cpf = volumes.iter().find(|volume| volume.get("name").and_then(Value::as_str) == Some(CPF.0))?;
    cpf.pointer("/configMap/name")?.as_str()
}

fn is_sharded_text(map: &Value) -> bool {
    let text = ConfigMap::new(map).text(CPF.1).unwrap_or_default();
    text.lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with(SHARDED))
}
