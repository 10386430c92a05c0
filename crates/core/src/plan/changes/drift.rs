//! Change and drift told apart: what the manifest changed, what others changed.

use std::collections::BTreeMap;

use iriskit_state::plan::{FieldChange, Mode, Note, NoteId, Origin, ResourceDrift, Severity, Treatment};
use serde_json::Value;

use crate::{
    diff::{
        ANNOTATION, Applied, Difference, FIELD_MANAGER, Holder, differences, hash_at, hollow, last_holder,
        other_holders, our_fields,
    },
    plan::{
        changes::redacted::Redacted,
        notes,
        ownership::{
            contests::{Contest, is_somebody},
            policy::FieldPattern,
        },
    },
};
use iriskit_kubernetes::schema::{FieldSet, Kind, ObjectRef, Path, PathElement, get};

/// Members of an object that are no field of a plan.
const SERVERS_METADATA: [&str; 8] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
];

/// The count that a Deployment's controller keeps of its templates: a change of the template raises it.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// An object without status, the metadata of servers and controllers, and iriskit's own marks: what people compare.
pub(crate) fn visible(object: &Value) -> Value {
    let counts = object.get("kind") == Some(&Value::from("Deployment")) && !is_our_annotation(object, REVISION);
    let mut object = object.clone();
    if let Some(members) = object.as_object_mut() {
        members.remove("status");
    }
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return object };
    for member in SERVERS_METADATA {
        metadata.remove(member);
    }
    let ours = [("annotations", ANNOTATION), ("labels", crate::plan::applyset::PART_OF)];
    for (map, key) in ours.into_iter().chain(counts.then_some(("annotations", REVISION))) {
        if let Some(entries) = metadata.get_mut(map).and_then(Value::as_object_mut) {
            entries.remove(key);
            if entries.is_empty() {
                metadata.remove(map);
            }
        }
    }
    object
}

/// Whether iriskit holds an annotation.
fn is_our_annotation(object: &Value, name: &str) -> bool {
    let held = our_fields(object).and_then(|fields| fields.get("f:metadata")?.get("f:annotations"));
    held.is_some_and(|held| held.get(format!("f:{name}")).is_some())
}

