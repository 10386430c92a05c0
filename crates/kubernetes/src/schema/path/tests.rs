use std::{borrow::Cow, collections::BTreeMap};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::schema::table;

fn ports() -> PathElement {
    PathElement::Key(BTreeMap::from([
        (Cow::Borrowed("containerPort"), json!(1972)),
        (Cow::Borrowed("protocol"), json!("TCP")),
    ]))
}

fn examples() -> Vec<(Path, &'static str, &'static str, &'static str)> {
    let containers = || Path::fields(["spec", "template", "spec", "containers"]);
    let db = || containers().join(PathElement::key("name", "db"));
    vec![
        (
            db().join(PathElement::field("image")),
            ".spec.template.spec.containers[name=\"db\"].image",
            "spec.template.spec.containers[db].image",
            "f:image",
        ),
        (
            db().join(PathElement::field("ports")).join(ports()),
            ".spec.template.spec.containers[name=\"db\"].ports[containerPort=1972,protocol=\"TCP\"]",
            "spec.template.spec.containers[db].ports[1972/TCP]",
            r#"k:{"containerPort":1972,"protocol":"TCP"}"#,
        ),
        (
            db().join(PathElement::field("volumeMounts")).join(PathElement::key("mountPath", "/irissys/data/")),
            ".spec.template.spec.containers[name=\"db\"].volumeMounts[mountPath=\"/irissys/data/\"]",
            "spec.template.spec.containers[db].volumeMounts[/irissys/data/]",
            r#"k:{"mountPath":"/irissys/data/"}"#,
        ),
        (
            Path::fields(["metadata", "finalizers"]).join(PathElement::Value(json!("a.b/c"))),
            ".metadata.finalizers[=\"a.b/c\"]",
            "metadata.finalizers[a.b/c]",
            r#"v:"a.b/c""#,
        ),
        (
            Path::fields(["metadata", "labels", "app.kubernetes.io/name"]),
            ".metadata.labels.app.kubernetes.io/name",
            "metadata.labels[app.kubernetes.io/name]",
            "f:app.kubernetes.io/name",
        ),
        (Path::fields(["rules"]).join(PathElement::Index(2)), ".rules[2]", "rules[2]", "i:2"),
    ]
}

#[test]
fn a_path_is_written_as_the_server_writes_it_and_for_people() {
    for (path, server, human, last) in examples() {
        assert_eq!(path.to_string(), server);
        assert_eq!(path.to_human(), human);
        assert_eq!(path.0.last().unwrap().to_fields_v1(), last);
        assert_eq!(&PathElement::from_fields_v1(last).unwrap(), path.0.last().unwrap());
        let kind = table().kind("apps/v1", "StatefulSet").unwrap();
        assert_eq!(Path::parse_in(kind, server).unwrap(), path);
        assert_eq!(Path::parse(server).unwrap().to_string(), server);
    }
}

#[test]
fn what_is_no_path_is_refused() {
    for text in ["spec", ".a[", ".a[name=\"b]", ".a[1", ".a[name=x]", ".a[=]", ".a[name=\"\\q\"]", ".a[1].b]x["] {
        let read = Path::parse(text);
        assert!(read.is_err() || read.unwrap().to_string() == text, "{text}");
    }
    for text in ["", "f", "x:1", "k:1", "i:-1", "v:"] {
        assert_eq!(PathElement::from_fields_v1(text), Err(PathError::FieldsV1(text.to_owned())));
    }
}

#[test]
fn elements_sort_fields_keys_values_indexes() {
    let mut elements = [
        PathElement::Index(0),
        PathElement::Value(json!("a")),
        PathElement::key("name", "b"),
        PathElement::key("name", "a"),
        PathElement::field("z"),
    ];
    elements.sort();
    let texts: Vec<_> = elements.iter().map(PathElement::to_fields_v1).collect();
    assert_eq!(texts, ["f:z", r#"k:{"name":"a"}"#, r#"k:{"name":"b"}"#, r#"v:"a""#, "i:0"]);
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![any::<i64>().prop_map(Value::from), any::<bool>().prop_map(Value::from), ".*".prop_map(Value::from)]
}

fn element() -> impl Strategy<Value = PathElement> {
    prop_oneof![
        "[a-zA-Z0-9/_-]{0,8}".prop_map(|name| PathElement::field(&name)),
        prop::collection::btree_map("[a-z]{1,8}", scalar(), 1..3)
            .prop_map(|key| PathElement::Key(key.into_iter().map(|(name, value)| (name.into(), value)).collect())),
        scalar().prop_map(PathElement::Value),
        (0usize..1000).prop_map(PathElement::Index),
    ]
}

proptest! {
    #[test]
    fn display_and_parse_are_inverse(elements in prop::collection::vec(element(), 0..5)) {
        let path = Path(elements);
        prop_assert_eq!(Path::parse(&path.to_string()).unwrap(), path);
    }

    #[test]
    fn fields_v1_keys_are_inverse(element in element()) {
        prop_assert_eq!(PathElement::from_fields_v1(&element.to_fields_v1()).unwrap(), element);
    }

    #[test]
    fn parse_never_panics(text in ".*") {
        let _ = Path::parse(&text);
        let _ = PathElement::from_fields_v1(&text);
    }

    #[test]
    fn order_agrees_with_equality(a in element(), b in element()) {
        prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    }
}
