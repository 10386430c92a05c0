//! What the server warns of and accepts: definitions that hide others, parts of bytes, settings without effect.

use serde_json::Value;

use crate::fields::{items, text};

/// The warnings about the spec of a pod or pod template.
pub(crate) fn of_pod_spec(spec: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
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
            found.extend(fractions(container.get("resources"), &format!("{path}.resources"), "memory"));
        }
    }
    found
}

/// Amounts of bytes in thousandths.
pub(crate) fn fractions(resources: Option<&Value>, path: &str, resource: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in ["limits", "requests"] {
        let amount = resources.map_or("", |resources| text(resources, &format!("/{part}/{resource}")));
        if amount.ends_with('m') {
            found.push(format!(
                "{path}.{part}[{resource}]: fractional byte value \"{amount}\" is invalid, must be an integer"
            ));
        }
    }
    found
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
        let path = "spec.template.spec.containers[0]";
        assert_eq!(
            of_pod_spec(&json!({"containers": [container]}), "spec.template.spec"),
            [
                format!("{path}.env[2]: hides previous definition of \"A\", which may be dropped when using apply"),
                format!("{path}.ports[1]: duplicate port definition with {path}.ports[0]"),
                format!("{path}.resources.limits[memory]: fractional byte value \"1m\" is invalid, must be an integer"),
            ]
        );
    }
}
