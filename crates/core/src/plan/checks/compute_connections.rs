//! Compute nodes that are more than the data nodes let connect.

use iriskit_state::plan::{Component, Note, NoteId, PodEffect, Severity};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    iris::value_of,
    plan::{
        changes::examine::{Examined, OwnerInput},
        draft::plan_draft::{Draft, Inputs},
        impact::pending_restarts::is_of_pod,
        live::Live,
        notes,
    },
};
use iriskit_kubernetes::views::{ConfigMap, Object};

/// The text with the settings of data nodes.
const DATA_TEXT: &str = "data.cpf";
/// How many application servers a data node lets connect.
const CONNECTIONS: &str = "MaxServerConn";

/// A warning for each set of compute nodes that is too large.
pub(crate) fn check(draft: &Draft, inputs: Inputs<'_>) -> Vec<Note> {
    let compute = inputs
        .examined
        .iter()
        .filter(|one| one.desired.object.kind == "StatefulSet" && one.desired.component == Component::Compute);
    // The ConfigMap of the data nodes by owner.
    let maps: BTreeMap<&str, &Examined> = inputs
        .examined
        .iter()
        .filter(|one| one.desired.object.kind == "ConfigMap" && one.desired.component == Component::Data)
        .filter(|one| text(&one.body).is_some())
        .map(|one| (one.owner.as_str(), one))
        .collect();
    compute.filter_map(|compute| too_many(compute, maps.get(compute.owner.as_str())?, draft, inputs)).collect()
}

fn too_many(compute: &Examined, map: &Examined, draft: &Draft, inputs: Inputs<'_>) -> Option<Note> {
    let owner = inputs.owners.iter().find(|owner| owner.id() == compute.owner)?;
    let set = &compute.desired.object;
    let wanted = limit(text(&map.body)?)?;
    let is_data_set = |one: &&Examined| {
        one.owner == compute.owner
            && one.desired.object.kind == "StatefulSet"
            && one.desired.component == Component::Data
    };
    let data_sets: Vec<&Examined> = inputs.examined.iter().filter(is_data_set).collect();
    let now = running(owner, map, &data_sets, draft, inputs.live).unwrap_or(wanted);
    let most = wanted.min(now);
    let nodes = replicas(&compute.body).or_else(|| replicas(inputs.live.get(set)?))?;
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
}

/// What the data nodes that run let connect; nothing where there are none, or where all restart within the plan.
fn running(owner: &OwnerInput, map: &Examined, data_sets: &[&Examined], draft: &Draft, live: &Live) -> Option<u64> {
    let object = &map.desired.object;
    let before = limit(text(live.get(object)?)?)?;
    let id = owner.id();
    let restarting: BTreeSet<&str> = draft
        .changes()
        .filter(|change| change.kind == "StatefulSet" && change.component == Component::Data && change.owner == id)
        .flat_map(|change| &change.impact.pods)
        .filter(|pod| pod.effect == PodEffect::Restarts)
        .map(|pod| pod.pod.as_str())
        .collect();
    let pods = data_sets.iter().filter_map(|set| live.get(&set.desired.object)).flat_map(|set| live.pods_of(set));
    let going_on: Vec<&Value> = pods.filter(|pod| !restarting.contains(Object::new(pod).name())).collect();
    if going_on.is_empty() {
        return None;
    }
    // What a pod has loaded counts, where the text has changed since it started.
    let recorded = owner.record.as_ref().map(|record| record.pending.as_slice()).unwrap_or_default();
    let loaded = recorded
        .iter()
        .filter(|known| known.config_map == object.name && known.key.eq_ignore_ascii_case(CONNECTIONS))
        .filter(|known| going_on.iter().any(|pod| is_of_pod(known, pod)))
        .filter_map(|known| known.loaded.as_deref()?.parse().ok());
    Some(loaded.fold(before, u64::min))
}

fn text(map: &Value) -> Option<&str> {
    ConfigMap::new(map).text(DATA_TEXT)
}

fn limit(text: &str) -> Option<u64> {
    value_of(text, "config", CONNECTIONS)?.parse().ok()
}

fn replicas(set: &Value) -> Option<u64> {
    set.pointer("/spec/replicas")?.as_u64()
}
