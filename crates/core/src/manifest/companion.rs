//! The other objects that travel in the plan of a cluster.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{
    document,
    kubernetes_type::without_nulls,
    reader::{Field, Fields, Reader, sources},
    server_fields::SERVER_METADATA,
    suggest, syntax,
    yaml::Node,
};
use crate::diagnostic::{Diagnostic, DiagnosticId, Position, Sources};
use iriskit_kubernetes::schema::{Kind, ObjectRef, table};

/// An object that the user wrote beside an `IrisCluster`.
#[derive(Debug, Clone, PartialEq)]
pub struct Companion {
    /// The object as it is to be sent: with its namespace, without what only a server writes, `stringData` of a
    /// Secret turned into `data`.
    pub value: Value,
    /// Which object it is.
    pub object: ObjectRef,
    /// Namespace and name of the cluster that owns it; `None` only beside an error.
    pub owner: Option<(String, String)>,
    /// Where it was written.
    pub position: Position,
    /// Where each of its fields stands.
    pub sources: Sources,
}

/// Kinds of the table that servers and controllers make, not users.
const NOT_WRITTEN: [&str; 11] = [
    "Binding",
    "ComponentStatus",
    "ControllerRevision",
    "Event",
    "LocalSubjectAccessReview",
    "Node",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
    "SubjectAccessReview",
    "TokenReview",
    "VolumeAttachment",
];

