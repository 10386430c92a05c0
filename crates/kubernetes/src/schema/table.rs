//! Kinds and types as the API server's OpenAPI describes them: `table.json`, generated, read once.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;
use serde_json::Value;

/// Everything that is known of kinds and types.
#[derive(Debug, Default)]
pub struct Table {
    kubernetes: &'static str,
    kinds: Vec<Kind>,
    names: BTreeMap<&'static str, TypeId>,
    types: Vec<Type>,
}

/// A type of the table. Only [`Table`] makes these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(u32);

/// A kind that the table knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Group and version, such as `apps/v1` or `v1`.
    pub api_version: &'static str,
    /// The group, empty for the core group.
    pub group: &'static str,
    /// The version, such as `v1`.
    pub version: &'static str,
    /// The kind, such as `StatefulSet`.
    pub kind: &'static str,
    /// The resource, such as `statefulsets`.
    pub plural: &'static str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// The type of a whole object.
    pub root: TypeId,
}

impl Kind {
    /// `statefulsets.apps`, or `configmaps` for the core group: how messages of the server name the resource.
    pub fn resource(&self) -> String {
        qualified(self.plural, self.group)
    }

    /// `StatefulSet.apps`, or `ConfigMap` for the core group.
    pub fn group_kind(&self) -> String {
        qualified(self.kind, self.group)
    }
}

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// What a value may look like, and how lists and maps inside it are merged.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// A single value, or one whose inside is not described.
    Scalar(Scalar),
    /// An object with fields of fixed names.
    Struct {
        /// Field by name.
        fields: BTreeMap<&'static str, TypeId>,
        /// Fields that must be there.
        required: Vec<&'static str>,
        /// Defaults of the OpenAPI, without those that are the same as nothing (`""`, `0`, `{}`).
        defaults: BTreeMap<&'static str, Value>,
        /// Whether it has one owner as a whole.
        atomic: bool,
    },
    /// An object with free keys.
    Map {
        /// Type of each value.
        value: TypeId,
        /// Whether it has one owner as a whole.
        atomic: bool,
    },
    /// An array.
    List {
        /// Type of each item.
        item: TypeId,
        /// How items are identified.
        kind: ListKind,
        /// The fields that tell items of [`ListKind::Map`] apart.
        keys: Vec<&'static str>,
        /// What an absent key field counts as (`protocol`: `TCP`).
        key_defaults: BTreeMap<&'static str, Value>,
    },
}

/// Kinds of single values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `500m`, `10Gi`, or a plain number.
    Quantity,
    /// A whole number or text, such as a port or its name.
    IntOrString,
    /// Base64 text.
    Bytes,
    /// RFC 3339, seconds.
    Time,
    /// RFC 3339 with exactly six decimals.
    MicroTime,
    /// Anything, objects and arrays included; one place, whatever is inside.
    Any,
}

/// How the items of a list are identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// Not at all: the list has one owner.
    Atomic,
    /// By their value.
    Set,
    /// By some of their fields.
    Map,
}

/// Why a table can't be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not the JSON that is expected.
    #[error("table of kinds: {0}")]
    Json(#[from] serde_json::Error),
    /// A word that is none of the known ones.
    #[error("table of kinds: unknown {what} {word:?}")]
    Unknown {
        /// What the word stands for.
        what: &'static str,
        /// The word.
        word: String,
    },
    /// A reference to a type that is not there.
    #[error("table of kinds: no type {0}")]
    NoType(u32),
}

/// The table of the API server that iriskit was generated from.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // A test reads the same text and fails when it does not parse.
    TABLE.get_or_init(|| Table::parse(include_str!("table.json")).unwrap_or_default())
}

