//! Amounts as Kubernetes writes them: `500m`, `10Gi`, `1e3`.

use std::fmt;

const NANO: i128 = 1_000_000_000;
const MILLI: i128 = 1_000_000;
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
/// The most that a number with a binary suffix can be: larger ones are capped.
const CAP: i128 = 9_223_372_036_854_775_807 * NANO;

/// Why a text is no quantity; the texts are the server's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not digits and a suffix.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// Digits with a dot too many.
    #[error("unable to parse numeric part of quantity")]
    Number,
    /// A suffix that does not exist.
    #[error("unable to parse quantity's suffix")]
    Suffix,
    /// More than can be represented here: beyond 10^26.
    #[error("{0:?} is out of range")]
    Range(String),
}

/// An exact amount, to compare and to sum. Finer than 10^-9 is rounded away from zero, as the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount {
    nanos: i128,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0 };

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self { nanos: i128::from(number) * NANO }
    }

    /// How many billionths of one it is.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// The sum, or `None` when it is out of range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.nanos.checked_add(other.nanos).map(|nanos| Self { nanos })
    }

    /// The difference, or `None` when it is out of range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.nanos.checked_sub(other.nanos).map(|nanos| Self { nanos })
    }

    /// So many times as much, or `None` when it is out of range.
    pub fn times(self, count: usize) -> Option<Self> {
        i128::try_from(count).ok().and_then(|count| self.nanos.checked_mul(count)).map(|nanos| Self { nanos })
    }

    /// Whether it is more than `ratio` times `other`.
    pub fn is_more_than_times(self, ratio: Self, other: Self) -> bool {
        let scaled = self.nanos.checked_mul(NANO);
        // What is out of range as a product is more than any amount.
        ratio.nanos.checked_mul(other.nanos).is_some_and(|product| scaled.is_none_or(|scaled| scaled > product))
    }
}

/// Writes the amount with a binary suffix where one fits (`1Gi`), else as a decimal number.
impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&write(self.nanos, Format::Binary))
    }
}

/// How much a text is.
pub fn parse(text: &str) -> Result<Amount, QuantityError> {
    Ok(Amount { nanos: read(text.trim())?.nanos })
}

/// The text that the server stores for it in `resources`, in the storage of a claim and of a volume.
pub fn canonical(text: &str) -> Result<String, QuantityError> {
    let text = text.trim();
    let read = read(text)?;
    let rounded = round_up(read.nanos, MILLI);
    if read.as_given && rounded == read.nanos {
        return Ok(text.to_owned());
    }
    Ok(write(rounded, read.format))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// `1k`
    Decimal,
    /// `1e3`
    Exponent,
    /// `1Ki`
    Binary,
}

struct Read {
    nanos: i128,
    format: Format,
    /// The server keeps the text of numbers that look canonical at first sight.
    as_given: bool,
}

/// The parts of a number: the rules are loose (`1.Gi`, `+`, `.5`), as the server's are.
struct Parts<'a> {
    positive: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let (positive, rest) = match text.strip_prefix('-') {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = |text: &str| text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = rest.split_at(digits(rest));
    let whole = whole.trim_start_matches('0');
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    let exponent = suffix.trim_start_matches(|letter| "eEinumkKMGTP".contains(letter));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if exponent.contains(|letter: char| !letter.is_ascii_digit()) {
        return Err(QuantityError::Format);
    }
    Ok(Parts { positive, whole, fraction, suffix })
}

/// The power of ten or of two that a suffix stands for.
fn scale(suffix: &str) -> Result<(Format, i32), QuantityError> {
    Ok(match suffix {
        "" => (Format::Decimal, 0),
        "n" => (Format::Decimal, -9),
        "u" => (Format::Decimal, -6),
        "m" => (Format::Decimal, -3),
        "k" => (Format::Decimal, 3),
        "M" => (Format::Decimal, 6),
        "G" => (Format::Decimal, 9),
        "T" => (Format::Decimal, 12),
        "P" => (Format::Decimal, 15),
        "E" => (Format::Decimal, 18),
        "Ki" => (Format::Binary, 10),
        "Mi" => (Format::Binary, 20),
        "Gi" => (Format::Binary, 30),
        "Ti" => (Format::Binary, 40),
        "Pi" => (Format::Binary, 50),
        "Ei" => (Format::Binary, 60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
            (Format::Exponent, exponent.parse().map_err(|_| QuantityError::Suffix)?)
        }
    })
}

fn read(text: &str) -> Result<Read, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Format);
    }
    let parts = split(text)?;
    let (mut format, exponent) = scale(parts.suffix)?;
    let range = || QuantityError::Range(text.to_owned());
    let whole = if parts.whole.is_empty() { "0" } else { parts.whole };
    let shifted = format!("{whole}{}", parts.fraction);
    let number: i128 = shifted.parse().map_err(|_| range())?;
    let places = i32::try_from(parts.fraction.len()).map_err(|_| range())?;
    let nanos = match format {
        Format::Decimal | Format::Exponent => shift(number, exponent - places),
        Format::Binary => number
            .checked_shl(exponent.unsigned_abs())
            .filter(|raised| raised >> exponent == number)
            .and_then(|raised| shift(raised, -places)),
    }
    .ok_or_else(range)?;
    let as_given = looks_canonical(format, exponent, whole.len(), parts.fraction.len(), &shifted, number);
    let mut magnitude = nanos;
    if format == Format::Binary {
        magnitude = magnitude.min(CAP);
        if magnitude < NANO && !(parts.fraction.is_empty()) {
            format = Format::Decimal;
        }
    }
    Ok(Read { nanos: if parts.positive { magnitude } else { -magnitude }, format, as_given })
}

