//! Values that are secret by what they look like, whatever they are called.

use std::ops::Range;

use super::scan::{Found, part};
use iriskit_state::seal_ranges;

/// What begins a text in the form of PEM.
const PEM: &str = "-----BEGIN ";
/// The same in base64, and the word `PRIVATE` in it, wherever it may stand.
const PEM_BASE64: &str = "LS0tLS1CRUdJTi";
const PRIVATE_BASE64: [&str; 3] = ["UFJJVkFUR", "BSSVZBVE", "QUklWQVRF"];
/// How tokens of well-known services begin, and how many letters follow at least.
const TOKENS: [(&str, usize); 28] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("AGE-SECRET-KEY-1", 20),
    ("dckr_pat_", 16),
    ("dop_v1_", 32),
    ("eyJ", 30),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("hvs.", 16),
    ("hvb.", 16),
    ("npm_", 20),
    ("pypi-", 20),
    ("rk_live_", 16),
    ("shpat_", 16),
    ("sk-ant-", 16),
    ("sk-proj-", 16),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("whsec_", 16),
    ("xapp-", 10),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("ya29.", 16),
];
/// How hashes of passwords begin.
const CRYPT: [&str; 10] = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$apr1$", "$argon2", "$y$", "$pbkdf2"];
/// Where a path in a URL is the secret.
const HOOKS: [&str; 2] = ["hooks.slack.com/services/", "discord.com/api/webhooks/"];
/// Words before a token in a header.
const SCHEMES: [&str; 3] = ["Basic ", "Bearer ", "Digest "];
/// How long a word is that may be random.
const RANDOM: std::ops::RangeInclusive<usize> = 20..=256;
/// How words begin that look random and are public: keys of SSH, checksums.
const PUBLIC: [&str; 6] = ["AAAA", "sha256-", "sha384-", "sha512-", "SHA256", "LS0tLS1CRUdJTi"];

/// The secrets of a text by their looks.
pub(super) fn shapes(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let public = blocks(text, &mut found);
    found.extend(seal_ranges(text).map(|range| Found { key: "sealed", range }));
    let mut blocks = public.iter().peekable();
    let mut start = 0;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        if is_token_letter(letter) {
            continue;
        }
        while blocks.next_if(|block| block.end <= start).is_some() {}
        if at > start && blocks.peek().is_none_or(|block| block.start >= at) {
            word(text, start..at, &mut found);
        }
        start = at + letter.len_utf8();
    }
    for hook in HOOKS {
        for (at, _) in text.match_indices(hook) {
            let start = at + hook.len();
            let rest = text.get(start..).unwrap_or_default();
            let length = rest
                .bytes()
                .take(LONGEST_PATH)
                .take_while(|byte| byte.is_ascii_graphic() && !b"\"'<>,;".contains(byte))
                .count();
            found.push(Found { key: "webhook", range: start..start + length });
        }
    }
    for scheme in SCHEMES {
        for (at, _) in text.match_indices(scheme) {
            let start = at + scheme.len();
            let rest = text.get(start..).unwrap_or_default();
            let length = rest
                .bytes()
                .take(LONGEST_PATH)
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=._-~".contains(byte))
                .count();
            let token = part(rest, 0..length);
            if token.len() >= 8 && token.contains(|c: char| c.is_ascii_digit() || matches!(c, '=' | '+' | '/')) {
                found.push(Found { key: "Authorization", range: start..start + length });
            }
        }
    }
    found
}

const LONGEST_PATH: usize = 4_096;

/// Private keys are found; other blocks of PEM are public, and come back.
fn blocks<'a>(text: &'a str, found: &mut Vec<Found<'a>>) -> Vec<Range<usize>> {
    let mut public = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(PEM) {
        if at < from {
            continue;
        }
        let rest = text.get(at + PEM.len()..).unwrap_or_default();
        let Some(label) = rest.get(..rest.len().min(64)).or(Some(rest)).and_then(|head| head.split_once("-----"))
        else {
            continue;
        };
        let start = at + PEM.len() + label.0.len() + 5;
        let inside = text.get(start..).unwrap_or_default();
        let end = start + inside.find("-----END ").unwrap_or(inside.len());
        from = end;
        if label.0.contains("PRIVATE") {
            let body = part(text, start..end);
            let lead = body.len() - body.trim_start().len();
            found.push(Found { key: "private key", range: start + lead..start + lead + body.trim().len() });
        } else {
            public.push(at..end);
        }
    }
    for mark in ["PuTTY-User-Key-File-", "Private-Lines:"] {
        if let Some(at) = text.find(mark) {
            found
                .push(Found { key: "private key", range: at + mark.len()..text.trim_end().len().max(at + mark.len()) });
        }
    }
    public
}

fn is_token_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '.' | '$' | '=')
}

