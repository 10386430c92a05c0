//! JSON as text that can be looked at: what would move a cursor or turn the reading direction is escaped.

use std::{borrow::Cow, fmt::Write as _};

use serde_json::Value;

/// Whether a character is a control character, turns the direction in which text is read, or is taken for an end of a line or of
/// a file by some readers only.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// A JSON text that says the same without harmful characters but line ends.
pub fn harmless_json(text: &str) -> Cow<'_, str> {
    // Harmful characters stand in strings only, where any character may be escaped.
    let is_escaped = |c: char| c != '\n' && is_harmful(c);
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let safe = text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if is_escaped(c) {
            // All of them are of the basic plane. Writing to a String cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
        safe
    });
    Cow::Owned(safe)
}

/// Sorted members, two spaces of indentation, a final newline, and no harmful character but line ends.
pub fn json_text(document: &Value) -> String {
    harmless_json(&plain_json_text(document)).into_owned()
}

/// The same without escapes, as plans were written before.
pub(crate) fn plain_json_text(document: &Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn harmful_characters_are_escaped_and_read_back() {
        let document = json!({"a\u{202e}b": "x\u{9b}\u{7f}\u{2066}y\n\u{1b}", "plain": "é →"});
        let text = json_text(&document);
        assert!(!text.contains(|c| c != '\n' && is_harmful(c)), "{text:?}");
        assert!(text.contains("a\\u202eb") && text.contains("é →"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
    }
}