/// The changed fields between the live object and what the server says it will be, each with its origin.
pub(crate) fn changed_fields(kind: &Kind, live: &Value, after: &Value, body: &Value) -> Vec<FieldChange> {
    let recorded = Applied::read(live);
    let desired = Applied::of(kind, body);
    let live_hollow = hollow(live);
    let holders = other_holders(live);
    let ours = our_fields(live).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    let shown = [Redacted::new(live, None), Redacted::new(after, Some(live))];
    differences(kind, &visible(live), &visible(after))
        .into_iter()
        .map(|difference| {
            let mut origin = origin(kind, &difference, recorded.as_ref(), &desired, &live_hollow);
            // The record has no hash of a secret. Whoever took the field changed it; where it is still ours, nobody but the
            // manifest did.
            if origin == Origin::Server && shown.iter().any(|shown| shown.hides(kind, &difference.path)) {
                let wanted = desired.touches(&difference.path);
                match ours.touches(&difference.path) {
                    true => origin = Origin::Manifest,
                    false if wanted => origin = Origin::Drift,
                    false => {}
                }
            }
            // What is taken from others is told with their name, too.
            let theirs = difference.before.is_some() && !ours.touches(&difference.path) && origin == Origin::Manifest;
            let holder = (theirs || origin == Origin::Drift).then(|| last_holder(&holders, &difference.path)).flatten();
            field_change(kind, difference, origin, holder, &shown)
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

/// `shown` are the objects before and after.
pub(crate) fn field_change(
    kind: &Kind,
    difference: Difference,
    origin: Origin,
    holder: Option<&Holder>,
    shown: &[Redacted<'_>; 2],
) -> FieldChange {
    let [before, after] = shown;
    let path = &difference.path;
    let sensitive = difference.before.is_some() && before.hides(kind, path)
        || difference.after.is_some() && after.hides(kind, path);
    FieldChange {
        before: before.at(kind, path, difference.before),
        after: after.at(kind, path, difference.after),
        path: path.to_human(),
        sensitive,
        origin,
        by: holder.map(|holder| holder.manager.clone()),
        at: holder.and_then(|holder| holder.time.clone()),
    }
}

/// What others changed in an object since the last apply: fields that the manifest wants otherwise, each with what is done
/// about it, fields of ours that it no longer wants, and fields of others that we leave alone.
pub(crate) fn drift(
    kind: &Kind,
    object: &ObjectRef,
    live: &Value,
    body: &Value,
    contests: &[Contest],
) -> Vec<ResourceDrift> {
    let holders = other_holders(live);
    let people: Vec<&Holder> = holders.iter().filter(|holder| is_somebody(holder)).collect();
    if people.is_empty() && contests.is_empty() {
        return Vec::new();
    }
    let shown = [Redacted::new(&Value::Null, None), Redacted::new(live, None)];
    let mut groups: BTreeMap<(bool, Option<Treatment>, bool), Vec<FieldChange>> = BTreeMap::new();
    for contest in contests.iter().filter(|contest| contest.theirs.as_ref() != Some(&contest.ours)) {
        let taken_back = contest.treatment == Treatment::Take && !contest.never_ours;
        groups.entry((!taken_back, Some(contest.treatment), contest.never_ours)).or_default().push(contest.field());
    }
    let mut alone = Vec::new();
    let ours = our_fields(live).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    let recorded = Applied::read(live).unwrap_or_default();
    let live_hollow = hollow(live);
    let desired = Applied::of(kind, body);
    let left: Vec<&Path> = contests.iter().map(|contest| &contest.path).collect();
    for text in recorded.paths() {
        let Ok(path) = Path::parse_in(kind, text) else { continue };
        let holder = last_holder(&holders, &path);
        let known = desired.get(&path).is_some() || left.contains(&&path) || ours.contains(&path) && holder.is_none();
        if known || hash_at(kind, &live_hollow, &path).as_deref() == recorded.get(&path) {
            continue;
        }
        let found = Difference { before: None, after: get(kind, live, &path).cloned(), path: path.clone() };
        alone.push(field_change(kind, found, Origin::Drift, holder, &shown));
    }
    if recorded != Applied::default() {
        for holder in people {
            let mut whole: Vec<Path> = Vec::new();
            for path in holder.fields.leaves() {
                let Some(value) = get(kind, live, &path) else { continue };
                let item = matches!(path.0.last(), Some(PathElement::Key(_)));
                // A map is its entries, a list its items; an item that is theirs alone is told as a whole.
                let parts = ours.touches_inside(&path) || !item && holder.fields.touches_inside(&path);
                if parts
                    || is_ours(&path, &ours, &recorded)
                    || whole.iter().any(|item| item.contains(&path))
                    || left.iter().any(|left| path.contains(left) || left.contains(&path))
                    || is_bookkeeping(&path)
                    || is_default_written_out(holder, &path, value)
                {
                    continue;
                }
                if item {
                    whole.push(path.clone());
                }
                let found = Difference { before: None, after: Some(value.clone()), path };
                alone.push(field_change(kind, found, Origin::Drift, Some(holder), &shown));
            }
        }
    }
    groups.insert((true, None, false), alone);
    let group =
        |((kept, treatment, never_ours), fields): ((bool, Option<Treatment>, bool), Vec<FieldChange>)| ResourceDrift {
            address: object.address(),
            mode: Some(Mode::Managed),
            type_name: object.type_name(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            fields,
            taken_back: !kept,
            treatment,
            never_ours,
        };
    groups.into_iter().filter(|(_, fields)| !fields.is_empty()).map(group).collect()
}

/// Whether what stands at a place is what iriskit wrote or holds there. To hold an item of a list, or an empty map, says
/// nothing of what others put into it.
fn is_ours(path: &Path, ours: &FieldSet, recorded: &Applied) -> bool {
    ours.contains(path) || recorded.speaks_of(path)
}

/// The partition of 0, Kubernetes' own default, that iriskit writes before it deletes a pod that is stuck.
fn is_default_written_out(holder: &Holder, path: &Path, value: &Value) -> bool {
    const PARTITION: &str = "spec.updateStrategy.rollingUpdate.partition";
    holder.manager == FIELD_MANAGER && path.to_human() == PARTITION && *value == 0
}

/// What tools write about themselves.
fn is_bookkeeping(path: &Path) -> bool {
    let path = path.to_human();
    path.starts_with("metadata.annotations.kubectl.kubernetes.io/")
        || path.contains(ANNOTATION)
        || path.starts_with("status")
}

/// What stands in the way of applying: fields of others that the manifest wants, and drift that was not to be there. Both
/// sides, both values and the flags that decide it are named.
pub(crate) fn blocking_notes(object: &ObjectRef, contests: &[Contest]) -> Vec<Note> {
    let failing = contests.iter().filter(|contest| contest.treatment == Treatment::Fail);
    let note = |contest: &Contest| {
        let field = contest.field();
        let by = field.by.as_deref().unwrap_or("somebody");
        let since = field.at.as_ref().map(|at| format!(" (since {at})")).unwrap_or_default();
        let (theirs, ours) = if field.sensitive {
            ("(sensitive)".to_owned(), "(sensitive, changed)".to_owned())
        } else {
            (short(&field.after), short(&field.before))
        };
        let path = &field.path;
        let (id, message) = if contest.never_ours {
            let text = format!(
                "{path} is held by {by}{since} with {theirs} and never was iriskit's; the manifest says {ours}"
            );
            (NoteId::FieldHeld, text)
        } else {
            (NoteId::FieldDrifted, format!("{path} was changed by {by}{since} to {theirs}; the manifest says {ours}"))
        };
        let exact = FieldPattern::exact(object, &contest.path);
        let mut note = notes::on(Severity::Error, id, object, message);
        note.help = Some(format!("--take '{exact}' makes it iriskit's, --leave '{exact}' leaves it to {by}"));
        note
    };
    failing.map(note).collect()
}

/// A value in a sentence: long ones are shown where fields are listed.
fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    if text.chars().count() > LONGEST { "another value".to_owned() } else { text }
}
