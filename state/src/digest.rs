//! Digests, random ids and the slow hash of secret values.

use ring::{
    digest, pbkdf2,
    rand::{SecureRandom, SystemRandom},
};
use std::{fmt::Write as _, num::NonZeroU32};

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
    fn sha256_is_the_standard_one() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
