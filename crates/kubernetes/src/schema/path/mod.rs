//! Places inside objects, as server-side apply names them.

mod element;
mod error;
mod parse;

use std::fmt;

pub use element::PathElement;
pub use error::PathError;

/// A place inside an object, from its root.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<PathElement>);

impl Path {
    /// A path of fields: `Path::fields(["spec", "replicas"])`.
    pub fn fields<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(PathElement::field).collect())
    }

    /// This path and one more element.
    #[must_use]
    pub fn join(&self, element: PathElement) -> Self {
        let mut elements = Vec::with_capacity(self.0.len() + 1);
        elements.extend_from_slice(&self.0);
        elements.push(element);
        Self(elements)
    }

    /// Whether `other` is this place or one inside it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// `spec.template.spec.containers[db].image`: for people. Ports are `[1972/TCP]`, and a name that would be
    /// mistaken for several is put in brackets: `metadata.labels[app.kubernetes.io/name]`.
    pub fn to_human(&self) -> String {
        let mut text = String::new();
        for element in &self.0 {
            element.write_human(&mut text);
        }
        text
    }
}

/// As the server writes it in conflicts: `.spec.template.spec.containers[name="db"].image`.
impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|element| element.fmt(out))
    }
}

impl FromIterator<PathElement> for Path {
    fn from_iter<T: IntoIterator<Item = PathElement>>(elements: T) -> Self {
        Self(elements.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