impl Reader<'_> {
    /// Reads a companion; its owner is still open. `None` when its kind or name is not known.
    pub(super) fn companion(
        &mut self,
        root: &Node,
        api_version: &str,
        kind: &str,
        default_namespace: &str,
    ) -> Option<Companion> {
        let document = Field { path: String::new(), key: None, node: root };
        let Some(kind) = table().kind(api_version, kind).filter(|kind| !NOT_WRITTEN.contains(&kind.kind)) else {
            self.unknown_kind(root, api_version, kind);
            return None;
        };
        self.against(&document, Some(kind.root));
        let fields = self.mapping(&document)?;
        if let Some(data) = ["data", "stringData"].iter().find_map(|name| fields.get(name)) {
            self.no_empty_entries(&data);
        }
        let metadata = self.required(&fields, "metadata").and_then(|metadata| self.mapping(&metadata))?;
        self.companion_metadata(&metadata);
        if let Some(field) = metadata.get("generateName") {
            self.error(
                DiagnosticId::BadName,
                &field,
                "`metadata.generateName`: planned objects have fixed names",
                "write `name`",
            );
            return None;
        }
        let name = self.required(&metadata, "name")?;
        let text = name.node.as_str()?.to_owned();
        if self.is_helm_hook(&metadata, kind, &text) {
            return None;
        }
        self.companion_name(kind, &name, &text);
        let namespace = self.namespace(kind, &metadata, default_namespace).ok()?;
        let object = ObjectRef {
            namespace: namespace.clone(),
            kind: kind.kind.to_owned(),
            api_version: kind.api_version.to_owned(),
            name: text,
        };
        let mut value = without_nulls(root.to_value());
        self.drop_server_fields(&fields, &metadata, &mut value);
        if let (Some(namespace), Some(Value::Object(metadata))) = (namespace, value.get_mut("metadata")) {
            metadata.insert("namespace".into(), namespace.into());
        }
        if kind.kind == "Secret" {
            encode_string_data(&mut value);
        }
        let position = self.position(name.span());
        Some(Companion { value, object, owner: None, position, sources: sources(root, self.input) })
    }

    fn unknown_kind(&mut self, root: &Node, api_version: &str, kind: &str) {
        let kinds = || table().kinds().filter(|known| !NOT_WRITTEN.contains(&known.kind));
        let same_kind: Vec<&str> = kinds().filter(|known| known.kind == kind).map(|known| known.api_version).collect();
        let words: Vec<&str> = kinds().map(|known| known.kind).chain([document::KIND]).collect();
        let close = suggest::closest(kind, &words);
        let built_in = kinds().any(|known| known.api_version == api_version)
            || !api_version.contains('.')
            || api_version.split('/').next().is_some_and(|group| group.ends_with(".k8s.io"));
        let (at, label) = match (kind == document::KIND, same_kind.as_slice(), close) {
            (true, _, _) => ("apiVersion", format!("did you mean `{}`?", document::API_VERSION)),
            (_, [first, ..], _) => ("apiVersion", format!("did you mean `{first}`?")),
            (_, [], Some(close)) => ("kind", format!("did you mean `{close}`?")),
            (_, [], None) if built_in => ("kind", "not among the kinds that iriskit plans".to_owned()),
            (_, [], None) => ("kind", "a custom kind: iriskit plans only kinds of Kubernetes itself".to_owned()),
        };
        let position = root.get(at).map(|node| self.position(&node.span));
        self.report(
            Diagnostic::error(
                DiagnosticId::UnknownKind,
                format!("`{kind}` of `{api_version}` is not a kind that iriskit knows"),
            )
            .at(position.as_ref(), label),
        );
    }

    /// An entry without a value would reach the server as something else than it looks.
    fn no_empty_entries(&mut self, data: &Field<'_>) {
        let empty = data.node.entries().unwrap_or_default().iter().filter(|(_, node)| node.is_null());
        for (key, node) in empty {
            let entry = Field { path: format!("{}.{}", data.path, key.name), key: Some(key), node };
            self.error(
                DiagnosticId::WrongType,
                &entry,
                format!("`{}` must be a string, not nothing", entry.path),
                "write \"\"",
            );
        }
    }

    fn companion_metadata(&mut self, metadata: &Fields<'_>) {
        if let Some(labels) = metadata.get("labels") {
            self.labels(&labels);
        }
        if let Some(annotations) = metadata.get("annotations") {
            self.annotations(&annotations);
        }
        let reserved = [("labels", "applyset.kubernetes.io/"), ("annotations", "iriskit/")];
        for (map, prefix) in reserved {
            let Some(field) = metadata.get(map) else { continue };
            for (key, _) in field.node.entries().unwrap_or_default() {
                if !key.name.starts_with(prefix) || key.name == OWNER {
                    continue;
                }
                let near = (map == "annotations").then(|| suggest::closest(&key.name, &[OWNER])).flatten();
                let label = near.map_or_else(|| "remove it".to_owned(), |word| format!("did you mean `{word}`?"));
                let position = self.position(&key.span);
                let message = format!("`{}` is written by iriskit itself", key.name);
                self.report(Diagnostic::error(DiagnosticId::ReservedName, message).at(Some(&position), label));
            }
        }
    }

    /// Helm runs a hook at a moment of its own: a test, or the job before a deletion, is nothing that should be there.
    fn is_helm_hook(&mut self, metadata: &Fields<'_>, kind: &Kind, name: &str) -> bool {
        let annotations = metadata.get("annotations");
        let Some(hook) = annotations.as_ref().and_then(|annotations| annotations.entry(HELM_HOOK)) else {
            return false;
        };
        let when = hook.node.as_str().unwrap_or_default();
        let position = self.position(hook.span());
        let message = format!("{} {name} is a hook of Helm ({when}): it is left out", kind.kind);
        let diagnostic = Diagnostic::warning(DiagnosticId::HelmHook, message)
            .at(Some(&position), "Helm would run it at that moment, and apply has none such")
            .help("render without hooks (`helm template --no-hooks`), or remove the annotation to have it planned");
        self.report(diagnostic);
        true
    }

    /// RBAC names may hold anything but `/` and `%`; a Service's name is a DNS label, and so is that of a StatefulSet, whose
    /// pods have it as the host's; others are DNS subdomains.
    fn companion_name(&mut self, kind: &Kind, field: &Field<'_>, name: &str) {
        let problem = match (kind.group, kind.kind) {
            ("rbac.authorization.k8s.io", _) => {
                let odd = name.is_empty() || name == "." || name == ".." || name.contains(['/', '%']);
                odd.then(|| "`/` and `%` are not allowed".to_owned())
            }
            ("", "Service") => syntax::service_name(name),
            ("", "Namespace") => syntax::dns_label(name),
            ("apps", "StatefulSet") => syntax::dns_label(name).or_else(|| too_long_for_pods(name)),
            _ => syntax::dns_subdomain(name),
        };
        if let Some(problem) = problem {
            self.bad_name(field, name, &problem);
        }
    }

    fn namespace(&mut self, kind: &Kind, metadata: &Fields<'_>, default: &str) -> Result<Option<String>, Invalid> {
        match (kind.namespaced, metadata.get("namespace")) {
            (true, None) => Ok(Some(default.to_owned())),
            (true, Some(field)) => {
                let text = field.node.as_str().ok_or(Invalid)?;
                if let Some(problem) = syntax::dns_label(text) {
                    self.bad_name(&field, text, &problem);
                }
                Ok(Some(text.to_owned()))
            }
            (false, None) => Ok(None),
            (false, Some(field)) => {
                self.error(
                    DiagnosticId::BadValue,
                    &field,
                    format!("a {} is not in a namespace", kind.kind),
                    "remove it",
                );
                Ok(None)
            }
        }
    }

    /// Takes out what only a server writes. Empty values, which `kubectl create --dry-run` prints, need no word.
    fn drop_server_fields(&mut self, fields: &Fields<'_>, metadata: &Fields<'_>, value: &mut Value) {
        if let Some(status) = fields.get("status") {
            if status.node.entries().is_none_or(|entries| !entries.is_empty()) {
                self.written_by_server(&status);
            }
            if let Value::Object(object) = value {
                object.remove("status");
            }
        }
        for name in SERVER_METADATA {
            if let Some(field) = metadata.get(name) {
                self.written_by_server(&field);
                if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
                    metadata.remove(name);
                }
            }
        }
    }
}

/// The server takes a name of 63 characters, but none of its pods: their label `controller-revision-hash` is NAME-HASH.
fn too_long_for_pods(name: &str) -> Option<String> {
    let over = name.len().saturating_sub(super::cluster::LONGEST_SET);
    (over > 0).then(|| format!("too long by {over}: the pods of a StatefulSet carry its name and a hash in a label"))
}

/// A value of the wrong type, reported already.
struct Invalid;

/// The annotation by which Helm knows its hooks.
const HELM_HOOK: &str = "helm.sh/hook";

/// The annotation that names the cluster of a companion.
pub(super) const OWNER: &str = "iriskit/cluster";

/// `stringData` is written into `data`, where it wins, as the server would do it: server-side apply of both would leave
/// old entries behind.
fn encode_string_data(value: &mut Value) {
    let Value::Object(secret) = value else { return };
    let Some(Value::Object(plain)) = secret.remove("stringData") else { return };
    let data = secret.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(data) = data {
        for (key, text) in plain {
            if let Value::String(text) = text {
                data.insert(key, STANDARD.encode(text).into());
            }
        }
    }
}
