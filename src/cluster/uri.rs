//! Query strings. The server ignores parameters that it does not know, a misspelt `dryRun` included: names are
//! written in one place each.

use std::fmt::Write as _;

/// A path with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    text: String,
    separator: char,
}

impl Target {
    /// A path whose segments are escaped.
    pub(super) fn new(path: impl Into<String>) -> Self {
        Self { text: path.into(), separator: '?' }
    }

    /// Adds a parameter.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.text.push(self.separator);
        self.text.push_str(name);
        self.text.push('=');
        escape(&mut self.text, value);
        self.separator = '&';
        self
    }

    /// Adds a parameter when there is a value.
    #[must_use]
    pub(super) fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Asks for a dry run.
    #[must_use]
    pub(super) fn dry_run(self, dry_run: bool) -> Self {
        if dry_run { self.with("dryRun", "All") } else { self }
    }

    /// The path alone.
    pub(super) fn path(&self) -> &str {
        self.text.split('?').next().unwrap_or_default()
    }

    /// Path and query.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

/// A name as a segment of a path. Valid names need no escaping; others must not reach beyond their segment.
pub(super) fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    escape(&mut out, name);
    out
}

fn escape(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        let target = Target::new("/api/v1/pods").with("labelSelector", "a/b in (c, d)").maybe("x", None).dry_run(true);
        assert_eq!(target.as_str(), "/api/v1/pods?labelSelector=a%2Fb%20in%20%28c%2C%20d%29&dryRun=All");
    }
}
