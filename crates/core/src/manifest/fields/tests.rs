//! Every declaration is complete, and what it declares is read.

use std::collections::BTreeSet;

use iriskit_state::plan::DiagnosticId;
use serde_json::{Map, Value, json};

use super::iris_cluster_fields;
use crate::{
    diagnostic::{Diagnostic, Severity, Sources},
    expand::{Inputs, expand},
    manifest::{FieldDescription, Input, Reading, ValueType, read},
};

/// A field with the fields that it stands in, from the root on.
type Way<'a> = Vec<&'a FieldDescription>;

fn ways<'a>(fields: &'a [FieldDescription], before: &Way<'a>, found: &mut Vec<Way<'a>>) {
    for field in fields {
        let way: Way<'_> = before.iter().copied().chain([field]).collect();
        found.push(way.clone());
        if let Some((_, inside)) = field.value_type.mapping() {
            ways(inside, &way, found);
        }
    }
}

/// Calls `check` with every field and its path.
fn for_each_field(check: impl Fn(&Way<'_>, &str)) {
    let fields = iris_cluster_fields();
    let mut found = Vec::new();
    ways(&fields, &Vec::new(), &mut found);
    assert!(found.len() > 150, "{}", found.len());
    for way in found {
        check(&way, &path(&way));
    }
}

/// `spec.volumeClaimTemplates[0].metadata.name`.
fn path(way: &Way<'_>) -> String {
    let mut path = String::new();
    for (at, field) in way.iter().enumerate() {
        path += if at == 0 { "" } else { "." };
        path += field.name;
        if at + 1 < way.len() && matches!(field.value_type, ValueType::List(_)) {
            path += "[0]";
        }
    }
    path
}

/// The least that may stand there.
fn least(value_type: &ValueType) -> Value {
    match value_type {
        ValueType::Text("an image reference") => json!("registry.example/iris:2024.1"),
        ValueType::Text(_) => json!("a"),
        ValueType::Boolean => json!(false),
        ValueType::WholeNumber(from, _) => json!(from),
        ValueType::OneOf(words) => json!(words[0]),
        ValueType::List(_) => json!([]),
        ValueType::Mapping { fields, .. } => least_of(fields),
        ValueType::TextMap | ValueType::Kubernetes(..) | ValueType::Anything => json!({}),
    }
}

fn least_of(fields: &[FieldDescription]) -> Value {
    let required = fields.iter().filter(|field| field.required);
    required.map(|field| (field.name.to_owned(), least(&field.value_type))).collect::<Map<_, _>>().into()
}

/// Values that say something, not all of them right for every type.
fn values(value_type: &ValueType) -> Vec<Value> {
    match value_type {
        ValueType::Text(_) => {
            ["b", "registry.example/iris:2024.2", "2024.1", "2022.1", "primary,backup", "primary,backup,drasync", "/a"]
                .map(Value::from)
                .to_vec()
        }
        ValueType::Boolean => vec![json!(true)],
        ValueType::WholeNumber(from, to) => vec![json!(from), json!(to)],
        ValueType::OneOf(words) => words.iter().map(|word| json!(word)).collect(),
        ValueType::TextMap => vec![json!({"a": "b"})],
        ValueType::List(item) => values(item).into_iter().map(|value| json!([value])).collect(),
        ValueType::Mapping { fields, .. } => {
            // A mapping that can be left out as a whole must hold something to say something.
            let optional = fields.iter().filter(|field| !field.required);
            let with = optional.flat_map(|field| {
                // Of a mapping inside: the least, and one that holds something.
                let count = if field.value_type.mapping().is_none() { usize::MAX } else { 2 };
                values(&field.value_type).into_iter().take(count).map(|value| {
                    let mut members = least_of(fields);
                    members[field.name] = value;
                    members
                })
            });
            std::iter::once(least_of(fields)).chain(with).collect()
        }
        ValueType::Kubernetes(..) => vec![
            json!({}),
            json!([]),
            json!("a"),
            json!("Local"),
            json!("Default"),
            json!(1),
            json!(["a"]),
            json!([{"name": "a"}]),
            json!([{"name": "a", "mountPath": "/a"}]),
        ],
        ValueType::Anything => vec![json!({})],
    }
}

/// The least document in which the last field of the way can stand, with `value` as that field.
fn document(way: &Way<'_>, value: Option<&Value>) -> Value {
    let mut document = least_of(&iris_cluster_fields());
    document["apiVersion"] = json!("intersystems.com/v1alpha1");
    document["kind"] = json!("IrisCluster");
    let (last, before) = way.split_last().unwrap();
    let mut here = &mut document;
    for field in before {
        here = here.as_object_mut().unwrap().entry(field.name).or_insert_with(|| least(&field.value_type));
        if let (Value::Array(items), ValueType::List(item)) = (&mut *here, &field.value_type) {
            items.push(least(item));
            here = &mut here[0];
        }
    }
    match value {
        Some(value) => here[last.name] = value.clone(),
        None => {
            here.as_object_mut().unwrap().remove(last.name);
        }
    }
    document
}

/// What is read of a document, but for the places of fields.
fn reading(document: &Value) -> Reading {
    let mut reading = read(&[Input { name: "a.yaml".into(), text: document.to_string() }], "shop");
    for cluster in &mut reading.clusters {
        cluster.sources = Sources::default();
    }
    for diagnostic in &mut reading.diagnostics {
        diagnostic.labels.clear();
    }
    reading
}

/// Whether the value itself is wrong, whatever else stands there.
fn is_about_the_value(diagnostic: &Diagnostic) -> bool {
    let about_others = [DiagnosticId::NotExpandedYet, DiagnosticId::UnknownVolume].contains(&diagnostic.id);
    diagnostic.severity == Severity::Error && !about_others
}

#[test]
fn every_field_is_described_and_stands_once_in_its_mapping() {
    fn check(fields: &[FieldDescription], path: &str) {
        let names: BTreeSet<&str> = fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), fields.len(), "{path}");
        for field in fields {
            let path = format!("{path}.{}", field.name);
            assert!(field.description.len() > 1 && field.description.ends_with('.'), "{path}: {}", field.description);
            assert!(!(field.required && field.default.is_some()), "{path}");
            if let Some((place, inside)) = field.value_type.mapping() {
                assert!(path.ends_with(place), "{path}: {place}");
                assert!(!inside.is_empty(), "{path}");
                check(inside, &path);
            }
        }
    }
    check(&iris_cluster_fields(), "");
}

