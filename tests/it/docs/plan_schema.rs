//! The schemas in docs are made from the types of what is printed, and so are the tables of `docs/plan-json.md`.

use std::{fmt::Write as _, fs};

use iriskit_state::{
    history::HistoryReport,
    lock::LockReport,
    plan::{self, ActionReason},
    status::StatusReport,
};
use serde_json::{Value, json};

use super::source::{is_current, page, root};
use crate::support::schema::violations;

const SCHEMA: &str = "docs/plan.schema.json";
const PAGE: &str = "docs/plan-json.md";
const BEGIN: &str = "<!-- made from the types; do not edit below -->\n";

/// Ids that have a page of their own.
const ELSEWHERE: [(&str, &str); 3] =
    [("DiagnosticId", "diagnostics.md"), ("NoteId", "diagnostics.md"), ("RuleId", "rules.md")];

/// Every plan file ever written that is kept.
fn golden() -> Vec<(String, Value)> {
    let files = fs::read_dir(root().join("state/fixtures")).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let plans = files.filter(|path| named(path).starts_with("plan-"));
    plans.map(|path| (named(&path), serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())).collect()
}

#[test]
fn the_schema_is_that_of_the_types() {
    is_current(SCHEMA, &format!("{:#}\n", plan::schema()));
}

