//! Text of sections with `key=value` lines, such as CSP.ini.

use std::fmt;

/// Sections in their order. Comments and blank lines are not kept; names and keys compare without case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ini {
    sections: Vec<Section>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    name: String,
    /// Key and value; a line without `=` is a key alone.
    lines: Vec<(String, Option<String>)>,
}

impl Ini {
    /// Reads a text; `;` and `#` begin a comment. Lines before the first section come back apart.
    pub(super) fn parse(text: &str) -> (Self, Vec<&str>) {
        let mut ini = Self::default();
        let mut stray = Vec::new();
        let mut here: Option<&str> = None;
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with([';', '#']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                ini.section(name, |_| {});
                here = Some(name);
                continue;
            }
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key.trim_end(), Some(value.trim_start().to_owned())),
                None => (line, None),
            };
            match here {
                Some(name) => ini.section(name, |section| section.set(key, value)),
                None => stray.push(line),
            }
        }
        (ini, stray)
    }

    /// Sets a key, in the place of an earlier one.
    pub(super) fn set(&mut self, section: &str, key: &str, value: &str) {
        self.section(section, |section| section.set(key, Some(value.to_owned())));
    }

    /// Adds a line that is no `key=value`.
    pub(super) fn mark(&mut self, section: &str, line: &str) {
        self.section(section, |section| section.set(line, None));
    }

    /// Lays another text over this one: its keys win, its sections are added.
    pub(super) fn merge(&mut self, other: Self) {
        for theirs in other.sections {
            self.section(&theirs.name, |ours| theirs.lines.into_iter().for_each(|(key, value)| ours.set(&key, value)));
        }
    }

    /// Takes `line` out of every section that has one of `keys`.
    pub(super) fn unmark_where(&mut self, line: &str, keys: &[&str]) {
        for section in &mut self.sections {
            if keys.iter().any(|key| section.has(key)) {
                section.lines.retain(|(known, _)| known != line);
            }
        }
    }

    /// Whether any section has `key`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.sections.iter().any(|section| section.has(key))
    }

    /// Does `change` to the section of that name, which is added at the end when there is none.
    fn section(&mut self, name: &str, change: impl FnOnce(&mut Section)) {
        if let Some(section) = self.sections.iter_mut().find(|section| section.name.eq_ignore_ascii_case(name)) {
            return change(section);
        }
        let mut section = Section { name: name.to_owned(), lines: Vec::new() };
        change(&mut section);
        self.sections.push(section);
    }
}

impl Section {
    fn has(&self, key: &str) -> bool {
        self.lines.iter().any(|(known, _)| known.eq_ignore_ascii_case(key))
    }

    fn set(&mut self, key: &str, value: Option<String>) {
        match self.lines.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
            Some(line) => line.1 = value,
            None => self.lines.push((key.to_owned(), value)),
        }
    }
}

impl fmt::Display for Ini {
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
        let (mut ours, _) = Ini::parse("[SYSTEM]\nA=1\nB=2\n\n[pod-0]\nIp=x\n");
        let (theirs, stray) =
            Ini::parse("lost=1\n; comment\n[system]\r\n b = 3=4 \n[new]\nC=]]]U1lT\nalone\n[pod-0]\nD=\n");
        assert_eq!(stray, ["lost=1"]);
        ours.merge(theirs);
        assert_eq!(ours.to_string(), "[SYSTEM]\nA=1\nB=3=4\n\n[pod-0]\nIp=x\nD=\n\n[new]\nC=]]]U1lT\nalone\n");
        assert!(ours.has("c") && !ours.has("x"));
    }

    #[test]
    fn a_mark_goes_where_a_key_stands_for_it() {
        let mut ini = Ini::default();
        for section in ["a", "b"] {
            ini.mark(section, ";login");
        }
        ini.set("b", "Password", "x");
        ini.unmark_where(";login", &["username", "password"]);
        assert_eq!(ini.to_string(), "[a]\n;login\n\n[b]\nPassword=x\n");
    }
}
