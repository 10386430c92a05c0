//! What to say about amounts that are none, or not what was meant.

use iriskit_kubernetes::schema::quantity::{self, Amount};

/// What to write instead of `text`, which is no quantity.
pub(super) fn advice(text: &str, path: &str) -> String {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at_checked(end).unwrap_or((trimmed, ""));
    let unit = unit.trim().to_lowercase();
    let of_cpu = path.ends_with("cpu");
    let dotted = trimmed.replace(',', ".");
    if dotted != trimmed && quantity::parse(&dotted).is_ok() {
        return format!("write {dotted}");
    }
    if number.is_empty() || number.parse::<f64>().is_err() {
        return if of_cpu { "write 2 or 500m".into() } else { "write a number and a unit, as in 40Gi".into() };
    }
    if of_cpu {
        return match unit.as_str() {
            "core" | "cores" | "cpu" | "cpus" | "vcpu" | "c" => format!("write {number} (cores)"),
            _ => format!("write {number} (cores) or {number}m (thousandths of a core)"),
        };
    }
    let powers = [("k", "Ki", 3, 10), ("M", "Mi", 6, 20), ("G", "Gi", 9, 30), ("T", "Ti", 12, 40), ("P", "Pi", 15, 50)];
    let first = unit.chars().next();
    let Some((decimal, binary, ten, two)) =
        powers.into_iter().find(|(letter, ..)| letter.to_lowercase().chars().next() == first)
    else {
        return "units are k M G T P and Ki Mi Gi Ti Pi".into();
    };
    if unit.contains('i') {
        return format!("write {number}{binary} (2^{two} bytes)");
    }
    format!("write {number}{decimal} (10^{ten} bytes) or {number}{binary} (2^{two} bytes)")
}

/// What is odd about a valid amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Odd {
    /// What it means: `10 bytes`.
    pub(super) means: Meant,
    /// Whether it is too large; else it is too small.
    pub(super) large: bool,
    /// What was meant, perhaps.
    pub(super) advice: &'static str,
}

/// What an amount means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// Parts of a byte.
    LessThanAByte,
    /// Bytes.
    Bytes(i128),
    /// Thousandths of a core, rounded up.
    MilliCores(i128),
}

impl std::fmt::Display for Meant {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LessThanAByte => out.write_str("thousandths of a byte"),
            Self::Bytes(1) => out.write_str("1 byte"),
            Self::Bytes(bytes) => write!(out, "{bytes} bytes"),
            Self::MilliCores(milli) if milli % 1_000 == 0 => write!(out, "{} cores", milli / 1_000),
            Self::MilliCores(milli) => write!(out, "{milli} thousandths of a core"),
        }
    }
}

/// How many parts of one an amount is, rounded up.
fn parts(amount: Amount, of_one: i128) -> i128 {
    let nanos = amount.nanos().saturating_mul(of_one);
    nanos.div_euclid(NANO) + i128::from(nanos.rem_euclid(NANO) > 0)
}

/// Parts of one in which amounts are exact.
const NANO: i128 = 1_000_000_000;
/// Less memory or storage than this is a forgotten unit.
const LEAST_BYTES: i128 = 1 << 20;
/// More memory than this, and more storage, is a wrong one.
const MOST_MEMORY: i128 = 64 << 40;
const MOST_STORAGE: i128 = 4 << 50;
/// As many cores as this are thousandths without their `m`, or bytes.
const MOST_CORES: i128 = 100;
/// Mappings of amounts.
const AMOUNTS: [&str; 9] =
    ["requests", "limits", "capacity", "emptyDir", "hard", "default", "defaultRequest", "max", "min"];

