//! How a mapping is declared: its fields, each with its form and the place in the domain type that it is read into.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    description::{FieldDescription, ValueType},
    form::Form,
    reader::{Field, Fields, Reader},
};

/// A mapping that is read into `T`.
pub(super) struct Shape<T: 'static> {
    /// Where it stands, as messages name it; the end of the path where it stands in several places.
    pub(super) place: &'static str,
    pub(super) entries: &'static [&'static dyn Entry<T>],
}

/// What a mapping may hold: a field, or the fields of another shape.
pub(super) trait Entry<T>: Sync {
    /// The keys.
    fn names(&self, found: &mut Vec<&'static str>);

    /// Keys that only a server writes: fine, but not to be suggested.
    fn names_from_servers(&self) -> &'static [&'static str] {
        &[]
    }

    /// What there is to say about them.
    fn describe(&self, found: &mut Vec<FieldDescription>);

    /// Reads them into the domain type.
    fn read(&self, reader: &mut Reader<'_>, fields: &Fields<'_>, into: &mut T);
}

impl<T> Shape<T> {
    /// Reads a mapping; `None` when the value is none.
    pub(super) fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>, into: &mut T) -> Option<()> {
        let mut names = Vec::new();
        self.entries.iter().for_each(|entry| entry.names(&mut names));
        names.sort_unstable();
        let from_servers: Vec<&str> =
            self.entries.iter().flat_map(|entry| entry.names_from_servers()).copied().collect();
        let fields = reader.fields(field, &names, &from_servers)?;
        self.read_entries(reader, &fields, into);
        Some(())
    }

    fn read_entries(&self, reader: &mut Reader<'_>, fields: &Fields<'_>, into: &mut T) {
        for entry in self.entries {
            entry.read(reader, fields, into);
        }
    }

    /// The fields, by name.
    pub(super) fn describe(&self) -> Vec<FieldDescription> {
        let mut found = Vec::new();
        self.entries.iter().for_each(|entry| entry.describe(&mut found));
        found.sort_unstable_by_key(|field| field.name);
        found
    }

    /// Its type, for suggestions and documentation.
    pub(super) fn value_type(&self) -> ValueType {
        ValueType::Mapping { place: self.place, fields: self.describe() }
    }
}

/// The form of a field whose value is a mapping.
pub(super) struct Mapping<T: 'static>(pub(super) &'static Shape<T>);

impl<T> Clone for Mapping<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Mapping<T> {}

impl<T: Default> Form for Mapping<T> {
    type Value = T;

    fn value_type(&self) -> ValueType {
        self.0.value_type()
    }

    fn read(&self, reader: &mut Reader<'_>, field: &Field<'_>) -> Option<T> {
        let mut value = T::default();
        self.0.read(reader, field, &mut value)?;
        Some(value)
    }
}

/// The declaration of one field of a mapping that is read into `T`.
pub(super) struct Declared<T, F: Form> {
    name: &'static str,
    form: F,
    target: Target<T, F::Value>,
    description: &'static str,
    presence: Presence,
    default: Option<&'static str>,
    often_misplaced: bool,
    not_yet: Option<NotYet<F::Value>>,
}

