use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::schema::{Path, SchemaError, table};

#[test]
fn an_apply_owns_what_the_server_says_it_owns() {
    let owned = |api_version: &str, kind: &str, value: serde_json::Value| {
        FieldSet::of(table().kind(api_version, kind).unwrap(), &value).unwrap().to_fields_v1()
    };
    assert_eq!(
        owned(
            "v1",
            "ConfigMap",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n", "labels": {"x": "y"}},
                   "data": {"a": "1"}}),
        ),
        json!({"f:data": {"f:a": {}}, "f:metadata": {"f:labels": {"f:x": {}}}})
    );
    assert_eq!(
        owned(
            "apps/v1",
            "StatefulSet",
            json!({
                "metadata": {"finalizers": ["x.io/f"], "uid": "1", "annotations": {}},
                "status": {"replicas": 1},
                "spec": {
                    "selector": {"matchLabels": {"a": "b"}}, "volumeClaimTemplates": [],
                    "template": {"spec": {
                        "hostNetwork": false, "nodeSelector": {}, "affinity": {}, "volumes": [], "tolerations": [],
                        "imagePullSecrets": [{"name": "ps"}],
                        "containers": [{"name": "db", "image": "i", "env": [], "ports": [{"containerPort": 80}]}],
                    }},
                },
            }),
        ),
        json!({
            "f:metadata": {"f:annotations": {}, "f:finalizers": {"v:\"x.io/f\"": {}}},
            "f:spec": {"f:selector": {}, "f:volumeClaimTemplates": {}, "f:template": {"f:spec": {
                "f:hostNetwork": {}, "f:nodeSelector": {}, "f:affinity": {}, "f:tolerations": {},
                "f:imagePullSecrets": {"k:{\"name\":\"ps\"}": {}},
                "f:containers": {"k:{\"name\":\"db\"}": {".": {}, "f:image": {}, "f:name": {}, "f:ports": {
                    "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}},
                }}},
            }}},
        })
    );
    assert_eq!(
        owned("v1", "ConfigMap", json!({"data": {"a": null, "b": ""}, "metadata": {"labels": null}})),
        json!({"f:data": {"f:a": {}, "f:b": {}}, "f:metadata": {"f:labels": {}}})
    );
}

#[test]
fn what_does_not_fit_its_type_is_an_error() {
    let kind = table().kind("v1", "ConfigMap").unwrap();
    for (value, message) in [
        (json!({"dta": 1}), ".dta: field not declared in schema"),
        (json!({"data": []}), ".data: expected an object"),
        (json!({"data": {"a": {}}}), ".data.a: expected a single value"),
        (
            json!({"metadata": {"ownerReferences": [null]}}),
            ".metadata.ownerReferences[0]: an item without its key fields",
        ),
    ] {
        assert_eq!(FieldSet::of(kind, &value).map_err(|error: SchemaError| error.to_string()), Err(message.to_owned()));
    }
}

#[test]
fn duplicate_items_are_owned_as_one() {
    let kind = table().kind("v1", "Pod").unwrap();
    let pod = json!({"spec": {"containers": [{"name": "a", "env": [{"name": "A", "value": "1"}, {"name": "A"}]}]}});
    let owned = FieldSet::of(kind, &pod).unwrap();
    let text: Vec<_> = owned.leaves().map(|path| path.to_string()).collect();
    assert_eq!(
        text,
        [
            r#".spec.containers[name="a"]"#,
            r#".spec.containers[name="a"].name"#,
            r#".spec.containers[name="a"].env[name="A"]"#
        ]
    );
}

#[test]
fn fields_v1_reads_members_with_and_without_a_dot() {
    let fields = json!({"f:a": {".": {}, "f:b": {}}, "f:c": {"f:d": {}}, "f:e": {}});
    let set = FieldSet::from_fields_v1(&fields).unwrap();
    assert_eq!(set.to_fields_v1(), fields);
    let has = |names: &[&str]| set.contains(&Path::fields(names.iter().copied()));
    assert!(has(&["a"]) && has(&["a", "b"]) && has(&["c", "d"]) && has(&["e"]));
    assert!(!has(&["c"]) && !has(&[]) && !has(&["a", "x"]));
    assert!(FieldSet::from_fields_v1(&json!({"x": {}})).is_err());
    assert!(FieldSet::from_fields_v1(&json!([])).is_err());
}

#[test]
fn a_difference_takes_places_and_a_recursive_one_their_inside() {
    let set =
        |names: &[&[&str]]| -> FieldSet { names.iter().map(|names| Path::fields(names.iter().copied())).collect() };
    let all = set(&[&["a"], &["a", "b"], &["c", "d"]]);
    assert_eq!(all.difference(&set(&[&["a"]])), set(&[&["a", "b"], &["c", "d"]]));
    assert_eq!(all.difference(&set(&[&["c"]])), all);
    assert_eq!(all.recursive_difference(&set(&[&["a"], &["c"]])), set(&[]));
    assert!(all.touches(&Path::fields(["c"])) && all.touches(&Path::fields(["a", "x", "y"])));
    assert!(!all.touches(&Path::fields(["c", "x"])));
}

fn paths() -> impl Strategy<Value = Vec<Path>> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    prop::collection::vec(prop::collection::vec(name, 1..4).prop_map(Path::fields), 0..8)
}

proptest! {
    #[test]
    fn sets_obey_their_laws(a in paths(), b in paths()) {
        let set = |paths: &[Path]| paths.iter().cloned().collect::<FieldSet>();
        let (x, y) = (set(&a), set(&b));
        for path in a.iter().chain(&b) {
            prop_assert_eq!(x.union(&y).contains(path), x.contains(path) || y.contains(path));
            prop_assert_eq!(x.intersection(&y).contains(path), x.contains(path) && y.contains(path));
            prop_assert_eq!(x.difference(&y).contains(path), x.contains(path) && !y.contains(path));
        }
        prop_assert_eq!(x.difference(&x).is_empty(), true);
        prop_assert_eq!(x.union(&y), y.union(&x));
        prop_assert_eq!(x.difference(&y).union(&x.intersection(&y)), x.clone());
        prop_assert_eq!(x.leaves().collect::<FieldSet>(), x.clone());
        prop_assert_eq!(FieldSet::from_fields_v1(&x.to_fields_v1()).unwrap(), x.clone());
        let all: Vec<_> = x.leaves().collect();
        let mut each = all.clone();
        each.sort();
        each.dedup();
        prop_assert_eq!(each.len(), all.len());
    }
}
