//! Times in the server's spelling.

/// Writes a time of RFC 3339 in UTC, with seconds, or with six decimals for a micro-time. Another text stays.
pub(super) fn canonical(text: &mut String, micro: bool) {
    if text.ends_with('Z') && !text.contains('.') && !micro {
        return;
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        *text = if micro { format!("{time:.6}") } else { time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() };
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_written_in_utc() {
        for (given, micro, stored) in [
            ("2026-01-01T01:00:00+01:00", false, "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00Z", false, "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00.5Z", false, "2026-01-01T00:00:00Z"),
            ("2026-01-01T01:00:00.000000+01:00", true, "2026-01-01T00:00:00.000000Z"),
            ("2026-01-01T00:00:00.123400Z", true, "2026-01-01T00:00:00.123400Z"),
            ("now", true, "now"),
        ] {
            let mut text = given.to_owned();
            super::canonical(&mut text, micro);
            assert_eq!(text, stored);
        }
    }
}
