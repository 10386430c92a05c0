//! Label and field selectors of a query.

use serde_json::Value;

use super::fields;

/// Requirements on labels; all must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

impl LabelSelector {
    /// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`. The error is the part that can't be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        split(text).into_iter().map(requirement).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an object's labels satisfy every requirement.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels");
        let get = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => get(key).is_some_and(|found| values.iter().any(|value| value == found)),
            Requirement::NotIn(key, values) => get(key).is_none_or(|found| values.iter().all(|value| value != found)),
            Requirement::Exists(key) => get(key).is_some(),
            Requirement::Missing(key) => get(key).is_none(),
        })
    }
}

/// Splits at commas outside parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = text.split(|at: char| {
        match at {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn requirement(part: &str) -> Result<Requirement, String> {
    let bad = || part.to_owned();
    if let Some((head, values)) = part.split_once('(') {
        let values = values.trim_end().strip_suffix(')').ok_or_else(bad)?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let mut words = head.split_whitespace();
        return match (words.next(), words.next(), words.next()) {
            (Some(key), Some("in"), None) => Ok(Requirement::In(key.to_owned(), values)),
            (Some(key), Some("notin"), None) => Ok(Requirement::NotIn(key.to_owned(), values)),
            _ => Err(bad()),
        };
    }
    let (key, found) = if let Some((key, value)) = part.split_once("!=") {
        (key, Requirement::NotIn(key.trim().to_owned(), vec![value.trim().to_owned()]))
    } else if let Some((key, value)) = part.split_once('=') {
        let value = value.strip_prefix('=').unwrap_or(value);
        (key, Requirement::In(key.trim().to_owned(), vec![value.trim().to_owned()]))
    } else if let Some(key) = part.strip_prefix('!') {
        (key, Requirement::Missing(key.trim().to_owned()))
    } else {
        (part, Requirement::Exists(part.to_owned()))
    };
    if key.trim().is_empty() || key.trim().contains(char::is_whitespace) { Err(bad()) } else { Ok(found) }
}

/// Requirements on single fields; all must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// Reads `metadata.name=a,status.phase!=Running` for a kind with these fields besides name and namespace. The error says
    /// what is wrong.
    pub(crate) fn parse(text: &str, fields: &[&str]) -> Result<Self, String> {
        let mut all = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (field, equal, value) = if let Some((field, value)) = part.split_once("!=") {
                (field, false, value)
            } else {
                let unclear = || format!("invalid selector: '{text}'; can't understand '{part}'");
                let (field, value) = part.split_once('=').ok_or_else(unclear)?;
                (field, true, value.strip_prefix('=').unwrap_or(value))
            };
            if !matches!(field, "metadata.name" | "metadata.namespace") && !fields.contains(&field) {
                return Err(format!("field label not supported: {field}"));
            }
            all.push((format!("/{}", field.replace('.', "/")), equal, value.to_owned()));
        }
        Ok(Self(all))
    }

    /// Whether an object satisfies every requirement.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|(pointer, equal, value)| (fields::text(object, pointer) == value) == *equal)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn label_selectors_of_queries() {
        let object = json!({"metadata": {"labels": {"app": "iris", "tier": "data"}}});
        for (text, expected) in [
            ("", true),
            ("app=iris", true),
            ("app==iris,tier!=web", true),
            ("app in (iris, other)", true),
            ("app notin (iris,other)", false),
            ("app,!gone", true),
            ("gone", false),
            ("gone!=x", true),
            ("app=iris,tier in (web)", false),
        ] {
            assert_eq!(LabelSelector::parse(text).unwrap().matches(&object), expected, "{text}");
        }
        for text in ["=a", "app of (a)", "app in (a", "two words"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn field_selectors_know_the_fields_of_each_kind() {
        let pod = json!({"metadata": {"name": "a"}, "status": {"phase": "Running"}});
        let known = ["status.phase"];
        assert!(FieldSelector::parse("metadata.name=a,status.phase!=Failed", &known).unwrap().matches(&pod));
        assert!(!FieldSelector::parse("metadata.name==b", &[]).unwrap().matches(&pod));
        assert_eq!(
            FieldSelector::parse("status.phase=Running", &[]).unwrap_err(),
            "field label not supported: status.phase"
        );
    }
}
