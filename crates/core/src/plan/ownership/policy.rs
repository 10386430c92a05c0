//! Whose a field is to be: the rules that the user gave, by path.

use std::str::FromStr;

use iriskit_state::plan::{OwnershipPolicy, OwnershipRule, Treatment};

use iriskit_kubernetes::schema::{ObjectRef, Path};

/// What is done about fields and objects of others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Fields that were ours and that somebody else changed.
    on_drift: Treatment,
    rules: Vec<(Treatment, FieldPattern)>,
    adopt: bool,
}

impl Policy {
    /// The rules as given; of several that match one field the most careful counts: fail, then leave, then take.
    pub fn new(on_drift: Treatment, rules: Vec<(Treatment, FieldPattern)>, adopt: bool) -> Self {
        Self { on_drift, rules, adopt }
    }

    /// Whether objects that others made are taken over.
    pub(crate) fn adopts(&self) -> bool {
        self.adopt
    }

    /// Whether some field is taken by name.
    pub(crate) fn takes_by_name(&self) -> bool {
        self.rules.iter().any(|(treatment, _)| *treatment == Treatment::Take)
    }

    /// What the user says of this very field.
    pub(crate) fn rule(&self, object: &ObjectRef, path: &Path) -> Option<Treatment> {
        self.rules.iter().filter(|(_, pattern)| pattern.matches(object, path)).map(|(treatment, _)| *treatment).max()
    }

    /// What is done about a field that was ours and drifted.
    pub(crate) fn drift_treatment(&self, object: &ObjectRef, path: &Path) -> Treatment {
        self.rule(object, path).unwrap_or(self.on_drift)
    }

    /// The rules by path, as given.
    pub(crate) fn rules(&self) -> &[(Treatment, FieldPattern)] {
        &self.rules
    }

    /// As the plan document says it.
    pub fn document(&self) -> OwnershipPolicy {
        let rule = |(treatment, pattern): &(Treatment, FieldPattern)| OwnershipRule {
            treatment: *treatment,
            fields: pattern.written.clone(),
        };
        OwnershipPolicy { on_drift: self.on_drift, rules: self.rules.iter().map(rule).collect(), adopt: self.adopt }
    }
}

/// Some fields of some objects: `[KIND[/[NAMESPACE/]NAME]:]PATH`. A path stands for everything inside it; `*` stands for
/// any name of an object, `[*]` for any item or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPattern {
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    path: String,
    written: String,
}

/// Why a text names no fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no fields: write [KIND[/[NAMESPACE/]NAME]:]PATH, as in StatefulSet/iris-data:spec.replicas")]
pub struct PatternError(String);

impl FromStr for FieldPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let wrong = || PatternError(text.to_owned());
        // A colon inside brackets belongs to the path.
        let before_items = text.split('[').next().unwrap_or_default();
        let (object, path) = match before_items.find(':') {
            Some(at) => text.split_at_checked(at).map(|(object, rest)| (object, rest.trim_start_matches(':'))),
            None => Some(("", text)),
        }
        .ok_or_else(wrong)?;
        let path = plain(path.trim_start_matches('.'));
        let parts: Vec<&str> = object.split('/').collect();
        let named = |part: &&str| (*part != "*").then(|| (*part).to_owned());
        let (kind, namespace, name) = match parts.as_slice() {
            [""] => (None, None, None),
            [kind] => (named(kind), None, None),
            [kind, name] => (named(kind), None, named(name)),
            [kind, namespace, name] => (named(kind), named(namespace), named(name)),
            _ => return Err(wrong()),
        };
        if path.is_empty() || path.starts_with('[') || object.starts_with('/') || object.ends_with('/') {
            return Err(wrong());
        }
        Ok(Self { kind, namespace, name, path, written: text.to_owned() })
    }
}

impl FieldPattern {
    /// The exact pattern of one field.
    pub(crate) fn exact(object: &ObjectRef, path: &Path) -> String {
        format!("{}/{}:{}", object.kind, object.name, path.to_human())
    }

    fn matches(&self, object: &ObjectRef, path: &Path) -> bool {
        self.is_about(object) && self.covers(path)
    }

    /// Whether it is about this object, whatever its fields.
    pub(crate) fn is_about(&self, object: &ObjectRef) -> bool {
        let fits = |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|it| Some(it) == found);
        fits(&self.kind, Some(&object.kind))
            && fits(&self.namespace, object.namespace.as_deref())
            && fits(&self.name, Some(&object.name))
    }

    /// Whether it is about this field, whatever the object.
    pub(crate) fn covers(&self, path: &Path) -> bool {
        covers(&self.path, &path.to_human()) || covers(&self.path, path.to_string().trim_start_matches('.'))
    }

    /// Its field.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// As the user wrote it.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// Whether it names a kind, a namespace or a name.
    pub(crate) fn names_objects(&self) -> bool {
        self.kind.is_some() || self.namespace.is_some() || self.name.is_some()
    }
}

