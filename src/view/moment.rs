//! Moments of the document in words. The clock is the plan's own `created_at`: the same document always reads the same.

use jiff::{Timestamp, tz::TimeZone};

/// `2026-08-21 14:02 UTC`; what is no timestamp stays as it is.
pub fn absolute(moment: &str) -> String {
    match moment.parse::<Timestamp>() {
        Ok(moment) => moment.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => moment.to_owned(),
    }
}

/// `2026-08-21`, in UTC; what is no timestamp stays as it is.
pub(crate) fn day(moment: &str) -> String {
    match moment.parse::<Timestamp>() {
        Ok(moment) => moment.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string(),
        Err(_) => moment.to_owned(),
    }
}

/// `3 h ago`, seen from `now`; the absolute moment when one of both is no timestamp or it lies ahead.
pub fn ago(moment: &str, now: &str) -> String {
    let (Ok(then), Ok(now)) = (moment.parse::<Timestamp>(), now.parse::<Timestamp>()) else {
        return absolute(moment);
    };
    let seconds = now.as_second() - then.as_second();
    match seconds {
        ..0 => absolute(moment),
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_get_one_unit() {
        let now = "2026-08-21T12:00:00Z";
        assert_eq!(ago("2026-08-21T11:59:20Z", now), "40 s ago");
        assert_eq!(ago("2026-08-21T11:46:00Z", now), "14 min ago");
        assert_eq!(ago("2026-08-21T09:00:00Z", now), "3 h ago");
        assert_eq!(ago("2026-08-11T09:00:00Z", now), "10 days ago");
        assert_eq!(ago("2026-08-21T13:00:00Z", now), "2026-08-21 13:00 UTC");
        assert_eq!(ago("yesterday", now), "yesterday");
    }
}
