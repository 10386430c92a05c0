//! Which strings of an object are secret, or are texts that may have secrets in them.

use serde_json::{Map, Value};

use super::secret_text::is_secret_name;

/// A string that may not be shown as it is.
pub(super) struct SecretString<'a> {
    /// JSON pointer to it.
    pub(super) pointer: String,
    /// The string.
    pub(super) text: &'a str,
    /// Whether all of it is secret; else only values inside it may be.
    pub(super) whole: bool,
}

/// Annotations that repeat a whole object and so may repeat its secrets.
const COPIES_OF_OBJECTS: [&str; 1] = ["kubectl.kubernetes.io/last-applied-configuration"];
/// Where the kinds that make pods have their template.
const TEMPLATES: [&str; 2] = ["/spec/template", "/spec/jobTemplate/spec/template"];
/// A text that is a private key, whatever it is called.
const PRIVATE_KEY: &str = "PRIVATE KEY-----";

/// All of them, in no order that counts; none twice.
///
/// Secret as a whole are: all data of a Secret; values of ConfigMaps under a secret's name, private keys and binary values
/// among them; environment variables, headers and annotations with a secret's name; the argument after an option with one;
/// annotations that are copies of objects. Searched for values inside are: other values of ConfigMaps, variables,
/// annotations, and arguments that are one word (a script's text is code, in which every name of a secret would be one).
pub(super) fn secret_strings(object: &Value) -> Vec<SecretString<'_>> {
    let mut found = Found(Vec::new());
    match object.get("kind").and_then(Value::as_str).unwrap_or_default() {
        "Secret" => {
            for member in ["data", "stringData"] {
                found.values_of(object, member, |_, _| true);
            }
        }
        "ConfigMap" => {
            found.values_of(object, "data", |key, text| is_secret_name(key) || text.contains(PRIVATE_KEY));
            found.values_of(object, "binaryData", |_, _| true);
        }
        "Pod" => found.pod(object, ""),
        _ => {}
    }
    found.annotations(object, "");
    for template in TEMPLATES {
        if let Some(pod) = object.pointer(template) {
            found.annotations(pod, template);
            found.pod(pod, template);
        }
    }
    found.0
}

struct Found<'a>(Vec<SecretString<'a>>);

impl<'a> Found<'a> {
    fn add(&mut self, pointer: String, text: &'a str, whole: bool) {
        if !text.is_empty() {
            self.0.push(SecretString { pointer, text, whole });
        }
    }

    fn values_of(&mut self, object: &'a Value, member: &str, whole: impl Fn(&str, &str) -> bool) {
        for (key, text) in strings(object.get(member)) {
            self.add(format!("/{member}/{}", escape(key)), text, whole(key, text));
        }
    }

    fn annotations(&mut self, object: &'a Value, at: &str) {
        for (name, text) in strings(object.pointer("/metadata/annotations")) {
            // Our own hold names and hashes of what is no secret.
            if !name.starts_with("iriskit/") {
                let whole = is_secret_name(name) || COPIES_OF_OBJECTS.contains(&name);
                self.add(format!("{at}/metadata/annotations/{}", escape(name)), text, whole);
            }
        }
    }

    fn pod(&mut self, pod: &'a Value, at: &str) {
        for list in ["containers", "initContainers"] {
            let pointer = format!("{at}/spec/{list}");
            let containers = pod.pointer(&format!("/spec/{list}")).and_then(Value::as_array);
            for (n, container) in containers.into_iter().flatten().enumerate() {
                self.named(container, &format!("{pointer}/{n}"));
                for member in ["command", "args"] {
                    self.arguments(container, &format!("{pointer}/{n}"), member);
                }
            }
        }
    }

