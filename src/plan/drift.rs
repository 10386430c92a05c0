//! Change and drift told apart: what the manifest changed, what others changed.

use iriskit_state::plan::{FieldChange, Origin, ResourceDrift};
use serde_json::Value;

use crate::{
    diff::{
        ANNOTATION, Applied, Difference, Holder, differences, hash_at, hollow, last_holder, other_holders, secrets_of,
    },
    schema::{FieldSet, Kind, ObjectRef, Path, PathElement, get},
};

/// Members of an object that are no field of a plan.
const SERVERS_METADATA: [&str; 7] =
    ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "deletionTimestamp", "selfLink"];

/// An object without status, the server's own metadata and iriskit's own marks: what people compare.
pub fn visible(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(members) = object.as_object_mut() {
        members.remove("status");
    }
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return object };
    for member in SERVERS_METADATA {
        metadata.remove(member);
    }
    for (map, key) in [("annotations", ANNOTATION), ("labels", super::applyset::PART_OF)] {
        if let Some(entries) = metadata.get_mut(map).and_then(Value::as_object_mut) {
            entries.remove(key);
            if entries.is_empty() {
                metadata.remove(map);
            }
        }
    }
    object
}

/// The changed fields between the live object and what the server says it will be, each with its origin.
pub(super) fn changed_fields(kind: &Kind, live: &Value, after: &Value, body: &Value) -> Vec<FieldChange> {
    let recorded = Applied::read(live);
    let desired = Applied::of(kind, body);
    let live_hollow = hollow(live);
    let holders = other_holders(live);
    let secret = secret_paths(live).chain(secret_paths(after)).collect::<Vec<_>>();
    differences(kind, &visible(live), &visible(after))
        .into_iter()
        .map(|difference| {
            let origin = origin(kind, &difference, recorded.as_ref(), &desired, &live_hollow);
            let holder = (origin == Origin::Drift).then(|| last_holder(&holders, &difference.path)).flatten();
            field_change(difference, origin, holder, &secret)
        })
        .collect()
}

fn origin(kind: &Kind, difference: &Difference, recorded: Option<&Applied>, desired: &Applied, live: &Value) -> Origin {
    let path = &difference.path;
    let Some(recorded) = recorded else { return Origin::Manifest };
    match (recorded.get(path), desired.get(path)) {
        (Some(then), Some(wanted)) if then == wanted => {
            // The manifest wants what was applied: the live value moved, unless only the server's defaults did.
            let moved = hash_at(kind, live, path).as_deref() != Some(then);
            if moved { Origin::Drift } else { Origin::Server }
        }
        (None, None) => {
            let (ours_before, ours_now) = (recorded.touches(path), desired.touches(path));
            match (ours_before, ours_now) {
                (true, true) if difference.before.is_none() => Origin::Drift,
                (true, _) | (_, true) => Origin::Manifest,
                (false, false) => Origin::Server,
            }
        }
        _ => Origin::Manifest,
    }
}

fn field_change(difference: Difference, origin: Origin, holder: Option<&Holder>, secret: &[String]) -> FieldChange {
    let path = difference.path.to_human();
    let sensitive = secret.iter().any(|known| known == &path || known.starts_with(&format!("{path}.")));
    let shown = |value: Option<Value>| if sensitive { Value::Null } else { value.unwrap_or(Value::Null) };
    FieldChange {
        before: shown(difference.before),
        after: shown(difference.after),
        path,
        sensitive,
        origin,
        by: holder.map(|holder| holder.manager.clone()),
        at: holder.and_then(|holder| holder.time.clone()),
    }
}

/// Human paths of strings that are or contain secrets.
fn secret_paths(object: &Value) -> impl Iterator<Item = String> {
    let places = secrets_of(object);
    let object = object.clone();
    places.into_keys().filter_map(move |place| human_of_pointer(&object, &place.pointer))
}

/// `spec.template.spec.containers[iris].env[TOKEN].value` for a JSON pointer.
fn human_of_pointer(object: &Value, pointer: &str) -> Option<String> {
    let mut here = object;
    let mut elements = Vec::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        match here {
            Value::Array(items) => {
                here = items.get(part.parse::<usize>().ok()?)?;
                let name = here.get("name").cloned().unwrap_or(Value::Null);
                elements.push(PathElement::key("name", name));
            }
            Value::Object(members) => {
                here = members.get(&part)?;
                elements.push(PathElement::field(&part));
            }
            _ => return None,
        }
    }
    Some(Path(elements).to_human())
}

