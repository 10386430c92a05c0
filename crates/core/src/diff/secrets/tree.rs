//! Which values of an object are secret, and which are texts that may have secrets in them. Of manifests as of live objects.

use std::borrow::Cow;

use super::{
    commands::{self, Follows},
    names::{Meaning, meaning, stands_beside},
    values::is_secret_of,
};
use iriskit_kubernetes::names::APPLYSET_ID;

/// A tree of values: JSON, or YAML with positions.
pub(crate) trait Tree: Sized {
    /// The text of a string.
    fn text(&self) -> Option<&str>;
    /// The text of any scalar but null.
    fn scalar(&self) -> Option<Cow<'_, str>>;
    /// The items of a list.
    fn items(&self) -> Option<&[Self]>;
    /// The members of a mapping.
    fn members(&self) -> Option<Vec<(&str, &Self)>>;
    /// One member of a mapping.
    fn member(&self, name: &str) -> Option<&Self>;
}

/// A step into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// To a member.
    Key(&'a str),
    /// To an item.
    Item(usize),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All of it is secret.
    Whole,
    /// Values inside it may be, from this byte on.
    Search,
    /// All from this byte on is secret, in a word of a command.
    From(usize),
}

/// Annotations that repeat a whole object and so may repeat its secrets.
const COPIES_OF_OBJECTS: [&str; 1] = ["kubectl.kubernetes.io/last-applied-configuration"];
/// Members that name, select and describe, and never hold a secret.
const NEVER: [&str; 17] = [
    "apiVersion",
    "caBundle",
    "image",
    "kind",
    "labels",
    "managedFields",
    "matchLabels",
    "namespace",
    "nodeSelector",
    "ownerReferences",
    "resourceNames",
    "resourceVersion",
    "selector",
    "serviceAccountName",
    "status",
    "uid",
    "verbs",
];
/// Members of a Secret that hold nothing secret.
const OF_SECRET: [&str; 6] = ["apiVersion", "immutable", "kind", "metadata", "status", "type"];
/// No text is a private key without it.
const PRIVATE_KEY: &str = "PRIVATE KEY-----";

/// Calls `visit` with every value that is secret as a whole and with every text to be searched, and the way to it.
///
/// Secret as a whole are: all of a Secret but what names it; values under a secret's name, in any mapping, pair of `name` and
/// `value`, or behind an option; binary data; what is in a mapping or list that is called a secret; annotations that are
/// copies of objects. All other texts are searched but for those that name and select.
pub(crate) fn secret_nodes<'a, T: Tree>(root: &'a T, visit: impl FnMut(&[Step<'a>], &'a T, Verdict)) {
    let mut nodes = SecretNodes { way: Vec::new(), visit };
    nodes.value(root, Meaning::Nothing);
}

pub(crate) struct SecretNodes<'a, V> {
    way: Vec<Step<'a>>,
    visit: V,
}

