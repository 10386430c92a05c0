//! Whose turn it is. The smallest goes first.

use std::cmp::Reverse;

/// In a roll, of those that are not primary: whoever is ill first, since nobody else goes as long as it is; then those that
/// only follow and never take over; each from the highest ordinal down.
pub(crate) fn turn(ill: bool, follows: bool, ordinal: u64) -> impl Ord {
    (!ill, !follows, Reverse(ordinal))
}

/// Where all go: from the highest ordinal down, the primary at last.
pub(crate) fn at_last(primary: bool, ordinal: u64) -> impl Ord {
    (primary, Reverse(ordinal))
}
