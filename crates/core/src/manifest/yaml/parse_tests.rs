use std::fmt::Write as _;

use super::{Document, read};
use crate::manifest::{
    Input,
    yaml::{Kind, Node},
};

fn parse(text: &str) -> (Vec<Document>, Vec<String>) {
    let mut diagnostics = Vec::new();
    let input = Input { name: "a.yaml".into(), text: text.into() };
    let documents = read(&input, &mut diagnostics);
    let lines = diagnostics.iter().map(|diagnostic| {
        let places: Vec<_> = diagnostic
            .labels
            .iter()
            .map(|label| format!("{}:{}", label.position.line, label.position.column))
            .collect();
        format!("{} {} {}", diagnostic.id, places.join(" "), diagnostic.message)
    });
    (documents, lines.collect())
}

fn root(text: &str) -> Node {
    let (mut documents, problems) = parse(text);
    assert!(problems.is_empty(), "{problems:?}");
    documents.remove(0).root
}

#[test]
fn scalars_follow_the_core_schema() {
    let node = root("[yes, on, true, 0755, 1_000, 1.50, 0x1f, null, ~, '', 12:30:45, .inf, 99999999999999999999]");
    insta::assert_json_snapshot!(node.to_value(), @r#"
    [
      "yes",
      "on",
      true,
      "0755",
      "1_000",
      1.5,
      31,
      null,
      null,
      "",
      "12:30:45",
      ".inf",
      100000000000000000000.0
    ]
    "#);
}

#[test]
fn spans_hold_the_exact_text_of_every_document() {
    let text = "# é\na: é\n---\nb:\n  - \"x y\"\n  - *no\n---\nc: &x [1, 2]\nd: *x\n";
    let (documents, problems) = parse(text);
    insta::assert_debug_snapshot!(problems, @r#"
    [
        "yaml-syntax 6:5 this is not YAML: alias references unknown anchor",
    ]
    "#);
    let slices: Vec<&str> = documents
        .iter()
        .flat_map(|document| document.root.entries().unwrap())
        .flat_map(|(key, value)| [text.get(key.span.bytes.clone()), text.get(value.span.bytes.clone())])
        .flatten()
        .collect();
    assert_eq!(slices, ["a", "é", "c", "[", "d", "*x"]);
    let alias = documents[1].root.get("d").unwrap();
    assert_eq!(alias.items().unwrap()[0].span, alias.span);
    assert_eq!(alias.span.line, 9);
}

#[test]
fn repeated_keys_are_shown_with_both_places_and_the_first_stays() {
    let (documents, problems) = parse("a: 1\nb: {c: 1, c: 2}\na: 2\n");
    insta::assert_debug_snapshot!(problems, @r#"
    [
        "duplicate-key 3:1 1:1 key `a` appears twice in one mapping",
        "duplicate-key 2:11 2:5 key `c` appears twice in one mapping",
    ]
    "#);
    assert_eq!(documents[0].root.to_value(), serde_json::json!({"a": 1, "b": {"c": 1}}));
}

#[test]
fn what_unfolds_too_far_is_refused_under_the_budget() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        writeln!(bomb, "a{level}: &a{level} [{}]", vec![alias; 10].join(", ")).unwrap();
    }
    let deep = format!("a: {}{}\n", "[".repeat(400), "]".repeat(400));
    let long = format!("a: [{}]\n", "1,".repeat(200_000));
    let many = "---\na: 1\n".repeat(3_000);
    let big = " ".repeat(9 << 20);
    for text in [bomb, deep, long, many, big] {
        let (documents, problems) = parse(&text);
        assert!(documents.is_empty());
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("yaml-budget"), "{problems:?}");
    }
}

#[test]
fn null_documents_are_skipped() {
    assert_eq!(parse("null\n---\n~\n---\n# nothing\n"), (Vec::new(), Vec::new()));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_fine() {
    let node = root("\u{feff}a: 1\r\nb: x\r\n");
    assert_eq!(node.get("b").map(|found| &found.kind), Some(&Kind::String("x".into())));
    assert_eq!(node.get("b").unwrap().span.line, 2);
}

#[test]
fn json_is_read_as_it_stands() {
    let node = root("{\n\t\"a\": {\"b\": [true, \"\\u00e9\\/\"]},\n\t\"c\": null\n}\n");
    assert_eq!(node.to_value(), serde_json::json!({"a": {"b": [true, "é/"]}, "c": null}));
}

#[test]
fn keys_that_are_no_text_count_as_their_text_and_collections_are_refused() {
    assert_eq!(root("8080: x\ntrue: y\n").to_value(), serde_json::json!({"8080": "x", "true": "y"}));
    assert_eq!(parse("? [a]\n: 1\n").1.len(), 1);
}

#[test]
fn mistakes_in_the_syntax_have_a_place() {
    let texts = ["a: b: c\n", "a: \"x\n", "a:\n\tb: 1\n", "- a\nb: 1\n", "a: !odd x\n", "a: [1\n", "{\"a\": 1,,}\n"];
    let problems: Vec<_> = texts.iter().flat_map(|text| parse(text).1).collect();
    insta::assert_debug_snapshot!(problems);
}
