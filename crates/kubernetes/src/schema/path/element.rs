//! One step of a path.

use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use serde_json::{Number, Value};

use super::error::PathError;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathElement {
    /// A field of a struct, or a key of a map.
    Field(Cow<'static, str>),
    /// The item of a list that has these fields.
    Key(BTreeMap<Cow<'static, str>, Value>),
    /// The item of a set.
    Value(Value),
    /// The item at this place, counted from 0.
    Index(usize),
}

impl PathElement {
    /// A field or key of a map.
    pub fn field(name: &str) -> Self {
        Self::Field(Cow::Owned(name.to_owned()))
    }

    /// An item with one key field: `PathElement::key("name", "db")`.
    pub fn key(field: &'static str, value: impl Into<Value>) -> Self {
        Self::Key(BTreeMap::from([(Cow::Borrowed(field), value.into())]))
    }

    /// The key of `fieldsV1` for it: `f:NAME`, `k:{"name":"db"}`, `v:"x"`, `i:0`.
    pub fn to_fields_v1(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(key) => {
                let mut text = String::from("k:{");
                for (at, (name, value)) in key.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    let name = Value::from(name.as_ref());
                    // Writing to a String can't fail.
                    let _ = write!(text, "{comma}{name}:{value}");
                }
                text.push('}');
                text
            }
            Self::Value(value) => format!("v:{value}"),
            Self::Index(index) => format!("i:{index}"),
        }
    }

    /// Reads a key of `fieldsV1`.
    pub(crate) fn from_fields_v1(text: &str) -> Result<Self, PathError> {
        let wrong = || PathError::FieldsV1(text.to_owned());
        let (letter, rest) = text.split_once(':').ok_or_else(wrong)?;
        match letter {
            "f" => Ok(Self::field(rest)),
            "k" => {
                let key: BTreeMap<Cow<'static, str>, Value> = serde_json::from_str(rest).map_err(|_| wrong())?;
                Ok(Self::Key(key))
            }
            "v" => serde_json::from_str(rest).map(Self::Value).map_err(|_| wrong()),
            "i" => rest.parse().map(Self::Index).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }

    pub(super) fn write_human(&self, text: &mut String) {
        let in_brackets = |text: &mut String, inner: &str| {
            text.push('[');
            text.push_str(inner);
            text.push(']');
        };
        match self {
            Self::Field(name) if name.is_empty() || name.contains(['.', '/', '[', ']', ' ']) => in_brackets(text, name),
            Self::Field(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Self::Key(key) => in_brackets(text, &key.values().map(plain).collect::<Vec<_>>().join("/")),
            Self::Value(value) => in_brackets(text, &plain(value)),
            Self::Index(index) => in_brackets(text, &index.to_string()),
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl fmt::Display for PathElement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(out, ".{name}"),
            Self::Key(key) => {
                out.write_char('[')?;
                for (at, (name, value)) in key.iter().enumerate() {
                    if at > 0 {
                        out.write_char(',')?;
                    }
                    write!(out, "{name}=")?;
                    write_value(value, out)?;
                }
                out.write_char(']')
            }
            Self::Value(value) => {
                out.write_str("[=")?;
                write_value(value, out)?;
                out.write_char(']')
            }
            Self::Index(index) => write!(out, "[{index}]"),
        }
    }
}

fn write_value(value: &Value, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::String(text) => write_quoted(text, out),
        other => write!(out, "{other}"),
    }
}

/// Text in double quotes with the escapes of Go's `%q`.
fn write_quoted(text: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{7}' => out.write_str("\\a")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{b}' => out.write_str("\\v")?,
            '\u{c}' => out.write_str("\\f")?,
            low if u32::from(low) < 0x20 || low == '\u{7f}' => write!(out, "\\x{:02x}", u32::from(low))?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}

/// Fields before keys before values before indexes, as the server sorts them.
impl Ord for PathElement {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(a), Self::Field(b)) => a.cmp(b),
            (Self::Key(a), Self::Key(b)) => compare_keys(a, b),
            (Self::Value(a), Self::Value(b)) => compare(a, b),
            (Self::Index(a), Self::Index(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for PathElement {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PathElement {
    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Value(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

fn compare_keys(a: &BTreeMap<Cow<'static, str>, Value>, b: &BTreeMap<Cow<'static, str>, Value>) -> Ordering {
    let mut left = a.iter();
    let mut right = b.iter();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some((name_a, value_a)), Some((name_b, value_b))) => {
                let order = name_a.cmp(name_b).then_with(|| compare(value_a, value_b));
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

/// A total order of values: numbers, texts, booleans, arrays, objects, null.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            a.iter().zip(b).map(|(a, b)| compare(a, b)).find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => a
            .iter()
            .zip(b)
            .map(|((name_a, a), (name_b, b))| name_a.cmp(name_b).then_with(|| compare(a, b)))
            .find(|order| order.is_ne())
            .unwrap_or(a.len().cmp(&b.len())),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn compare_numbers(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        (None, None) => {
            let order = a.as_f64().partial_cmp(&b.as_f64());
            order.unwrap_or(Ordering::Equal)
        }
        // 1 and 1.0 are told apart, as `Number` does.
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}
