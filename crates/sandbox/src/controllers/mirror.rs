//! Mirror members, played: who is primary, who is backup and caught up, written where `iriskit mirror-labeler` writes
//! it. Without its container nothing is written.
//!
//! State is in the pods themselves: the label for the role, the annotation for what IRIS would report.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use iriskit_kubernetes::names::{MIRROR_ROLE, MIRROR_STATUS};
use serde_json::{Value, json};

use crate::{
    clock::Now,
    error::SandboxError,
    fields,
    key::{Key, Resource},
    world::{World, Writer},
};

const LABELER: &str = "mirror-labeler";
/// How often the labeler writes without need.
const REFRESH: Duration = Duration::from_secs(10);

/// Looks at every mirror.
pub(crate) fn reconcile(world: &mut World, now: Now) {
    for set in world.store.keys(Resource::SETS, None) {
        let members = members(world, &set);
        if !members.is_empty() {
            assign(world, &members, now);
        }
    }
}

/// The pods of a set by ordinal, when they are mirror members whose roles are labelled; else none.
fn members(world: &World, set: &Key) -> BTreeMap<i64, Arc<Value>> {
    let Some(value) = world.store.get(set) else { return BTreeMap::new() };
    let labelled = ["/spec/template/spec/containers", "/spec/template/spec/initContainers"]
        .iter()
        .flat_map(|pointer| fields::items(value, pointer))
        .any(|container| fields::text(container, "/name") == LABELER);
    let data = fields::text(value, "/spec/template/metadata/labels/intersystems.com~1component") == "data";
    if !labelled || !data || fields::number(value, "/spec/replicas").unwrap_or(1) < 2 {
        return BTreeMap::new();
    }
    let mine =
        |pod: &Value| fields::controller(pod).is_some_and(|owner| fields::text(owner, "/uid") == fields::uid(value));
    world
        .store
        .list(Resource::PODS, Some(&set.namespace))
        .filter(|(_, pod)| mine(pod))
        .filter_map(|(key, pod)| Some((key.name.rsplit_once('-')?.1.parse().ok()?, Arc::clone(pod))))
        .collect()
}

fn assign(world: &mut World, members: &BTreeMap<i64, Arc<Value>>, now: Now) {
    let running = |pod: &Value| is_running(pod) && !fields::is_terminating(pod);
    let up: Vec<&Arc<Value>> = members.values().filter(|pod| running(pod)).collect();
    let primary = up
        .iter()
        .find(|pod| role(pod) == "primary")
        // A backup takes over before a member that has just come up.
        .or_else(|| up.iter().find(|pod| role(pod) == "backup" && journal(pod) == "Active"))
        .or_else(|| up.iter().find(|pod| role(pod) == "backup"))
        .or_else(|| up.first())
        .map(|pod| fields::uid(pod).to_owned());
    for (ordinal, pod) in members {
        let is_up = running(pod);
        let is_primary = primary.as_deref() == Some(fields::uid(pod));
        let (role, kind, status, journal) = match (is_up, *ordinal) {
            (false, _) => {
                withdraw(world, pod, now);
                continue;
            }
            (true, _) if is_primary => ("primary", "Failover", "Primary", "N/A"),
            (true, 0 | 1) => {
                let caught_up = journal(pod) == "Active"
                    || world.timers.passed(fields::uid(pod), "caught up", world.timing.catch_up, now.instant);
                ("backup", "Failover", "Backup", if caught_up { "Active" } else { "Catchup" })
            }
            (true, _) => ("", "Disaster Recovery", "Connected", "Caught up"),
        };
        write(world, pod, (role, kind, status, journal), now);
    }
}

/// The labeler takes the role from a member that it can't read.
fn withdraw(world: &mut World, pod: &Value, now: Now) {
    if !fields::is_terminating(pod) && !role(pod).is_empty() {
        let key = Key::new(Resource::PODS, fields::text(pod, "/metadata/namespace"), fields::name(pod));
        world.update(&key, &Writer { manager: LABELER, subresource: None, now }, |value| {
            fields::set(value, &["metadata", "labels", MIRROR_ROLE], None);
        });
    }
}

/// Writes what the labeler would: on change, and when the last word is old.
fn write(world: &mut World, pod: &Value, (role, kind, status, journal): (&str, &str, &str, &str), now: Now) {
    let known = report(pod);
    let said = |field: &str| known.get(field).and_then(Value::as_str).unwrap_or_default();
    let same =
        said("type") == kind && said("status") == status && said("journal") == journal && self::role(pod) == role;
    let age = now.since(said("at"));
    if same && age < REFRESH {
        world.timers.start(fields::uid(pod), "refresh", REFRESH.saturating_sub(age), now.instant);
        return;
    }
    let key = Key::new(Resource::PODS, fields::text(pod, "/metadata/namespace"), fields::name(pod));
    let text = json!({"type": kind, "status": status, "journal": journal, "at": now.seconds()}).to_string();
    world.update(&key, &Writer { manager: LABELER, subresource: None, now }, |value| {
        fields::set(value, &["metadata", "labels", MIRROR_ROLE], (!role.is_empty()).then(|| json!(role)));
        fields::set(value, &["metadata", "annotations", MIRROR_STATUS], Some(json!(text)));
    });
}

fn report(pod: &Value) -> Value {
    serde_json::from_str(fields::annotation(pod, MIRROR_STATUS)).unwrap_or_default()
}

fn role(pod: &Value) -> &str {
    fields::label(pod, MIRROR_ROLE)
}

fn journal(pod: &Value) -> String {
    report(pod).get("journal").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is_running(pod: &Value) -> bool {
    fields::items(pod, "/status/conditions")
        .iter()
        .any(|condition| fields::text(condition, "/type") == "Ready" && fields::text(condition, "/status") == "True")
}

/// Makes the backup of a mirror primary and the primary its backup; gives the name of the new primary.
pub(crate) fn fail_over(world: &mut World, namespace: &str, name: &str, now: Now) -> Result<String, SandboxError> {
    let none = |problem| SandboxError::NoFailOver { namespace: namespace.to_owned(), name: name.to_owned(), problem };
    let set = Key::new(Resource::SETS, namespace, name);
    if world.get(&set).is_none() {
        return Err(none("there is no such StatefulSet"));
    }
    let members = members(world, &set);
    if members.is_empty() {
        return Err(none("it has no mirror members with the container mirror-labeler"));
    }
    let of = |wanted: &str| members.values().find(|pod| role(pod) == wanted && !fields::is_terminating(pod));
    let backup = of("backup").ok_or_else(|| none("there is no backup"))?;
    if journal(backup) != "Active" {
        return Err(none("the backup is not caught up"));
    }
    if let Some(primary) = of("primary") {
        write(world, primary, ("backup", "Failover", "Backup", "Catchup"), now);
    }
    write(world, backup, ("primary", "Failover", "Primary", "N/A"), now);
    world.stir(now);
    Ok(fields::name(backup).to_owned())
}
