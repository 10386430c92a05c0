//! Which object is meant.

use serde_json::Value;

/// Names one object: `apiVersion`, `kind`, namespace (absent for cluster-scoped kinds) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Namespace, absent for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// Kind, such as `StatefulSet`.
    pub kind: String,
    /// Group and version, such as `apps/v1` or `v1`.
    pub api_version: String,
    /// `metadata.name`.
    pub name: String,
}

impl ObjectRef {
    /// A namespaced object.
    pub fn namespaced(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            kind: kind.to_owned(),
            api_version: api_version.to_owned(),
            name: name.to_owned(),
        }
    }

    /// A cluster-scoped object.
    pub fn cluster_scoped(api_version: &str, kind: &str, name: &str) -> Self {
        Self { namespace: None, kind: kind.to_owned(), api_version: api_version.to_owned(), name: name.to_owned() }
    }

    /// Reads the reference out of an object value; `None` when apiVersion, kind or name is missing.
    pub fn of(value: &Value) -> Option<Self> {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            namespace: text("/metadata/namespace"),
            kind: text("/kind")?,
            api_version: text("/apiVersion")?,
            name: text("/metadata/name")?,
        })
    }

    /// `StatefulSet/<namespace>/<name>`, or `StorageClass/<name>` for a cluster-scoped kind: the public address in plans.
    pub fn address(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{}/{namespace}/{}", self.kind, self.name),
            None => format!("{}/{}", self.kind, self.name),
        }
    }

    /// `apps/v1/StatefulSet`, the `type` of the plan document.
    pub fn type_name(&self) -> String {
        format!("{}/{}", self.api_version, self.kind)
    }

    /// The API group, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.address())
    }
}