impl Table {
    /// Reads the text of `table.json`.
    pub fn parse(text: &'static str) -> Result<Self, TableError> {
        let file: File = serde_json::from_str(text)?;
        let count = file.types.len();
        let id = |index: u32| match usize::try_from(index) {
            Ok(at) if at < count => Ok(TypeId(index)),
            _ => Err(TableError::NoType(index)),
        };
        let mut kinds = Vec::with_capacity(file.kinds.len());
        for (name, entry) in file.kinds {
            let (api_version, kind) =
                name.rsplit_once('/').ok_or_else(|| TableError::Unknown { what: "kind", word: name.to_owned() })?;
            let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
            let root = id(entry.root)?;
            let KindEntry { plural, namespaced, .. } = entry;
            kinds.push(Kind { api_version, group, version, kind, plural, namespaced, root });
        }
        let names: BTreeMap<_, _> =
            file.names.into_iter().map(|(name, index)| Ok((name, id(index)?))).collect::<Result<_, TableError>>()?;
        let types = file.types.into_iter().map(|entry| entry.into_type(&id)).collect::<Result<_, TableError>>()?;
        Ok(Self { kubernetes: file.kubernetes, kinds, names, types })
    }

    /// The version of Kubernetes that the table was generated from, such as `v1.36.3`.
    pub fn kubernetes(&self) -> &'static str {
        self.kubernetes
    }

    /// The kind of this apiVersion and name.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.kinds.iter().find(|known| known.kind == kind && known.api_version == api_version)
    }

    /// The kind of this resource, as in a URL.
    pub fn plural(&self, group: &str, version: &str, plural: &str) -> Option<&Kind> {
        self.kinds.iter().find(|known| known.plural == plural && known.group == group && known.version == version)
    }

    /// All kinds, in the order of apiVersion and name.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.iter()
    }

    /// The type with this name in the OpenAPI, such as `io.k8s.api.core.v1.Probe`.
    pub fn named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    /// What a type looks like.
    pub fn type_of(&self, id: TypeId) -> &Type {
        static ANY: Type = Type::Scalar(Scalar::Any);
        usize::try_from(id.0).ok().and_then(|at| self.types.get(at)).unwrap_or(&ANY)
    }
}

#[derive(Deserialize)]
struct File {
    kubernetes: &'static str,
    #[serde(borrow)]
    kinds: BTreeMap<&'static str, KindEntry>,
    names: BTreeMap<&'static str, u32>,
    types: Vec<TypeEntry>,
}

#[derive(Deserialize)]
struct KindEntry {
    plural: &'static str,
    namespaced: bool,
    #[serde(rename = "type")]
    root: u32,
}

#[derive(Deserialize)]
struct TypeEntry {
    #[serde(rename = "k")]
    kind: &'static str,
    #[serde(rename = "f", default)]
    fields: BTreeMap<&'static str, u32>,
    #[serde(rename = "r", default)]
    required: Vec<&'static str>,
    #[serde(rename = "d", default)]
    defaults: BTreeMap<&'static str, Value>,
    #[serde(default)]
    atomic: bool,
    #[serde(rename = "v")]
    value: Option<u32>,
    #[serde(rename = "t")]
    list: Option<&'static str>,
    #[serde(default)]
    keys: Vec<&'static str>,
}

impl TypeEntry {
    fn into_type(self, id: &impl Fn(u32) -> Result<TypeId, TableError>) -> Result<Type, TableError> {
        let value = || self.value.ok_or(TableError::NoType(u32::MAX)).and_then(id);
        Ok(match self.kind {
            "struct" => Type::Struct {
                fields: self
                    .fields
                    .into_iter()
                    .map(|(name, index)| Ok((name, id(index)?)))
                    .collect::<Result<_, TableError>>()?,
                required: self.required,
                defaults: self.defaults,
                atomic: self.atomic,
            },
            "map" => Type::Map { value: value()?, atomic: self.atomic },
            "list" => {
                Type::List { item: value()?, kind: list_kind(self.list)?, keys: self.keys, key_defaults: self.defaults }
            }
            word => Type::Scalar(scalar(word)?),
        })
    }
}

fn list_kind(word: Option<&str>) -> Result<ListKind, TableError> {
    match word {
        None | Some("atomic") => Ok(ListKind::Atomic),
        Some("set") => Ok(ListKind::Set),
        Some("map") => Ok(ListKind::Map),
        Some(word) => Err(TableError::Unknown { what: "list type", word: word.to_owned() }),
    }
}

