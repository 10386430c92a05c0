//! Defaults of pods and their templates.

use serde_json::{Map, Value, json};

use super::members::{absent, phase, text, zero};

/// Defaults that only a pod has, not a template: requests from limits, service links, host ports.
pub(super) fn pod(map: &mut Map<String, Value>) {
    let Some(Value::Object(spec)) = map.get_mut("spec") else { return };
    absent(spec, "enableServiceLinks", true);
    let host_network = spec.get("hostNetwork").and_then(Value::as_bool).unwrap_or_default();
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            requests_from_limits(container);
            if host_network {
                host_ports(container);
            }
        }
    }
}

fn requests_from_limits(container: &mut Value) {
    let Some(Value::Object(resources)) = container.get_mut("resources") else { return };
    let Some(Value::Object(limits)) = resources.get("limits").cloned() else { return };
    absent(resources, "requests", json!({}));
    if let Some(Value::Object(requests)) = resources.get_mut("requests") {
        for (name, limit) in limits {
            absent(requests, &name, limit);
        }
    }
}

fn host_ports(container: &mut Value) {
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let (Some(number), Some(port)) = (port.get("containerPort").cloned(), port.as_object_mut()) {
            zero(port, "hostPort", number);
        }
    }
}

pub(super) fn spec(map: &mut Map<String, Value>) {
    zero(map, "dnsPolicy", "ClusterFirst");
    zero(map, "restartPolicy", "Always");
    absent(map, "securityContext", json!({}));
    absent(map, "terminationGracePeriodSeconds", 30);
    zero(map, "schedulerName", "default-scheduler");
    // The account has an older name, which is kept equal.
    let account = match text(map, "serviceAccountName") {
        "" => text(map, "serviceAccount"),
        name => name,
    }
    .to_owned();
    if !account.is_empty() {
        map.insert("serviceAccountName".to_owned(), Value::from(account.as_str()));
        map.insert("serviceAccount".to_owned(), Value::from(account));
    }
}

pub(super) fn container(map: &mut Map<String, Value>) {
    let policy = if is_latest(text(map, "image")) { "Always" } else { "IfNotPresent" };
    zero(map, "imagePullPolicy", policy);
    zero(map, "terminationMessagePath", "/dev/termination-log");
    zero(map, "terminationMessagePolicy", "File");
}

/// Whether the image has the tag `latest`, or neither tag nor digest.
fn is_latest(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or_default();
    // A name that can't be read has no tag for the server.
    let legal = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-/:".contains(letter);
    if !name.trim_end_matches(|letter| letter != ':').chars().all(legal)
        || !name.split(':').next().unwrap_or_default().chars().all(legal)
    {
        return false;
    }
    match last.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => digest.is_none() && !last.is_empty(),
    }
}

pub(super) fn volume(map: &mut Map<String, Value>) {
    // The image of an image volume follows the rule of containers.
    if let Some(Value::Object(image)) = map.get_mut("image") {
        let policy = if is_latest(text(image, "reference")) { "Always" } else { "IfNotPresent" };
        zero(image, "pullPolicy", policy);
    }
    if map.keys().all(|key| key == "name") {
        map.insert("emptyDir".to_owned(), json!({}));
    }
}

pub(super) fn probe(map: &mut Map<String, Value>) {
    zero(map, "timeoutSeconds", 1);
    zero(map, "periodSeconds", 10);
    zero(map, "successThreshold", 1);
    zero(map, "failureThreshold", 3);
}

pub(super) fn http_get(map: &mut Map<String, Value>) {
    zero(map, "path", "/");
    zero(map, "scheme", "HTTP");
}

pub(super) fn host_path(map: &mut Map<String, Value>) {
    absent(map, "type", "");
}

pub(super) fn field_ref(map: &mut Map<String, Value>) {
    zero(map, "apiVersion", "v1");
}

pub(super) fn resource_ref(map: &mut Map<String, Value>) {
    absent(map, "divisor", "0");
}

pub(super) fn token(map: &mut Map<String, Value>) {
    absent(map, "expirationSeconds", 3600);
}

/// A namespace carries its name as a label, and a finalizer.
pub(super) fn namespace(map: &mut Map<String, Value>) {
    let name = map.get("metadata").and_then(|metadata| metadata.get("name")).cloned();
    if let (Some(name), Some(Value::Object(metadata))) = (name, map.get_mut("metadata")) {
        absent(metadata, "labels", json!({}));
        if let Some(Value::Object(labels)) = metadata.get_mut("labels") {
            labels.insert("kubernetes.io/metadata.name".to_owned(), name);
        }
    }
    phase(map, "Active");
}
