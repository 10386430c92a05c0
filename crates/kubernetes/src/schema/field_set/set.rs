//! The set itself: a trie of path elements.

use std::collections::{BTreeMap, btree_map};

use crate::schema::{Path, PathElement, Type, TypeId, table};

/// A set of places inside an object. A place being in the set says nothing of what is inside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    pub(super) nodes: BTreeMap<PathElement, Node>,
}

/// One element: whether it is in the set itself, and what of its inside is. Never neither.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) member: bool,
    pub(super) inside: FieldSet,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.inside.is_empty()
    }
}

impl FieldSet {
    /// A set with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Adds one place. The root can't be owned: an empty path is ignored.
    pub fn insert(&mut self, path: &Path) {
        self.insert_elements(&path.0);
    }

    pub(super) fn insert_elements(&mut self, elements: &[PathElement]) {
        let Some((first, rest)) = elements.split_first() else { return };
        let node = match self.nodes.get_mut(first) {
            Some(node) => node,
            None => self.nodes.entry(first.clone()).or_default(),
        };
        if rest.is_empty() {
            node.member = true;
        } else {
            node.inside.insert_elements(rest);
        }
    }

    /// Whether this very place is in it.
    pub fn contains(&self, path: &Path) -> bool {
        let Some((last, before)) = path.0.split_last() else { return false };
        let mut here = self;
        for element in before {
            let Some(inside) = here.inside(element) else { return false };
            here = inside;
        }
        here.has(last)
    }

    /// Whether the place, something around it, or something inside it is in the set.
    pub fn touches(&self, path: &Path) -> bool {
        let mut here = self;
        for (at, element) in path.0.iter().enumerate() {
            let Some(node) = here.nodes.get(element) else { return false };
            if node.member || at + 1 == path.0.len() {
                return true;
            }
            here = &node.inside;
        }
        !self.is_empty()
    }

    /// Whether something inside the place is in the set.
    pub fn touches_inside(&self, path: &Path) -> bool {
        let mut here = self;
        for element in &path.0 {
            let Some(inside) = here.inside(element) else { return false };
            here = inside;
        }
        true
    }

    /// Whether the element is in the set itself.
    pub(crate) fn has(&self, element: &PathElement) -> bool {
        self.nodes.get(element).is_some_and(|node| node.member)
    }

    /// What of the set lies inside the element.
    pub(crate) fn inside(&self, element: &PathElement) -> Option<&Self> {
        self.nodes.get(element).map(|node| &node.inside).filter(|inside| !inside.is_empty())
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.extend(other);
        all
    }

    fn extend(&mut self, other: &Self) {
        for (element, theirs) in &other.nodes {
            match self.nodes.get_mut(element) {
                Some(ours) => {
                    ours.member |= theirs.member;
                    ours.inside.extend(&theirs.inside);
                }
                None => {
                    self.nodes.insert(element.clone(), theirs.clone());
                }
            }
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(|element, ours| {
            other.nodes.get(element).map_or_else(Node::default, |theirs| Node {
                member: ours.member && theirs.member,
                inside: ours.inside.intersection(&theirs.inside),
            })
        })
    }

    /// What is here and not in `other`. A place is not taken away by one around it.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combine(|element, ours| match other.nodes.get(element) {
            Some(theirs) => {
                Node { member: ours.member && !theirs.member, inside: ours.inside.difference(&theirs.inside) }
            }
            None => ours.clone(),
        })
    }

    /// What is here and neither in `other` nor inside a place of `other`.
    #[must_use]
    pub(crate) fn recursive_difference(&self, other: &Self) -> Self {
        self.combine(|element, ours| match other.nodes.get(element) {
            Some(theirs) if theirs.member => Node::default(),
            Some(theirs) => Node { member: ours.member, inside: ours.inside.recursive_difference(&theirs.inside) },
            None => ours.clone(),
        })
    }

    fn combine(&self, with: impl Fn(&PathElement, &Node) -> Node) -> Self {
        let nodes = self
            .nodes
            .iter()
            .map(|(element, ours)| (element.clone(), with(element, ours)))
            .filter(|(_, node)| !node.is_empty())
            .collect();
        Self { nodes }
    }

    /// The set with every field of a struct added that has something of the set inside it.
    #[must_use]
    pub(crate) fn with_named_fields(&self, id: TypeId) -> Self {
        let here = table().type_of(id);
        let nodes = self
            .nodes
            .iter()
            .map(|(element, node)| {
                let (named, inner) = match (here, element) {
                    (Type::Struct { fields, .. }, PathElement::Field(name)) => {
                        let field = fields.get(name.as_ref()).copied();
                        (field.is_some(), field)
                    }
                    (Type::Map { value, .. }, PathElement::Field(_)) => (false, Some(*value)),
                    (Type::List { item, .. }, _) => (false, Some(*item)),
                    _ => (false, None),
                };
                let inside = match inner {
                    Some(inner) => node.inside.with_named_fields(inner),
                    None => node.inside.clone(),
                };
                (element.clone(), Node { member: node.member || named && !inside.is_empty(), inside })
            })
            .collect();
        Self { nodes }
    }

    /// Every place of the set in the server's order: at each level first the elements that are in the set, then what is
    /// inside of elements.
    pub fn leaves(&self) -> Leaves<'_> {
        Leaves { open: vec![Level::of(self)], path: Vec::new() }
    }
}

impl FromIterator<Path> for FieldSet {
    fn from_iter<T: IntoIterator<Item = Path>>(paths: T) -> Self {
        let mut set = Self::new();
        for path in paths {
            set.insert(&path);
        }
        set
    }
}

/// See [`FieldSet::leaves`].
#[derive(Debug)]
pub struct Leaves<'a> {
    open: Vec<Level<'a>>,
    path: Vec<PathElement>,
}

#[derive(Debug)]
struct Level<'a> {
    members: btree_map::Iter<'a, PathElement, Node>,
    insides: btree_map::Iter<'a, PathElement, Node>,
}

impl<'a> Level<'a> {
    fn of(set: &'a FieldSet) -> Self {
        Self { members: set.nodes.iter(), insides: set.nodes.iter() }
    }
}

impl Iterator for Leaves<'_> {
    type Item = Path;

    fn next(&mut self) -> Option<Path> {
        loop {
            let level = self.open.last_mut()?;
            if let Some((element, _)) = level.members.find(|(_, node)| node.member) {
                let mut path = self.path.clone();
                path.push(element.clone());
                return Some(Path(path));
            }
            if let Some((element, node)) = level.insides.find(|(_, node)| !node.inside.is_empty()) {
                self.path.push(element.clone());
                self.open.push(Level::of(&node.inside));
            } else {
                self.open.pop();
                self.path.pop();
            }
        }
    }
}