fn scalar(word: &str) -> Result<Scalar, TableError> {
    Ok(match word {
        "string" => Scalar::String,
        "integer" => Scalar::Integer,
        "number" => Scalar::Number,
        "boolean" => Scalar::Boolean,
        "quantity" => Scalar::Quantity,
        "int-or-string" => Scalar::IntOrString,
        "bytes" => Scalar::Bytes,
        "time" => Scalar::Time,
        "micro-time" => Scalar::MicroTime,
        "any" => Scalar::Any,
        _ => return Err(TableError::Unknown { what: "type", word: word.to_owned() }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_table_parses_and_knows_the_kinds_of_the_sandbox() {
        Table::parse(include_str!("table.json")).unwrap();
        for (api_version, kind, plural, namespaced) in [
            ("v1", "ConfigMap", "configmaps", true),
            ("v1", "Secret", "secrets", true),
            ("v1", "Service", "services", true),
            ("v1", "ServiceAccount", "serviceaccounts", true),
            ("v1", "Pod", "pods", true),
            ("v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
            ("v1", "PersistentVolume", "persistentvolumes", false),
            ("v1", "Namespace", "namespaces", false),
            ("v1", "Event", "events", true),
            ("apps/v1", "StatefulSet", "statefulsets", true),
            ("apps/v1", "ControllerRevision", "controllerrevisions", true),
            ("rbac.authorization.k8s.io/v1", "Role", "roles", true),
            ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true),
            ("networking.k8s.io/v1", "Ingress", "ingresses", true),
            ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", true),
            ("coordination.k8s.io/v1", "Lease", "leases", true),
            ("storage.k8s.io/v1", "StorageClass", "storageclasses", false),
            ("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
        ] {
            let known = table().kind(api_version, kind).unwrap_or_else(|| panic!("{api_version} {kind}"));
            assert_eq!((known.plural, known.namespaced), (plural, namespaced));
            assert_eq!(table().plural(known.group, known.version, plural), Some(known));
            assert!(matches!(table().type_of(known.root), Type::Struct { .. }));
        }
    }

    #[test]
    fn list_types_are_those_that_the_server_uses() {
        let list = |owner: &str, field: &str| {
            let id = table().named(owner).unwrap();
            let Type::Struct { fields, .. } = table().type_of(id) else { panic!("{owner}") };
            let Type::List { kind, keys, .. } = table().type_of(fields[field]) else { panic!("{field}") };
            (*kind, keys.clone())
        };
        assert_eq!(list("io.k8s.api.core.v1.PodSpec", "containers"), (ListKind::Map, vec!["name"]));
        assert_eq!(list("io.k8s.api.core.v1.Container", "ports"), (ListKind::Map, vec!["containerPort", "protocol"]));
        assert_eq!(list("io.k8s.api.core.v1.Container", "volumeMounts"), (ListKind::Map, vec!["mountPath"]));
        assert_eq!(list("io.k8s.api.core.v1.PodSpec", "tolerations"), (ListKind::Atomic, vec![]));
        assert_eq!(list("io.k8s.api.apps.v1.StatefulSetSpec", "volumeClaimTemplates"), (ListKind::Atomic, vec![]));
        assert_eq!(list("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "finalizers"), (ListKind::Set, vec![]));
        assert_eq!(list("io.k8s.api.core.v1.ServiceAccount", "imagePullSecrets"), (ListKind::Atomic, vec![]));
        assert_eq!(list("io.k8s.api.core.v1.PodSpec", "imagePullSecrets"), (ListKind::Map, vec!["name"]));
    }

    #[test]
    fn a_broken_table_is_an_error() {
        assert!(matches!(Table::parse("{"), Err(TableError::Json(_))));
        let text =
            r#"{"kubernetes":"v1","kinds":{"v1/A":{"plural":"as","namespaced":true,"type":7}},"names":{},"types":[]}"#;
        assert_eq!(Table::parse(text).unwrap_err().to_string(), "table of kinds: no type 7");
        let text = r#"{"kubernetes":"v1","kinds":{},"names":{},"types":[{"k":"colour"}]}"#;
        assert_eq!(Table::parse(text).unwrap_err().to_string(), "table of kinds: unknown type \"colour\"");
    }
}
