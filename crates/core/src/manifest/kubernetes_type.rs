//! Values of types that Kubernetes itself defines, checked against the server's description of them.

use serde_json::Value;

use super::{
    quantities,
    reader::{self, Field, Reader, join},
    yaml::{Key, Kind, Node},
};
use crate::diagnostic::{Diagnostic, DiagnosticId};
use iriskit_kubernetes::schema::{self, Path, PathElement, Problem, ProblemKind, Type as SchemaType, TypeId, table};

/// The type of a value inside an `IrisCluster`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    /// One of Kubernetes' types by its name in the API server's OpenAPI document.
    Named(&'static str),
    /// The field of that name in one of Kubernetes' types.
    FieldOf(&'static str, &'static str),
    /// A volume without its name.
    VolumeSource,
}

impl Type {
    /// The type's name, and the field whose type it is.
    pub(super) fn name(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Named(name) => (name, None),
            Self::FieldOf(name, field) => (name, Some(field)),
            Self::VolumeSource => (VOLUME, None),
        }
    }
}

pub(super) const POD_SPEC: &str = "io.k8s.api.core.v1.PodSpec";
pub(super) const CONTAINER: &str = "io.k8s.api.core.v1.Container";
pub(super) const SERVICE_SPEC: &str = "io.k8s.api.core.v1.ServiceSpec";
const VOLUME: &str = "io.k8s.api.core.v1.Volume";

/// How many problems of one value are explained; finding the places of each costs time.
const PROBLEMS: usize = 500;

/// Words that fields take, which the server's description leaves out: the end of the path, the words.
const WORDS: [(&[&str], &[&str]); 8] = [
    (&["accessModes", "*"], &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]),
    (&["volumeMode"], &["Filesystem", "Block"]),
    (&["tolerations", "*", "effect"], &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    (&["tolerations", "*", "operator"], &["Exists", "Equal", "Lt", "Gt"]),
    (&["imagePullPolicy"], &["Always", "IfNotPresent", "Never"]),
    (&["protocol"], &["TCP", "UDP", "SCTP"]),
    (&["externalTrafficPolicy"], &["Cluster", "Local"]),
    (&["dnsPolicy"], &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
];

/// Mappings whose keys are the user's own.
const FREE: [&str; 9] = [
    "annotations",
    "binaryData",
    "data",
    "labels",
    "matchLabels",
    "nodeSelector",
    "parameters",
    "selector",
    "stringData",
];

impl Reader<'_> {
    /// Checks `field` against `of` and reports what is wrong.
    pub(super) fn check_type(&mut self, field: &Field<'_>, of: Type) {
        match of {
            Type::Named(name) => self.against(field, table().named(name)),
            Type::FieldOf(name, of) => self.against(field, field_type(name, of)),
            Type::VolumeSource => self.volume_source(field),
        }
    }

    /// Checks `field` against a type of the table.
    pub(super) fn against(&mut self, field: &Field<'_>, id: Option<TypeId>) {
        let Some(id) = id else { return };
        for problem in schema::check(id, &field.node.to_value()).iter().take(PROBLEMS) {
            self.problem(field, problem);
        }
        self.words(field);
    }

    fn volume_source(&mut self, field: &Field<'_>) {
        let name = Path::fields(["name"]);
        if let Some((key, node)) = field.node.entry("name") {
            let named = Field { path: join(&field.path, "name"), key: Some(key), node };
            self.error(
                DiagnosticId::UnknownField,
                &named,
                format!("`{}` takes a volume without a name", field.path),
                "remove it",
            );
        }
        let Some(id) = table().named(VOLUME) else { return };
        for problem in schema::check(id, &field.node.to_value()) {
            if problem.path != name {
                self.problem(field, &problem);
            }
        }
    }

    fn problem(&mut self, root: &Field<'_>, problem: &Problem) {
        let (at, rest) = locate(root, &problem.path);
        let missing = rest.iter().map(PathElement::to_string).collect::<String>();
        match &problem.kind {
            ProblemKind::UnknownField { known } => {
                let Some(key) = at.key else { return };
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let parent = at.path.strip_suffix(&key.name).unwrap_or_default().trim_end_matches('.').to_owned();
                self.unknown_field(&parent, key, at.node, &known);
            }
            ProblemKind::WrongType { expected } => self.wrong_type(&at, friendly(expected)),
            ProblemKind::MissingField => {
                let name = missing.trim_start_matches('.');
                if reader::is_mistyped(at.node.entries().unwrap_or_default(), name) {
                    return;
                }
                let position = self.position(at.span());
                let message = format!("`{}` is missing", join(&at.path, name));
                self.report(
                    Diagnostic::error(DiagnosticId::MissingField, message)
                        .at(Some(&position), format!("needs `{name}`")),
                );
            }
            ProblemKind::BadQuantity(_) => {
                let text = match at.node.as_str() {
                    Some(text) => text.to_owned(),
                    None => self.source(at.node).to_owned(),
                };
                let label = quantities::advice(&text, &at.path);
                self.error(DiagnosticId::Quantity, &at, format!("`{text}` is not a Kubernetes quantity"), &label);
            }
            ProblemKind::BadBase64 => {
                let message = format!("`{}` is not base64", at.path);
                self.error(DiagnosticId::BadValue, &at, message, "plain text belongs in `stringData`");
            }
            ProblemKind::BadTime => {
                let message = format!("`{}` is not a time", at.path);
                self.error(DiagnosticId::BadValue, &at, message, "write it as \"2026-01-31T12:00:00Z\"");
            }
            ProblemKind::DuplicateKey => self.duplicate_item(root, &at, &problem.path),
            ProblemKind::MissingKey => {
                let message = format!("`{}` lacks the key that identifies it among the items", at.path);
                self.error(DiagnosticId::MissingField, &at, message, "give it a name");
            }
        }
    }

    fn duplicate_item(&mut self, root: &Field<'_>, first: &Field<'_>, path: &Path) {
        let Some((element, parent)) = path.0.split_last() else { return };
        let (list, _) = locate(root, &Path(parent.to_vec()));
        let same = list.node.items().unwrap_or_default().iter().filter(|item| matches(item, element));
        let Some(second) = same.skip(1).last() else { return };
        let again = Field { path: first.path.clone(), key: None, node: second };
        let (here, before) = (self.position(again.span()), self.position(first.span()));
        let message = match element {
            PathElement::Key(key) => {
                let words: Vec<String> = key.iter().map(|(name, value)| format!("{name} {value}")).collect();
                format!("two items of `{}` have the same key, {}", list.path, words.join(" and "))
            }
            _ => format!("two items of `{}` are the same", list.path),
        };
        self.report(
            Diagnostic::error(DiagnosticId::DuplicateItem, message)
                .at(Some(&here), "again here")
                .at(Some(&before), "first here"),
        );
    }

    /// Checks the words that fields below `field` take, and amounts that are too small to be meant.
    fn words(&mut self, field: &Field<'_>) {
        if let Some(items) = field.node.items() {
            for (at, node) in items.iter().enumerate() {
                self.words(&Field { path: format!("{}[{at}]", field.path), key: None, node });
            }
        }
        for (key, node) in field.node.entries().unwrap_or_default() {
            if FREE.contains(&key.name.as_str()) {
                continue;
            }
            self.words(&Field { path: join(&field.path, &key.name), key: Some(key), node });
        }
        let text = match &field.node.kind {
            Kind::String(text) => text.as_str(),
            Kind::Number(_) => self.source(field.node).trim(),
            _ => return,
        };
        let odd = quantities::odd(text, &field.path).map(|odd| (format!("`{text}` means {}", odd.means), odd));
        if let Some((_, words)) = WORDS.iter().find(|(end, _)| ends_with(&field.path, end))
            && !words.contains(&text)
        {
            let choices: Vec<(&str, ())> = words.iter().map(|word| (*word, ())).collect();
            self.choice(field, &choices);
        }
        if let Some((message, odd)) = odd {
            let position = self.position(field.span());
            let id = if odd.large { DiagnosticId::QuantityLarge } else { DiagnosticId::QuantitySmall };
            self.report(Diagnostic::warning(id, message).at(Some(&position), odd.advice));
        }
    }
}