/// Where a value goes.
enum Target<T, V> {
    Field(fn(&mut T, V)),
    /// Into a map, under the field's name.
    Member(fn(&mut T, &'static str, V)),
}

/// Whether a field must be there.
#[derive(Clone, Copy)]
enum Presence {
    Optional,
    Required,
    /// It may be left out, but whoever writes it must write this field inside.
    OptionalWith(&'static str),
}

/// What can't be expanded yet.
struct NotYet<V> {
    what: &'static str,
    asked: fn(&V) -> bool,
}

/// A field that may be left out, and how its value is set.
pub(super) const fn field<T, F: Form>(
    name: &'static str,
    form: F,
    set: fn(&mut T, F::Value),
    description: &'static str,
) -> Declared<T, F> {
    declared(name, form, Target::Field(set), description)
}

/// A field that may be left out and that goes into a map under its own name.
pub(super) const fn member<F: Form<Value = Value>>(
    name: &'static str,
    form: F,
    description: &'static str,
) -> Declared<BTreeMap<String, Value>, F> {
    let insert = |members: &mut BTreeMap<String, Value>, name: &'static str, value| {
        members.insert(name.to_owned(), value);
    };
    declared(name, form, Target::Member(insert), description)
}

const fn declared<T, F: Form>(
    name: &'static str,
    form: F,
    target: Target<T, F::Value>,
    description: &'static str,
) -> Declared<T, F> {
    Declared {
        name,
        form,
        target,
        description,
        presence: Presence::Optional,
        default: None,
        often_misplaced: false,
        not_yet: None,
    }
}

impl<T, F: Form> Declared<T, F> {
    /// It must be given.
    pub(super) const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// Left out it is nothing, but given it may not be empty: it needs at least the field `inside`.
    pub(super) const fn needs(mut self, inside: &'static str) -> Self {
        self.presence = Presence::OptionalWith(inside);
        self
    }

    /// What stands for it when it is left out, as it would be written. The domain type's `Default` has to agree.
    pub(super) const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Often misplaced: there the message says where it belongs.
    pub(super) const fn often_misplaced(mut self) -> Self {
        self.often_misplaced = true;
        self
    }

    /// This version can't expand it.
    pub(super) const fn not_yet(self, what: &'static str) -> Self {
        self.not_yet_if(what, |_| true)
    }

    /// This version can't expand some of its values.
    pub(super) const fn not_yet_if(mut self, what: &'static str, asked: fn(&F::Value) -> bool) -> Self {
        self.not_yet = Some(NotYet { what, asked });
        self
    }
}

impl<T, F: Form> Entry<T> for Declared<T, F> {
    fn names(&self, found: &mut Vec<&'static str>) {
        found.push(self.name);
    }

    fn describe(&self, found: &mut Vec<FieldDescription>) {
        found.push(FieldDescription {
            name: self.name,
            description: self.description,
            value_type: self.form.value_type(),
            required: matches!(self.presence, Presence::Required),
            default: self.default,
            not_yet: self.not_yet.as_ref().map(|not_yet| not_yet.what),
            often_misplaced: self.often_misplaced,
        });
    }

    fn read(&self, reader: &mut Reader<'_>, fields: &Fields<'_>, into: &mut T) {
        let field = match self.presence {
            Presence::Optional => fields.get(self.name),
            Presence::Required => reader.required(fields, self.name),
            Presence::OptionalWith(inside) => {
                reader.not_empty(fields, self.name, inside);
                fields.get(self.name)
            }
        };
        let Some(field) = field else { return };
        let Some(value) = self.form.read(reader, &field) else { return };
        if let Some(not_yet) = &self.not_yet
            && (not_yet.asked)(&value)
        {
            reader.not_expanded_yet(&field, not_yet.what);
        }
        match self.target {
            Target::Field(set) => set(into, value),
            Target::Member(insert) => insert(into, self.name, value),
        }
    }
}

/// A mapping that must be there and whose fields are read into the same domain type, or a part of it.
pub(super) struct Nested<T, S: 'static> {
    pub(super) name: &'static str,
    pub(super) shape: &'static Shape<S>,
    pub(super) part: fn(&mut T) -> &mut S,
    pub(super) description: &'static str,
}

impl<T, S> Entry<T> for Nested<T, S> {
    fn names(&self, found: &mut Vec<&'static str>) {
        found.push(self.name);
    }

    fn describe(&self, found: &mut Vec<FieldDescription>) {
        found.push(FieldDescription {
            name: self.name,
            description: self.description,
            value_type: self.shape.value_type(),
            required: true,
            default: None,
            not_yet: None,
            often_misplaced: false,
        });
    }

    fn read(&self, reader: &mut Reader<'_>, fields: &Fields<'_>, into: &mut T) {
        if let Some(field) = reader.required(fields, self.name) {
            self.shape.read(reader, &field, (self.part)(into));
        }
    }
}

/// The fields of a shape that several mappings share; they stand beside the mapping's own.
pub(super) struct Shared<T, S: 'static> {
    pub(super) shape: &'static Shape<S>,
    pub(super) part: fn(&mut T) -> &mut S,
}

impl<T, S> Entry<T> for Shared<T, S> {
    fn names(&self, found: &mut Vec<&'static str>) {
        self.shape.entries.iter().for_each(|entry| entry.names(found));
    }

    fn describe(&self, found: &mut Vec<FieldDescription>) {
        self.shape.entries.iter().for_each(|entry| entry.describe(found));
    }

    fn read(&self, reader: &mut Reader<'_>, fields: &Fields<'_>, into: &mut T) {
        self.shape.read_entries(reader, fields, (self.part)(into));
    }
}