    /// Every `{name, value}` inside: variables, and headers of probes.
    fn named(&mut self, value: &'a Value, at: &str) {
        match value {
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    self.named(item, &format!("{at}/{n}"));
                }
            }
            Value::Object(members) => {
                let text = |member| members.get(member).and_then(Value::as_str);
                if let (Some(name), Some(text)) = (text("name"), text("value")) {
                    self.add(format!("{at}/value"), text, is_secret_name(name));
                }
                for (member, value) in members.iter().filter(|(_, value)| value.is_array() || value.is_object()) {
                    self.named(value, &format!("{at}/{}", escape(member)));
                }
            }
            _ => {}
        }
    }

    fn arguments(&mut self, container: &'a Value, at: &str, member: &str) {
        let mut after_option = false;
        let arguments = container.get(member).and_then(Value::as_array);
        for (n, text) in arguments.into_iter().flatten().enumerate() {
            let text = text.as_str().unwrap_or_default();
            let is_word = !text.contains(char::is_whitespace);
            if is_word || after_option {
                self.add(format!("{at}/{member}/{n}"), text, after_option);
            }
            after_option = is_word && text.starts_with('-') && !text.contains('=') && is_secret_name(text);
        }
    }
}

fn strings(map: Option<&Value>) -> impl Iterator<Item = (&str, &str)> {
    let members = map.and_then(Value::as_object).into_iter().flat_map(Map::iter);
    members.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The pointers of what is secret as a whole, then of what is searched.
    fn pointers(object: &Value) -> (Vec<String>, Vec<String>) {
        let (whole, text): (Vec<_>, Vec<_>) = secret_strings(object).into_iter().partition(|found| found.whole);
        let sorted = |found: Vec<SecretString<'_>>| {
            let mut pointers: Vec<String> = found.into_iter().map(|found| found.pointer).collect();
            pointers.sort();
            pointers
        };
        (sorted(whole), sorted(text))
    }

    #[test]
    fn maps_are_secret_by_their_kind_key_and_content() {
        let secret = json!({"kind": "Secret", "data": {"a/b": "cA=="}, "stringData": {"c": "d"}});
        assert_eq!(pointers(&secret), (vec!["/data/a~1b".to_owned(), "/stringData/c".to_owned()], vec![]));
        let map = json!({"kind": "ConfigMap", "binaryData": {"b": "AA=="}, "data": {
            "a.cpf": "x", "db_password": "p", "key.pem": "-----BEGIN PRIVATE KEY-----\nx"}});
        let whole = ["/binaryData/b", "/data/db_password", "/data/key.pem"].map(str::to_owned).to_vec();
        assert_eq!(pointers(&map), (whole, vec!["/data/a.cpf".to_owned()]));
    }

    #[test]
    fn pods_are_searched_wherever_they_are() {
        let pod = json!({
            "metadata": {"annotations": {"x/api-key": "k", "note": "n", "iriskit/applied": "{}"}},
            "spec": {"containers": [{
                "name": "c",
                "env": [{"name": "TZ", "value": "UTC"}, {"name": "A_TOKEN", "value": "t"}, {"name": "EMPTY", "value": ""}],
                "command": ["sh", "-c", "password=$(cat /x) run"],
                "args": ["--user=u", "--password", "p q"],
                "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "Basic x"}]}},
            }]},
        });
        let whole = [
            "/metadata/annotations/x~1api-key",
            "/spec/containers/0/args/2",
            "/spec/containers/0/env/1/value",
            "/spec/containers/0/livenessProbe/httpGet/httpHeaders/0/value",
        ];
        let text = [
            "/metadata/annotations/note",
            "/spec/containers/0/args/0",
            "/spec/containers/0/args/1",
            "/spec/containers/0/command/0",
            "/spec/containers/0/command/1",
            "/spec/containers/0/env/0/value",
        ];
        let under = |at: &str, pointers: &[&str]| pointers.iter().map(|pointer| format!("{at}{pointer}")).collect();
        let mut alone = pod.clone();
        alone["kind"] = json!("Pod");
        assert_eq!(pointers(&alone), (under("", &whole), under("", &text)));
        let set = json!({"kind": "StatefulSet", "spec": {"template": pod}});
        assert_eq!(pointers(&set), (under("/spec/template", &whole), under("/spec/template", &text)));
        let job = json!({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": pod}}}});
        let at = "/spec/jobTemplate/spec/template";
        assert_eq!(pointers(&job), (under(at, &whole), under(at, &text)));
    }
}
