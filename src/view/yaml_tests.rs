use proptest::prelude::*;
use serde_json::{Value, json};

use super::{to_yaml, written};
use iriskit_core::manifest::{Input, yaml};
use iriskit_state::is_harmful;

#[test]
fn objects_start_with_their_kind_and_text_stays_readable() {
    let value = json!({
        "metadata": {"namespace": "h", "labels": {"on": "yes", "a": "1"}, "name": "simple"},
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "data": {"data.cpf": "\n[Startup]\nDefaultPort=1972\n", "time": "12:30:45", "empty": "", "octal": "0755"},
        "list": [{"name": "a", "command": ["sh", "-c"]}, {}, []],
        "number": 1.5,
    });
    insta::assert_snapshot!(to_yaml(&value));
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~\\n\\t\\ré\u{85}\u{2028}\u{feff}😀]{0,24}",
        ".{0,12}",
        prop::sample::select(vec![
            "on",
            "No",
            "y",
            "~",
            "null",
            "true",
            "12:30:45",
            "1_000",
            "0755",
            "0x1f",
            "1e3",
            "1.0",
            ".inf",
            "=",
            "<<",
            "2024-01-31",
            "- a",
            "a: b",
            "#x",
            "|",
            "\n\n",
            " x",
            "x ",
            "a\n b\n",
            "  a\nb",
            "a\n\n",
            "---",
            "...",
            "%x",
            "'",
            "\"",
            "\\",
            "&a",
            "*a",
            "!t",
            "?",
            ":",
            "-",
            "0o7",
            "0b1",
            "+1",
            "a\n\tb",
            "\ta",
            "\t\n",
            "a\n \nb",
            "1__",
            "---\na",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9f64..1e9).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text.clone(), inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn our_reader_takes_back_what_was_written(value in values()) {
        let text = to_yaml(&json!({ "value": value }));
        let mut diagnostics = Vec::new();
        let documents = yaml::read(&Input { name: "x".into(), text: text.clone() }, &mut diagnostics);
        prop_assert!(diagnostics.is_empty(), "{diagnostics:?}\n{text}");
        prop_assert_eq!(documents[0].root.get("value").unwrap().to_value(), value, "{}", text);
    }

    #[test]
    fn another_reader_takes_the_same(value in values()) {
        let text = to_yaml(&json!({ "value": value }));
        let back: Value = serde_yaml::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(&back["value"], &value, "{}", text);
    }

    #[test]
    fn nothing_unquoted_is_read_otherwise_by_yaml_1_1(value in values()) {
        let text = to_yaml(&json!({ "value": value }));
        let documents = yaml::read(&Input { name: "x".into(), text: text.clone() }, &mut Vec::new());
        prop_assert_eq!(yaml::ambiguous_scalars(&documents[0].root, &text), vec![], "{}", text);
    }
    #[test]
    fn only_odd_text_makes_a_document_json(value in values()) {
        let odd = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{feff}'..) || !c.is_control() && is_harmful(c);
        let text = value.to_string();
        prop_assert!(written(&json!({ "value": value })).is_some() || text.contains("\"<<\"") || text.contains(odd), "{text}");
    }
}

#[test]
fn nothing_that_is_written_turns_the_text_around() {
    let value = json!({"a": "x\u{202e}y\u{2066}z", "b": "\u{9b}31m"});
    let text = to_yaml(&value);
    assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{9b}']), "{text}");
    let documents = yaml::read(&Input { name: "x".into(), text }, &mut Vec::new());
    assert_eq!(documents[0].root.to_value(), value);
}
