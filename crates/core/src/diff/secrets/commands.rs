//! Secrets in command lines: behind options, and in files that join words with nothing but space.

use std::ops::Range;

use super::{
    names::{Meaning, meaning},
    scan::{Found, part},
    values::is_secret_of,
};

/// Options that say nothing by their name, by the tool that has them.
const SHORT: [(&str, &str); 24] = [
    ("7z", "-p"),
    ("bcp", "-P"),
    ("cqlsh", "-p"),
    ("docker", "-p"),
    ("helm", "-p"),
    ("ldapadd", "-w"),
    ("ldapmodify", "-w"),
    ("ldapsearch", "-w"),
    ("mariadb", "-p"),
    ("mariadb-admin", "-p"),
    ("mongo", "-p"),
    ("mongodump", "-p"),
    ("mongorestore", "-p"),
    ("mongosh", "-p"),
    ("mysql", "-p"),
    ("mysqladmin", "-p"),
    ("mysqldump", "-p"),
    ("podman", "-p"),
    ("rabbitmqadmin", "-p"),
    ("redis-cli", "-a"),
    ("redis-benchmark", "-a"),
    ("sqlcmd", "-P"),
    ("sshpass", "-p"),
    ("zip", "-P"),
];
/// Options with `user:password`.
const LOGINS: [(&str, &str); 4] = [("curl", "-u"), ("curl", "--user"), ("curl", "--proxy-user"), ("wget", "--user")];
/// First words of lines in which the word behind a secret's name is its value.
const SPACED: [&str; 8] =
    ["machine", "login", "default", "requirepass", "masterauth", "password", "sentinel", "account"];

/// What an option says of the next word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    Secret,
    Login,
}

/// What an option of a tool says of the word behind it.
pub(super) fn option(tool: &str, word: &str) -> Option<Follows> {
    if !word.starts_with('-') {
        return None;
    }
    let is = |table: &[(&str, &str)]| table.contains(&(tool, word));
    if is(&LOGINS) {
        return Some(Follows::Login);
    }
    let named = !word.contains(['=', ':']) && meaning(word) == Meaning::Certain;
    (named || is(&SHORT)).then_some(Follows::Secret)
}

/// Where the value begins in an option that has it attached (`-pSECRET`).
pub(super) fn attached(tool: &str, word: &str) -> Option<usize> {
    let option = word.get(..2)?;
    (word.len() > 2 && option.starts_with('-') && SHORT.contains(&(tool, option))).then_some(2)
}

/// The program that a command's first word names.
pub(super) fn tool(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Whether a word is an option and so not the value of the one before it.
pub(super) fn is_option(word: &str) -> bool {
    word.starts_with("--") || (word.starts_with('-') && word.len() == 2)
}

/// The part of a word that is secret behind an option.
pub(super) fn of_word(option: Follows, word: &str) -> Option<Range<usize>> {
    let from = match option {
        Follows::Secret => 0,
        Follows::Login => word.find(':')? + 1,
    };
    is_secret_of(Meaning::Certain, part(word, from..word.len())).then_some(from..word.len())
}

/// The secrets of a line that follow an option or a name after nothing but space.
pub(super) fn commands(line: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let words = words(line);
    // With a third word it is prose, unless a user goes before.
    let first = words.first().map_or("", |first| first.text);
    let spaced = SPACED.contains(&first) && line.trim_start().starts_with(first) && words.len() != 3;
    let mut running = "";
    let mut before: Option<(Follows, &str)> = None;
    for word in &words {
        if word.begins {
            (running, before) = ("", None);
        }
        if let Some((kind, key)) = before.take()
            && !is_option(word.text)
            && !word.text.starts_with([':', '='])
        {
            if let Some(range) = of_word(kind, word.text) {
                found.push(Found { key, range: word.at + range.start..word.at + range.end });
            }
            continue;
        }
        if running.is_empty()
            && !word.text.starts_with('-')
            && !matches!(word.text, "sudo" | "exec" | "env" | "command")
        {
            if !word.text.contains('=') {
                running = tool(word.text);
            }
        } else if let Some(from) = attached(running, word.text) {
            found.push(Found { key: part(word.text, 0..from), range: word.at + from..word.at + word.text.len() });
        }
        before = option(running, word.text).map(|kind| (kind, word.text));
        if spaced && before.is_none() && meaning(word.text) == Meaning::Certain && !word.text.contains(['=', ':']) {
            before = Some((Follows::Secret, word.text));
        }
    }
    found
}

struct Word<'a> {
    text: &'a str,
    at: usize,
    /// Whether a command begins with it.
    begins: bool,
}

/// The words of a line; what stands in quotes behind an option is one.
fn words(line: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut begins = true;
    let mut rest = line;
    loop {
        let start = rest.trim_start_matches(|c: char| {
            begins |= matches!(c, ';' | '|' | '&' | '[');
            is_between(c)
        });
        if start.is_empty() {
            return words;
        }
        let at = line.len() - start.len();
        let quote = line.get(..at).and_then(|lead| lead.chars().next_back()).filter(|c| matches!(c, '"' | '\''));
        let after_option = words.last().is_some_and(|word| word.text.starts_with('-') && !word.text.contains('='));
        let end = match quote {
            Some(quote) if after_option => start.find(quote),
            _ => start.find(is_between),
        };
        let text = part(start, 0..end.unwrap_or(start.len()));
        words.push(Word { text, at, begins });
        begins = false;
        rest = start.get(text.len()..).unwrap_or_default();
    }
}

fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, ',' | '[' | ']' | '(' | ')' | '{' | '}' | '"' | '\'' | '`' | ';' | '|' | '&' | '<' | '>')
}
