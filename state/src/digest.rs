//! Digests, random ids and the slow hash of secret values.

use ring::{
    digest, pbkdf2,
    rand::{SecureRandom, SystemRandom},
};
use std::{fmt::Write as _, num::NonZeroU32, ops::Range};

/// Rounds of PBKDF2-HMAC-SHA256 for the hash of one secret value: slow enough to make guessing a short password from
/// a plan file expensive, fast enough for the dozen values of a plan.
const ROUNDS: NonZeroU32 = NonZeroU32::new(100_000).unwrap();

/// Lower-case hexadecimal SHA-256 of `bytes`.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// 16 random bytes in hexadecimal: the id of a plan. `None` when the system has no randomness to give.
pub fn random_id() -> Option<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

/// A salt for [`hole_hash`], in hexadecimal.
pub fn new_salt() -> Option<String> {
    random_id()
}

/// The salted slow hash of a secret value, in hexadecimal: says whether two values are equal and nothing else.
pub fn hole_hash(salt: &str, value: &str) -> String {
    let mut out = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt.as_bytes(), value.as_bytes(), &mut out);
    hex(&out)
}

/// What every sealed value begins with. All of a seal is of the alphabet of base64, and its length divides by four: it can
/// stand wherever the value stood.
const SEAL: &str = "iriskit/sealed/";
const SALT_LENGTH: usize = 32;
const HASH_LENGTH: usize = 64;

/// What stands in place of a secret value in a snapshot: its salt and [`hole_hash`]. A seal stays as it is.
pub fn seal(salt: &str, value: &str) -> String {
    match sealed(value) {
        Some(_) => value.to_owned(),
        None => format!("{SEAL}{salt}/{}", hole_hash(salt, value)),
    }
}

/// Salt and hash of a sealed value; `None` for any other.
pub fn sealed(value: &str) -> Option<(&str, &str)> {
    let (salt, hash) = value.strip_prefix(SEAL)?.split_once('/')?;
    let hex = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex(salt, SALT_LENGTH) && hex(hash, HASH_LENGTH)).then_some((salt, hash))
}

/// Whether a sealed value stands anywhere in a text.
pub fn has_seal(text: &str) -> bool {
    seal_ranges(text).next().is_some()
}

/// The bytes of every sealed value in a text.
pub fn seal_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(SEAL).filter_map(|(at, _)| {
        let end = at + SEAL.len() + SALT_LENGTH + 1 + HASH_LENGTH;
        text.get(at..end).and_then(sealed).map(|_| at..end)
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_depend_on_salt_and_value() {
        assert_eq!(hole_hash("a", "x"), hole_hash("a", "x"));
        assert_ne!(hole_hash("a", "x"), hole_hash("b", "x"));
        assert_ne!(hole_hash("a", "x"), hole_hash("a", "y"));
    }

    #[test]
    fn a_seal_is_told_from_a_value_and_fits_its_place() {
        let salt = "0123456789abcdef0123456789abcdef";
        let token = seal(salt, "x");
        assert_eq!(sealed(&token), Some((salt, hole_hash(salt, "x").as_str())));
        assert_eq!(seal("other", &token), token);
        assert_eq!(token.len() % 4, 0);
        assert!(has_seal(&format!("[a]\nPassword={token}\n")) && !has_seal("iriskit/sealed/"));
        let ((_, tail), (head, _)) = (token.split_at(1), token.split_at(100));
        for other in ["x", "iriskit/sealed/", "iriskit/sealed/x/y", tail, head] {
            assert_eq!(sealed(other), None, "{other}");
        }
    }

    #[test]
    fn sha256_is_the_standard_one() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
