//! Objects that pods need and the plan does not make.

use std::collections::{BTreeMap, btree_map::Entry};

use iriskit_state::plan::{Note, NoteId, Reference, Severity};
use serde_json::Value;

use super::{
    expansion::{Expanded, config_ref},
    operator::iris_cluster,
};
use crate::{
    expand,
    manifest::Reading,
    plan::{live::Live, notes::place, staleness::fingerprint::reference},
};
use iriskit_kubernetes::schema::ObjectRef;

/// What the plan read besides its own objects, with notes on what is missing. What was seen of them is kept where `fingerprints`
/// says so.
pub(crate) fn references(
    reading: &Reading,
    expanded: &[Expanded],
    live: &Live,
    fingerprints: bool,
) -> (Vec<Reference>, Vec<Note>) {
    let (mut found, mut notes) = (BTreeMap::new(), Vec::new());
    let mut add = |object: &ObjectRef| {
        let address = object.address();
        // A second look would only have other salts.
        if let Entry::Vacant(place) = found.entry(address.clone()) {
            let known = fingerprints && live.why_unknown(object).is_none();
            place.insert(Reference {
                address,
                api_version: object.api_version.clone(),
                fingerprint: known.then(|| reference(live.get(object), None)),
            });
        }
    };
    for (cluster, expanded) in reading.clusters.iter().zip(expanded) {
        let made = |object: &ObjectRef| expanded.owner.desired.iter().any(|desired| desired.object == *object);
        // That the operator does not manage the cluster was seen, too.
        add(&iris_cluster(&cluster.namespace, &cluster.name));
        if let Some(config) = config_ref(cluster).filter(|config| !made(config)) {
            add(&config);
        }
        for secret in &expanded.references.secrets {
            let object = ObjectRef::namespaced("v1", "Secret", &cluster.namespace, &secret.name);
            if made(&object) {
                continue;
            }
            add(&object);
            let source = secret.position.as_ref().map(place);
            notes.extend(missing_secret(&object, secret, source, live));
        }
        for map in &expanded.references.config_maps {
            let object = ObjectRef::namespaced("v1", "ConfigMap", &cluster.namespace, &map.name);
            if made(&object) {
                continue;
            }
            add(&object);
            notes.extend(missing_config_map(&object, map, config_ref(cluster).as_ref() == Some(&object), live));
        }
    }
    (found.into_values().collect(), notes)
}

fn missing_secret(
    object: &ObjectRef,
    secret: &expand::Reference,
    source: Option<iriskit_state::plan::Place>,
    live: &Live,
) -> Option<Note> {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let why = &secret.why;
    if let Some(reason) = live.why_unknown(object) {
        let mut note = warning(
            NoteId::SecretUnknown,
            format!("whether Secret {} exists is unknown ({why}): {reason}", object.name),
            source,
        );
        note.severity = Severity::Note;
        return Some(note);
    }
    let Some(found) = live.get(object) else {
        let message =
            format!("pods will not start: Secret {} does not exist in namespace {namespace} ({why})", object.name);
        return Some(warning(NoteId::SecretNotFound, message, source));
    };
    let missing = missing_keys(secret, found)?;
    let message = format!("Secret {} in namespace {namespace} has no key {missing} ({why})", object.name);
    Some(warning(NoteId::SecretKeyMissing, message, source))
}

/// `is_config`: its texts were read, so it is there.
fn missing_config_map(object: &ObjectRef, map: &expand::Reference, is_config: bool, live: &Live) -> Option<Note> {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    if is_config || live.why_unknown(object).is_some() {
        return None;
    }
    let (why, source) = (&map.why, map.position.as_ref().map(place));
    let Some(found) = live.get(object) else {
        let message =
            format!("pods will not start: ConfigMap {} does not exist in namespace {namespace} ({why})", map.name);
        return Some(warning(NoteId::ConfigMapNotFound, message, source));
    };
    let missing = missing_keys(map, found)?;
    let message =
        format!("pods will not start: ConfigMap {} in namespace {namespace} has no key {missing} ({why})", map.name);
    Some(warning(NoteId::ConfigMapKeyMissing, message, source))
}

/// The needed keys that a Secret or ConfigMap lacks.
fn missing_keys(needed: &expand::Reference, found: &Value) -> Option<String> {
    let has = |key: &str| {
        ["data", "binaryData"].iter().any(|member| found.get(member).is_some_and(|data| data.get(key).is_some()))
    };
    let missing: Vec<&str> = needed.keys.iter().map(String::as_str).filter(|key| !has(key)).collect();
    (!missing.is_empty()).then(|| missing.join(" and "))
}

fn warning(id: NoteId, message: String, source: Option<iriskit_state::plan::Place>) -> Note {
    Note { severity: Severity::Warning, id, message, address: None, source, help: None }
}
