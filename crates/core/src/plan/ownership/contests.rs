//! Fields that the manifest wants and somebody else holds with another value.

use iriskit_state::plan::{FieldChange, Origin, Treatment};
use serde_json::Value;

use crate::{
    diff::{ANNOTATION, Applied, Holder, hash_at, hollow, last_holder, other_holders, our_fields},
    plan::{
        changes::redacted::Redacted,
        ownership::{applyset::PART_OF, policy::Policy},
    },
};
use iriskit_kubernetes::schema::{
    FieldSet, Kind, ObjectRef, Path, PathElement, default_at, equal_after_canonicalisation, get, leaves, remove,
};

/// One such field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contest {
    /// Where.
    pub(crate) path: Path,
    /// What the manifest says.
    pub(crate) ours: Value,
    /// What is there.
    pub(crate) theirs: Option<Value>,
    /// The field manager that changed it last.
    pub(crate) by: Option<String>,
    /// When, RFC 3339.
    pub(crate) at: Option<String>,
    /// Whether iriskit never applied it.
    pub(crate) never_ours: bool,
    /// What is done about it.
    pub(crate) treatment: Treatment,
    /// Whether one of the values is a secret.
    pub(crate) sensitive: bool,
    /// The recorded hash, where it was applied.
    recorded: Option<String>,
}

impl Contest {
    /// For the plan document: `before` is ours, `after` theirs.
    pub(crate) fn field(&self) -> FieldChange {
        let shown = |value: &Value| if self.sensitive { Value::Null } else { value.clone() };
        FieldChange {
            before: shown(&self.ours),
            after: self.theirs.as_ref().map(shown).unwrap_or_default(),
            path: self.path.to_human(),
            sensitive: self.sensitive,
            origin: Origin::Drift,
            by: self.by.clone(),
            at: self.at.clone(),
        }
    }
}

/// The contested fields of an object, in the order of the body, each with what is done about it. What others hold of an
/// object that is adopted is taken.
pub(crate) fn contests(
    kind: &Kind,
    object: &ObjectRef,
    live: &Value,
    body: &Value,
    policy: &Policy,
    adopting: bool,
) -> Vec<Contest> {
    let recorded = Applied::read(live).unwrap_or_default();
    let holders = other_holders(live);
    let owned = our_fields(live).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    let live_hollow = hollow(live);
    let shown = [Redacted::new(live, None), Redacted::new(body, None)];
    let mut found = Vec::new();
    for (path, value) in leaves(kind, body) {
        if is_ours_alone(&path) {
            continue;
        }
        let theirs = get(kind, live, &path);
        let same = theirs.is_some_and(|theirs| is_same(kind, &path, value, theirs));
        let holder = last_holder(&holders, &path);
        let ours = owned.contains(&path);
        let then = recorded.get(&path);
        let never_ours = then.is_none() && !ours;
        let sensitive = shown.iter().any(|shown| shown.hides(kind, &path));
        let shared = holders.iter().any(|holder| holder.fields.contains(&path));
        // The record has no hash of a secret: whoever took the field changed it.
        let moved = then != hash_at(kind, &live_hollow, &path).as_deref() || sensitive && !ours;
        let treatment = if same {
            // Sharing it would be a change, and leaving it means that it is theirs.
            let is_left = policy.rule(object, &path) == Some(Treatment::Leave);
            if !is_left || !shared {
                continue;
            }
            Treatment::Leave
        } else if never_ours && shared {
            let otherwise = if adopting { Treatment::Take } else { Treatment::Fail };
            policy.rule(object, &path).unwrap_or(otherwise)
        } else if then.is_some() && moved && (!ours || shared) {
            policy.drift_treatment(object, &path)
        } else {
            continue;
        };
        found.push(Contest {
            ours: value.clone(),
            theirs: theirs.cloned(),
            by: holder.map(|holder| holder.manager.clone()),
            at: holder.and_then(|holder| holder.time.clone()),
            never_ours,
            treatment,
            sensitive,
            recorded: then.map(str::to_owned),
            path,
        });
    }
    found
}

