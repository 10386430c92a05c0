//! What the server warns of and accepts: definitions that hide others, parts of bytes, settings without effect.

use serde_json::Value;

use crate::fields::{items, text};

/// The warnings about an object that is stored, or would be.
pub(super) fn of(object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match text(object, "/kind") {
        "Pod" => pod(object, "spec", &mut found),
        "StatefulSet" => pod(object, "spec.template.spec", &mut found),
        "Service" => service(object, &mut found),
        "PersistentVolumeClaim" => {
            fractions(object.pointer("/spec/resources"), "spec.resources", "storage", &mut found);
        }
        _ => {}
    }
    found
}

fn service(service: &Value, found: &mut Vec<String>) {
    let affinity = text(service, "/spec/sessionAffinity");
    if text(service, "/spec/clusterIP") == "None" && !matches!(affinity, "" | "None") {
        found.push("spec.SessionAffinity is ignored for headless services".to_owned());
    }
    if !items(service, "/spec/externalIPs").is_empty() {
        found.push("spec.externalIPs: this field is deprecated and should not be used".to_owned());
    }
}

fn pod(object: &Value, path: &str, found: &mut Vec<String>) {
    let pointer = format!("/{}", path.replace('.', "/"));
    let Some(spec) = object.pointer(&pointer) else { return };
    for list in ["initContainers", "containers"] {
        for (at, container) in items(spec, &format!("/{list}")).iter().enumerate() {
            let path = format!("{path}.{list}[{at}]");
            let variables = items(container, "/env");
            for (at, variable) in variables.iter().enumerate() {
                let name = text(variable, "/name");
                if variables.iter().take(at).any(|before| text(before, "/name") == name) {
                    found.push(format!(
                        "{path}.env[{at}]: hides previous definition of \"{name}\", which may be dropped when using apply"
                    ));
                }
            }
            let ports = items(container, "/ports");
            for (at, port) in ports.iter().enumerate() {
                let same = |before: &&Value| {
                    ["containerPort", "protocol"].iter().all(|field| before.get(field) == port.get(field))
                };
                if let Some(first) = ports.iter().take(at).position(|before| same(&before)) {
                    found.push(format!("{path}.ports[{at}]: duplicate port definition with {path}.ports[{first}]"));
                }
            }
            fractions(container.get("resources"), &format!("{path}.resources"), "memory", found);
        }
    }
}

/// Amounts of bytes in thousandths.
fn fractions(resources: Option<&Value>, path: &str, resource: &str, found: &mut Vec<String>) {
    for part in ["limits", "requests"] {
        let amount = resources.map_or("", |resources| text(resources, &format!("/{part}/{resource}")));
        if amount.ends_with('m') {
            found.push(format!(
                "{path}.{part}[{resource}]: fractional byte value \"{amount}\" is invalid, must be an integer"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hidden_definitions_and_fractions_are_named_by_place() {
        let container = json!({
            "name": "a",
            "env": [{"name": "A"}, {"name": "B"}, {"name": "A"}],
            "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "TCP"}],
            "resources": {"limits": {"memory": "1m"}},
        });
        let set = json!({"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": [container]}}}});
        let path = "spec.template.spec.containers[0]";
        assert_eq!(
            of(&set),
            [
                format!("{path}.env[2]: hides previous definition of \"A\", which may be dropped when using apply"),
                format!("{path}.ports[1]: duplicate port definition with {path}.ports[0]"),
                format!("{path}.resources.limits[memory]: fractional byte value \"1m\" is invalid, must be an integer"),
            ]
        );
        assert_eq!(of(&json!({"kind": "ConfigMap"})), Vec::<String>::new());
    }
}
