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

/// Breaks `text` at spaces into lines of at most `width` columns. What is longer gets a line of its own, whole: paths, images,
/// flags with their values and commands have to stay copyable.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let joined = measure_text_width(&line) + 1 + measure_text_width(&piece);
        if !line.is_empty() && joined > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&piece);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text, those together that have to be copied together.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut glue = Glue::default();
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let starts = pieces.last().is_none_or(|before| before.ends_with(':'));
        match pieces.last_mut().filter(|_| glue.holds(word)) {
            Some(piece) => {
                piece.push(' ');
                piece.push_str(word);
            }
            None => pieces.push(word.to_owned()),
        }
        glue.after(word, starts, words.peek().is_some());
    }
    pieces
}

/// Whether the next word belongs to the one before.
#[derive(Default)]
struct Glue {
    /// Inside of backticks.
    quoted: bool,
    /// So many words belong to it, whatever they are.
    words: usize,
    /// And after those whatever looks like an argument.
    command: bool,
}

impl Glue {
    fn holds(&self, word: &str) -> bool {
        let is_argument = word.starts_with('-')
            || word.contains(['/', '.', '…', '=', '|', '<', '\''])
            || !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase());
        self.quoted || self.words > 0 || self.command && is_argument
    }

    fn after(&mut self, word: &str, starts: bool, goes_on: bool) {
        let held = self.holds(word);
        let ends = word.ends_with([',', '.', ';', ':', ')']);
        if word.matches('`').count() % 2 == 1 {
            self.quoted = !self.quoted && goes_on;
        }
        self.command = (held && self.command || word == "iriskit") && !ends;
        self.words = match word {
            "iriskit" | "kubectl" if starts => 2,
            "iriskit" => 1,
            _ if ends => 0,
            flag if is_flag(flag.trim_start_matches(['(', '`'])) => 1,
            _ => self.words.saturating_sub(1),
        };
    }
}

/// Whether a value stands behind it, or may.
fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && !word.contains('=')
}

/// Breaks a value at spaces. All of them stay where they are, for they count.
pub fn wrap_value(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in text.split_inclusive(' ') {
        let joined = measure_text_width(&line) + measure_text_width(part.trim_end());
        if !line.trim().is_empty() && joined > width {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(part);
    }
    lines.push(line);
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
    fn what_is_copied_stays_whole() {
        assert_eq!(
            wrap("needs --allow restart-primary to go on", 10),
            ["needs", "--allow restart-primary", "to go on"]
        );
        assert_eq!(wrap("write `a b c` there", 6), ["write", "`a b c`", "there"]);
        assert_eq!(
            wrap("again: iriskit apply x.plan --allow a -n b", 12),
            ["again:", "iriskit apply x.plan --allow a -n b"]
        );
        assert_eq!(wrap("iriskit destroy hospital, then go on", 12), ["iriskit destroy hospital,", "then go on"]);
        assert_eq!(wrap("that iriskit deletes itself later", 14), ["that", "iriskit deletes", "itself later"]);
        assert_eq!(wrap("a ` that never ends", 8), ["a", "` that never ends"]);
    }

    #[test]
    fn values_keep_their_spaces() {
        assert_eq!(wrap_value("  a  b c", 5), ["  a  ", "b c"]);
        assert_eq!(wrap_value("", 5), [""]);
        assert_eq!(wrap_value("one two  three", 4).concat(), "one two  three");
    }

    #[test]
    fn padding_counts_columns_and_not_bytes() {
        assert_eq!(pad("é", 3), "é  ");
        assert_eq!(pad("long", 2), "long");
    }
}
