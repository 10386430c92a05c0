//! `key=value`, `key: value` and members of JSON: the secret ones of a line.

use super::{
    names::{Meaning, meaning, stands_beside},
    scan::{Found, length_until, part, quote_at_end, quote_at_start, quoted_length, word_before},
    values::{bare, is_reference, is_secret_of},
};

/// What a line says of its secrets.
#[derive(Debug, Default)]
pub(super) struct Assignments<'a> {
    /// Values with a secret's name.
    pub(super) found: Vec<Found<'a>>,
    /// A secret's name at the end of the line, whose value is on the next ones.
    pub(super) open: Option<Open<'a>>,
    /// Whether any key stands in it.
    pub(super) has_keys: bool,
}

/// A name whose value follows below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open<'a> {
    pub(super) key: &'a str,
    /// Bytes before the name.
    pub(super) indent: usize,
    pub(super) form: Form,
}

/// How the value below is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Up to this quote.
    Quoted(&'static str),
    /// A block (`|`), whatever it looks like.
    Block,
    /// A list, a mapping, or words.
    Any,
    /// The next line, as this one ends in `\`.
    Continued,
}

/// What lines before say of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Above<'a> {
    /// The name of a pair `name`, `value`, and on how many lines its value may still come.
    pub(super) named: Option<(&'a str, u8)>,
    /// The mapping that the line stands in.
    pub(super) inside: Option<&'a str>,
}

/// No name of a pair is longer.
const LONGEST_NAME: usize = 128;

/// Values run to the end of the line for a line's own key; to the closing quote; in `{…}` to its next member; else to where
/// the next pair begins.
pub(super) fn assignments<'a>(line: &'a str, above: &mut Above<'a>) -> Assignments<'a> {
    let line = line.trim_end();
    let mut all = Assignments::default();
    let mut from = 0;
    let mut inside = above.inside.map(|key| (key, line.len()));
    let mut closing = Closing::default();
    let signs = line.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'=' | b':'));
    for (at, sign) in signs {
        if at < from {
            continue;
        }
        let Some(pair) = Pair::before(line, from, at, sign, !all.has_keys) else { continue };
        all.has_keys = true;
        let rest = line.get(pair.value..).unwrap_or_default();
        let own = pair.meaning();
        if own == Meaning::Nothing && (pair.is_called("name") || pair.is_called("key")) {
            let value = rest.trim_start_matches([' ', '\t']);
            let end = value.char_indices().find(|(at, c)| *at > LONGEST_NAME || matches!(c, ',' | '}'));
            above.named = Some((bare(part(value, 0..end.map_or(value.len(), |(at, _)| at))), 3));
            continue;
        }
        let in_secret = inside.filter(|(_, end)| at < *end && !stands_beside(pair.key)).map(|(key, _)| key);
        let named = above.named.filter(|_| pair.is_called("value")).map(|(name, _)| name);
        let key = named.or(in_secret).unwrap_or(pair.key);
        let said = if key == pair.key { own } else { own.max(meaning(key)) };
        if said == Meaning::Nothing || !pair.is_followed_by_value(rest) {
            continue;
        }
        let value = rest.trim_start();
        let closes = !pair.own || value.ends_with([']', '}', ',', '[', '{']);
        if closes
            && value.starts_with(['{', '['])
            && said == Meaning::Certain
            && value.get(1..).is_some_and(|more| more.contains(':'))
        {
            inside = Some((key, closing.after(line, pair.value, if value.starts_with('{') { b'}' } else { b']' })));
            continue;
        }
        all.open = pair.open(value, key).or(all.open);
        let length = pair.value_length(rest);
        let value = part(rest, 0..length);
        if value.trim().is_empty() || all.open.is_some_and(|open| open.form == Form::Block || open.form == Form::Any) {
            all.found.push(Found { key, range: pair.value..pair.value });
        } else if is_secret_of(said, value) && !pair.is_of_shell(value) {
            all.found.push(Found { key, range: pair.value..pair.value + length });
            from = pair.value + length;
        }
    }
    above.named = above.named.and_then(|(name, lines)| Some((name, lines.checked_sub(1)?)));
    all
}

/// Where the next bracket of a kind closes, looked for once.
#[derive(Default)]
struct Closing {
    found: Option<(u8, usize)>,
}

impl Closing {
    fn after(&mut self, line: &str, from: usize, bracket: u8) -> usize {
        match self.found {
            Some((known, at)) if known == bracket && at >= from => at,
            _ => {
                let after = line.as_bytes().iter().skip(from).position(|byte| *byte == bracket);
                let at = after.map_or(line.len(), |offset| from + offset);
                self.found = Some((bracket, at));
                at
            }
        }
    }
}

/// A key and the sign behind it.
struct Pair<'a> {
    key: &'a str,
    /// All before the sign that was not read before, up to the key and with it.
    before: &'a str,
    /// All before the key.
    lead: &'a str,
    /// The quote around the key.
    quote: &'a str,
    sign: u8,
    /// Whether the line begins with it.
    own: bool,
    /// Where the value begins, white space included.
    value: usize,
}

