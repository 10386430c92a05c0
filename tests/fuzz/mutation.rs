//! Random texts that are nearly right.

use serde_json::{Value, json};

/// Pieces that readers stumble over.
const PIECES: [&str; 30] = [
    "\t",
    "\r",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "\u{85}",
    "---\n",
    "...\n",
    ": ",
    "- ",
    "? ",
    "{",
    "[",
    "}",
    "]",
    "&a ",
    "*a",
    "!!binary ",
    "!x ",
    "|\n",
    ">-\n",
    "<<: ",
    "#",
    "\"",
    "'",
    "999999999999999999999999",
    "1e999",
    "null",
    "日本",
];

/// A source of texts, by a seed.
pub(crate) struct Mutation<'a> {
    texts: &'a [String],
    state: u64,
}

impl<'a> Mutation<'a> {
    pub(crate) fn new(seed: u64, texts: &'a [String]) -> Self {
        Self { texts, state: seed | 1 }
    }

    /// A number below `end`, by xorshift.
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn range(&mut self, text: &str) -> std::ops::Range<usize> {
        let (a, b) = (self.place(text), self.place(text));
        let (begin, end) = (a.min(b), a.max(b));
        // Mostly short ones.
        let mut short = end.min(begin + 1 + self.below(40));
        while !text.is_char_boundary(short) {
            short += 1;
        }
        begin..if self.below(4) == 0 { end } else { short.min(end) }
    }

    /// The next text.
    pub(crate) fn text(&mut self) -> String {
        let mut text = self.texts[self.below(self.texts.len())].clone();
        for _ in 0..=self.below(4) {
            match self.below(5) {
                0 => {
                    let range = self.range(&text);
                    text.replace_range(range, "");
                }
                1 => {
                    let range = self.range(&text);
                    let copy = text.get(range).unwrap().to_owned();
                    let at = self.place(&text);
                    text.insert_str(at, &copy);
                }
                2 => {
                    let other = self.texts[self.below(self.texts.len())].clone();
                    let range = self.range(&other);
                    let at = self.place(&text);
                    text.insert_str(at, other.get(range).unwrap());
                }
                3 => {
                    let at = self.place(&text);
                    let piece = PIECES[self.below(PIECES.len())];
                    text.insert_str(at, &piece.repeat(1 + self.below(3)));
                }
                _ => {
                    let range = self.range(&text);
                    let piece = PIECES[self.below(PIECES.len())];
                    text.replace_range(range, piece);
                }
            }
        }
        text
    }

    /// One of these documents, with some other leaves.
    pub(crate) fn value(&mut self, documents: &[Value]) -> Value {
        let mut document = documents[self.below(documents.len())].clone();
        for _ in 0..=self.below(3) {
            let leaves = leaves(&document);
            let pointer = &leaves[self.below(leaves.len())];
            let leaf = document.pointer_mut(pointer).unwrap();
            *leaf = match leaf {
                Value::String(_) => json!(PIECES[self.below(PIECES.len())].repeat(1 + self.below(40))),
                Value::Number(_) => json!(u64::MAX >> self.below(64)),
                Value::Bool(known) => json!(!*known),
                _ => json!({"x": [PIECES[self.below(PIECES.len())], null, -1]}),
            };
        }
        document
    }
}

/// Pointers to everything that has nothing inside.
fn leaves(value: &Value) -> Vec<String> {
    let inside =
        |step: String, inner: &Value| leaves(inner).into_iter().map(move |rest| format!("/{step}{rest}")).collect();
    let found: Vec<Vec<String>> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, inner)| inside(at.to_string(), inner)).collect(),
        Value::Object(members) => {
            let step = |key: &String| key.replace('~', "~0").replace('/', "~1");
            members.iter().map(|(key, inner)| inside(step(key), inner)).collect()
        }
        _ => Vec::new(),
    };
    let found: Vec<String> = found.into_iter().flatten().collect();
    if found.is_empty() { vec![String::new()] } else { found }
}