/// Whether the last steps of `path` are `end`; `*` is an item of a list.
fn ends_with(path: &str, end: &[&str]) -> bool {
    let mut rest = path;
    for step in end.iter().rev() {
        if *step == "*" {
            let Some((before, _)) = rest.strip_suffix(']').and_then(|open| open.rsplit_once('[')) else { return false };
            rest = before;
            continue;
        }
        let Some(before) = rest.strip_suffix(step) else { return false };
        rest = match before.strip_suffix('.') {
            Some(before) => before,
            None if before.is_empty() => "",
            None => return false,
        };
    }
    true
}

fn field_type(name: &str, field: &str) -> Option<TypeId> {
    match table().type_of(table().named(name)?) {
        SchemaType::Struct { fields, .. } => fields.get(field).copied(),
        _ => None,
    }
}

fn friendly(expected: &'static str) -> &'static str {
    match expected {
        "an integer" => "a whole number",
        "an object" => "a mapping",
        "an integer or a string" => "a whole number or a string",
        other => other,
    }
}

/// The deepest node on the way of `path`, and the steps that are not there.
fn locate<'n, 'p>(root: &Field<'n>, path: &'p Path) -> (Field<'n>, &'p [PathElement]) {
    let mut at = root.clone();
    let mut rest = path.0.as_slice();
    while let Some((element, after)) = rest.split_first() {
        let next = if let PathElement::Field(name) = element {
            let entry: Option<&(Key, Node)> = at.node.entry(name);
            entry.map(|(key, node)| Field { path: join(&at.path, name), key: Some(key), node })
        } else {
            let items = at.node.items().unwrap_or_default().iter().enumerate();
            let mut items = items.filter(|(place, item)| match element {
                PathElement::Index(index) => place == index,
                _ => matches(item, element),
            });
            items.next().map(|(place, node)| Field { path: format!("{}[{place}]", at.path), key: None, node })
        };
        let Some(next) = next else { break };
        at = next;
        rest = after;
    }
    (at, rest)
}

/// Whether a list's item is the one that `element` names. Key fields with a default may be left out.
fn matches(item: &Node, element: &PathElement) -> bool {
    match element {
        PathElement::Key(key) => {
            let mut given = key.iter().filter(|(name, _)| item.get(name).is_some()).peekable();
            given.peek().is_some()
                && given.all(|(name, value)| item.get(name).map(Node::to_value).as_ref() == Some(value))
        }
        PathElement::Value(value) => item.to_value() == *value,
        PathElement::Field(_) | PathElement::Index(_) => false,
    }
}

/// Leaves out entries that are `null`: to a server they are the same as missing.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(
            entries
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        scalar => scalar,
    }
}