/// Equal as the server stores it.
pub(crate) fn is_same(kind: &Kind, path: &Path, wanted: &Value, found: &Value) -> bool {
    if equal_after_canonicalisation(kind, path, wanted, found) {
        return true;
    }
    let mut stored = wanted.clone();
    default_at(kind, path, &mut stored);
    stored == *found
}

/// What an object is called, and our own marks: never anybody else's.
fn is_ours_alone(path: &Path) -> bool {
    let text = path.to_string();
    matches!(text.as_str(), ".apiVersion" | ".kind" | ".metadata.name" | ".metadata.namespace")
        || text.ends_with(ANNOTATION)
        || text.ends_with(PART_OF)
}

/// Takes what is left to others out of a body: neither sent nor set back to a default. Somebody else holds it, or it is
/// not there: a field that its last owner leaves out would be removed.
pub(crate) fn remove_left_fields(kind: &Kind, live: &Value, body: &mut Value, contests: &[Contest]) {
    let left: Vec<&Path> =
        contests.iter().filter(|one| one.treatment == Treatment::Leave).map(|one| &one.path).collect();
    let (keys, fields): (Vec<&Path>, Vec<&Path>) = left.iter().copied().partition(|path| key_of(path).is_some());
    for path in fields {
        remove(kind, body, path);
        remove_emptied(kind, live, body, parent(path));
    }
    for path in keys {
        let Some(item) = key_of(path) else { continue };
        // Without its key an item is none: it goes as a whole or not at all.
        let whole = get(kind, body, &item).is_some_and(|value| {
            let members = value.as_object().into_iter().flat_map(|members| members.keys());
            members.map(|name| item.join(PathElement::field(name))).all(|member| left.contains(&&member))
        });
        if whole {
            remove(kind, body, &item);
            remove_emptied(kind, live, body, parent(&item));
        }
    }
}

/// The hashes that stay recorded though the fields are not sent: what was ours once is drift when it comes back.
pub(crate) fn kept_hashes(contests: &[Contest]) -> impl Iterator<Item = (&Path, &str)> {
    contests
        .iter()
        .filter(|one| one.treatment == Treatment::Leave)
        .filter_map(|one| Some((&one.path, one.recorded.as_deref()?)))
}

fn parent(path: &Path) -> Path {
    Path(path.0.split_last().map(|(_, before)| before.to_vec()).unwrap_or_default())
}

/// The item that this path is a key field of.
fn key_of(path: &Path) -> Option<Path> {
    match path.0.as_slice() {
        [.., PathElement::Key(keys), PathElement::Field(name)] if keys.contains_key(name.as_ref()) => {
            Some(parent(path))
        }
        _ => None,
    }
}

/// Removes what was emptied around a field that left: maps and lists, and items of which only the key is left and that
/// nobody has.
fn remove_emptied(kind: &Kind, live: &Value, body: &mut Value, mut path: Path) {
    while !path.0.is_empty() {
        let Some(value) = get(kind, body, &path) else { return };
        let empty = match (value, path.0.last()) {
            (Value::Object(members), Some(PathElement::Key(keys))) => {
                members.keys().all(|name| keys.contains_key(name.as_str())) && get(kind, live, &path).is_none()
            }
            (Value::Object(members), _) => members.is_empty(),
            (Value::Array(items), _) => items.is_empty(),
            _ => false,
        };
        if !empty {
            return;
        }
        remove(kind, body, &path);
        path = parent(&path);
    }
}

/// Whether somebody else than a built-in controller holds fields: those write labels, defaults and status as part of
/// their work. Who scales for somebody (an autoscaler) changes what was asked for.
pub(crate) fn is_somebody(holder: &Holder) -> bool {
    let controller = matches!(
        holder.manager.as_str(),
        "kube-controller-manager" | "kcm" | "kubelet" | "kube-scheduler" | "kwok" | "kube-apiserver"
    );
    !controller || holder.subresource.as_deref() == Some("scale")
}