/// `number` × 10^`exponent` in units of 10^-9, rounded up.
fn shift(number: i128, exponent: i32) -> Option<i128> {
    let exponent = exponent.checked_add(9)?;
    if number == 0 {
        return Some(0);
    }
    let factor = 10i128.checked_pow(exponent.unsigned_abs());
    if exponent >= 0 {
        number.checked_mul(factor?)
    } else {
        Some(factor.map_or(1, |factor| number / factor + i128::from(number % factor != 0)))
    }
}

/// Whether the server keeps the text as it was given: its fast path for short numbers looks only at the last digits.
fn looks_canonical(format: Format, exponent: i32, whole: usize, fraction: usize, shifted: &str, number: i128) -> bool {
    let length = |count: usize| i32::try_from(count).unwrap_or(i32::MAX / 2);
    let (whole, fraction) = (length(whole), length(fraction));
    match format {
        Format::Binary => {
            let precision = 15 - whole - exponent * 3 / 10 - 1;
            fraction == 0 && precision >= 0 && number & 7 != 0
        }
        Format::Decimal | Format::Exponent => {
            let scale = exponent - fraction;
            18 - whole - fraction >= 0
                && scale >= -9
                && scale % 3 == 0
                && !shifted.ends_with("000")
                && !shifted.starts_with('0')
        }
    }
}

fn round_up(nanos: i128, unit: i128) -> i128 {
    let rest = nanos % unit;
    if rest == 0 { nanos } else { nanos - rest + unit * rest.signum() }
}

fn write(nanos: i128, format: Format) -> String {
    if nanos == 0 {
        return "0".to_owned();
    }
    let small = nanos.abs() < 1024 * NANO;
    if format == Format::Binary && !small && nanos % NANO == 0 {
        let (number, suffix) = strip(nanos / NANO, 1024, &BINARY);
        return format!("{number}{suffix}");
    }
    if format == Format::Exponent {
        let mut number = nanos;
        let mut exponent = -9;
        while number % 1000 == 0 {
            number /= 1000;
            exponent += 3;
        }
        return if exponent == 0 { number.to_string() } else { format!("{number}e{exponent}") };
    }
    let (number, suffix) = strip(nanos, 1000, &DECIMAL);
    format!("{number}{suffix}")
}

/// Divides as often as it goes without a rest, as far as there are suffixes.
fn strip(mut number: i128, by: i128, suffixes: &'static [&'static str]) -> (i128, &'static str) {
    let mut suffixes = suffixes.iter();
    let mut suffix = suffixes.next().copied().unwrap_or_default();
    while number % by == 0 {
        let Some(next) = suffixes.next() else { break };
        number /= by;
        suffix = next;
    }
    (number, suffix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_as_the_server_stores_them() {
        for (given, stored) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("2000m", "2"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ti", "512Gi"),
            ("2048Ki", "2Mi"),
            ("1000000", "1M"),
            ("1", "1"),
            (" 1Gi", "1Gi"),
            ("100u", "1m"),
            ("0.0001", "1m"),
            ("1e3", "1e3"),
            ("1E6", "1E6"),
            ("1e-3", "1e-3"),
            ("131072k", "131072k"),
            ("1073741824", "1073741824"),
            ("1000Mi", "1000Mi"),
            ("+1Gi", "+1Gi"),
            ("01Gi", "01Gi"),
            ("1.Gi", "1.Gi"),
            ("1.1Gi", "1181116006400m"),
            ("0", "0"),
            ("0Gi", "0"),
            ("100Ti", "100Ti"),
            ("1000e3", "1e6"),
            ("-1000m", "-1"),
            ("10Gi", "10Gi"),
            ("500m", "500m"),
            ("0.1", "100m"),
        ] {
            assert_eq!(canonical(given).as_deref(), Ok(stored), "{given}");
        }
    }

    #[test]
    fn what_is_no_quantity() {
        for (text, error) in [
            ("1gi", QuantityError::Format),
            ("1GiB", QuantityError::Format),
            ("1 Gi", QuantityError::Format),
            ("", QuantityError::Format),
            ("1.2.3", QuantityError::Format),
            ("1MM", QuantityError::Suffix),
            ("1e", QuantityError::Suffix),
        ] {
            assert_eq!(canonical(text), Err(error), "{text:?}");
        }
        assert!(matches!(parse("1e40"), Err(QuantityError::Range(_))));
        assert!(matches!(parse(&"9".repeat(60)), Err(QuantityError::Range(_))));
    }

    #[test]
    fn amounts_compare_and_sum() {
        assert_eq!(parse("1Gi"), parse("1024Mi"));
        assert_eq!(parse("1"), parse("1000m"));
        assert!(parse("1G").unwrap() < parse("1Gi").unwrap());
        let sum = parse("512Mi").unwrap().checked_add(parse("512Mi").unwrap()).unwrap();
        assert_eq!(sum.to_string(), "1Gi");
        assert_eq!(Amount::whole(5), parse("5").unwrap());
    }

    proptest! {
        #[test]
        fn canonical_keeps_the_amount_and_comes_to_rest(text in "[+-]?[0-9]{1,6}(\\.[0-9]{0,2})?(m|k|M|G|Ki|Mi|Gi|Ti|e[0-3])?") {
            let stored = canonical(&text).unwrap();
            prop_assert_eq!(parse(&stored), parse(&text).map(|amount| Amount { nanos: round_up(amount.nanos, MILLI) }));
            // `62.5Ki` is stored as `64000`, which is read as a decimal amount: `64k` from then on.
            let again = canonical(&stored).unwrap();
            prop_assert_eq!(parse(&again), parse(&stored));
            prop_assert_eq!(canonical(&again), Ok(again));
        }

        #[test]
        fn nothing_panics(text in ".*") {
            let _ = canonical(&text);
        }
    }
}