#[test]
fn the_schemas_of_what_commands_print_are_those_of_the_types() {
    let kept = |name: &str| fs::read_to_string(root().join("state/fixtures").join(name)).unwrap();
    for (file, schema, document) in [
        ("docs/status.schema.json", StatusReport::schema(), kept("status-1.0.json")),
        ("docs/history.schema.json", HistoryReport::schema(), kept("history-1.0.json")),
        ("docs/lock-status.schema.json", LockReport::schema(), kept("lock-report-1.0.json")),
    ] {
        is_current(file, &format!("{schema:#}\n"));
        let mut document = serde_json::from_str(&document).unwrap();
        assert_eq!(violations(&schema, &document), Vec::<String>::new(), "{file}");
        document["clusters"][0]["name"] = json!(1);
        assert_ne!(violations(&schema, &document), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn the_page_has_a_table_for_every_type() {
    let text = page(PAGE);
    let (prose, _) = text.split_once(BEGIN).expect("the page says where the tables begin");
    assert!(prose.contains(&format!("now {}.", plan::FORMAT_VERSION)), "{PAGE} names the version");
    is_current(PAGE, &format!("{prose}{BEGIN}{}", tables(&plan::schema())));
}

#[test]
fn every_member_is_described() {
    let schema = plan::schema();
    let bare: Vec<String> = types(&schema)
        .into_iter()
        .flat_map(|(name, definition)| {
            members(definition).into_iter().map(move |(member, rule)| (format!("{name}.{member}"), rule))
        })
        .filter(|(_, rule)| rule.get("description").is_none())
        .map(|(member, _)| member)
        .collect();
    assert_eq!(bare, Vec::<String>::new(), "give the members of the type a comment");
}

#[test]
fn golden_files_are_as_the_schema_says() {
    let golden = golden();
    assert!(golden.iter().any(|(name, _)| *name == format!("plan-{}.json", plan::FORMAT_VERSION)));
    for (name, document) in golden {
        assert_eq!(violations(&plan::schema(), &document), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_schema_refuses_what_no_plan_is() {
    let schema = plan::schema();
    let (_, document) = golden().pop().unwrap();
    for (pointer, member, value) in [
        ("", "resource_change", Some(json!([]))),
        ("", "summary", None),
        ("", "operation", Some(json!("plan"))),
        ("/summary", "create", Some(json!("1"))),
        ("/summary", "create", Some(json!(-1))),
        ("/resource_changes/0", "verified", Some(json!("yes"))),
        ("/resource_changes/0/change", "actions", Some(json!(["forget"]))),
        ("/resource_changes/0", "steps", Some(json!([{"jump": {}}]))),
    ] {
        let mut wrong = document.clone();
        let members = wrong.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        match &value {
            Some(value) => members.insert(member.to_owned(), value.clone()),
            None => members.remove(member),
        };
        assert_ne!(violations(&schema, &wrong), Vec::<String>::new(), "{pointer}/{member}: {value:?}");
    }
}

/// The words of policies: what pages say of `action_reason` is what the program writes.
#[test]
fn reasons_on_the_pages_are_those_of_the_program() {
    let known = |word: &str| word.parse::<ActionReason>().is_ok();
    let mut named = 0;
    for file in ["README.md", "docs/plan.md", PAGE] {
        let text = page(file).split_whitespace().collect::<Vec<_>>().join(" ");
        for rest in text.split("action_reason: ").skip(1) {
            let word: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            assert!(known(&word), "{file}: action_reason: {word}");
            named += 1;
        }
    }
    assert!(named > 3, "the pages name reasons");
    let schema = plan::schema();
    let words: Vec<String> = words(&schema["$defs"]["ActionReason"]).into_iter().map(|(word, _)| word).collect();
    assert_eq!(words, ActionReason::ALL.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(words.iter().any(|word| word == "delete_because_no_resource_config"), "Terraform's word");
}

/// The document itself, then what it consists of.
fn types(schema: &Value) -> Vec<(&str, &Value)> {
    let parts = schema["$defs"].as_object().unwrap();
    [("Plan", schema)].into_iter().chain(parts.iter().map(|(name, part)| (name.as_str(), part))).collect()
}

/// The members of an object, or those of the objects that are its alternatives.
fn members(definition: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (name, rule) in definition["properties"].as_object().into_iter().flatten() {
        found.push((name.clone(), rule));
    }
    for alternative in definition["oneOf"].as_array().into_iter().flatten() {
        for (name, rule) in alternative["properties"].as_object().into_iter().flatten() {
            for (inner, rule) in rule["properties"].as_object().into_iter().flatten() {
                found.push((format!("{name}.{inner}"), rule));
            }
        }
    }

    found
}

fn tables(schema: &Value) -> String {
    let mut text = String::new();
    for (name, definition) in types(schema) {
        let about = definition["description"].as_str().unwrap_or_default().replace('\n', " ");
        write!(text, "\n### {name}\n\n{about}\n").unwrap();
        if let Some((_, page)) = ELSEWHERE.iter().find(|(ids, _)| *ids == name) {
            write!(text, "\nEach is explained in [{page}]({page}).\n").unwrap();
            continue;
        }
        let words = words(definition);
        if !words.is_empty() {
            text.push_str("\n| value | meaning |\n| --- | --- |\n");
        }
        for (word, about) in words {
            writeln!(text, "| `{word}` | {about} |").unwrap();
        }
        let members = members(definition);
        if !members.is_empty() {
            text.push_str("\n| member | type | | meaning |\n| --- | --- | --- | --- |\n");
        }
        for (member, rule) in members {
            let required = definition["required"].as_array().into_iter().flatten().any(|name| *name == *member);
            let always = if required || member.contains('.') { "" } else { "optional" };
            let about = rule["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|");
            writeln!(text, "| `{member}` | {} | {always} | {about} |", type_of(rule)).unwrap();
        }
    }
    text
}

/// The words of an enumeration, or the names of its alternatives.
fn words(definition: &Value) -> Vec<(String, String)> {
    let about =
        |value: &Value| value["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|");
    let mut found = Vec::new();
    for alternative in definition["oneOf"].as_array().into_iter().flatten() {
        let names = alternative["enum"].as_array().cloned().unwrap_or_default();
        let constant = alternative.get("const").cloned();
        let names = names.into_iter().chain(constant).filter_map(|name| name.as_str().map(str::to_owned));
        let single = alternative["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        found.extend(names.chain(single).map(|name| (name, about(alternative))));
    }
    found
}

fn type_of(rule: &Value) -> String {
    if let Some(target) = rule["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(alternatives) = rule["anyOf"].as_array() {
        let named = alternatives.iter().filter(|one| one["type"] != json!("null")).map(type_of);
        return named.collect::<Vec<_>>().join(" or ");
    }
    match &rule["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap().to_owned(),
        Value::String(name) if name == "array" && rule.get("items").is_some() => {
            format!("list of {}", type_of(&rule["items"]))
        }
        Value::String(name) if name == "array" => "list".to_owned(),
        Value::String(name) if name == "object" && rule["additionalProperties"].is_object() => {
            format!("map of {}", type_of(&rule["additionalProperties"]))
        }
        Value::String(name) => name.clone(),
        _ => "any".to_owned(),
    }
}
