//! What an object will be when the server can't be asked, and what only the server can know.

use serde_json::{Map, Value};

use crate::diff::FIELD_MANAGER;
use iriskit_kubernetes::{
    schema::{Kind, default_at, get, leaves, set},
    server_side_apply,
};

/// The live object after an apply of `body`, with values as a server stores them and the `managedFields` that it has now.
pub(crate) fn overlay(kind: &Kind, live: &Value, body: &Value) -> Value {
    let mut stored = body.clone();
    for (path, value) in leaves(kind, body) {
        let mut value = value.clone();
        default_at(kind, &path, &mut value);
        if get(kind, live, &path) != get(kind, body, &path) {
            // A place that can't be set is one that the server would refuse; it says so itself when it is asked.
            let _ = set(kind, &mut stored, &path, value);
        }
    }
    server_side_apply::forced(kind, live, &stored, FIELD_MANAGER)
}

/// Fields that only the server can fill when an object is made, by kind.
fn assigned_by_server(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "Service" => &[&["spec", "clusterIP"], &["spec", "clusterIPs"], &["spec", "healthCheckNodePort"]],
        "PersistentVolumeClaim" => &[&["spec", "volumeName"], &["spec", "storageClassName"]],
        _ => &[],
    }
}

/// Takes the values that a dry-run invents out of `after` and gives the tree that has `true` at their places. What
/// `body` asks for is kept, what `live` has already, and that a Service is headless.
pub(crate) fn unknown_fields(kind: &str, body: &Value, live: Option<&Value>, after: &mut Value) -> Value {
    let mut marks = Value::Null;
    for path in assigned_by_server(kind) {
        let pointer = format!("/{}", path.join("/"));
        let asked = body.pointer(&pointer).is_some()
            || path.last() == Some(&"clusterIPs") && body.pointer("/spec/clusterIP").is_some();
        let is_port = path.last() == Some(&"healthCheckNodePort");
        let known = match after.pointer(&pointer) {
            // Without an answer of the server nothing is known of what it will fill in.
            None => live.is_some() || is_port,
            Some(value) => {
                *value == "None"
                    || value[0] == "None"
                    || kind == "PersistentVolumeClaim"
                    || live.and_then(|live| live.pointer(&pointer)) == Some(value)
            }
        };
        if asked || known {
            continue;
        }
        if let Some((last, parents)) = path.split_last() {
            let parent = format!("/{}", parents.join("/"));
            if let Some(parent) = after.pointer_mut(&parent).and_then(Value::as_object_mut) {
                parent.remove(*last);
            }
            mark(&mut marks, path);
        }
    }
    if kind == "Service" {
        node_ports(body, live, after, &mut marks);
    }
    if live.is_none() {
        mark(&mut marks, &["metadata", "uid"]);
    }
    marks
}

/// Node ports that neither the manifest asks for nor the live Service has are invented by a dry-run.
fn node_ports(body: &Value, live: Option<&Value>, after: &mut Value, marks: &mut Value) {
    let asked = |port: &Value| node_port(body, port).is_some();
    let is_kept = |port: &Value| {
        live.and_then(|live| node_port(live, port)).is_some_and(|known| Some(known) == port.get("nodePort"))
    };
    let Some(ports) = after.pointer_mut("/spec/ports").and_then(Value::as_array_mut) else { return };
    let mut unknown = Vec::new();
    for port in ports.iter_mut() {
        let invented = port.get("nodePort").is_some() && !asked(port) && !is_kept(port);
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

/// The node port that a Service gives to a port: they are the same when number and protocol are.
fn node_port<'a>(service: &'a Value, port: &Value) -> Option<&'a Value> {
    let protocol = |port: &Value| port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_owned();
    let same = |other: &&Value| other.get("port") == port.get("port") && protocol(other) == protocol(port);
    service.pointer("/spec/ports")?.as_array()?.iter().find(same)?.get("nodePort")
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
        let body = json!({"spec": {"ports": [{"port": 80}, {"port": 81, "nodePort": 30080}]}});
        let unknown = unknown_fields("Service", &body, None, &mut after);
        assert_eq!(after, json!({"spec": {"ports": [{"port": 80}, {"port": 81, "nodePort": 30080}]}}));
        assert_eq!(
            unknown,
            json!({"metadata": {"uid": true}, "spec": {"clusterIP": true, "clusterIPs": true, "ports": [{"nodePort": true}, {}]}})
        );
    }

    #[test]
    fn a_headless_service_knows_its_address() {
        let mut after = json!({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}});
        unknown_fields("Service", &json!({"spec": {}}), None, &mut after);
        assert_eq!(after, json!({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}}));
    }

    #[test]
    fn a_change_of_type_does_not_know_its_ports_and_keeps_those_that_are_there() {
        let of = |ports: Value| json!({"spec": {"clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"], "ports": ports}});
        let live = of(json!([{"port": 80, "protocol": "TCP"}, {"port": 81, "protocol": "TCP", "nodePort": 31000}]));
        let body = json!({"spec": {"type": "NodePort", "ports": [{"port": 80}, {"port": 81}]}});
        let mut after = of(json!([{"port": 80, "protocol": "TCP", "nodePort": 32769},
            {"port": 81, "protocol": "TCP", "nodePort": 31000}]));
        after["spec"]["healthCheckNodePort"] = json!(32770);
        let unknown = unknown_fields("Service", &body, Some(&live), &mut after);
        assert_eq!(after, live);
        assert_eq!(unknown, json!({"spec": {"healthCheckNodePort": true, "ports": [{"nodePort": true}, {}]}}));
    }

    #[test]
    fn an_overlay_sets_what_is_desired_and_removes_what_was_applied() {
        let kind = iriskit_kubernetes::schema::table().kind("v1", "ConfigMap").unwrap();
        let entry = |manager: &str, fields: &Value| {
            json!({"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": fields}})
        };
        let owners = [entry("iriskit", &json!({"f:a": {}, "f:b": {}})), entry("another", &json!({"f:foreign": {}}))];
        let live = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "managedFields": owners},
            "data": {"a": "1", "b": "2", "foreign": "x"}});
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "3"}});
        let after = overlay(kind, &live, &body);
        assert_eq!(after["data"], json!({"a": "3", "foreign": "x"}));
        assert_eq!(after["metadata"], live["metadata"]);
    }
}
