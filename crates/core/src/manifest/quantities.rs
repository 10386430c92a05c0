//! What to say about amounts that are none, or not what was meant.

use iriskit_kubernetes::schema::quantity;

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

/// Amounts of memory and storage below one byte: `512m` is half a byte.
pub(super) fn suspicious(text: &str, path: &str) -> Option<&'static str> {
    let of_bytes = ["memory", "storage", "sizeLimit"].iter().any(|name| path.ends_with(name));
    let parent = ["requests", "limits", "capacity", "emptyDir"].iter().any(|name| path.contains(name));
    (of_bytes && parent && text.ends_with('m') && quantity::parse(text).is_ok()).then_some("thousandths of a byte")
}

#[cfg(test)]
mod tests {
    use super::{advice, suspicious};

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
    fn small_amounts() {
        assert!(suspicious("512m", "resources.limits.memory").is_some());
        assert!(suspicious("512m", "resources.limits.cpu").is_none());
        assert!(suspicious("512Mi", "resources.limits.memory").is_none());
    }
}
