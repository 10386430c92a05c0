//! What is known of a field without reading one: for suggestions and for documentation.

use std::collections::{BTreeSet, VecDeque};

/// A field of an `IrisCluster`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDescription {
    /// Its key.
    pub name: &'static str,
    /// What it is for, in a sentence or two.
    pub description: &'static str,
    /// How its value is written.
    pub value_type: ValueType,
    /// Whether it must be given.
    pub required: bool,
    /// What stands for it when it is left out, where that is a value.
    pub default: Option<&'static str>,
    /// What can't be expanded yet when it is given, or given in some way; `None` for a field that works.
    pub not_yet: Option<&'static str>,
    /// Whether it is often misplaced: there the message says where it belongs.
    pub often_misplaced: bool,
}

/// How a value is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    /// A string, and what it has to be: `an image reference`.
    Text(&'static str),
    /// `true` or `false`.
    Boolean,
    /// A whole number between two others, these included.
    WholeNumber(u32, u32),
    /// One of a few words.
    OneOf(Vec<&'static str>),
    /// A mapping of keys that the user chooses to strings.
    TextMap,
    /// A list.
    List(Box<ValueType>),
    /// A mapping.
    Mapping {
        /// Where it stands, as messages name it; the end of the path where it stands in several places.
        place: &'static str,
        /// Its fields, by name.
        fields: Vec<FieldDescription>,
    },
    /// A type of Kubernetes by its name in the API server's OpenAPI document, or the type of one of its fields.
    Kubernetes(&'static str, Option<&'static str>),
    /// Whatever a server writes.
    Anything,
}

impl ValueType {
    /// The mapping that the value is, or that each of its items is: its place and fields.
    pub fn mapping(&self) -> Option<(&'static str, &[FieldDescription])> {
        match self {
            Self::Mapping { place, fields } => Some((place, fields)),
            Self::List(item) => item.mapping(),
            _ => None,
        }
    }
}

/// Where fields are.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Fields that are often misplaced, and where they belong: the shallowest first.
    pub(super) misplaced: Vec<(&'static str, &'static str)>,
    /// The path of every field, without the numbers of items.
    fields: BTreeSet<String>,
}

impl Places {
    /// The places of fields below a root.
    pub(super) fn of(root: &[FieldDescription]) -> Self {
        let mut places = Self::default();
        let mut mappings = VecDeque::from([(String::new(), "", root)]);
        while let Some((path, place, fields)) = mappings.pop_front() {
            for field in fields {
                if field.often_misplaced {
                    places.misplaced.push((field.name, place));
                }
                let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
                if let Some((place, fields)) = field.value_type.mapping() {
                    mappings.push_back((path.clone(), place, fields));
                }
                places.fields.insert(path);
            }
        }
        places
    }

    /// Whether there is a field of that name at a place: a whole path, or the end of one.
    pub(super) fn has(&self, place: &str, name: &str) -> bool {
        let field = format!("{place}.{name}");
        self.fields.contains(&field) || self.fields.iter().any(|path| path.ends_with(&format!(".{field}")))
    }
}
