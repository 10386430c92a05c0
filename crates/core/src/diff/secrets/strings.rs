//! Which strings of an object are secret, or are texts with secrets in them.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    text::{SecretInText, secrets_in_text},
    tree::{Step, Tree, Verdict, secret_nodes},
};

/// A string that may not be shown as it is.
pub(super) struct SecretString<'a> {
    /// JSON pointer to it.
    pub(super) pointer: String,
    /// The string.
    pub(super) text: &'a str,
    /// The secrets inside it, in order; `None` when all of it is one.
    pub(super) inside: Option<Vec<SecretInText>>,
}

/// All of them; none twice.
pub(super) fn secret_strings(object: &Value) -> Vec<SecretString<'_>> {
    let mut found = Vec::new();
    secret_nodes(object, |way, value: &Value, verdict| {
        let Some(text) = value.as_str() else { return };
        let inside = match verdict {
            Verdict::Whole => None,
            Verdict::Search => Some(secrets_in_text(text)),
            Verdict::From(from) => Some(vec![SecretInText {
                section: String::new(),
                key: text.get(..from).unwrap_or_default().to_owned(),
                occurrence: 0,
                range: from..text.len(),
            }]),
        };
        let inside = inside.map(|secrets| {
            let filled = secrets.into_iter().filter(|secret| !secret.range.is_empty());
            filled.collect::<Vec<_>>()
        });
        if inside.as_ref().is_none_or(|secrets| !secrets.is_empty()) {
            found.push(SecretString { pointer: pointer(way), text, inside });
        }
    });
    found
}

impl Tree for Value {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::String(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Bool(value) => Some(Cow::Owned(value.to_string())),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }

    fn items(&self) -> Option<&[Self]> {
        self.as_array().map(Vec::as_slice)
    }

    fn members(&self) -> Option<Vec<(&str, &Self)>> {
        Some(self.as_object()?.iter().map(|(name, value)| (name.as_str(), value)).collect())
    }

    fn member(&self, name: &str) -> Option<&Self> {
        self.get(name)
    }
}

