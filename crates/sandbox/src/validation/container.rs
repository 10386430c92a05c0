//! Containers.

use serde_json::Value;

use super::{
    identity::check_ids,
    names::{label_problem, port_name_problems, subdomain_problem},
    probe,
    read::{items, number, one_of, text},
    resources,
};
use crate::objects::Cause;

/// In which list a container stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `containers`
    Main,
    /// `initContainers`
    Init,
}

pub(super) fn check(container: &Value, place: Place, volumes: &[&str], at: &str, causes: &mut Vec<Cause>) {
    let name = text(container, "name");
    if name.is_empty() {
        causes.push(Cause::required(format!("{at}.name"), ""));
    } else if let Some(problem) = label_problem(name) {
        causes.push(Cause::invalid(format!("{at}.name"), name, problem));
    }
    if text(container, "image").is_empty() {
        causes.push(Cause::required(format!("{at}.image"), ""));
    }
    one_of(container, "imagePullPolicy", at, &["Always", "IfNotPresent", "Never"], causes);
    one_of(container, "terminationMessagePolicy", at, &["File", "FallbackToLogsOnError"], causes);
    check_ports(container, at, causes);
    check_env(container, at, causes);
    check_mounts(container, volumes, at, causes);
    resources::check(container, at, causes);
    check_probes(container, place, at, causes);
    if let Some(context) = container.get("securityContext") {
        check_ids(context, &format!("{at}.securityContext"), causes);
        check_privileges(context, &format!("{at}.securityContext"), causes);
    }
}

fn check_ports(container: &Value, at: &str, causes: &mut Vec<Cause>) {
    let mut names: Vec<&str> = Vec::new();
    for (index, port) in items(container, "ports").iter().enumerate() {
        let at = format!("{at}.ports[{index}]");
        let name = text(port, "name");
        if !name.is_empty() {
            let problems = port_name_problems(name);
            if problems.is_empty() && names.contains(&name) {
                causes.push(Cause::duplicate(format!("{at}.name"), name));
            }
            causes.extend(problems.iter().map(|problem| Cause::invalid(format!("{at}.name"), name, problem)));
            names.push(name);
        }
        match number(port, "containerPort").unwrap_or_default() {
            0 => causes.push(Cause::required(format!("{at}.containerPort"), "")),
            number => check_number(number, &format!("{at}.containerPort"), causes),
        }
        if let Some(number) = number(port, "hostPort").filter(|number| *number != 0) {
            check_number(number, &format!("{at}.hostPort"), causes);
        }
        one_of(port, "protocol", &at, &["SCTP", "TCP", "UDP"], causes);
    }
}

fn check_number(number: i64, at: &str, causes: &mut Vec<Cause>) {
    if !(1..=65535).contains(&number) {
        causes.push(Cause::invalid(at, number, "must be between 1 and 65535, inclusive"));
    }
}

fn check_env(container: &Value, at: &str, causes: &mut Vec<Cause>) {
    for (index, variable) in items(container, "env").iter().enumerate() {
        let at = format!("{at}.env[{index}]");
        let name = text(variable, "name");
        if name.is_empty() {
            causes.push(Cause::required(format!("{at}.name"), ""));
        } else if name.bytes().any(|byte| !(b' '..=b'~').contains(&byte) || byte == b'=') {
            let what =
                "a valid environment variable name must consist only of printable ASCII characters other than '='";
            causes.push(Cause::invalid(format!("{at}.name"), name, what));
        }
        if let Some(source) = variable.get("valueFrom").filter(|source| source.is_object()) {
            check_source(source, variable, &format!("{at}.valueFrom"), causes);
        }
    }
}

fn check_source(source: &Value, variable: &Value, at: &str, causes: &mut Vec<Cause>) {
    const SOURCES: [&str; 5] = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let count = SOURCES.iter().filter(|name| source.get(**name).is_some()).count();
    if count == 0 {
        let what =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        causes.push(Cause::invalid(at, "", what));
    } else if !text(variable, "value").is_empty() {
        causes.push(Cause::invalid(at, "", "may not be specified when `value` is not empty"));
    } else if count > 1 {
        causes.push(Cause::invalid(at, "", "may not have more than one field specified at a time"));
    }
    if let Some(field) = source.get("fieldRef") {
        let path = text(field, "fieldPath");
        let known = path.starts_with("metadata.") || path.starts_with("spec.") || path.starts_with("status.");
        if !known {
            let what = format!("error converting fieldPath: field label not supported: {path}");
            causes.push(Cause::invalid(format!("{at}.fieldRef.fieldPath"), path, &what));
        }
    }
    for name in ["configMapKeyRef", "secretKeyRef"] {
        let Some(reference) = source.get(name) else { continue };
        let object = text(reference, "name");
        if let Some(problem) = subdomain_problem(object) {
            causes.push(Cause::invalid(format!("{at}.{name}.name"), object, problem));
        }
        if text(reference, "key").is_empty() {
            causes.push(Cause::required(format!("{at}.{name}.key"), ""));
        }
    }
}

fn check_mounts(container: &Value, volumes: &[&str], at: &str, causes: &mut Vec<Cause>) {
    let mounts = items(container, "volumeMounts");
    for (index, mount) in mounts.iter().enumerate() {
        let here = format!("{at}.volumeMounts[{index}]");
        let name = text(mount, "name");
        if name.is_empty() {
            causes.push(Cause::required(format!("{here}.name"), ""));
        }
        if !volumes.contains(&name) {
            causes.push(Cause::not_found(format!("{here}.name"), name));
        }
        let path = text(mount, "mountPath");
        if path.is_empty() {
            causes.push(Cause::required(format!("{here}.mountPath"), ""));
        }
        if mounts.iter().take(index).any(|other| text(other, "mountPath") == path) {
            causes.push(Cause::invalid(format!("{here}.mountPath"), path, "must be unique"));
        }
        for field in ["subPath", "subPathExpr"] {
            let inner = text(mount, field);
            // The server leaves the index out here.
            let at = format!("{at}.volumeMounts.{field}");
            if inner.starts_with('/') {
                causes.push(Cause::invalid(at, inner, "must be a relative path"));
            } else if inner.split('/').any(|part| part == "..") {
                causes.push(Cause::invalid(at, inner, "must not contain '..'"));
            }
        }
    }
}

/// A plain init container ends, so nothing can be asked of it.
fn check_probes(container: &Value, place: Place, at: &str, causes: &mut Vec<Cause>) {
    let policy = text(container, "restartPolicy");
    if place == Place::Init && !policy.is_empty() && !matches!(policy, "Always" | "Never" | "OnFailure") {
        let policies = ["Always", "Never", "OnFailure"];
        causes.push(Cause::not_supported(format!("{at}.restartPolicy"), policy, &policies));
    }
    let ends = place == Place::Init && policy != "Always";
    for name in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
        let Some(value) = container.get(name) else { continue };
        let at = format!("{at}.{name}");
        if ends {
            causes.push(Cause::forbidden(at, "may not be set for init containers without restartPolicy=Always"));
        } else if name == "lifecycle" {
            probe::check_lifecycle(value, &at, causes);
        } else {
            probe::check(value, name, &at, causes);
        }
    }
}

fn check_privileges(context: &Value, at: &str, causes: &mut Vec<Cause>) {
    let is = |name: &str, flag: bool| context.get(name) == Some(&Value::Bool(flag));
    if is("allowPrivilegeEscalation", false) && is("privileged", true) {
        let what = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        causes.push(Cause::invalid(at, context.clone(), what));
    }
}