/// Whether a word of a text is a token, a hash of a password, a private key, or random.
fn word<'a>(text: &'a str, range: Range<usize>, found: &mut Vec<Found<'a>>) {
    let whole = part(text, range.clone());
    if whole.len() < 12 {
        return;
    }
    if let Some(at) = whole.find(PEM_BASE64) {
        let head = part(whole, at..(at + 100).min(whole.len()));
        if PRIVATE_BASE64.iter().any(|private| head.contains(private)) {
            found.push(Found { key: "private key", range: range.start + at..range.end });
        }
        return;
    }
    let before = found.len();
    // What assigns and what joins paths is not of the value.
    let mut start = range.start;
    for piece in whole.split_inclusive(['=', '/']) {
        let end = start + piece.len();
        let bare = piece.trim_end_matches(['=', '/']);
        let known = TOKENS.iter().any(|(begin, least)| bare.len() >= begin.len() + least && bare.starts_with(begin));
        if known || is_random(bare) {
            found.push(Found { key: "token", range: start..start + bare.len() });
        }
        start = end;
    }
    let crypt = CRYPT.iter().filter_map(|begin| whole.find(begin)).min();
    if let Some(at) = crypt.filter(|at| whole.len() - at > 20) {
        found.push(Found { key: "hash", range: range.start + at..range.end });
    }
    if found.len() == before && is_random(whole) {
        found.push(Found { key: "token", range });
    }
}

/// What a letter of a random word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Small,
    Capital,
    Digit,
    /// Of base64, or what joins words.
    Join,
}

impl Sort {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            b'a'..=b'z' => Some(Self::Small),
            b'A'..=b'Z' => Some(Self::Capital),
            b'0'..=b'9' => Some(Self::Digit),
            b'+' | b'/' | b'_' | b'-' => Some(Self::Join),
            _ => None,
        }
    }
}

/// Whether a word is one of a generator of keys: small letters, capitals and digits without order. Words that people
/// write change from one sort to another far less often.
pub(super) fn is_random(word: &str) -> bool {
    let bare = word.trim_end_matches('=');
    if !RANDOM.contains(&bare.len()) || PUBLIC.iter().any(|begin| bare.starts_with(begin)) {
        return false;
    }
    let sorts: Option<Vec<Sort>> = bare.bytes().map(Sort::of).collect();
    let Some(sorts) = sorts else { return false };
    let has = |sort: Sort| sorts.contains(&sort);
    let joins = sorts.iter().filter(|sort| **sort == Sort::Join).count();
    let changes = sorts.windows(2).filter(|pair| matches!(pair, [one, other] if one != other)).count();
    // Between random letters of 62 about 6 of 10 change; in words joined by capitals or dashes 2 or 3.
    has(Sort::Small)
        && has(Sort::Capital)
        && has(Sort::Digit)
        && joins * 8 <= sorts.len()
        && changes * 5 >= sorts.len() * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut found = shapes(text);
        found.sort_by_key(|found| found.range.start);
        found.into_iter().filter_map(|found| text.get(found.range)).collect()
    }

    /// A letter of each sort in an order that no word has.
    fn random(length: usize) -> String {
        "x7Kq2PzR9vT4mYc8LhB3nWd5".chars().cycle().take(length).collect()
    }

    #[test]
    fn words_that_a_generator_makes_are_told_from_words() {
        assert!(is_random(&random(20)) && is_random(&random(64)));
        for word in [
            "MaxServerConnectionsTimeout2024",
            "com.example.Thing42AndSomeMore",
            "a3f5c1d2e4b6a7988f0e1d2c3b4a5968",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "registry.example/iris",
            "c-data-0-6bfb7c9f56",
            "550e8400-e29b-41d4-a716-446655440000",
            "AAAAC3NzaC1lZDI1NTE5AAAAIJx7Kq2PzR9vT4mYc8",
            "sha256-x7Kq2PzR9vT4mYc8LhB3nWd5x7Kq2PzR9vT4mYc8",
            "hospital-data-0-webgateway-config-2024A",
            "short1A",
        ] {
            assert!(!is_random(word), "{word}");
        }
    }

    #[test]
    fn tokens_keys_and_hashes_are_found() {
        let random = random(40);
        let ghp = format!("ghp_{random}");
        assert_eq!(found(&format!("a {ghp}, b")), [ghp.as_str()]);
        let hash = format!("$2y$10${random}");
        assert_eq!(found(&format!("user:{hash}\n")), [hash.as_str()]);
        assert_eq!(found("Authorization: Bearer abcdef1234"), ["abcdef1234"]);
        assert_eq!(found("a Bearer token, Basic authentication"), Vec::<&str>::new());
        let key = format!("x\n-----BEGIN EC PRIVATE KEY-----\n{random}\n-----END EC PRIVATE KEY-----\n");
        assert_eq!(found(&key)[0], random);
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{random}\n{random}\n-----END CERTIFICATE-----\n");
        assert_eq!(found(&certificate), Vec::<&str>::new());
    }
}
