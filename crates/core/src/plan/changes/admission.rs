//! What the cluster's admission makes of our objects besides what the manifest says. A dry-run's answer shows it.

use iriskit_state::plan::{Note, NoteId, Severity};
use serde_json::Value;

use crate::{
    diff::{ANNOTATION, differences},
    plan::{
        changes::{
            drift::{changed_fields, visible},
            local_prediction::unknown_fields,
            redacted::Redacted,
        },
        impact::pod_template::template_differs,
        notes,
        ownership::contests::is_same,
    },
};
use iriskit_kubernetes::schema::{Kind, ObjectRef, Path, get, leaves, vanishes};

/// Longer values are not told in a sentence.
const SHORT: usize = 60;

/// The fields of a body that the server has otherwise in its answer to it: with the value of the body, and the server's.
fn overridden<'a>(kind: &Kind, body: &'a Value, answer: &'a Value) -> Vec<(Path, &'a Value, Option<&'a Value>)> {
    // What is encoded otherwise when it is stored.
    if kind.kind == "Secret" {
        return Vec::new();
    }
    let fields = leaves(kind, body).into_iter().filter_map(|(path, wanted)| {
        let text = path.to_string();
        if text.contains(ANNOTATION) || text.starts_with(".status") {
            return None;
        }
        let got = get(kind, answer, &path);
        let same = match got {
            Some(got) => is_same(kind, &path, wanted, got) || is_satisfied(wanted, got),
            None => wanted.is_null() || is_empty(wanted) || vanishes(kind, &path, wanted),
        };
        (!same).then_some((path, wanted, got))
    });
    fields.collect()
}

/// Whether everything that is wanted is there. An empty mapping asks for nothing, and what a server fills in beside what is asked
/// for, such as inside an item of a list that is one value to it, overrides nothing.
fn is_satisfied(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            let has = |(name, wanted): (&String, &Value)| match got.get(name) {
                Some(got) if is_map_of_users(name) => wanted == got,
                Some(got) => is_satisfied(wanted, got),
                None => is_empty(wanted),
            };
            let by_default =
                |(name, got): (&String, &Value)| wanted.contains_key(name) || !is_map_of_users(name) || is_empty(got);
            wanted.iter().all(has) && got.iter().all(by_default)
        }
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() == got.len() && wanted.iter().zip(got).all(|(wanted, got)| is_satisfied(wanted, got))
        }
        (wanted, got) => wanted == got,
    }
}

/// Whether no default of a server ever adds to a mapping of this name.
fn is_map_of_users(name: &str) -> bool {
    matches!(name, "labels" | "annotations")
}

/// Says which fields of the manifest something on the cluster overrides: no apply gets them there.
pub(crate) fn override_note(kind: &Kind, object: &ObjectRef, body: &Value, answer: &Value) -> Option<Note> {
    let shown = [Redacted::new(body, None), Redacted::new(answer, None)];
    let fields: Vec<String> = overridden(kind, body, answer)
        .into_iter()
        .map(|(path, wanted, got)| {
            let wanted = short(&shown[0].at(kind, &path, Some(wanted.clone())));
            let got = short(&shown[1].at(kind, &path, got.cloned()));
            match (wanted, got) {
                (Some(wanted), Some(got)) => format!("{} is {got}, not {wanted}", path.to_human()),
                _ => format!("{} has another value", path.to_human()),
            }
        })
        .collect();
    if fields.is_empty() {
        return None;
    }
    let message = format!("the server does not take what the manifest says: {}", fields.join("; "));
    let mut note = notes::on(Severity::Warning, NoteId::ServerOverrides, object, message);
    note.help = Some(
        "a policy or webhook of the cluster sets it, or the server does not know the field; write its value into the manifest"
            .to_owned(),
    );
    Some(note)
}

fn short(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => "absent".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    (text.chars().count() <= SHORT && !text.contains('\n')).then_some(text)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Null => true,
    }
}

