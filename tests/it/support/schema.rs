//! Whether a document is as a JSON Schema says: the keywords that our schemas use, and no other.

use serde_json::{Map, Value};

/// Keywords that only inform.
const ANNOTATIONS: [&str; 7] = ["$schema", "$defs", "title", "description", "default", "format", "examples"];

/// What `document` has that `schema` does not allow, or lacks; a line each.
pub(crate) fn violations(schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, document, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let rules = match schema {
        Value::Bool(true) => return,
        Value::Bool(false) => return found.push(format!("{place}: nothing is allowed here")),
        Value::Object(rules) => rules,
        other => panic!("not a schema: {other}"),
    };
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let target = root.pointer(pointer).unwrap_or_else(|| panic!("{rule} leads nowhere"));
                check(root, target, value, place, found);
            }
            "type" => {
                let types = rule.as_array().map_or_else(|| vec![rule], |types| types.iter().collect());
                if !types.iter().any(|name| is_a(value, name.as_str().unwrap())) {
                    found.push(format!("{place}: {value} is no {rule}"));
                }
            }
            "const" if rule != value => found.push(format!("{place}: {value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                found.push(format!("{place}: {value} is none of {rule}"));
            }
            "minimum" if value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap()) => {
                found.push(format!("{place}: {value} is less than {rule}"));
            }
            "minItems" | "maxItems" => {
                let (limit, length) = (rule.as_u64().unwrap(), value.as_array().map_or(0, Vec::len) as u64);
                if value.is_array() && (if keyword == "minItems" { length < limit } else { length > limit }) {
                    found.push(format!("{place}: {length} items, {keyword} {limit}"));
                }
            }
            "uniqueItems" => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let twice =
                    items.iter().enumerate().find(|(at, item)| items.iter().take(*at).any(|other| other == *item));
                if let Some((_, item)) = twice.filter(|_| *rule == Value::Bool(true)) {
                    found.push(format!("{place}: {item} is there twice"));
                }
            }
            "oneOf" | "anyOf" => alternatives(root, rule, value, place, keyword == "oneOf", found),
            "properties" | "required" | "additionalProperties" => {
                object(root, rules, keyword, rule, value, place, found);
            }
            "items" | "prefixItems" => array(root, rules, keyword, rule, value, place, found),
            "const" | "enum" | "minimum" => {}
            known if ANNOTATIONS.contains(&known) => {}
            unknown => panic!("this checker does not know the keyword {unknown}"),
        }
    }
}

fn alternatives(root: &Value, rule: &Value, value: &Value, place: &str, one: bool, found: &mut Vec<String>) {
    let fitting = rule.as_array().unwrap().iter().filter(|schema| {
        let mut inner = Vec::new();
        check(root, schema, value, place, &mut inner);
        inner.is_empty()
    });
    let count = fitting.count();
    if count == 0 || one && count > 1 {
        found.push(format!("{place}: {value} is {count} of the alternatives"));
    }
}

fn object(
    root: &Value,
    rules: &Map<String, Value>,
    keyword: &str,
    rule: &Value,
    value: &Value,
    place: &str,
    found: &mut Vec<String>,
) {
    let Value::Object(members) = value else { return };
    match keyword {
        "properties" => {
            for (name, schema) in rule.as_object().unwrap() {
                if let Some(member) = members.get(name) {
                    check(root, schema, member, &format!("{place}/{name}"), found);
                }
            }
        }
        "required" => {
            for name in rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
                if !members.contains_key(name) {
                    found.push(format!("{place}: {name} is missing"));
                }
            }
        }
        _ => {
            let known = rules.get("properties").and_then(Value::as_object);
            for (name, member) in
                members.iter().filter(|(name, _)| !known.is_some_and(|known| known.contains_key(*name)))
            {
                check(root, rule, member, &format!("{place}/{name}"), found);
            }
        }
    }
}

fn array(
    root: &Value,
    rules: &Map<String, Value>,
    keyword: &str,
    rule: &Value,
    value: &Value,
    place: &str,
    found: &mut Vec<String>,
) {
    let Value::Array(items) = value else { return };
    let first = rules.get("prefixItems").and_then(Value::as_array);
    for (at, item) in items.iter().enumerate() {
        let place = format!("{place}/{at}");
        match (keyword, first.and_then(|first| first.get(at))) {
            ("prefixItems", Some(schema)) => check(root, schema, item, &place, found),
            ("items", None) => check(root, rule, item, &place, found),
            _ => {}
        }
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type of JSON: {other}"),
    }
}