/// As plans write it: `[name="iris"]` becomes `[iris]`, and `[containerPort=1972,protocol="TCP"]` `[1972/TCP]`.
fn plain(path: &str) -> String {
    let mut parts = path.split('[');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (item, rest) = part.split_once(']').unwrap_or((part, ""));
        let value = |key: &str| key.split_once('=').map_or(key, |(_, value)| value).trim_matches('"').to_owned();
        let quoted = item.contains('=');
        let item = if quoted { item.split(',').map(value).collect::<Vec<_>>().join("/") } else { item.to_owned() };
        text = format!("{text}[{item}]{rest}");
    }
    text
}

/// Whether `text` is the place `pattern` or one inside it.
fn covers(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    while let Some((before, after)) = pattern.split_once("[*]") {
        let Some(rest) = text.strip_prefix(before).and_then(|rest| rest.strip_prefix('[')) else { return false };
        let Some((_, rest)) = rest.split_once(']') else { return false };
        (pattern, text) = (after, rest);
    }
    text.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use iriskit_kubernetes::schema::table;

    fn matches(pattern: &str, path: &str) -> bool {
        let object = ObjectRef::namespaced("apps/v1", "StatefulSet", "hospital", "iris-data");
        let path = Path::parse_in(table().kind("apps/v1", "StatefulSet").unwrap(), path).unwrap();
        pattern.parse::<FieldPattern>().unwrap().matches(&object, &path)
    }

    #[test]
    fn fields_are_named_as_plans_and_as_the_server_write_them() {
        let image = r#".spec.template.spec.containers[name="iris"].image"#;
        let port = r#".spec.template.spec.containers[name="iris"].ports[containerPort=1972,protocol="TCP"].name"#;
        let label = ".metadata.labels.app.kubernetes.io/name";
        for (pattern, path, expected) in [
            ("spec.replicas", ".spec.replicas", true),
            (".spec.replicas", ".spec.replicas", true),
            ("StatefulSet:spec.replicas", ".spec.replicas", true),
            ("StatefulSet/iris-data:.spec.replicas", ".spec.replicas", true),
            ("StatefulSet/hospital/iris-data:spec.replicas", ".spec.replicas", true),
            ("StatefulSet/*:spec.replicas", ".spec.replicas", true),
            ("StatefulSet/clinic/iris-data:spec.replicas", ".spec.replicas", false),
            ("StatefulSet/iris:spec.replicas", ".spec.replicas", false),
            ("Service:spec.replicas", ".spec.replicas", false),
            ("spec", ".spec.replicas", true),
            ("spec.rep", ".spec.replicas", false),
            ("spec.template.spec.containers[iris].image", image, true),
            (r#"spec.template.spec.containers[name="iris"].image"#, image, true),
            ("spec.template.spec.containers[*].image", image, true),
            ("spec.template.spec.containers[other].image", image, false),
            ("spec.template.spec.containers", image, true),
            ("spec.template.spec.containers[iris].ports[1972/TCP]", port, true),
            (r#"spec.template.spec.containers[iris].ports[containerPort=1972,protocol="TCP"]"#, port, true),
            ("spec.template.spec.containers[*].ports[*].name", port, true),
            ("metadata.labels[app.kubernetes.io/name]", label, true),
            (".metadata.labels.app.kubernetes.io/name", label, true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_names_no_field_is_refused() {
        for text in ["", ".", "StatefulSet:", "a/b/c/d:spec", "/x:spec", "[iris].image"] {
            assert!(text.parse::<FieldPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_most_careful_rule_counts() {
        let object = ObjectRef::namespaced("apps/v1", "StatefulSet", "n", "s");
        let path = Path::fields(["spec", "replicas"]);
        let policy = |rules: &[(Treatment, &str)]| {
            let rules = rules.iter().map(|(treatment, text)| (*treatment, text.parse().unwrap())).collect();
            Policy::new(Treatment::Leave, rules, false)
        };
        assert_eq!(policy(&[]).drift_treatment(&object, &path), Treatment::Leave);
        assert_eq!(policy(&[]).rule(&object, &path), None);
        let both = [(Treatment::Leave, "spec.replicas"), (Treatment::Take, "spec")];
        assert_eq!(policy(&both).rule(&object, &path), Some(Treatment::Leave));
        assert_eq!(policy(&[(Treatment::Take, "spec")]).drift_treatment(&object, &path), Treatment::Take);
    }
}
