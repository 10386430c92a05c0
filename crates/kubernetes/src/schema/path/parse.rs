//! Reading paths back from text.

use std::{borrow::Cow, collections::BTreeMap, iter::Peekable, str::Chars};

use serde_json::Value;

use super::{Path, PathElement, PathError};
use crate::schema::{Kind, Type, TypeId, inside::inside, table};

impl Path {
    /// Reads what `Display` wrote. A dot inside the key of a map (`.metadata.labels.example.com/a`) can't be told from
    /// one between fields here: it is read as two fields, which display alike. [`Path::parse_in`] knows better.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Reader::new(text).path(None)
    }

    /// Reads what `Display` wrote of a path inside an object of this kind; the exact inverse.
    pub fn parse_in(kind: &Kind, text: &str) -> Result<Self, PathError> {
        Reader::new(text).path(Some(kind.root))
    }
}

struct Reader<'a> {
    text: &'a str,
    letters: Peekable<Chars<'a>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, letters: text.chars().peekable() }
    }

    fn wrong(&self) -> PathError {
        PathError::Text(self.text.to_owned())
    }

    fn path(mut self, root: Option<TypeId>) -> Result<Path, PathError> {
        let mut path = Path::default();
        let mut here = root;
        while let Some(letter) = self.letters.next() {
            let element = match letter {
                '.' => self.field(here),
                '[' => self.item()?,
                _ => return Err(self.wrong()),
            };
            here = here.and_then(|id| inside(id, &element));
            path.0.push(element);
        }
        Ok(path)
    }

    fn field(&mut self, here: Option<TypeId>) -> PathElement {
        // Below a map of single values nothing else can follow: the rest is the key.
        let whole = matches!(here.map(|id| table().type_of(id)), Some(Type::Map { value, .. })
            if matches!(table().type_of(*value), Type::Scalar(_)));
        let mut name = String::new();
        while let Some(letter) = self.letters.next_if(|letter| whole || !matches!(letter, '.' | '[')) {
            name.push(letter);
        }
        PathElement::Field(Cow::Owned(name))
    }

    fn item(&mut self) -> Result<PathElement, PathError> {
        match self.letters.peek() {
            Some('=') => {
                self.letters.next();
                let value = self.value()?;
                self.end()?;
                Ok(PathElement::Value(value))
            }
            Some('0'..='9') => {
                let mut digits = String::new();
                while let Some(digit) = self.letters.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                self.end()?;
                digits.parse().map(PathElement::Index).map_err(|_| self.wrong())
            }
            _ => self.key(),
        }
    }

    fn key(&mut self) -> Result<PathElement, PathError> {
        let mut key = BTreeMap::new();
        loop {
            let mut name = String::new();
            loop {
                match self.letters.next() {
                    Some('=') => break,
                    Some(letter) => name.push(letter),
                    None => return Err(self.wrong()),
                }
            }
            key.insert(Cow::Owned(name), self.value()?);
            match self.letters.next() {
                Some(',') => {}
                Some(']') => return Ok(PathElement::Key(key)),
                _ => return Err(self.wrong()),
            }
        }
    }

    fn end(&mut self) -> Result<(), PathError> {
        if self.letters.next() == Some(']') { Ok(()) } else { Err(self.wrong()) }
    }

    fn value(&mut self) -> Result<Value, PathError> {
        if self.letters.next_if_eq(&'"').is_some() {
            return self.quoted().map(Value::String);
        }
        let mut word = String::new();
        while let Some(letter) = self.letters.next_if(|letter| !matches!(letter, ',' | ']')) {
            word.push(letter);
        }
        serde_json::from_str(&word).map_err(|_| self.wrong())
    }

    fn quoted(&mut self) -> Result<String, PathError> {
        let mut text = String::new();
        loop {
            match self.letters.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(letter) => text.push(letter),
                None => return Err(self.wrong()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, PathError> {
        Ok(match self.letters.next() {
            Some(letter @ ('"' | '\\')) => letter,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('v') => '\u{b}',
            Some('f') => '\u{c}',
            Some('x') => {
                let mut code = 0;
                for _ in 0..2 {
                    let digit = self.letters.next().and_then(|digit| digit.to_digit(16)).ok_or_else(|| self.wrong())?;
                    code = code * 16 + digit;
                }
                char::from_u32(code).ok_or_else(|| self.wrong())?
            }
            _ => return Err(self.wrong()),
        })
    }
}
