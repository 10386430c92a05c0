//! Text by its width on a terminal.

use std::borrow::Cow;

use console::measure_text_width;
use iriskit_state::is_harmful;

/// Makes `text` harmless: control characters and the characters that reverse the reading direction are spelled out.
/// Values come from the cluster and from files; none of them may move the cursor or hide what a plan says.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => safe.push_str("    "),
            c if is_harmful(c) => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Pads `text` with spaces to `width` columns; longer text stays as it is.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(measure_text_width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Breaks `text` at spaces into lines of at most `width` columns. A word that is longer gets a line of its own, whole:
/// paths and images have to stay copyable.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let joined = measure_text_width(&line) + 1 + measure_text_width(word);
        if !line.is_empty() && joined > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_spelled_out() {
        assert_eq!(clean("plain · text"), "plain · text");
        assert_eq!(clean("a\u{1b}[31mb\n\u{202e}c\td"), "a\\u{1b}[31mb\\n\\u{202e}c    d");
    }

    #[test]
    fn long_words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a registry/with/a/long/path b", 8), ["a", "registry/with/a/long/path", "b"]);
        assert_eq!(wrap("", 8), Vec::<String>::new());
    }

    #[test]
    fn padding_counts_columns_and_not_bytes() {
        assert_eq!(pad("é", 3), "é  ");
        assert_eq!(pad("long", 2), "long");
    }
}
