//! Reading YAML that was just written, so that nothing is written which some tool reads otherwise.

use std::ops::Range;

use serde_json::Value;

use super::{Input, yaml};

/// What readers make of a YAML text.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadBack {
    /// The value of its one document.
    pub value: Value,
    /// The bytes of every unquoted key and value that YAML 1.1 takes for something else than the string it is, in the
    /// order of the text.
    pub ambiguous: Vec<Range<usize>>,
}

/// Reads a text of one document; `None` when it is anything else.
pub fn read_back(text: &str) -> Option<ReadBack> {
    let mut problems = Vec::new();
    let documents = yaml::read(&Input { name: String::new(), text: text.to_owned() }, &mut problems);
    let [document] = documents.as_slice() else { return None };
    if !problems.is_empty() {
        return None;
    }
    let ambiguous = yaml::ambiguous_scalars(&document.root, text).into_iter().map(|scalar| scalar.span.bytes);
    Some(ReadBack { value: document.root.to_value(), ambiguous: ambiguous.collect() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_needs_quotes_is_found() {
        let text = "on: yes\n\"off\": 'no'\nlist: [0755, a]\n";
        let back = read_back(text).unwrap();
        assert_eq!(back.value, json!({"on": "yes", "off": "no", "list": ["0755", "a"]}));
        let words: Vec<_> = back.ambiguous.into_iter().filter_map(|range| text.get(range)).collect();
        assert_eq!(words, ["on", "yes", "0755"]);
    }

    #[test]
    fn one_whole_document_is_read() {
        for text in ["a: [\n", "", "a: b\n---\nc: d\n", "a: 1\na: 2\n"] {
            assert_eq!(read_back(text), None, "{text}");
        }
    }
}
