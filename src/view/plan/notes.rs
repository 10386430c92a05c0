//! Notes of a plan.

use std::collections::BTreeMap;

use iriskit_state::plan::{Note, Owner, Place, Plan, ResourceChange};

use crate::{ui::once, view::document};

/// What stands for the name of a cluster where the same is said of several.
const ANY_NAME: &str = "NAME";

/// The notes of a plan. What is said of several objects or clusters in the same words, but for their names, is said once.
pub(super) fn of_plan(plan: &Plan, spoken: impl Fn(&str) -> String) -> Vec<document::Note> {
    grouped(&plan.notes, &plan.owners, &plan.resource_changes, &spoken)
}

/// Notes without a plan around them.
pub(super) fn alone(notes: &[Note], spoken: impl Fn(&str) -> String) -> Vec<document::Note> {
    grouped(notes, &[], &[], &spoken)
}

/// Notes that are alike.
struct Group<'a> {
    first: &'a Note,
    /// The message and the help, without the name of the cluster.
    shape: (String, Option<String>),
    notes: Vec<(&'a Note, Option<&'a Owner>)>,
}

/// Each group at the place of its first note.
fn grouped(
    notes: &[Note],
    owners: &[Owner],
    changes: &[ResourceChange],
    spoken: &impl Fn(&str) -> String,
) -> Vec<document::Note> {
    let by_id: BTreeMap<String, &Owner> =
        owners.iter().map(|owner| (format!("{}/{}", owner.namespace, owner.name), owner)).collect();
    let of_object: BTreeMap<&str, &Owner> =
        changes.iter().filter_map(|change| Some((change.address.as_str(), *by_id.get(&change.owner)?))).collect();
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: BTreeMap<(String, (String, Option<String>)), usize> = BTreeMap::new();
    for note in notes {
        let owner = match &note.address {
            Some(address) => of_object.get(address.as_str()).copied(),
            None => note.source.as_ref().and_then(|place| owner_at(place, owners)),
        };
        let without_name = |text: &str| match owner {
            Some(owner) if owners.len() > 1 => without(text, &owner.name),
            _ => text.to_owned(),
        };
        let shape = (without_name(&note.message), note.help.as_deref().map(without_name));
        let key = (format!("{:?} {}", note.severity, note.id), shape.clone());
        let at = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.notes.push((note, owner)),
            None => groups.push(Group { first: note, shape, notes: vec![(note, owner)] }),
        }
    }
    groups.into_iter().map(|group| group.told(spoken)).collect()
}

impl Group<'_> {
    fn told(self, spoken: &impl Fn(&str) -> String) -> document::Note {
        let same_words =
            self.notes.iter().all(|(note, _)| (&note.message, &note.help) == (&self.first.message, &self.first.help));
        let (message, help) =
            if same_words { (self.first.message.clone(), self.first.help.clone()) } else { self.shape };
        let several = self.notes.len() > 1;
        let object = |(note, owner): &(&Note, Option<&Owner>)| match (&note.address, owner) {
            (Some(address), _) => Some(spoken(address)),
            (None, Some(owner)) if several => Some(owner.name.clone()),
            _ => None,
        };
        document::Note {
            severity: self.first.severity,
            id: self.first.id.to_string(),
            message,
            count: self.notes.len(),
            objects: once(self.notes.iter().filter_map(object)),
            sources: once(self.notes.iter().filter_map(|(note, _)| note.source.clone())),
            help,
        }
    }
}

/// The cluster in whose document a place is.
fn owner_at<'a>(place: &Place, owners: &'a [Owner]) -> Option<&'a Owner> {
    let begins =
        |owner: &&Owner| owner.source.as_ref().filter(|begin| begin.file == place.file).map(|begin| begin.line);
    let before = owners.iter().filter(|owner| begins(owner).is_some_and(|line| line <= place.line));
    before.max_by_key(begins)
}

/// A text in which the name of a cluster, and the beginning of the names of its objects, is left open.
fn without(text: &str, name: &str) -> String {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let mut open = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word);
        match word.strip_prefix(name) {
            Some(end) if end.is_empty() || end.starts_with('-') => {
                open.push_str(ANY_NAME);
                open.push_str(end);
            }
            _ => open.push_str(word),
        }
        let between = after.find(is_of_name).unwrap_or(after.len());
        let (between, next) = after.split_at(between);
        open.push_str(between);
        rest = next;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_clusters_are_left_open_and_no_other_words() {
        assert_eq!(
            without("Service m1 of m1-data-0, m10 and (m1)", "m1"),
            "Service NAME of NAME-data-0, m10 and (NAME)"
        );
        assert_eq!(without("irises of n/iris", "iris"), "irises of n/NAME");
        assert_eq!(without("", "a"), "");
    }
}
