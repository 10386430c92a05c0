//! Rules on ownership that are about nothing: most often a name that was written wrong.

use std::collections::BTreeSet;

use iriskit_state::plan::{Note, NoteId, Severity, Treatment};

use crate::plan::{
    changes::examine::Examined,
    live::Live,
    ownership::policy::{FieldPattern, Policy},
};
use iriskit_kubernetes::schema::{leaves, table};

/// A note for each rule by path that no field of the desired objects matches, neither as it should be nor as it is. Looks at
/// nothing where no rules are given.
pub(crate) fn unmatched(policy: &Policy, examined: &[Examined], live: &Live) -> Vec<Note> {
    policy
        .rules()
        .iter()
        .filter_map(|(treatment, pattern)| unmatched_rule(*treatment, pattern, examined, live))
        .collect()
}

fn unmatched_rule(treatment: Treatment, pattern: &FieldPattern, examined: &[Examined], live: &Live) -> Option<Note> {
    let flag = match treatment {
        Treatment::Take => "--take",
        Treatment::Leave => "--leave",
        Treatment::Fail => "--fail",
    };
    let written = pattern.written();
    let about: Vec<&Examined> = examined.iter().filter(|one| pattern.is_about(&one.desired.object)).collect();
    if about.is_empty() {
        let objects: BTreeSet<String> = examined.iter().map(|one| named(one, pattern)).collect();
        let meant = closest(&before_path(pattern), &objects);
        let message = format!("{flag} {written}: the plan has no such object");
        return Some(warning(message, meant.map(|object| format!("{object}:{}", pattern.path()))));
    }
    let mut fields = BTreeSet::new();
    for one in &about {
        let object = &one.desired.object;
        let Some(kind) = table().kind(&object.api_version, &object.kind) else { continue };
        for value in [Some(&one.body), live.get(object)].into_iter().flatten() {
            for (path, _) in leaves(kind, value) {
                if pattern.covers(&path) {
                    return None;
                }
                fields.extend(with_parents(&path.to_human()));
            }
        }
    }
    let message = format!("{flag} {written}: nothing has such a field now");
    let meant = closest(pattern.path(), &fields).map(|field| match before_path(pattern) {
        object if pattern.names_objects() => format!("{object}:{field}"),
        _ => field,
    });
    if meant.is_some() {
        return Some(warning(message, meant));
    }
    // What comes and goes may be named before it is there.
    let (address, source, help) = (None, None, None);
    Some(Note { severity: Severity::Note, id: NoteId::RuleWithoutField, message, address, source, help })
}

fn warning(message: String, meant: Option<String>) -> Note {
    let help = meant.map(|meant| format!("did you mean `{meant}`?"));
    let (address, source) = (None, None);
    Note { severity: Severity::Warning, id: NoteId::RuleWithoutField, message, address, source, help }
}

/// The part of a pattern that names objects.
fn before_path(pattern: &FieldPattern) -> String {
    let written = pattern.written();
    let before_items = written.split('[').next().unwrap_or_default();
    before_items.split_once(':').map(|(object, _)| object.to_owned()).unwrap_or_default()
}

/// An object in as many words as the pattern has.
fn named(one: &Examined, pattern: &FieldPattern) -> String {
    let object = &one.desired.object;
    match before_path(pattern).matches('/').count() {
        0 => object.kind.clone(),
        1 => format!("{}/{}", object.kind, object.name),
        _ => format!("{}/{}/{}", object.kind, object.namespace.as_deref().unwrap_or_default(), object.name),
    }
}

/// `a`, `a.b` and `a.b[c]` of `a.b[c]`.
fn with_parents(path: &str) -> Vec<String> {
    let mut inside = false;
    let mut ends = Vec::new();
    for (at, letter) in path.char_indices() {
        match letter {
            '[' => {
                ends.push(at);
                inside = true;
            }
            ']' => inside = false,
            '.' if !inside => ends.push(at),
            _ => {}
        }
    }
    let parents = ends.into_iter().filter_map(|end| path.get(..end)).map(str::to_owned);
    parents.chain([path.to_owned()]).collect()
}

/// What differs from `text` by a slip of the fingers.
fn closest(text: &str, known: &BTreeSet<String>) -> Option<String> {
    let lower = text.to_lowercase();
    let near = known.iter().map(|word| (strsim::damerau_levenshtein(&lower, &word.to_lowercase()), word));
    let (distance, word) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + lower.chars().count() / 6).then(|| word.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_end_before_dots_and_items() {
        assert_eq!(with_parents("a.b[c.d].e"), ["a", "a.b", "a.b[c.d]", "a.b[c.d].e"]);
    }

    #[test]
    fn only_slips_are_corrected() {
        let known = BTreeSet::from(["spec.replicas".to_owned(), "spec.ports".to_owned()]);
        assert_eq!(closest("spec.replica", &known), Some("spec.replicas".to_owned()));
        assert_eq!(closest("Spec.Replicas", &known), Some("spec.replicas".to_owned()));
        assert_eq!(closest("spec.selector", &known), None);
    }
}
