//! Whether two plans say the same.

use iriskit_state::plan::Plan;
use serde_json::Value;

use crate::step::finding;

/// Two plans are the same but for ids, times and salts.
pub(crate) fn expect_same(what: &str, one: &Plan, other: &Plan) -> Result<(), Vec<String>> {
    let (one, other) = (without_ids_and_times(one), without_ids_and_times(other));
    if one == other {
        return Ok(());
    }
    let (one, other) = (serde_json::to_string_pretty(&one).unwrap(), serde_json::to_string_pretty(&other).unwrap());
    let diff = similar::TextDiff::from_lines(&one, &other);
    Err(finding(format!("{what} differ:\n{}", diff.unified_diff().context_radius(6))))
}

fn without_ids_and_times(plan: &Plan) -> Value {
    let mut value = serde_json::to_value(plan).unwrap();
    for member in ["id", "digest", "created_at", "timestamp", "expires_at"] {
        value[member] = Value::Null;
    }
    remove_salts(&mut value);
    value
}

/// Salts, and the hashes that are made with them.
fn remove_salts(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(remove_salts),
        Value::Object(members) => {
            if members.contains_key("salt") {
                members.remove("salt");
                members.remove("hash");
            }
            for mark in ["secret", "sealed"] {
                if members.get(mark).is_some_and(|pair| pair.as_array().is_some_and(|pair| pair.len() == 2)) {
                    members.insert(mark.to_owned(), Value::Null);
                }
            }
            members.values_mut().for_each(remove_salts);
        }
        _ => {}
    }
}

/// What a plan does, in short.
pub(crate) fn changes(plan: &Plan) -> Vec<String> {
    let active = plan.resource_changes.iter().filter(|change| !change.is_no_op());
    active
        .map(|change| {
            let fields: Vec<_> = change.fields.iter().map(|field| &field.path).collect();
            format!("{} {:?} {:?} {fields:?}", change.address, change.change.actions, change.action_reason)
        })
        .collect()
}