/// Of an object that is as it should be: what the server would add if it were written all the same. Nothing is written for
/// it, so that it is no change. `None` where the answer differs in anything that we want, or nowhere.
pub(crate) fn additions_note(
    kind: &Kind,
    object: &ObjectRef,
    found: &Value,
    body: &Value,
    answer: &Value,
) -> Option<Note> {
    let mut after = answer.clone();
    unknown_fields(&object.kind, body, Some(found), &mut after);
    let fields = changed_fields(kind, found, &after, body);
    let wanted = leaves(kind, body);
    // Where the server would put right what we want, the object is not as it should be.
    let puts_right = differences(kind, &visible(found), &visible(&after)).into_iter().any(|difference| {
        let here = |path: &Path| path.0.starts_with(&difference.path.0) || difference.path.0.starts_with(&path.0);
        wanted.iter().any(|(path, value)| {
            here(path)
                && get(kind, &after, path).is_some_and(|got| is_same(kind, path, value, got))
                && !get(kind, found, path).is_some_and(|got| is_same(kind, path, value, got))
        })
    });
    if fields.is_empty() || puts_right {
        return None;
    }
    let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
    let restarts = object.kind == "StatefulSet" && template_differs(found, &after);
    let pods = if restarts { ", and its pods restart then" } else { "" };
    let message = format!("with the next change of it the server also changes {}{pods}", paths.join(", "));
    let mut note = notes::on(Severity::Note, NoteId::ServerWouldChange, object, message);
    note.help = Some(
        "a policy or webhook of the cluster was changed since it was written; nothing is written for that alone"
            .to_owned(),
    );
    Some(note)
}

/// Whether the server, asked to update the object, would leave the fields as they are that seem to force a replacement:
/// admission sets them again to what they have.
pub(crate) fn stays_in_place(kind: &Kind, found: &Value, answer: &Value, paths: &[String]) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    // Items of one list are told by names and by indexes.
    let list = |path: &str| path.split('[').next().unwrap_or_default().to_owned();
    differences(kind, &visible(found), &visible(answer)).iter().all(|difference| {
        let changed = list(&difference.path.to_human());
        paths.iter().map(|path| list(path)).all(|path| !within(&changed, &path) && !within(&path, &changed))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use iriskit_kubernetes::schema::table;

    fn told(api_version: &str, kind: &str, body: &Value, answer: &Value) -> Vec<String> {
        let kind = table().kind(api_version, kind).unwrap();
        overridden(kind, body, answer).into_iter().map(|(path, ..)| path.to_human()).collect()
    }

    #[test]
    fn defaults_override_nothing() {
        let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
        for strategy in [json!({}), json!({"rollingUpdate": {}}), json!({"rollingUpdate": {"maxSurge": "25%"}})] {
            let [body, answer] = [&strategy, &rolling].map(|strategy| json!({"spec": {"strategy": strategy}}));
            assert_eq!(told("apps/v1", "Deployment", &body, &answer), Vec::<String>::new(), "{strategy}");
        }
        // An atomic list is one value; the server fills in its items.
        let ports = |port: Value| json!({"spec": {"ingress": [{"ports": [port]}]}});
        let policy = |body, answer| told("networking.k8s.io/v1", "NetworkPolicy", &ports(body), &ports(answer));
        assert_eq!(policy(json!({"port": 80}), json!({"port": 80, "protocol": "TCP"})), Vec::<String>::new());
        assert_eq!(policy(json!({"port": 80}), json!({"port": 81, "protocol": "TCP"})), ["spec.ingress"]);
        let scaling = |up: Value| json!({"spec": {"behavior": {"scaleUp": up}}});
        let filled = json!({"selectPolicy": "Max", "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}]});
        let hpa =
            |wanted| told("autoscaling/v2", "HorizontalPodAutoscaler", &scaling(wanted), &scaling(filled.clone()));
        assert_eq!(hpa(json!({})), Vec::<String>::new());
        assert_eq!(hpa(json!({"selectPolicy": "Min"})), ["spec.behavior.scaleUp.selectPolicy"]);
    }
}
