//! What the first look at a desired object says.

use crate::plan::changes::immutable::Replacement;

/// What the first look says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Certainly as it should be.
    Unchanged,
    /// A shared object is there; it is never changed.
    SharedPresent,
    /// The server has to be asked whether it can be made.
    Create,
    /// The server has to be asked what a change would do.
    Update,
    /// It can't be changed in place.
    Replace(Replacement),
    /// It exists and is not ours.
    NotOurs {
        /// Who wrote it, or to which IrisCluster it belongs.
        holder: String,
    },
    /// It belongs to another IrisCluster, or to the objects of another tool.
    OfAnother {
        /// Whose it is.
        whose: String,
    },
    /// Its kind could not be read.
    Unreadable {
        /// What the server said.
        reason: String,
    },
    /// The server has no such kind.
    NotServed {
        /// What the server said.
        reason: String,
    },
    /// It is not ours, and is to become so.
    Adopt {
        /// Who wrote it.
        holder: String,
    },
    /// It is not ours and can't become so.
    CannotAdopt {
        /// Why.
        reason: String,
    },
    /// It is being deleted.
    Terminating,
    /// Its kind is not known.
    UnknownKind,
}
