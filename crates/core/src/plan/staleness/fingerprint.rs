//! What a plan saw of a live object, to know later whether it moved.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    has_seal, hole_hash, new_salt,
    plan::{Fingerprint, Observed},
    seal, sealed, sha256_hex,
};
use serde_json::Value;

use crate::diff::{Applied, our_fields, replaced, secrets_of};
use iriskit_kubernetes::{
    schema::{FieldSet, Kind, Path, PathElement, get, leaves},
    views::Object,
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
    let seals = Seals::new(live, earlier);
    let values = paths
        .into_iter()
        .map(|(text, path)| {
            let salt = match earlier.and_then(|earlier| earlier.values.get(&text)) {
                Some(Observed::Secret(salt, _)) => Some(salt.clone()),
                _ => None,
            };
            let observed = observe(kind, live, &path, &seals, salt);
            (text, observed)
        })
        .collect();
    Fingerprint {
        exists: true,
        uid: Object::new(live).uid().map(str::to_owned),
        resource_version: None,
        values,
        ignored: BTreeSet::new(),
    }
}

/// Makes a fingerprint look at these places as well, whoever holds them.
pub(crate) fn add_fields(fingerprint: &mut Fingerprint, kind: &Kind, live: &Value, places: &[&str]) {
    for place in places {
        let Ok(path) = Path::parse_in(kind, place) else { continue };
        let observed = observe(kind, live, &path, &Seals::new(live, Some(fingerprint)), None);
        fingerprint.ignored.remove(*place);
        fingerprint.values.insert((*place).to_owned(), observed);
    }
}

/// The paths at which `now` is not as `then`, with both values; for another uid the path is `metadata.uid`. What `now` has
/// at paths that `then` knows nothing of (a key of a referenced ConfigMap, a field that iriskit took meanwhile) was not
/// there for the plan, so it moved as well. Where something inside a path moved, the path itself is not told.
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
    let added = now.values.iter().filter(|(path, is)| {
        !then.values.contains_key(*path) && !then.ignored.contains(*path) && **is != Observed::Absent
    });
    found.extend(added.map(|(path, is)| (path.clone(), None, Some(is.clone()))));
    let paths: Vec<String> = found.iter().map(|(path, ..)| path.clone()).collect();
    found.retain(|(path, ..)| !paths.iter().any(|other| is_around(path, other)));
    found
}

/// Whether `inner` is a place inside `outer`.
fn is_around(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// The fields of a kind that a plan looks at without changing the object by its own change.
fn fields_of_reference(kind: &str) -> &'static [&'static str] {
    match kind {
        "PersistentVolumeClaim" => {
            &[".spec.resources.requests.storage", ".spec.storageClassName", ".metadata.deletionTimestamp"]
        }
        "StorageClass" => &[".allowVolumeExpansion"],
        _ => &[],
    }
}

/// The fingerprint of an object that is only referred to: uid and resourceVersion of a Secret, the texts of a ConfigMap,
/// the size and class of a claim and whether it is being deleted, whether volumes of a storage class can grow.
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
    let object = Object::new(live);
    found.uid = object.uid().map(str::to_owned);
    if object.kind() == "Secret" {
        found.resource_version = object.resource_version().map(str::to_owned);
        return found;
    }
    for path in fields_of_reference(object.kind()) {
        let value = live.pointer(&path.replace('.', "/"));
        found.values.insert((*path).to_owned(), value.cloned().map_or(Observed::Absent, Observed::Value));
    }
    let seals = Seals::new(live, earlier);
    let data = ["data", "binaryData"].into_iter().flat_map(|member| {
        let values = live.get(member).and_then(Value::as_object).into_iter().flatten();
        values.map(move |(key, value)| (member, key, value))
    });
    for (member, key, value) in data {
        let (path, text) = (format!(".{member}.{key}"), value.as_str().unwrap_or_default());
        let sealed = seals.object.get(member).and_then(|data| data.get(key));
        let observed = match earlier.and_then(|earlier| earlier.values.get(&path)) {
            Some(Observed::Secret(salt, _)) => Observed::Secret(salt.clone(), hole_hash(salt, text)),
            _ => seals.observed(value, sealed).unwrap_or_else(|| Observed::Sha256(sha256_hex(text.as_bytes()))),
        };
        found.values.insert(path, observed);
    }
    found
}

/// The fingerprint of an object that is referred to only for being there: its fields may change.
pub(crate) fn presence(live: Option<&Value>) -> Fingerprint {
    let mut found = reference(live, None);
    let fields: BTreeSet<String> = found.values.keys().filter(|path| path.starts_with(".spec.")).cloned().collect();
    found.values.retain(|path, _| !fields.contains(path));
    found.ignored = fields;
    found
}

/// An object whose secrets are sealed, all with one salt.
struct Seals {
    salt: String,
    object: Value,
}

impl Seals {
    /// The salt is that of `earlier`, to compare with it, or of the snapshot that `live` is from.
    fn new(live: &Value, earlier: Option<&Fingerprint>) -> Self {
        let secrets = secrets_of(live);
        let then = earlier.and_then(|earlier| {
            earlier.values.values().find_map(|observed| match observed {
                Observed::Sealed(salt, _) => Some(salt.clone()),
                _ => None,
            })
        });
        let salt = then
            .or_else(|| secrets.values().find_map(|value| sealed(value)).map(|(salt, _)| salt.to_owned()))
            .or_else(|| if secrets.is_empty() { None } else { new_salt() })
            .unwrap_or_default();
        Self { object: replaced(live, |_, value| Value::from(seal(&salt, value))), salt }
    }

    /// `value` with its secrets sealed; `None` when it has none.
    fn observed(&self, value: &Value, sealed: Option<&Value>) -> Option<Observed> {
        let text = sealed?.to_string();
        // What is from a snapshot was sealed before.
        let has_secrets = sealed != Some(value) || has_seal(&text);
        has_secrets.then(|| Observed::Sealed(self.salt.clone(), sha256_hex(text.as_bytes())))
    }
}

/// `salt` is that of a plan of version 1.0.
fn observe(kind: &Kind, live: &Value, path: &Path, seals: &Seals, salt: Option<String>) -> Observed {
    let Some(value) = get(kind, live, path) else { return Observed::Absent };
    let text = value.to_string();
    if let Some(salt) = salt {
        let hash = hole_hash(&salt, &text);
        return Observed::Secret(salt, hash);
    }
    seals.observed(value, get(kind, &seals.object, path)).unwrap_or_else(|| {
        if text.len() > LONGEST {
            Observed::Sha256(sha256_hex(text.as_bytes()))
        } else {
            Observed::Value(value.clone())
        }
    })
}

/// What can't change without the object being another one.
fn is_fixed(path: &Path) -> bool {
    matches!(path.to_string().as_str(), ".apiVersion" | ".kind" | ".metadata.name" | ".metadata.namespace")
}
