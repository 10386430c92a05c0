//! Lengths of time in words.

use std::time::Duration;

/// `0.2 s`, `36 s`, `1 min 5 s`, `1 h 2 min`.
pub(super) fn took(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_get_the_unit_that_fits() {
        let of = |millis| took(Duration::from_millis(millis));
        assert_eq!(of(1_800_000), "30 min");
        assert_eq!([of(180), of(36_000), of(65_000), of(3_720_000)], ["0.2 s", "36 s", "1 min 5 s", "1 h 2 min"]);
    }
}
