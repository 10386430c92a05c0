//! The garbage collector: objects whose owners are gone, and deletions that wait for dependents or let go of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    clock::Now,
    fields,
    key::{Key, Resource},
    owners,
    registry::Served,
    removal::{FOREGROUND, ORPHAN, Propagation},
    store::Change,
    world::{World, Writer},
};
use iriskit_kubernetes::schema::table;

/// Whether something happened since the last question that makes garbage.
fn is_called(world: &mut World) -> bool {
    let position = world.catch_up("garbage");
    match world.store.changes_after(position) {
        Ok(mut changes) => changes.any(|change| match &change.new {
            None => true,
            Some(new) => fields::is_terminating(new) || lost_owner(world, change, new),
        }),
        Err(_) => true,
    }
}

/// Whether an object was given an owner that is not there.
fn lost_owner(world: &World, change: &Change, new: &Value) -> bool {
    let owners = fields::items(new, "/metadata/ownerReferences");
    let had = change.old.as_ref().map_or(&[][..], |old| fields::items(old, "/metadata/ownerReferences"));
    owners.iter().filter(|owner| !had.contains(owner)).any(|owner| {
        let known = world.registry.kind(fields::text(owner, "/apiVersion"), fields::text(owner, "/kind"));
        let live = known.and_then(|Served { kind, .. }| {
            let namespace = if kind.namespaced { change.key.namespace.as_str() } else { "" };
            world.store.get(&Key::new(Resource::of(kind), namespace, fields::text(owner, "/name")))
        });
        live.is_none_or(|live| fields::uid(live) != fields::text(owner, "/uid"))
    })
}

/// Collects, when there may be something to collect.
pub(crate) fn reconcile(world: &mut World, now: Now) {
    if !is_called(world) {
        return;
    }
    let owned: Vec<Key> = world
        .store
        .all()
        .filter(|(_, value)| !fields::items(value, "/metadata/ownerReferences").is_empty())
        .map(|(key, _)| key.clone())
        .collect();
    release(world, &owned, now);
    collect(world, &owned, now);
    finish(world, &owned, now);
}

/// Owners that are deleted with `Orphan` lose their dependents, then go.
fn release(world: &mut World, owned: &[Key], now: Now) {
    for (owner, uid) in waiting(world, ORPHAN) {
        for key in owned {
            world.update(key, &Writer::controller(now), |value| {
                owners::retain(value, |reference| fields::text(reference, "/uid") != uid);
            });
        }
        world.update(&owner, &Writer::controller(now), |value| fields::set_finalizer(value, ORPHAN, false));
    }
}

/// Dependents follow their owners.
fn collect(world: &mut World, owned: &[Key], now: Now) {
    let mut going: BTreeMap<String, bool> = BTreeMap::new();
    for (_, value) in world.store.all() {
        let foreground = fields::is_terminating(value) && fields::has_finalizer(value, FOREGROUND);
        going.insert(fields::uid(value).to_owned(), foreground);
    }
    for key in owned {
        let Some(value) = world.get(key) else { continue };
        let owners = fields::items(&value, "/metadata/ownerReferences");
        let state = |owner: &Value| going.get(fields::text(owner, "/uid")).copied();
        // An owner of an unknown kind can't be looked up.
        let unknown =
            |owner: &Value| table().kind(fields::text(owner, "/apiVersion"), fields::text(owner, "/kind")).is_none();
        if owners.is_empty()
            || owners.iter().any(unknown)
            || fields::is_terminating(&value) && !fields::has_finalizer(&value, FOREGROUND)
        {
            continue;
        }
        let blocks =
            |owner: &Value| state(owner) == Some(true) && owner.get("blockOwnerDeletion") == Some(&json!(true));
        let solid = owners.iter().any(|owner| state(owner).is_some() && !blocks(owner));
        let loose = |owner: &Value| state(owner).is_none() || blocks(owner);
        if solid {
            if owners.iter().any(loose) {
                world.update(key, &Writer::controller(now), |value| owners::retain(value, |owner| !loose(owner)));
            }
        } else if !fields::is_terminating(&value) {
            let has_dependents = owned
                .iter()
                .any(|other| world.store.get(other).is_some_and(|other| is_owned_by(other, fields::uid(&value))));
            let foreground = has_dependents && owners.iter().any(|owner| state(owner) == Some(true));
            let how = if foreground { Propagation::Foreground } else { Propagation::Background };
            world.remove(key, Some(how), None, now);
        }
    }
}

/// Foreground deletions go on when nothing that blocks them is left.
fn finish(world: &mut World, owned: &[Key], now: Now) {
    for (owner, uid) in waiting(world, FOREGROUND) {
        let blocked = owned.iter().filter_map(|key| world.store.get(key)).any(|value| {
            fields::items(value, "/metadata/ownerReferences").iter().any(|reference| {
                fields::text(reference, "/uid") == uid && reference.get("blockOwnerDeletion") == Some(&json!(true))
            })
        });
        if !blocked {
            world.update(&owner, &Writer::controller(now), |value| fields::set_finalizer(value, FOREGROUND, false));
        }
    }
}

fn waiting(world: &World, finalizer: &str) -> Vec<(Key, String)> {
    world
        .store
        .all()
        .filter(|(_, value)| fields::is_terminating(value) && fields::has_finalizer(value, finalizer))
        .map(|(key, value)| (key.clone(), fields::uid(value).to_owned()))
        .collect()
}

fn is_owned_by(value: &Value, uid: &str) -> bool {
    fields::items(value, "/metadata/ownerReferences").iter().any(|reference| fields::text(reference, "/uid") == uid)
}