#[test]
fn every_field_is_read() {
    for_each_field(|way, path| {
        let field = way.last().unwrap();
        if matches!(&field.value_type, ValueType::OneOf(words) if words.len() == 1) {
            return;
        }
        let without = reading(&document(way, None));
        let read = values(&field.value_type).iter().any(|value| {
            let with = reading(&document(way, Some(value)));
            let changed = (&with.clusters, &with.diagnostics) != (&without.clusters, &without.diagnostics);
            changed && !with.diagnostics.iter().any(is_about_the_value)
        });
        assert!(read, "no value of `{path}` is taken and makes a difference");
    });
}

#[test]
fn every_field_is_checked() {
    for_each_field(|way, path| {
        // A list of lists of numbers is the value of no field.
        let with = reading(&document(way, Some(&json!([[1]]))));
        let told = with.diagnostics.iter().any(|diagnostic| diagnostic.message.contains(&format!("`{path}")));
        assert!(told, "nothing is said about [[1]] in `{path}`: {:?}", with.diagnostics);
    });
}

#[test]
fn a_field_is_not_expanded_yet_where_it_is_declared_so() {
    for_each_field(|way, path| {
        let field = way.last().unwrap();
        let refused = |value: &Value| {
            let message = format!("`{path}` is not expanded yet: {}", field.not_yet.unwrap_or_default());
            reading(&document(way, Some(value))).diagnostics.iter().any(|found| found.message.starts_with(&message))
        };
        assert_eq!(values(&field.value_type).iter().any(refused), field.not_yet.is_some(), "{path}");
    });
}

#[test]
fn a_default_is_what_stands_for_a_field_that_is_left_out() {
    for_each_field(|way, path| {
        let field = way.last().unwrap();
        let Some(default) = field.default else { return };
        let default = match &field.value_type {
            ValueType::Boolean | ValueType::WholeNumber(..) => serde_json::from_str(default).unwrap(),
            _ => json!(default),
        };
        let objects = |value| -> Vec<Vec<_>> {
            let clusters = reading(&document(way, value)).clusters;
            clusters.iter().map(|cluster| expand(cluster, &Inputs::default()).objects).collect()
        };
        assert_eq!(objects(Some(&default)), objects(None), "{path}");
    });
}

/// A hint that names a place names one that has the field, wherever the field was written.
#[test]
fn hints_lead_to_fields_that_exist() {
    let fields = iris_cluster_fields();
    let mut found = Vec::new();
    ways(&fields, &Vec::new(), &mut found);
    let names: BTreeSet<&str> = found
        .iter()
        .filter_map(|way| way.last())
        .filter(|field| field.often_misplaced)
        .map(|field| field.name)
        .collect();
    assert!(names.len() > 20, "{names:?}");
    let exists = |place: &str, name: &str| {
        let full = format!("{place}.{name}");
        found.iter().any(|way| {
            let path = path(way).replace("[0]", "");
            path == full || path.ends_with(&format!(".{full}"))
        })
    };
    let mut hints = 0;
    for way in &found {
        let Some((_, inside)) = way.last().and_then(|field| field.value_type.mapping()) else { continue };
        for name in names.iter().filter(|name| inside.iter().all(|field| field.name != **name)) {
            let mut document = document(way, None);
            let mut here = &mut document;
            for field in way {
                here = here.as_object_mut().unwrap().entry(field.name).or_insert_with(|| least(&field.value_type));
                if let (Value::Array(items), ValueType::List(item)) = (&mut *here, &field.value_type) {
                    if items.is_empty() {
                        items.push(least(item));
                    }
                    here = &mut here[0];
                }
            }
            here[*name] = json!({"a": "b"});
            let text = document.to_string();
            let reading = read(&[Input { name: "a.yaml".into(), text }], "shop");
            let said = reading.diagnostics.iter().filter(|found| found.id == DiagnosticId::UnknownField);
            for label in said.flat_map(|found| &found.labels) {
                if let Some(place) = label.text.strip_prefix("it belongs in `").and_then(|rest| rest.strip_suffix('`'))
                {
                    hints += 1;
                    assert!(exists(place, name), "{} in {}: {}", name, path(way), label.text);
                }
            }
        }
    }
    assert!(hints > 200, "{hints}");
}
