//! Where secrets stand in the text of a manifest, so that they can be left out where its lines are shown.

use std::ops::Range;

use super::{
    Input,
    yaml::{self, Kind, Node},
};
use crate::diff::{is_secret_name, replace_secrets};

/// The bytes of the values of Secrets, of what has a secret's name in variables, headers, annotations, ConfigMaps and
/// options, and of what follows such a name on a line. Where a Secret can't be read, all of its lines are meant.
///
/// Ranges may overlap and come in no order; a range may hold line ends and the white space around a value.
pub fn secret_ranges(input: &Input) -> Vec<Range<usize>> {
    let mut hidden: Vec<Range<usize>> = Vec::new();
    for range in yaml::document_ranges(&input.text) {
        let text = input.text.get(range.clone()).unwrap_or_default();
        document(text, range.start, &mut hidden);
    }
    hidden
}

fn document(text: &str, offset: usize, hidden: &mut Vec<Range<usize>>) {
    let own = hidden.len();
    let documents = yaml::read(&Input { name: String::new(), text: text.to_owned() }, &mut Vec::new());
    for document in &documents {
        secrets(&document.root, hidden);
    }
    let unreadable_secret = documents.is_empty() && text.lines().any(is_secret_kind);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if unreadable_secret {
            hidden.push(start + line.find([':', '=']).map_or(0, |sign| sign + 1)..end);
        } else {
            hidden.extend(after_password(line).map(|sign| start + sign + 1..end));
            hidden.extend(in_line(line).into_iter().map(|range| start + range.start..start + range.end));
        }
        start = end;
    }
    for range in hidden.iter_mut().skip(own) {
        *range = range.start + offset..range.end + offset;
    }
}

fn is_secret_kind(line: &str) -> bool {
    let bare: String = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | ',' | '-')).collect();
    bare == "kind:Secret" || bare.starts_with("stringData:")
}

/// The sign between "password" and its value.
fn after_password(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let word = lower.find("password")?;
    lower.get(word..)?.find([':', '=']).map(|sign| word + sign)
}

/// The values of keys with a secret's name. The fields of an IrisCluster that name a Secret (`loginSecret: …`) hold none.
fn in_line(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    replace_secrets(line, |secret, _| {
        let key = secret.key.to_ascii_lowercase();
        let member = line.get(..secret.range.start).is_some_and(|before| before.ends_with(':'));
        if !(member && (key.ends_with("secret") || key.ends_with("secrets"))) {
            found.push(secret.range.clone());
        }
        String::new()
    });
    found
}

fn secrets(node: &Node, hidden: &mut Vec<Range<usize>>) {
    if node.get("kind").and_then(Node::as_str) == Some("Secret") {
        for name in ["data", "stringData"] {
            if let Some(values) = node.get(name) {
                scalars(values, hidden);
            }
        }
    }
    if node.get("name").and_then(Node::as_str).is_some_and(is_secret_name)
        && let Some(value) = node.get("value")
    {
        scalars(value, hidden);
    }
    for name in ["annotations", "data", "binaryData"] {
        for (key, value) in node.get(name).and_then(Node::entries).into_iter().flatten() {
            if is_secret_name(&key.name) || name == "binaryData" {
                scalars(value, hidden);
            }
        }
    }
    // Whatever the value of a variable or header is called.
    for item in ["env", "httpHeaders"].into_iter().filter_map(|name| node.get(name)?.items()).flatten() {
        if item.get("name").and_then(Node::as_str).is_some_and(is_secret_name) {
            let others = item.entries().into_iter().flatten().filter(|(key, _)| key.name != "name");
            others.filter(|(_, value)| value.entries().is_none()).for_each(|(_, value)| scalars(value, hidden));
        }
    }
    match &node.kind {
        Kind::Sequence(items) => {
            for pair in items.windows(2) {
                if let [option, value] = pair
                    && option.as_str().is_some_and(|text| text.starts_with('-') && is_secret_name(text))
                {
                    scalars(value, hidden);
                }
            }
            for item in items {
                secrets(item, hidden);
            }
        }
        Kind::Mapping(entries) => entries.iter().for_each(|(_, value)| secrets(value, hidden)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {}
    }
}

fn scalars(node: &Node, hidden: &mut Vec<Range<usize>>) {
    match &node.kind {
        Kind::Sequence(items) => items.iter().for_each(|item| scalars(item, hidden)),
        Kind::Mapping(entries) => entries.iter().for_each(|(_, value)| scalars(value, hidden)),
        Kind::Null => {}
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => hidden.push(node.span.bytes.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with a `*` for every secret byte.
    fn mask(text: &str) -> String {
        let hidden = secret_ranges(&Input { name: "a".into(), text: text.into() });
        let is_hidden = |at: usize| hidden.iter().any(|range| range.contains(&at));
        let masked = |(at, c): (usize, char)| {
            if is_hidden(at) && !c.is_whitespace() { "*".repeat(c.len_utf8()) } else { c.to_string() }
        };
        text.char_indices().map(masked).collect()
    }

    #[test]
    fn secrets_are_blotted_out_and_nothing_else_moves() {
        let text = "kind: Secret\nmetadata: {name: x}\ndata:\n  a: czNjcjN0\n  b: 42\nstringData:\n  c: |\n    két ségek\n    x\n";
        insta::assert_snapshot!(mask(text), @r"
        kind: Secret
        metadata: {name: x}
        data:
          a: ********
          b: **
        stringData:
          c: |
            **** ******
            *
        ");
        let text = "env:\n- name: ISC_TOKEN\n  value: abc\n- name: TZ\n  value: UTC\npasswordHash: f,s\ncpf: |\n  PasswordHash=x\n";
        insta::assert_snapshot!(mask(text), @r"
        env:
        - name: ISC_TOKEN
          value: ***
        - name: TZ
          value: UTC
        passwordHash: ***
        cpf: |
          PasswordHash=*
        ");
    }

    #[test]
    fn what_has_the_name_of_a_secret_is_blotted_out_wherever_it_stands() {
        let text = "loginSecret: door\nannotations: {x/api-key: k, note: n}\nargs: [--token, t, -v, x]\nkind: ConfigMap\ndata:\n  pg_pwd: p\n  url: pg://u:p@h/d\n  client.ini: |\n    CLIENT_SECRET=s\nbinaryData: {b: AA==}\n";
        insta::assert_snapshot!(mask(text), @r"
        loginSecret: door
        annotations: {x/api-key: *, note: n}
        args: [--token, *, -v, x]
        kind: ConfigMap
        data:
          pg_pwd: *
          url: pg://u:*@h/d
          client.ini: |
            CLIENT_SECRET=*
        binaryData: {b: ****}
        ");
    }

    #[test]
    fn a_secret_that_can_not_be_read_shows_no_value() {
        let safe = mask("kind: Secret\ndata:\n  a: \"czNj\n  czNj\n");
        assert!(!safe.contains("czNj"), "{safe}");
        assert!(mask("kind: ConfigMap\ndata:\n  a: \"x y\n").contains("x y"));
    }
}
