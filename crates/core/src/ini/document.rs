//! A CSP.ini that can be changed and written again.

use std::{collections::HashMap, fmt};

use super::lexer::{Content, Format, lines};

/// Sections in their order. Comments and blank lines are not kept; names and keys compare without case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Document {
    sections: Vec<Section>,
    /// Where each section is, by its name in lower case.
    places: HashMap<String, usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    name: String,
    /// Key and value; a line without `=` is a key alone.
    lines: Vec<(String, Option<String>)>,
    /// Where each key is, in lower case.
    places: HashMap<String, usize>,
}

impl Document {
    /// Reads a text. Lines before the first section are in no document and come back beside it.
    pub(crate) fn parse(text: &str) -> (Self, Vec<&str>) {
        let mut document = Self::default();
        let mut outside = Vec::new();
        for line in lines(text, Format::CspIni) {
            match (line.section, line.content) {
                (_, Content::Nothing) => {}
                (Some(name), Content::Heading) => document.section(name, |_| {}),
                (Some(name), Content::Entry { key, value }) => {
                    document.section(name, |section| section.set(key, value.map(str::to_owned)));
                }
                (None, _) => outside.push(line.text.trim()),
            }
        }
        (document, outside)
    }

    /// Sets a key, in the place of an earlier one.
    pub(crate) fn set(&mut self, section: &str, key: &str, value: &str) {
        self.section(section, |section| section.set(key, Some(value.to_owned())));
    }

    /// Adds a line without a value.
    pub(crate) fn mark(&mut self, section: &str, line: &str) {
        self.section(section, |section| section.set(line, None));
    }

    /// Lays another text over this one: its keys win, its sections are added.
    pub(crate) fn merge(&mut self, other: Self) {
        for theirs in other.sections {
            self.section(&theirs.name, |ours| theirs.lines.into_iter().for_each(|(key, value)| ours.set(&key, value)));
        }
    }

    /// Takes `line` out of every section that has one of `keys`.
    pub(crate) fn unmark_where(&mut self, line: &str, keys: &[&str]) {
        for section in &mut self.sections {
            if keys.iter().any(|key| section.has(key)) {
                section.lines.retain(|(known, _)| known != line);
                section.places = places(section.lines.iter().map(|(key, _)| key.as_str()));
            }
        }
    }

    /// Whether any section has `key`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.sections.iter().any(|section| section.has(key))
    }

    /// Does `change` to the section of that name, which is added at the end when there is none.
    fn section(&mut self, name: &str, change: impl FnOnce(&mut Section)) {
        let at = *self.places.entry(name.to_ascii_lowercase()).or_insert(self.sections.len());
        if at == self.sections.len() {
            self.sections.push(Section { name: name.to_owned(), lines: Vec::new(), places: HashMap::new() });
        }
        self.sections.get_mut(at).map(change);
    }
}

/// Where each of some names is, in lower case.
fn places<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<String, usize> {
    names.enumerate().map(|(at, name)| (name.to_ascii_lowercase(), at)).collect()
}

impl Section {
    fn has(&self, key: &str) -> bool {
        self.places.contains_key(&key.to_ascii_lowercase())
    }

    fn set(&mut self, key: &str, value: Option<String>) {
        let at = *self.places.entry(key.to_ascii_lowercase()).or_insert(self.lines.len());
        match self.lines.get_mut(at) {
            Some(line) => line.1 = value,
            None => self.lines.push((key.to_owned(), value)),
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, section) in self.sections.iter().enumerate() {
            writeln!(out, "{}[{}]", if at == 0 { "" } else { "\n" }, section.name)?;
            for (key, value) in &section.lines {
                match value {
                    Some(value) => writeln!(out, "{key}={value}")?,
                    None => writeln!(out, "{key}")?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_other_text_win_and_sections_are_added() {
        let (mut ours, _) = Document::parse("[SYSTEM]\nA=1\nB=2\n\n[pod-0]\nIp=x\n");
        let (theirs, outside) =
            Document::parse("lost=1\n; comment\n[system]\r\n b = 3=4 \n[new]\nC=]]]U1lT\nalone\n[pod-0]\nD=\n");
        assert_eq!(outside, ["lost=1"]);
        ours.merge(theirs);
        assert_eq!(ours.to_string(), "[SYSTEM]\nA=1\nB=3=4\n\n[pod-0]\nIp=x\nD=\n\n[new]\nC=]]]U1lT\nalone\n");
        assert!(ours.has("c") && !ours.has("x"));
    }

    #[test]
    fn a_mark_goes_where_a_key_stands_for_it() {
        let mut document = Document::default();
        for section in ["a", "b"] {
            document.mark(section, ";login");
        }
        document.set("b", "Password", "x");
        document.unmark_where(";login", &["username", "password"]);
        assert_eq!(document.to_string(), "[a]\n;login\n\n[b]\nPassword=x\n");
    }
}
