//! One container, and what a manifest's `podTemplate` lays over the main one.

use serde_json::{Map, Value, json};

use crate::{
    diagnostic::{Diagnostic, DiagnosticId},
    topology::{IrisCluster, PodTemplate},
};

/// The fields of `podTemplate.spec` that belong to the main container and simply replace ours, and their names there.
const REPLACED: [(&str, &str); 5] = [
    ("containerSecurityContext", "securityContext"),
    ("lifecycle", "lifecycle"),
    ("livenessProbe", "livenessProbe"),
    ("readinessProbe", "readinessProbe"),
    ("resources", "resources"),
];
/// All fields of `podTemplate.spec` that belong to the main container.
pub(super) const OF_CONTAINER: [&str; 7] =
    ["args", "containerSecurityContext", "env", "lifecycle", "livenessProbe", "readinessProbe", "resources"];

/// A container under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Container {
    pub(super) name: &'static str,
    pub(super) image: String,
    pub(super) args: Vec<Value>,
    pub(super) env: Vec<Value>,
    pub(super) ports: Vec<Value>,
    pub(super) mounts: Vec<Value>,
    /// Further fields: probes, `command`, `restartPolicy` …
    pub(super) fields: Map<String, Value>,
    /// A readiness probe that no manifest replaces.
    pub(super) fixed_readiness: Option<Value>,
}

impl Container {
    /// A container of that name and image.
    pub(super) fn new(name: &'static str, image: &str) -> Self {
        Self { name, image: image.to_owned(), ..Self::default() }
    }

    /// Sets a further field.
    pub(super) fn with(mut self, field: &str, value: Value) -> Self {
        self.fields.insert(field.to_owned(), value);
        self
    }

    /// Makes it one that the strictest pod security standard takes, whatever the pod says.
    pub(super) fn restricted(self) -> Self {
        let mut context = json!({
            "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": true,
            "seccompProfile": {"type": "RuntimeDefault"},
        });
        if let (Value::Object(context), Some(Value::Object(more))) = (&mut context, self.fields.get("securityContext"))
        {
            context.extend(more.clone());
        }
        self.with("securityContext", context)
    }

    /// Adds a variable.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push(json!({"name": name, "value": value}));
        self
    }

    /// Adds a named port.
    pub(super) fn port(mut self, name: &str, number: u16) -> Self {
        self.ports.push(json!({"containerPort": number, "name": name}));
        self
    }

    /// Adds a mount.
    pub(super) fn mount(mut self, volume: &str, directory: &str) -> Self {
        self.mounts.push(json!({"name": volume, "mountPath": directory}));
        self
    }

    /// Adds a mount that can't be written.
    pub(super) fn mount_read_only(mut self, volume: &str, directory: &str) -> Self {
        self.mounts.push(json!({"name": volume, "mountPath": directory, "readOnly": true}));
        self
    }

    /// Lays the container's part of a `podTemplate` over it. `path` is where the template stands.
    pub(super) fn with_template(
        mut self,
        cluster: &IrisCluster,
        template: &PodTemplate,
        path: &str,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        if let Some(Value::Array(args)) = template.spec.get("args") {
            self.args.extend(args.iter().cloned());
        }
        for (name, field) in REPLACED {
            if let Some(value) = template.spec.get(name) {
                self.fields.insert(field.to_owned(), value.clone());
            }
        }
        let Some(Value::Array(env)) = template.spec.get("env") else { return self };
        for (at, variable) in env.iter().enumerate() {
            let Some(name) = variable.get("name").and_then(Value::as_str) else { continue };
            match self.env.iter_mut().find(|known| known.get("name").and_then(Value::as_str) == Some(name)) {
                Some(known) => {
                    found.push(
                        Diagnostic::warning(
                            DiagnosticId::EnvOverridden,
                            format!("variable `{name}` is set already; the last one wins"),
                        )
                        .at(cluster.sources.nearest(&format!("{path}.spec.env[{at}]")), ""),
                    );
                    *known = variable.clone();
                }
                None => self.env.push(variable.clone()),
            }
        }
        self
    }

    /// The value that goes into a pod.
    pub(super) fn finish(self) -> Value {
        let mut value = self.fields;
        if let Some(probe) = self.fixed_readiness {
            value.insert("readinessProbe".into(), probe);
        }
        value.insert("name".into(), self.name.into());
        value.insert("image".into(), self.image.into());
        for (field, mut items) in
            [("args", self.args), ("env", self.env), ("ports", self.ports), ("volumeMounts", self.mounts)]
        {
            if field == "env" {
                items.iter_mut().for_each(without_empty_value);
            }
            if !items.is_empty() {
                value.insert(field.into(), items.into());
            }
        }
        Value::Object(value)
    }
}

/// A variable without a value is empty; the server stores it that way.
fn without_empty_value(variable: &mut Value) {
    if let Value::Object(variable) = variable {
        variable.retain(|field, value| !(field == "value" && value.as_str() == Some("")));
    }
}

/// A shell script without its comments, which are no reason to restart pods when they change.
pub(super) fn script(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A probe that connects to a port.
pub(super) fn tcp_probe(port: u16, period: u32, failures: u32) -> Value {
    json!({"tcpSocket": {"port": port}, "periodSeconds": period, "failureThreshold": failures})
}
