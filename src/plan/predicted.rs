//! What an object will be when the server can't be asked, and what only the server can know.

use serde_json::{Map, Value};

use crate::{
    diff::Applied,
    schema::{Kind, Path, default_at, get, leaves, remove, set},
};

/// The live object with the leaves of `body` put in as a server stores them, and without what was applied before and is
/// no longer in `body`.
pub(super) fn overlay(kind: &Kind, live: &Value, body: &Value) -> Value {
    let mut after = live.clone();
    let wanted = leaves(kind, body);
    for (path, value) in &wanted {
        let mut stored = (*value).clone();
        default_at(kind, path, &mut stored);
        if get(kind, live, path).is_some_and(|found| found == *value || *found == stored) {
            continue;
        }
        // A place that can't be set is one that the server would refuse; it says so itself when it is asked.
        let _ = set(kind, &mut after, path, stored);
    }
    let applied = Applied::read(live).unwrap_or_default();
    for text in applied.paths() {
        let Ok(path) = Path::parse_in(kind, text) else { continue };
        if get(kind, body, &path).is_none() {
            remove(kind, &mut after, &path);
        }
    }
    after
}

/// Fields that only the server can fill when an object is made, by kind.
fn given_by_server(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "Service" => &[&["spec", "clusterIP"], &["spec", "clusterIPs"], &["spec", "healthCheckNodePort"]],
        "PersistentVolumeClaim" => &[&["spec", "volumeName"], &["spec", "storageClassName"]],
        _ => &[],
    }
}

/// Takes the values that a dry-run invents out of `after` and gives the tree that has `true` at their places. What the
/// manifest itself fixed (`clusterIP: None`) is kept.
pub(super) fn unknown_fields(kind: &str, after: &mut Value) -> Value {
    let mut marks = Value::Null;
    for path in given_by_server(kind) {
        let pointer = format!("/{}", path.join("/"));
        let fixed = after.pointer(&pointer).is_some_and(|value| *value == "None" || value[0] == "None");
        if fixed || kind == "PersistentVolumeClaim" && after.pointer(&pointer).is_some() {
            continue;
        }
        if let Some((last, parents)) = path.split_last() {
            let parent = format!("/{}", parents.join("/"));
            if let Some(parent) = after.pointer_mut(&parent).and_then(Value::as_object_mut) {
                parent.remove(*last);
            }
            if path != &["spec", "healthCheckNodePort"] {
                mark(&mut marks, path);
            }
        }
    }
    if kind == "Service" {
        node_ports(after, &mut marks);
    }
    mark(&mut marks, &["metadata", "uid"]);
    marks
}

/// Node ports in the dry-run's invented range are unknown; those that the manifest asks for are not.
fn node_ports(after: &mut Value, marks: &mut Value) {
    const FIRST_INVENTED: u64 = 32768;
    let Some(ports) = after.pointer_mut("/spec/ports").and_then(Value::as_array_mut) else { return };
    let mut unknown = Vec::new();
    for port in ports.iter_mut() {
        let invented = port.get("nodePort").and_then(Value::as_u64).is_some_and(|number| number >= FIRST_INVENTED);
        let mut entry = Map::new();
        if invented {
            if let Some(members) = port.as_object_mut() {
                members.remove("nodePort");
            }
            entry.insert("nodePort".into(), Value::Bool(true));
        }
        unknown.push(Value::Object(entry));
    }
    if unknown.iter().any(|entry| entry.as_object().is_some_and(|members| !members.is_empty()))
        && let Some(spec) = mark(marks, &["spec"]).as_object_mut()
    {
        spec.insert("ports".into(), Value::Array(unknown));
    }
}

/// Makes the path in a tree of objects; its last member becomes `true` unless it is a tree already.
fn mark<'a>(tree: &'a mut Value, path: &[&str]) -> &'a mut Value {
    let mut node = tree;
    for part in path {
        if !node.is_object() {
            *node = Value::Object(Map::new());
        }
        node = match node {
            Value::Object(members) => members.entry(*part).or_insert(Value::Null),
            other => return other,
        };
    }
    if node.is_null() {
        *node = if path == ["spec"] { Value::Object(Map::new()) } else { Value::Bool(true) };
    }
    node
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn invented_addresses_of_a_service_are_unknown() {
        let mut after = json!({"spec": {"clusterIP": "10.0.0.0", "clusterIPs": ["10.0.0.0"],
            "ports": [{"port": 80, "nodePort": 32769}, {"port": 81, "nodePort": 30080}]}});
        let unknown = unknown_fields("Service", &mut after);
        assert_eq!(after, json!({"spec": {"ports": [{"port": 80}, {"port": 81, "nodePort": 30080}]}}));
        assert_eq!(
            unknown,
            json!({"metadata": {"uid": true}, "spec": {"clusterIP": true, "clusterIPs": true, "ports": [{"nodePort": true}, {}]}})
        );
    }

    #[test]
    fn a_headless_service_knows_its_address() {
        let mut after = json!({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}});
        unknown_fields("Service", &mut after);
        assert_eq!(after, json!({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}}));
    }

    #[test]
    fn an_overlay_sets_what_is_desired_and_removes_what_was_applied() {
        let kind = crate::schema::table().kind("v1", "ConfigMap").unwrap();
        let old =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1", "b": "2"}});
        let mut live = old.clone();
        live["data"]["foreign"] = json!("x");
        super::super::applyset::set_annotation(&mut live, crate::diff::ANNOTATION, &Applied::of(kind, &old).to_text());
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "3"}});
        assert_eq!(overlay(kind, &live, &body)["data"], json!({"a": "3", "foreign": "x"}));
    }
}
