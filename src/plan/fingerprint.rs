//! What a plan saw of a live object, to know later whether it moved.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    hole_hash, new_salt,
    plan::{Fingerprint, Observed},
    sha256_hex,
};
use serde_json::Value;

use super::live::uid;
use crate::{
    diff::{Applied, our_fields, replace_secrets, secrets_of},
    schema::{FieldSet, Kind, Path, PathElement, get, leaves},
};

/// Values whose JSON text is longer are kept as a digest.
const LONGEST: usize = 200;

/// The fingerprint of an object at every path that `body` sets, that we own, or that was recorded. `salts` are the salts
/// of an earlier fingerprint, to compare with it.
pub fn fingerprint(
    kind: &Kind,
    live: Option<&Value>,
    body: Option<&Value>,
    earlier: Option<&Fingerprint>,
) -> Fingerprint {
    let Some(live) = live else {
        return Fingerprint {
            exists: false,
            uid: None,
            resource_version: None,
            values: BTreeMap::new(),
            ignored: BTreeSet::new(),
        };
    };
    let mut paths: BTreeMap<String, Path> = BTreeMap::new();
    let mut add = |path: Path| {
        if !is_fixed(&path) {
            paths.insert(path.to_string(), path);
        }
    };
    if let Some(body) = body {
        for (path, _) in leaves(kind, body) {
            add(path);
        }
    }
    let owned = our_fields(live).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    // The "." of a list item says nothing of the values in it.
    owned.leaves().filter(|path| !matches!(path.0.last(), Some(PathElement::Key(_)))).for_each(&mut add);
    let recorded = Applied::read(live).unwrap_or_default();
    recorded.paths().filter_map(|text| Path::parse_in(kind, text).ok()).for_each(&mut add);
    if let Some(earlier) = earlier {
        earlier.values.keys().filter_map(|text| Path::parse_in(kind, text).ok()).for_each(&mut add);
    }
    let secret = !secrets_of(live).is_empty();
    let values = paths
        .into_iter()
        .filter_map(|(text, path)| {
            let salt = match earlier.and_then(|earlier| earlier.values.get(&text)) {
                Some(Observed::Secret(salt, _)) => Some(salt.clone()),
                _ => None,
            };
            let observed = observe(kind, live, &path, secret, salt)?;
            Some((text, observed))
        })
        .collect();
    Fingerprint {
        exists: true,
        uid: uid(live).map(str::to_owned),
        resource_version: None,
        values,
        ignored: BTreeSet::new(),
    }
}

/// The paths at which `now` is not as `then`, with both values; for another uid the path is `metadata.uid`. What `now` has
/// at paths that `then` knows nothing of (a key of a referenced ConfigMap, a field that iriskit took meanwhile) was not
/// there for the plan, so it moved as well.
pub fn moved(then: &Fingerprint, now: &Fingerprint) -> Vec<(String, Option<Observed>, Option<Observed>)> {
    let text = |text: &Option<String>| text.clone().map(|text| Observed::Value(text.into()));
    if then.exists != now.exists || then.uid != now.uid {
        return vec![("metadata.uid".to_owned(), text(&then.uid), text(&now.uid))];
    }
    let mut found = Vec::new();
    if then.resource_version != now.resource_version {
        found.push(("metadata.resourceVersion".to_owned(), text(&then.resource_version), text(&now.resource_version)));
    }
    for (path, was) in then.values.iter().filter(|(path, _)| !then.ignored.contains(*path)) {
        let is = now.values.get(path);
        if is != Some(was) {
            found.push((path.clone(), Some(was.clone()), is.cloned()));
        }
    }
    let unseen = now.values.iter().filter(|(path, is)| {
        !then.values.contains_key(*path) && !then.ignored.contains(*path) && **is != Observed::Absent
    });
    found.extend(unseen.map(|(path, is)| (path.clone(), None, Some(is.clone()))));
    found
}

/// The fingerprint of an object that is only referred to: uid and resourceVersion of a Secret, the texts of a ConfigMap,
/// the uid of anything else.
/// `earlier` gives the salts to compare with.
pub fn reference(live: Option<&Value>, earlier: Option<&Fingerprint>) -> Fingerprint {
    let mut found = Fingerprint {
        exists: live.is_some(),
        uid: None,
        resource_version: None,
        values: BTreeMap::new(),
        ignored: BTreeSet::new(),
    };
    let Some(live) = live else { return found };
    found.uid = uid(live).map(str::to_owned);
    if live.get("kind") == Some(&Value::from("Secret")) {
        found.resource_version = live.pointer("/metadata/resourceVersion").and_then(Value::as_str).map(str::to_owned);
        return found;
    }
    let data = ["data", "binaryData"].into_iter().flat_map(|member| {
        let values = live.get(member).and_then(Value::as_object).into_iter().flatten();
        values.map(move |(key, value)| (format!(".{member}.{key}"), value))
    });
    for (path, value) in data {
        let text = value.as_str().unwrap_or_default();
        let salt = match earlier.and_then(|earlier| earlier.values.get(&path)) {
            Some(Observed::Secret(salt, _)) => Some(salt.clone()),
            _ if replace_secrets(text, |_, _| String::new()) != text => new_salt(),
            _ => None,
        };
        let observed = match salt {
            Some(salt) => Observed::Secret(salt.clone(), hole_hash(&salt, text)),
            None => Observed::Sha256(sha256_hex(text.as_bytes())),
        };
        found.values.insert(path, observed);
    }
    found
}

fn observe(kind: &Kind, live: &Value, path: &Path, secret: bool, salt: Option<String>) -> Option<Observed> {
    let Some(value) = get(kind, live, path) else { return Some(Observed::Absent) };
    let text = value.to_string();
    if secret && holds_secret(kind, live, path) {
        let salt = salt.or_else(new_salt)?;
        let hash = hole_hash(&salt, &text);
        return Some(Observed::Secret(salt, hash));
    }
    Some(if text.len() > LONGEST {
        Observed::Sha256(sha256_hex(text.as_bytes()))
    } else {
        Observed::Value(value.clone())
    })
}

/// Whether the value at `path` is one of the object's secrets or contains one.
fn holds_secret(kind: &Kind, live: &Value, path: &Path) -> bool {
    let Some(value) = get(kind, live, path) else { return false };
    secrets_of(live).keys().filter_map(|place| live.pointer(&place.pointer)).any(|secret| contains(value, secret))
}

/// Whether `part` is `whole` itself or stands inside it (by address: both are parts of one value).
fn contains(whole: &Value, part: &Value) -> bool {
    if std::ptr::eq(whole, part) {
        return true;
    }
    match whole {
        Value::Array(items) => items.iter().any(|item| contains(item, part)),
        Value::Object(members) => members.values().any(|member| contains(member, part)),
        _ => false,
    }
}

/// What can't change without the object being another one.
fn is_fixed(path: &Path) -> bool {
    matches!(path.to_string().as_str(), ".apiVersion" | ".kind" | ".metadata.name" | ".metadata.namespace")
}