impl<'a, V> SecretNodes<'a, V> {
    fn found<T: Tree>(&mut self, node: &'a T, verdict: Verdict)
    where
        V: FnMut(&[Step<'a>], &'a T, Verdict),
    {
        if node.scalar().is_some_and(|text| !text.is_empty()) {
            (self.visit)(&self.way, node, verdict);
        }
    }

    fn within<T: Tree>(&mut self, step: Step<'a>, node: &'a T, then: impl FnOnce(&mut Self, &'a T)) {
        self.way.push(step);
        then(self, node);
        self.way.pop();
    }

    /// `said`: what the name of a mapping or list around it says.
    fn value<T: Tree>(&mut self, node: &'a T, said: Meaning)
    where
        V: FnMut(&[Step<'a>], &'a T, Verdict),
    {
        if let Some(members) = node.members() {
            self.mapping(node, &members, said);
        } else if let Some(items) = node.items() {
            self.list(items, said, "");
        } else if node.scalar().is_some_and(|text| is_secret_of(said, &text)) {
            self.found(node, Verdict::Whole);
        } else if node.text().is_some() {
            self.found(node, Verdict::Search);
        }
    }

    fn mapping<T: Tree>(&mut self, node: &'a T, members: &[(&'a str, &'a T)], said: Meaning)
    where
        V: FnMut(&[Step<'a>], &'a T, Verdict),
    {
        let text = |name| node.member(name).and_then(Tree::text);
        let kind = text("kind").unwrap_or_default();
        let named = text("name").map_or(Meaning::Nothing, meaning);
        // Of a variable or a header everything is its value, also where that is mistyped.
        let is_pair = matches!(self.way.as_slice(), [.., Step::Key("env" | "httpHeaders"), Step::Item(_)]);
        let says = |name: &str| name == "value" || (is_pair && !matches!(name, "name" | "valueFrom"));
        let root = self.way.is_empty() || !kind.is_empty();
        // `{kind: Secret, name: …}` inside an object refers to one.
        let is_secret = is_secret_kind(kind) && (self.way.is_empty() || text("name").is_none());
        let tool = node.member("command").and_then(|command| command.items()?.first()?.text()).unwrap_or_default();
        for (name, member) in members.iter().copied() {
            let own = if says(name) { named.max(meaning(name)) } else { meaning(name) };
            let around = if stands_beside(name) { Meaning::Nothing } else { said };
            self.within(Step::Key(name), member, |nodes, member| match name {
                _ if is_secret && !OF_SECRET.contains(&name) => nodes.whole(member),
                "data" | "binaryData" if kind == "ConfigMap" => nodes.config_map(node, member),
                "annotations" => nodes.annotations(member),
                "status" if !root => nodes.value(member, own.max(around)),
                _ if NEVER.contains(&name) => {}
                "args" if member.items().is_some() => {
                    nodes.list(member.items().unwrap_or_default(), own.max(around), tool);
                }
                _ => nodes.value(member, own.max(around)),
            });
        }
    }

    fn whole<T: Tree>(&mut self, node: &'a T)
    where
        V: FnMut(&[Step<'a>], &'a T, Verdict),
    {
        for (at, item) in node.items().unwrap_or_default().iter().enumerate() {
            self.within(Step::Item(at), item, Self::whole);
        }
        for (name, member) in node.members().unwrap_or_default() {
            self.within(Step::Key(name), member, Self::whole);
        }
        self.found(node, Verdict::Whole);
    }

    fn config_map<T: Tree>(&mut self, map: &'a T, data: &'a T)
    where
        V: FnMut(&[Step<'a>], &'a T, Verdict),
    {
        let labels = map.member("metadata").and_then(|metadata| metadata.member("labels"));
        let is_record = labels.is_some_and(|labels| labels.member(APPLYSET_ID).is_some());
        let binary = self.way.last() == Some(&Step::Key("binaryData"));
        for (key, value) in data.members().unwrap_or_default() {
            if is_record && key == "record.json" {
                continue;
            }
            let text = value.scalar().unwrap_or_default();
            let secret = binary || is_secret_of(meaning(key), &text) || is_private_key(&text);
            self.within(Step::Key(key), value, |nodes, value| {
                if secret { nodes.whole(value) } else { nodes.value(value, Meaning::Nothing) }
            });
        }
    }

    fn annotations<T: Tree>(&mut self, annotations: &'a T)
    where
        V: FnMut(&[Step<'a>], &'a T, Verdict),
    {
        for (name, value) in annotations.members().unwrap_or_default() {
            // Our own hold names and hashes of what is no secret.
            if name.starts_with("iriskit/") {
                continue;
            }
            self.within(Step::Key(name), value, |nodes, value| {
                if COPIES_OF_OBJECTS.contains(&name) { nodes.whole(value) } else { nodes.value(value, meaning(name)) }
            });
        }
    }

    /// Items of a list; those behind an option belong to it.
    fn list<T: Tree>(&mut self, items: &'a [T], said: Meaning, tool: &'a str)
    where
        V: FnMut(&[Step<'a>], &'a T, Verdict),
    {
        let first = items.first().and_then(Tree::text).filter(|_| tool.is_empty()).unwrap_or(tool);
        let tool = commands::tool(first);
        let mut before: Option<Follows> = None;
        for (at, item) in items.iter().enumerate() {
            let text = item.scalar().unwrap_or_default();
            let is_word = !text.contains(char::is_whitespace);
            let of_option = before.take().filter(|_| !commands::is_option(&text));
            let behind = of_option.and_then(|option| commands::of_word(option, &text)).map(|range| range.start);
            let attached = commands::attached(tool, &text).filter(|_| is_word);
            self.within(Step::Item(at), item, |nodes, item| match behind.or(attached) {
                Some(0) => nodes.found(item, Verdict::Whole),
                Some(from) => nodes.found(item, Verdict::From(from)),
                None => nodes.value(item, said),
            });
            if is_word && text.starts_with('-') && of_option.is_none() {
                before = commands::option(tool, &text);
            }
        }
    }
}

/// Whether a kind is that of Secrets, in whatever case it was typed.
fn is_secret_kind(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("Secret")
}

fn is_private_key(text: &str) -> bool {
    text.contains(PRIVATE_KEY) && text.trim_start().starts_with("-----BEGIN")
}