impl<'a> Pair<'a> {
    /// `from`: what is before it was read already.
    fn before(line: &'a str, from: usize, at: usize, sign: u8, first: bool) -> Option<Self> {
        let rest = line.get(at + 1..)?;
        let before = line.get(from..at)?;
        // `==`, `!=`, `::` assign nothing, `:=` and `=>` do.
        if (sign == b':' && rest.starts_with(['=', ':', '/']))
            || rest.starts_with('=')
            || before.ends_with(['=', '!', '<', '>'])
        {
            return None;
        }
        let before = before.strip_suffix(':').unwrap_or(before).trim_end();
        let before = before.strip_suffix("']").or_else(|| before.strip_suffix("\"]")).unwrap_or(before);
        let quote = quote_at_end(before);
        let before = before.strip_suffix(quote)?;
        let start = word_before(before);
        let (key, lead) = (before.get(start..)?, before.get(..start)?);
        let value = at + 1 + usize::from(sign == b'=' && rest.starts_with('>'));
        let lead = lead.strip_suffix(quote).unwrap_or(lead);
        let own = first && is_lead(lead.trim());
        (!key.is_empty()).then_some(Self { key, before, lead, quote, sign, own, value })
    }

    fn is_called(&self, name: &str) -> bool {
        self.key.eq_ignore_ascii_case(name)
    }

    /// What the key says, or the words before it with it: `Secret access key`.
    fn meaning(&self) -> Meaning {
        // An annotation that sums a Secret up.
        let said = if self.lead.ends_with("checksum/") { Meaning::Nothing } else { meaning(self.key) };
        let needs_more = ["key", "word", "phrase"].iter().any(|word| self.is_called(word));
        if said != Meaning::Nothing || !needs_more || !self.quote.is_empty() {
            return said;
        }
        let mut words = 0;
        let mut start = self.before.len();
        for (at, letter) in self.before.char_indices().rev() {
            words += usize::from(letter == ' ');
            if words > 2 || !(letter.is_alphanumeric() || letter == ' ') || self.before.len() - at > LONGEST_NAME {
                break;
            }
            start = at;
        }
        self.before.get(start..).map_or(said, meaning)
    }

    /// A colon inside a line is one behind a key only where quotes or white space say so: `image:tag` is no pair.
    fn is_followed_by_value(&self, rest: &str) -> bool {
        self.sign == b'='
            || self.own
            || !self.quote.is_empty()
            || self.lead.ends_with(['{', ','])
            || rest.is_empty()
            || rest.starts_with([' ', '\t', '"', '\'', '\\', '>', '|'])
    }

    /// Whether a shell's variable is set to what another one or a command gives.
    fn is_of_shell(&self, value: &str) -> bool {
        let command = value.strip_prefix("$(").and_then(|rest| rest.find(')')).map(|end| end + 3);
        let end = command.unwrap_or_else(|| value.find([' ', '\t', ';']).unwrap_or(value.len()));
        let word = bare(value.get(..end).unwrap_or_default());
        let small =
            word.strip_prefix('$').is_some_and(|name| name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_'));
        let begins = ["&&", "||", ";", "then", "do", "{", "("].iter().any(|sign| self.lead.trim_end().ends_with(sign));
        self.sign == b'=' && !word.is_empty() && (is_reference(word) && (self.own || begins) || small && begins)
    }

    /// Whether the value goes on below, or begins there.
    fn open(&self, value: &str, key: &'a str) -> Option<Open<'a>> {
        let of = |form| Some(Open { key, indent: self.lead.len(), form });
        if self.sign == b':' {
            let block = value.strip_prefix(['|', '>']).is_some_and(|rest| {
                let marks = rest.split(" #").next().unwrap_or_default().trim();
                marks.len() < 3 && marks.bytes().all(|mark| mark.is_ascii_digit() || matches!(mark, b'+' | b'-'))
            });
            if block {
                return of(Form::Block);
            }
            if matches!(value, "" | "[" | "{") {
                return of(Form::Any);
            }
        }
        let quote = match quote_at_start(value) {
            "\"" => "\"",
            "'" => "'",
            _ if self.own && value.ends_with('\\') => return of(Form::Continued),
            _ => return None,
        };
        if quoted_length(value, quote).is_none() { of(Form::Quoted(quote)) } else { None }
    }

    /// How long the value at the beginning of `rest` is, white space before it included.
    fn value_length(&self, rest: &str) -> usize {
        if self.own && self.quote.is_empty() {
            return rest.len();
        }
        let value = rest.trim_start();
        let lead = rest.len() - value.len();
        let quote = quote_at_start(value);
        if !quote.is_empty() {
            return lead + quoted_length(value, quote).unwrap_or(value.len());
        }
        if value.starts_with('[') {
            return lead + value.find(']').map_or(value.len(), |end| end + 1);
        }
        let flow = self.lead.trim_end().ends_with(['{', ',']) && self.sign == b':';
        let ends: &[char] = if flow { &[',', '}', ']'] } else { &['"', '\'', '<', '`'] };
        lead + length_until(value, ends)
    }
}

/// What may stand before a line's own key.
fn is_lead(lead: &str) -> bool {
    matches!(lead, "" | "-" | "- -" | "?" | "#" | ";" | "//" | "export" | "set" | "declare -x" | "ENV" | "ARG")
}