/// What is odd about an amount of cores, memory or storage; `None` for any other value. Nothing at all is not odd.
pub(super) fn odd(text: &str, path: &str) -> Option<Odd> {
    let (parent, name) = path.rsplit_once('.')?;
    let parent = parent.rsplit('.').next().unwrap_or_default();
    if !AMOUNTS.contains(&parent) {
        return None;
    }
    let storage = name.ends_with("storage") || name == "sizeLimit";
    let memory = name.ends_with("memory") || name.starts_with("hugepages-");
    let amount = quantity::parse(text).ok()?;
    if name.ends_with("cpu") {
        let milli = parts(amount, 1_000);
        let cores = milli / 1_000;
        let odd = |large, advice| Some(Odd { means: Meant::MilliCores(milli), large, advice });
        return if cores >= MOST_CORES {
            odd(true, "write 500m for half a core")
        } else if milli == 1 && parts(amount, 1_000_000) < 1_000 {
            odd(false, "write 500m for half a core")
        } else {
            None
        };
    }
    if !(storage || memory) {
        return None;
    }
    let bytes = parts(amount, 1);
    let thousandths = text.ends_with(['m', 'u', 'n']);
    let most = if storage { MOST_STORAGE } else { MOST_MEMORY };
    let means = if thousandths && bytes < LEAST_BYTES { Meant::LessThanAByte } else { Meant::Bytes(bytes) };
    let odd = |large| Some(Odd { means, large, advice: "did you mean `Mi` or `Gi`?" });
    match bytes {
        0 => None,
        _ if bytes < LEAST_BYTES => odd(false),
        _ if bytes > most => odd(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{advice, odd};

    #[test]
    fn advice_names_the_spellings_that_kubernetes_takes() {
        for (text, path, expected) in [
            ("40GB", "storage", "write 40G (10^9 bytes) or 40Gi (2^30 bytes)"),
            ("4 gb", "memory", "write 4G (10^9 bytes) or 4Gi (2^30 bytes)"),
            ("10GiB", "storage", "write 10Gi (2^30 bytes)"),
            ("1.5mib", "memory", "write 1.5Mi (2^20 bytes)"),
            ("2K", "memory", "write 2k (10^3 bytes) or 2Ki (2^10 bytes)"),
            ("two", "memory", "write a number and a unit, as in 40Gi"),
            ("4X", "memory", "units are k M G T P and Ki Mi Gi Ti Pi"),
            ("2 cores", "limits.cpu", "write 2 (cores)"),
            ("1,5Gi", "memory", "write 1.5Gi"),
            ("500mc", "limits.cpu", "write 500 (cores) or 500m (thousandths of a core)"),
            ("", "limits.cpu", "write 2 or 500m"),
        ] {
            assert_eq!(advice(text, path), expected, "{text}");
        }
    }

    #[test]
    fn amounts_that_nobody_means_are_odd() {
        let said = |text: &str, path: &str| odd(text, path).map(|odd| (odd.large, odd.means.to_string()));
        let small = |means: &str| Some((false, means.to_owned()));
        let large = |means: &str| Some((true, means.to_owned()));
        for (text, path, expected) in [
            ("512m", "resources.limits.memory", small("thousandths of a byte")),
            ("4096", "resources.limits.memory", small("4096 bytes")),
            ("10", "spec.resources.requests.storage", small("10 bytes")),
            ("1", "volumes[0].emptyDir.sizeLimit", small("1 byte")),
            ("100Ki", "resources.requests.ephemeral-storage", small("102400 bytes")),
            ("10", "spec.hard.requests.storage", small("10 bytes")),
            ("1Ei", "resources.limits.memory", large("1152921504606846976 bytes")),
            ("1Ei", "spec.resources.requests.storage", large("1152921504606846976 bytes")),
            ("100Mi", "resources.requests.cpu", large("104857600 cores")),
            ("500", "resources.requests.cpu", large("500 cores")),
            ("1u", "resources.requests.cpu", small("1 thousandths of a core")),
            ("512m", "resources.limits.cpu", None),
            ("64", "resources.limits.cpu", None),
            ("512Mi", "resources.limits.memory", None),
            ("2Ti", "resources.limits.memory", None),
            ("100Ti", "spec.resources.requests.storage", None),
            ("0", "resources.requests.memory", None),
            ("10", "spec.hard.pods", None),
            ("4096", "spec.parameters.memory", None),
        ] {
            assert_eq!(said(text, path), expected, "{text} {path}");
        }
    }
}
