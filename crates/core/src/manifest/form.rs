//! The forms that values of fields have: each says its type and reads it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    description::ValueType,
    kubernetes_type::{Type, without_nulls},
    reader::{Field, Reader},
};

/// How the value of a field is written and read.
pub(super) trait Form: Copy + Sync {
    /// What it is read into.
    type Value: 'static;

    /// Its type, for suggestions and documentation.
    fn value_type(&self) -> ValueType;

    /// Reads it; what is wrong goes to the reader. `None` when there is no value to go on with.
    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Self::Value>;
}

/// A form that one function reads.
pub(super) struct Simple<V> {
    pub(super) value_type: fn() -> ValueType,
    pub(super) read: fn(&mut Reader<'_>, &Field<'_>) -> Option<V>,
}

impl<V> Clone for Simple<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Simple<V> {}

impl<V: 'static> Form for Simple<V> {
    type Value = V;

    fn value_type(&self) -> ValueType {
        (self.value_type)()
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<V> {
        (self.read)(reader, field)
    }
}

/// A string that is not empty.
pub(super) const TEXT: Simple<String> =
    Simple { value_type: || ValueType::Text("a string"), read: |reader, field| reader.text(field) };
/// `true` or `false`.
pub(super) const FLAG: Simple<bool> =
    Simple { value_type: || ValueType::Boolean, read: |reader, field| reader.flag(field) };
/// An image reference.
pub(super) const IMAGE: Simple<String> =
    Simple { value_type: || ValueType::Text("an image reference"), read: |reader, field| reader.image(field) };
/// The name of an object.
pub(super) const OBJECT_NAME: Simple<String> =
    Simple { value_type: || ValueType::Text("the name of an object"), read: |reader, field| reader.object_name(field) };
/// A DNS label.
pub(super) const SHORT_NAME: Simple<String> = Simple {
    value_type: || ValueType::Text("a DNS label of at most 63 characters"),
    read: |reader, field| reader.short_name(field),
};
/// Labels.
pub(super) const LABELS: Simple<BTreeMap<String, String>> =
    Simple { value_type: || ValueType::TextMap, read: |reader, field| Some(reader.labels(field)) };
/// Labels for objects that iriskit makes.
pub(super) const FOREIGN_LABELS: Simple<BTreeMap<String, String>> =
    Simple { value_type: || ValueType::TextMap, read: |reader, field| Some(reader.foreign_labels(field)) };
/// Annotations.
pub(super) const ANNOTATIONS: Simple<BTreeMap<String, String>> =
    Simple { value_type: || ValueType::TextMap, read: |reader, field| Some(reader.annotations(field)) };

/// A whole number between two others, these included.
#[derive(Clone, Copy)]
pub(super) struct WholeNumber(pub(super) u32, pub(super) u32);

impl Form for WholeNumber {
    type Value = u32;

    fn value_type(&self) -> ValueType {
        ValueType::WholeNumber(self.0, self.1)
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<u32> {
        reader.count(field, self.0..=self.1)
    }
}

/// One of a few words, each with what it is read into.
#[derive(Clone, Copy)]
pub(super) struct OneOf<V: 'static>(pub(super) &'static [(&'static str, V)]);

impl<V: Copy + Sync> Form for OneOf<V> {
    type Value = V;

    fn value_type(&self) -> ValueType {
        ValueType::OneOf(self.0.iter().map(|(word, _)| *word).collect())
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<V> {
        reader.choice(field, self.0)
    }
}

/// A list; items that can't be read are left out.
#[derive(Clone, Copy)]
pub(super) struct List<F>(pub(super) F);

impl<F: Form> Form for List<F> {
    type Value = Vec<F::Value>;

    fn value_type(&self) -> ValueType {
        ValueType::List(Box::new(self.0.value_type()))
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Vec<F::Value>> {
        let items = reader.list(field);
        Some(items.iter().filter_map(|item| self.0.read(reader, item)).collect())
    }
}

/// A value of a type that Kubernetes defines.
#[derive(Clone, Copy)]
pub(super) struct Kubernetes(pub(super) Type);

impl Form for Kubernetes {
    type Value = Value;

    fn value_type(&self) -> ValueType {
        let (name, field) = self.0.name();
        ValueType::Kubernetes(name, field)
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Value> {
        reader.check_type(field, self.0);
        Some(without_nulls(field.node.to_value()))
    }
}

/// A list of a type that Kubernetes defines, item by item.
#[derive(Clone, Copy)]
pub(super) struct KubernetesList(pub(super) Type);

impl Form for KubernetesList {
    type Value = Vec<Value>;

    fn value_type(&self) -> ValueType {
        Kubernetes(self.0).value_type()
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Vec<Value>> {
        reader.check_type(field, self.0);
        Some(field.node.items().unwrap_or_default().iter().map(|item| without_nulls(item.to_value())).collect())
    }
}

/// Checks a value in its form, and takes it as it is written.
#[derive(Clone, Copy)]
pub(super) struct AsWritten<F>(pub(super) F);

impl<F: Form> Form for AsWritten<F> {
    type Value = Value;

    fn value_type(&self) -> ValueType {
        self.0.value_type()
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Value> {
        self.0.read(reader, field);
        Some(without_nulls(field.node.to_value()))
    }
}
