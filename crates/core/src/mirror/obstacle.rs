//! What stands in the way of a roll.

use crate::mirror::status::MirrorStatus;

/// Why no member of a mirror may restart now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The newest template has no revision yet.
    #[error("the controller has not seen the change yet")]
    Unobserved,
    /// The deletion of this pod has begun.
    #[error("{0} is terminating")]
    Terminating(String),
    /// There are fewer pods than there should be.
    #[error("{there} of {wanted} pods made")]
    Missing {
        /// How many there are.
        there: usize,
        /// How many there should be.
        wanted: usize,
        /// The lowest ordinal that is not there.
        lowest: u64,
    },
    /// Pods are missing, and come back only when this one was replaced, which is the last of its mirror.
    #[error(
        "{0} lacks a volume, and the other members come back only after it was replaced: that would stop the mirror"
    )]
    LastMemberLacksClaim(String),
    /// A member that has to serve does not.
    #[error("{why}")]
    NotReady {
        /// The member.
        name: String,
        /// Why it does not, with its name.
        why: String,
    },
    /// What a member says of itself does not count, or is missing.
    #[error("{why}")]
    StatusUnknown {
        /// The member.
        name: String,
        /// Why, with its name.
        why: String,
    },
    /// A backup could not take over without loss.
    #[error("{name} is {} {}, journal transfer {}", said.member_type, said.status, journal(said))]
    Behind {
        /// The member.
        name: String,
        /// What it says.
        said: MirrorStatus,
    },
    /// No member is primary.
    #[error("no member is primary")]
    NoPrimary,
    /// Two members are.
    #[error("both {0} and {1} say that they are primary")]
    TwoPrimaries(String, String),
    /// This member is primary, and no other one takes part in fail-over.
    #[error("there is no backup that could take over from {0}")]
    NoBackup(String),
}

fn journal(said: &MirrorStatus) -> &str {
    if said.journal.is_empty() { "unknown" } else { &said.journal }
}
