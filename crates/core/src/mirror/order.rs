//! Orders in which members go. The smallest goes first.

use std::cmp::Reverse;

/// The number at the end of a pod's name.
pub(super) fn ordinal(pod: &str) -> u64 {
    pod.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// In a roll, of those that are not primary: members not ready first, since no other goes as long as one is not; then
/// those that only follow and never take over; each from the highest ordinal down.
pub(super) fn roll_order(not_ready: bool, is_async: bool, ordinal: u64) -> impl Ord {
    (!not_ready, !is_async, Reverse(ordinal))
}

/// Where all go: from the highest ordinal down, the primary at last.
pub(crate) fn deletion_order(is_primary: bool, ordinal: u64) -> impl Ord + use<> {
    (is_primary, Reverse(ordinal))
}
