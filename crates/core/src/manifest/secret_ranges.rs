//! Where secrets stand in the text of a manifest, so that they can be left out where its lines are shown.

use std::{borrow::Cow, ops::Range};

use super::{
    Input,
    yaml::{self, Kind, Node},
};
use crate::diff::{Tree, Verdict, secret_nodes, secrets_in_text};

/// The bytes of every secret value of a manifest, as they are hidden in live objects. Of a document that can't be read, what
/// follows a secret's name on its lines; where it looks like a Secret, what follows any name.
///
/// Ranges may overlap and come in no order; a range may hold line ends and the white space around a value.
pub fn secret_ranges(input: &Input) -> Vec<Range<usize>> {
    let mut hidden: Vec<Range<usize>> = Vec::new();
    for range in yaml::document_ranges(&input.text) {
        let text = input.text.get(range.clone()).unwrap_or_default();
        let found = document(text).into_iter();
        hidden.extend(found.map(|found| found.start + range.start..found.end + range.start));
    }
    hidden
}

fn document(text: &str) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    match yaml::as_written(text) {
        Some(root) => secret_nodes(&root, |_, node, verdict| node_ranges(node, verdict, text, &mut hidden)),
        None if text.lines().any(is_secret_kind) => {
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                let end = start + line.len();
                hidden.push(start + line.find([':', '=']).map_or(0, |sign| sign + 1)..end);
                start = end;
            }
        }
        None => hidden.extend(secrets_in_text(text).into_iter().map(|secret| secret.range)),
    }
    hidden
}

/// The secret bytes of one value. Its lines are looked for in the source; where one is not written as it is read, the whole
/// text is hidden.
fn node_ranges(node: &Node, verdict: Verdict, text: &str, hidden: &mut Vec<Range<usize>>) {
    let span = node.span.bytes.clone();
    let (Some(value), Verdict::Search | Verdict::From(_)) = (node.as_str(), verdict) else { return hidden.push(span) };
    let secrets: Vec<Range<usize>> = match verdict {
        Verdict::From(from) => std::iter::once(from..value.len()).collect(),
        _ => secrets_in_text(value).into_iter().map(|secret| secret.range).filter(|range| !range.is_empty()).collect(),
    };
    let source = text.get(span.clone()).unwrap_or_default();
    let before = hidden.len();
    let mut secrets = secrets.into_iter().peekable();
    let (mut start, mut from) = (0, 0);
    for line in value.split_inclusive('\n') {
        let bare = line.trim();
        let lead = start + (line.len() - line.trim_start().len());
        let end = start + line.len();
        if secrets.peek().is_some_and(|secret| secret.start < end) {
            let Some(at) = source.get(from..).and_then(|rest| rest.find(bare)) else {
                hidden.truncate(before);
                return hidden.push(span);
            };
            let here = span.start + from + at;
            while let Some(secret) = secrets.peek().filter(|secret| secret.start < end) {
                let inside = secret.start.max(lead) - lead..secret.end.min(lead + bare.len()).max(lead) - lead;
                hidden.push(here + inside.start..here + inside.end.max(inside.start));
                if secret.end > end {
                    break;
                }
                secrets.next();
            }
            from += at + bare.len();
        }
        start = end;
    }
}

fn is_secret_kind(line: &str) -> bool {
    let bare: String = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
    let bare = bare.to_ascii_lowercase();
    bare.contains("kind:secret") || bare.contains("stringdata:")
}

impl Tree for Node {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn scalar(&self) -> Option<Cow<'_, str>> {
        match &self.kind {
            Kind::String(text) => Some(Cow::Borrowed(text)),
            Kind::Number(number) => Some(Cow::Owned(number.to_string())),
            Kind::Bool(value) => Some(Cow::Owned(value.to_string())),
            Kind::Null | Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }

    fn items(&self) -> Option<&[Self]> {
        Self::items(self)
    }

    fn members(&self) -> Option<Vec<(&str, &Self)>> {
        Some(self.entries()?.iter().map(|(key, node)| (key.name.as_str(), node)).collect())
    }

    fn member(&self, name: &str) -> Option<&Self> {
        self.get(name)
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
