//! Events: what controllers tell about objects.

use serde_json::{Value, json};

use crate::{
    clock::Now,
    fields,
    key::{Key, Resource},
    uid,
    world::{World, Writer},
};

/// What an event says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    /// `Normal` or `Warning`.
    pub(crate) kind: &'a str,
    /// One word, such as `FailedCreate`.
    pub(crate) reason: &'a str,
    pub(crate) message: &'a str,
    /// Who says it.
    pub(crate) component: &'a str,
}

impl<'a> Said<'a> {
    pub(crate) fn normal(component: &'a str, reason: &'a str, message: &'a str) -> Self {
        Self { kind: "Normal", reason, message, component }
    }

    pub(crate) fn warning(component: &'a str, reason: &'a str, message: &'a str) -> Self {
        Self { kind: "Warning", reason, message, component }
    }
}

/// Writes an event about an object; the same words again only raise its count.
pub(crate) fn tell(world: &mut World, about: &Value, said: Said<'_>, now: Now) {
    let namespace = fields::text(about, "/metadata/namespace").to_owned();
    let namespace = if namespace.is_empty() { "default".to_owned() } else { namespace };
    let same = world
        .store
        .list(Resource::EVENTS, Some(&namespace))
        .find(|(_, event)| {
            fields::text(event, "/involvedObject/uid") == fields::uid(about)
                && fields::text(event, "/reason") == said.reason
                && fields::text(event, "/message") == said.message
        })
        .map(|(key, _)| key.clone());
    let stamp = now.seconds();
    if let Some(key) = same {
        world.update(&key, &Writer::controller(now), |event| {
            let count = fields::number(event, "/count").unwrap_or(1).saturating_add(1);
            fields::set(event, &["count"], Some(json!(count)));
            fields::set(event, &["lastTimestamp"], Some(json!(stamp)));
        });
        return;
    }
    let id = uid::fresh().replace('-', "");
    let event = json!({
        "metadata": {"name": format!("{}.{}", fields::name(about), id.get(..16).unwrap_or_default())},
        "involvedObject": {
            "kind": about.get("kind"),
            "namespace": namespace,
            "name": fields::name(about),
            "uid": fields::uid(about),
            "apiVersion": about.get("apiVersion"),
            "resourceVersion": about.pointer("/metadata/resourceVersion"),
        },
        "reason": said.reason,
        "message": said.message,
        "type": said.kind,
        "source": {"component": said.component},
        "reportingComponent": said.component,
        "reportingInstance": "",
        "eventTime": null,
        "count": 1,
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
    });
    // Nothing depends on whether an event is written.
    let _ = world.make(Resource::EVENTS, &namespace, event, now);
    prune(world, &namespace);
}

/// Keeps the newest events of a namespace; a real server forgets them after an hour.
fn prune(world: &mut World, namespace: &str) {
    const MOST: usize = 500;
    const KEPT: usize = 400;
    if world.store.list(Resource::EVENTS, Some(namespace)).count() <= MOST {
        return;
    }
    let version = |event: &Value| fields::text(event, "/metadata/resourceVersion").parse::<u64>().unwrap_or_default();
    let all = world.store.list(Resource::EVENTS, Some(namespace));
    let mut all: Vec<(u64, Key)> = all.map(|(key, event)| (version(event), key.clone())).collect();
    all.sort();
    let excess = all.len().saturating_sub(KEPT);
    for (_, key) in all.into_iter().take(excess) {
        world.store.remove(&key);
    }
}