/// What others changed in an object since the last apply: fields of ours that moved (with whether `body` still wants
/// them), and fields of others that we leave alone.
pub(super) fn drift(kind: &Kind, object: &ObjectRef, live: &Value, body: Option<&Value>) -> Vec<ResourceDrift> {
    let Some(recorded) = Applied::read(live) else { return Vec::new() };
    let holders = other_holders(live);
    let people: Vec<&Holder> = holders.iter().filter(|holder| !is_controller(&holder.manager)).collect();
    if people.is_empty() {
        return Vec::new();
    }
    let secret: Vec<String> = secret_paths(live).collect();
    let live_hollow = hollow(live);
    let desired = body.map(|body| Applied::of(kind, body));
    let (mut back, mut kept, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for text in recorded.paths() {
        let Ok(path) = Path::parse_in(kind, text) else { continue };
        if hash_at(kind, &live_hollow, &path).as_deref() == recorded.get(&path) {
            continue;
        }
        let wanted = desired.as_ref().and_then(|desired| desired.get(&path));
        let now = hash_at(kind, &live_hollow, &path);
        let found = Difference { before: None, after: get(kind, live, &path).cloned(), path: path.clone() };
        let field = field_change(found, Origin::Drift, last_holder(&holders, &path), &secret);
        if wanted.is_some() && wanted != now.as_deref() { back.push(field) } else { kept.push(field) }
    }
    let ours =
        crate::diff::our_fields(live).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    for holder in people {
        for path in holder.fields.leaves() {
            let Some(value) = get(kind, live, &path) else { continue };
            let container = value.is_object() || value.is_array();
            if container && !holder.fields.contains(&path)
                || ours.touches(&path)
                || recorded.touches(&path)
                || is_structure(&path)
                || is_bookkeeping(&path)
            {
                continue;
            }
            let found = Difference { before: None, after: Some(value.clone()), path };
            alone.push(field_change(found, Origin::Drift, Some(holder), &secret));
        }
    }
    let group = |fields: Vec<FieldChange>, taken_back: bool| ResourceDrift {
        address: object.address(),
        type_name: object.type_name(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        fields,
        taken_back,
    };
    kept.append(&mut alone);
    [group(back, true), group(kept, false)].into_iter().filter(|drift| !drift.fields.is_empty()).collect()
}

/// Built-in controllers write labels, defaults and status as part of their work; that is no drift.
fn is_controller(manager: &str) -> bool {
    matches!(manager, "kube-controller-manager" | "kcm" | "kubelet" | "kube-scheduler" | "kwok" | "kube-apiserver")
}

/// The `"."` of a map or item, which says nothing of itself.
fn is_structure(path: &Path) -> bool {
    matches!(path.0.last(), Some(PathElement::Key(_)))
        || matches!(path.to_human().as_str(), "metadata.labels" | "metadata.annotations")
}

/// What tools write about themselves.
fn is_bookkeeping(path: &Path) -> bool {
    let path = path.to_human();
    path.starts_with("metadata.annotations.kubectl.kubernetes.io/")
        || path.contains(ANNOTATION)
        || path.starts_with("status")
}

/// A desired field that never was ours and that somebody else holds with another value.
pub(super) fn held_by_others(kind: &Kind, live: &Value, body: &Value) -> Vec<(String, String)> {
    let ours =
        crate::diff::our_fields(live).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    let recorded = Applied::read(live).unwrap_or_default();
    let holders = other_holders(live);
    let mut held = Vec::new();
    for (path, value) in crate::schema::leaves(kind, body) {
        if ours.contains(&path) || recorded.get(&path).is_some() || is_bookkeeping(&path) {
            continue;
        }
        let Some(holder) = last_holder(&holders, &path) else { continue };
        let same = get(kind, live, &path)
            .is_some_and(|found| crate::schema::equal_after_canonicalisation(kind, &path, value, found));
        if !same {
            held.push((path.to_human(), holder.manager.clone()));
        }
    }
    held
}
