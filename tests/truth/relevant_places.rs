//! The places of an object that matter to a plan: those that iriskit holds, applied once, wants, takes or would change, without
//! those that a rule leaves to others. It goes by managed fields, by what manifests want and by the words of the rules.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_core::diff::{Applied, FIELD_MANAGER};
use iriskit_kubernetes::schema::{FieldSet, Kind, Path, default_at, equal_after_canonicalisation, get, leaves, table};
use iriskit_state::plan::{PodEffect, ResourceChange, Step, Treatment};
use serde_json::{Map, Value};

use crate::history::{Id, State, name, pods_of, text};

/// What the manifests of a step want, and whose its fields are to be.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// The objects as they would be sent if nobody else had a word in them.
    bodies: BTreeMap<Id, Value>,
    on_drift: Treatment,
    rules: Vec<(Treatment, Pattern)>,
}

/// What a rule names: `KIND/NAME:PATH`.
#[derive(Debug)]
struct Pattern {
    kind: Option<String>,
    name: Option<String>,
    place: String,
}

impl Pattern {
    /// Maps and their entries only: no rule that is drawn names an item of a list, or a name with a colon.
    fn of(text: &str) -> Self {
        let (object, path) = text.split_once(':').unwrap_or(("", text));
        let mut parts = object.split('/').map(|part| (!part.is_empty() && part != "*").then(|| part.to_owned()));
        let (kind, name) = (parts.next().flatten(), parts.next().flatten());
        let (fields, entry) = path.split_once('[').unwrap_or((path, ""));
        let fields = fields.split('.').chain(entry.strip_suffix(']'));
        let place = fields.fold(String::new(), |place, field| place + "/" + &escaped(field));
        Self { kind, name, place }
    }

    fn names(&self, change: &ResourceChange, place: &str) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == change.kind)
            && self.name.as_ref().is_none_or(|name| *name == change.name)
            && is_inside(&self.place, place)
    }
}

impl Wanted {
    pub(crate) fn new(bodies: Vec<Value>, on_drift: Treatment, rules: &[(Treatment, &str)]) -> Self {
        let id = |body: &Value| format!("{}/{}", text(&body["kind"]), text(&body["metadata"]["name"]));
        let bodies = bodies.into_iter().map(|body| (id(&body), body)).collect();
        Self { bodies, on_drift, rules: rules.iter().map(|(what, text)| (*what, Pattern::of(text))).collect() }
    }

    /// The places of an object that matter to a plan of `then`.
    pub(crate) fn relevant_places(&self, change: &ResourceChange, live: &Value, then: &State) -> BTreeSet<String> {
        let (before, after) = (&change.change.before, &change.change.after);
        // Of what goes only what iriskit holds counts.
        let changing = if after.is_null() { BTreeMap::new() } else { leaves_between(before, after) };
        let changing: BTreeSet<String> = changing.into_keys().collect();
        let kind = table().kind(&change.api_version, &change.kind).expect("a known kind");
        let (ours, others) = (holders(live, true), holders(live, false));
        let recorded = places(kind, live, Applied::read(live).unwrap_or_default().paths());
        // What is shared by clusters is never changed.
        let body = self.bodies.get(&format!("{}/{}", change.kind, change.name)).filter(|_| !change.owner.is_empty());
        let wanted = body.map(|body| leaves(kind, body)).unwrap_or_default();
        let mut relevant_places: BTreeSet<String> = ours.union(&recorded).cloned().collect();
        for (path, value) in wanted {
            let Some(place) = place_of(live, &path) else { continue };
            let same = get(kind, live, &path).is_some_and(|found| is_same(kind, &path, value, found));
            let (held, shared) = (ours.contains(&place), others.contains(&place));
            let by_name = self.rule(change, &place);
            let left = if same {
                shared && by_name == Some(Treatment::Leave)
            } else {
                let drifted = recorded.contains(&place) && (!held || shared);
                let rule = by_name.or(drifted.then_some(self.on_drift));
                (drifted || shared && !held) && rule == Some(Treatment::Leave)
            };
            // What is left stays as it is.
            if left && !changing.contains(&place) {
                relevant_places.remove(&place);
            } else {
                relevant_places.insert(place);
            }
        }
        for step in &change.steps {
            if let Step::TakeOver { from, .. } = step {
                for taken in from {
                    held("", live, &taken.fields, &mut relevant_places);
                }
            }
        }
        relevant_places.union(&changing).cloned().chain(of_pods(change, live, then)).collect()
    }

    /// Of several rules the most careful counts.
    fn rule(&self, change: &ResourceChange, place: &str) -> Option<Treatment> {
        let careful = |what: &Treatment| match what {
            Treatment::Fail => 2,
            Treatment::Leave => 1,
            Treatment::Take => 0,
        };
        let naming = self.rules.iter().filter(|(_, pattern)| pattern.names(change, place));
        naming.map(|(what, _)| *what).max_by_key(careful)
    }
}

