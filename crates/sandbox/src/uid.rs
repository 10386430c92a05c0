//! Unique ids of objects.

use std::hash::{BuildHasher, RandomState};

/// A random UUID, version 4. The keys of the standard library's hash maps are the source: good enough for names that
/// only must not repeat.
pub(crate) fn fresh() -> String {
    let high = RandomState::new().hash_one("high");
    let low = RandomState::new().hash_one("low");
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_have_the_shape_of_version_4_and_differ() {
        let one = fresh();
        let parts: Vec<_> = one.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[19]));
        assert_ne!(one, fresh());
    }
}