fn pointer(way: &[Step<'_>]) -> String {
    let mut pointer = String::new();
    for step in way {
        pointer.push('/');
        match step {
            Step::Key(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
            Step::Item(at) => pointer.push_str(&at.to_string()),
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::replaced, *};

    fn hidden(object: &Value) -> Value {
        replaced(object, |_, _| Value::from("*"))
    }

    #[test]
    fn maps_are_secret_by_their_kind_key_and_content() {
        let secret = json!({"kind": "Secret", "metadata": {"name": "n"}, "type": "Opaque", "data": {"a/b": "cA=="}, "stringData": {"c": "d"}});
        let expected = json!({"kind": "Secret", "metadata": {"name": "n"}, "type": "Opaque", "data": {"a/b": "*"}, "stringData": {"c": "*"}});
        assert_eq!(hidden(&secret), expected);
        let map = json!({"kind": "ConfigMap", "binaryData": {"b": "AA=="}, "data": {
            "a.cpf": "x", "db_password": "p", "key.pem": "-----BEGIN PRIVATE KEY-----\nx", "usePassword": "true"}});
        let expected = json!({"kind": "ConfigMap", "binaryData": {"b": "*"}, "data": {
            "a.cpf": "x", "db_password": "*", "key.pem": "*", "usePassword": "true"}});
        assert_eq!(hidden(&map), expected);
    }

    /// A pod with `hunter2` in every place that a pod has.
    fn pod() -> Value {
        let probe = json!({"exec": {"command": ["mysqladmin", "-phunter2", "ping"]}});
        let container = json!({
            "name": "c",
            "image": "iris:2024.1",
            "env": [
                {"name": "TZ", "value": "UTC"},
                {"name": "DB_PASS", "value": "hunter2"},
                {"name": "DB", "value": "pg://u:hunter2@h/d"},
                {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "door", "key": "password"}}},
            ],
            "command": ["sh", "-c", "export PGPASSWORD=hunter2; psql"],
            "args": ["--user=u", "--password", "hunter2", "--token=hunter2"],
            "livenessProbe": {"httpGet": {"path": "/", "httpHeaders": [{"name": "Authorization", "value": "Basic hunter2"}]}},
            "readinessProbe": probe,
            "startupProbe": {"exec": {"command": ["redis-cli", "-a", "hunter2", "ping"]}},
            "lifecycle": {"preStop": {"exec": {"command": ["curl", "-u", "keeper:hunter2", "http://h"]}}},
        });
        json!({
            "metadata": {
                "labels": {"app": "token"},
                "annotations": {"x/api-key": "hunter2", "note": "n", "iriskit/applied": "{}", "config": "{\"password\": \"hunter2\"}"},
            },
            "spec": {
                "automountServiceAccountToken": false,
                "serviceAccountName": "token-reader",
                "containers": [container],
                "initContainers": [container],
                "ephemeralContainers": [container],
                "imagePullSecrets": [{"name": "pull"}],
                "volumes": [
                    {"name": "s", "secret": {"secretName": "door", "items": [{"key": "password", "path": "password"}]}},
                    {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "a"}}]}},
                    {"name": "v", "csi": {"driver": "d", "volumeAttributes": {
                        "password": "hunter2", "secretProviderClass": "door", "mountOptions": "user=u,password=hunter2"}}},
                ],
                "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}},
            },
        })
    }

    #[test]
    fn pods_are_searched_wherever_they_are() {
        let mut alone = pod();
        alone["kind"] = json!("Pod");
        let at = |pointer: &[&str]| pointer.iter().rev().fold(pod(), |inside, step| json!({(*step): inside}));
        for (kind, object) in [
            ("Pod", alone),
            ("StatefulSet", at(&["spec", "template"])),
            ("CronJob", at(&["spec", "jobTemplate", "spec", "template"])),
            ("PodTemplate", at(&["template"])),
            ("ControllerRevision", at(&["data", "spec", "template"])),
        ] {
            let mut object = object;
            object["kind"] = json!(kind);
            let safe = hidden(&object).to_string();
            assert!(!safe.contains("hunter2"), "{kind}: {safe}");
            for kept in [
                "\"UTC\"",
                "mysqladmin",
                "\"-p*\"",
                "pg://u:*@h/d",
                "export PGPASSWORD=*",
                "--user=u",
                "--token=*",
                "keeper:*",
                "\"app\":\"token\"",
                "token-reader",
                "\"name\":\"pull\"",
                "\"secretName\":\"door\"",
                "\"path\":\"password\"",
                "\"key\":\"password\"",
                "\"path\":\"token\"",
                "\"secretProviderClass\":\"door\"",
                "user=u,password=*",
                "\"topologyKey\":\"zone\"",
                "\"note\":\"n\"",
                "\"iriskit/applied\":\"{}\"",
            ] {
                assert!(safe.contains(kept), "{kind}: no {kept} in {safe}");
            }
        }
    }

    #[test]
    fn other_kinds_have_their_places() {
        for object in [
            json!({"kind": "StorageClass", "parameters": {"restuserkey": "x", "password": "hunter2"}}),
            json!({"kind": "PersistentVolume", "spec": {"csi": {"volumeAttributes": {"accountKey": "hunter2"}}}}),
            json!({"kind": "Ingress", "metadata": {"annotations": {"snippet": "proxy_set_header Authorization \"Basic aHVudGVyMg==\";\nset $password hunter2;\n# password=hunter2"}}}),
            json!({"kind": "ServiceAccount", "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"x\": \"hunter2\"}"}}}),
            json!({"kind": "List", "items": [{"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "hunter2"}}]}),
        ] {
            let safe = hidden(&object).to_string().replace("set $password hunter2", "");
            assert!(!safe.contains("hunter2") && !safe.contains("aHVudGVyMg"), "{safe}");
        }
        for object in [
            json!({"kind": "ServiceAccount", "metadata": {"name": "a"}, "secrets": [{"kind": "Secret", "name": "door"}]}),
            json!({"kind": "StorageClass", "parameters": {"csi.storage.k8s.io/provisioner-secret-name": "door", "type": "gp3"}}),
            json!({"kind": "Ingress", "metadata": {"annotations": {"nginx.ingress.kubernetes.io/auth-secret": "door"}},
                "spec": {"tls": [{"secretName": "door", "hosts": ["h"]}]}}),
            json!({"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db-password"], "verbs": ["get"]}]}),
            json!({"kind": "ConfigMap", "metadata": {"labels": {"applyset.kubernetes.io/id": "x"}},
                "data": {"record.json": "{\"password\": \"none\"}"}}),
            json!({"kind": "StatefulSet", "status": {"currentRevision": "token: x"}}),
        ] {
            assert_eq!(hidden(&object), object);
        }
    }
}