/// What decides over the pods of a set, whoever says it: their number, where the plan tells what becomes of some or of their
/// claims, and their template, where pods are made from it or one that runs goes on and Kubernetes would not replace it.
fn of_pods(change: &ResourceChange, set: &Value, then: &State) -> Vec<String> {
    if change.kind != "StatefulSet" {
        return Vec::new();
    }
    let impact = &change.impact;
    let number = !impact.pods.is_empty() || !impact.volumes.is_empty();
    let strategy = &set["spec"]["updateStrategy"];
    let holds_back = strategy["type"] == "OnDelete" || strategy["rollingUpdate"]["partition"].as_u64() > Some(0);
    let goes_on = |pod: &Value| {
        let mut said = impact.pods.iter().filter(|said| said.pod == name(pod));
        said.all(|said| said.effect == PodEffect::Adopted)
    };
    let comes = impact.pods.iter().any(|pod| matches!(pod.effect, PodEffect::Restarts | PodEffect::Created));
    let template = comes || holds_back && pods_of(then, &change.name).any(|pod| goes_on(pod));
    let places = [(number, "/spec/replicas"), (template, "/spec/template")];
    places.into_iter().filter(|(counts, _)| *counts).map(|(_, place)| place.to_owned()).collect()
}

/// Equal as the server stores it.
fn is_same(kind: &Kind, path: &Path, wanted: &Value, found: &Value) -> bool {
    let mut stored = wanted.clone();
    default_at(kind, path, &mut stored);
    stored == *found || equal_after_canonicalisation(kind, path, wanted, found)
}

/// The places that iriskit holds by what it applied, or that anybody else holds.
fn holders(object: &Value, ours: bool) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    for entry in entries.filter(|entry| (entry["manager"] == FIELD_MANAGER && entry["operation"] == "Apply") == ours) {
        held("", object, &entry["fieldsV1"], &mut places);
    }
    places
}

fn places<'p>(kind: &Kind, live: &Value, paths: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    paths.filter_map(|path| place_of(live, &Path::parse_in(kind, path).ok()?)).collect()
}

/// Where a path leads in an object; nowhere when it is in an item that is not there.
fn place_of(live: &Value, path: &Path) -> Option<String> {
    let mut places = BTreeSet::new();
    held("", live, &FieldSet::from_iter([path.clone()]).to_fields_v1(), &mut places);
    places.pop_first()
}

/// The places in `value` that a set of fields names.
fn held(at: &str, value: &Value, fields: &Value, out: &mut BTreeSet<String>) {
    let inner: Vec<(&String, &Value)> =
        fields.as_object().into_iter().flatten().filter(|(key, _)| *key != ".").collect();
    if inner.is_empty() {
        out.insert(at.to_owned());
    }
    for (key, fields) in inner {
        let (what, name) = key.split_once(':').unwrap_or((key, ""));
        let known: Value = serde_json::from_str(name).unwrap_or_default();
        let is_item = |item: &Value| match what {
            "v" => *item == known,
            _ => known.as_object().is_some_and(|keys| keys.iter().all(|(key, value)| item.get(key) == Some(value))),
        };
        let items = || value.as_array().into_iter().flatten();
        match what {
            "f" => held(&format!("{at}/{}", escaped(name)), value.get(name).unwrap_or(&Value::Null), fields, out),
            _ => {
                if let Some((place, item)) = items().enumerate().find(|(_, item)| is_item(item)) {
                    held(&format!("{at}/{place}"), item, fields, out);
                }
            }
        }
    }
}

pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn is_inside(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a place is one of these, inside one or around one.
pub(crate) fn is_near(place: &str, places: &BTreeSet<String>) -> bool {
    places.iter().any(|other| is_inside(other, place) || is_inside(place, other))
}

/// The places at which two values differ, with what is there in the second.
pub(crate) fn leaves_between(one: &Value, other: &Value) -> BTreeMap<String, Option<Value>> {
    fn walk(at: &str, one: Option<&Value>, other: Option<&Value>, out: &mut BTreeMap<String, Option<Value>>) {
        // A map that comes or goes is its entries.
        let each = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<String>>();
        let names = match (one, other) {
            _ if one == other => return,
            (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
                a.iter().zip(b).enumerate().for_each(|(n, (a, b))| walk(&format!("{at}/{n}"), Some(a), Some(b), out));
                return;
            }
            (Some(Value::Object(a)), Some(Value::Object(b))) => each(a).union(&each(b)).cloned().collect(),
            (None, Some(Value::Object(map))) | (Some(Value::Object(map)), None) => each(map),
            _ => {
                out.insert(at.to_owned(), other.cloned());
                return;
            }
        };
        for name in names {
            let (one, other) = (one.and_then(|one| one.get(&name)), other.and_then(|other| other.get(&name)));
            walk(&format!("{at}/{}", escaped(&name)), one, other, out);
        }
    }
    let mut out = BTreeMap::new();
    walk("", Some(one), Some(other), &mut out);
    out
}
