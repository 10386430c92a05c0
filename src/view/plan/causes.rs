//! What caused a change.

use iriskit_state::plan::{Cause, CauseKind, ResourceChange};
use serde_json::Value;

use super::{
    field::{brief, who_did},
    lookup::Lookup,
};
use crate::{
    ui::{Label, plural},
    view::document::{Detail, Span},
};

/// More causes than this are counted.
const SHOWN: usize = 4;
/// A longer value stands in the fields.
const LONGEST: usize = 60;

/// A line for each.
pub(super) fn details(lookup: &Lookup<'_>, change: &ResourceChange) -> Vec<Detail> {
    let causes = &change.causes;
    let shown = if causes.len() > SHOWN { SHOWN - 1 } else { SHOWN };
    let line = |text| Detail::Statement(Span::new(Label::Heading, text));
    let mut lines: Vec<Detail> = causes.iter().take(shown).map(|cause| line(because(lookup, cause))).collect();
    if let more @ 1.. = causes.len().saturating_sub(shown) {
        lines.push(line(format!("and because of {}", plural(more, "other cause"))));
    }
    lines
}

fn because(lookup: &Lookup<'_>, cause: &Cause) -> String {
    let place = cause.source.as_ref().map(|place| format!("{}:{} ", place.file, place.line)).unwrap_or_default();
    let said = match cause.kind {
        CauseKind::Manifest => format!("{place}{}", changed(name(&cause.what), &cause.before, &cause.after)),
        CauseKind::ConfigSource => match &cause.address {
            Some(address) => {
                let by = cause.by.as_deref().map(|by| who_did(lookup, by, cause.at.as_deref()));
                let by = by.map(|by| format!(" ({by})")).unwrap_or_default();
                format!("{} of {} changed{by}", cause.what, lookup.spoken(address))
            }
            None => format!("{place}{} changed", cause.what),
        },
        CauseKind::Option => match (&cause.before, &cause.after) {
            (Value::Null, Value::Null) => format!("of {}", cause.what),
            (before, Value::Null) => format!("{} {} is not given any more", cause.what, brief(before)),
            (Value::Null, after) => format!("{} is {}, and was not given at the last apply", cause.what, brief(after)),
            (before, after) => changed(&cause.what, before, after),
        },
        CauseKind::Others => {
            let fields = match cause.fields.as_slice() {
                [only] => only.clone(),
                fields => plural(fields.len(), "field"),
            };
            format!(
                "{fields} changed {}",
                who_did(lookup, cause.by.as_deref().unwrap_or("others"), cause.at.as_deref())
            )
        }
    };
    format!("because {said}")
}

/// `image 2024.1 → 2024.1.2`. Values of many lines or members are not repeated.
fn changed(name: &str, before: &Value, after: &Value) -> String {
    let is_short = |value: &Value| match value {
        Value::Object(_) | Value::Array(_) => false,
        Value::String(text) => !text.contains('\n') && text.chars().count() <= LONGEST,
        _ => true,
    };
    match (before, after) {
        (_, Value::Null) => format!("has no {name} any more"),
        (Value::Null, after) if is_short(after) => format!("sets {name} {}", brief(after)),
        (Value::Null, _) => format!("adds {name}"),
        (before, after) => {
            if let Some((before, after)) = tags(before, after) {
                return format!("{name} {before} → {after}");
            }
            if !is_short(before) || !is_short(after) {
                return format!("{name} changed");
            }
            format!("{name} {} → {}", brief(before), brief(after))
        }
    }
}

/// The tags of two images of one repository.
fn tags(before: &Value, after: &Value) -> Option<(String, String)> {
    let (one, one_tag) = before.as_str()?.rsplit_once(':')?;
    let (other, other_tag) = after.as_str()?.rsplit_once(':')?;
    let are_tags = ![one_tag, other_tag].iter().any(|tag| tag.contains('/')) && !one.contains('@');
    (one == other && are_tags).then(|| (one_tag.to_owned(), other_tag.to_owned()))
}

/// The end of a path that says enough beside its line: from a list, a map of texts or the last dot on.
fn name(path: &str) -> &str {
    let from = |at: usize| path.get(at..).unwrap_or(path);
    for map in ["annotations.", "labels.", "annotations[", "labels["] {
        if let Some(at) = path.rfind(map) {
            return from(at);
        }
    }
    let end = path.find('[').unwrap_or(path.len());
    let before = path.get(..end).unwrap_or(path);
    from(before.rfind('.').map_or(0, |dot| dot + 1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cause_says_enough_beside_its_line() {
        let names =
            ["spec.topology.data.image", "spec.topology.data.podTemplate.spec.env[1].value", "metadata.labels.a/b.c"];
        assert_eq!(names.map(name), ["image", "env[1].value", "labels.a/b.c"]);
        let said = |before, after| changed("image", &before, &after);
        assert_eq!(said(json!("r/iris:2024.1"), json!("r/iris:2024.1.2")), "image 2024.1 → 2024.1.2");
        assert_eq!(said(json!("r/iris:1"), json!("q/iris:1")), "image r/iris:1 → q/iris:1");
        assert_eq!(said(json!(1), json!(2)), "image 1 → 2");
        assert_eq!(said(Value::Null, json!(2)), "sets image 2");
        assert_eq!(said(Value::Null, json!([2])), "adds image");
        assert_eq!(said(json!([2]), Value::Null), "has no image any more");
        assert_eq!(said(json!("a\nb"), json!("a")), "image changed");
    }
}
