//! What a rule of readiness looks at, and what it says.

use crate::views::{object::Object, pod::Pod};

/// Whether an object is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It is.
    Ready,
    /// Not yet, and why.
    Waiting(String),
    /// It never will be.
    Failed(String),
}

/// An object that is waited for. Its deletion has not begun, and it has at least the generation that was written.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The object.
    pub(super) object: Object<'a>,
    /// The pods that it controls; `None` where they could not be read.
    pub(super) pods: Option<&'a [Pod<'a>]>,
    /// Whether every pod has to be of the newest revision.
    pub(super) revisions: bool,
}

/// That the status is still of an older generation.
pub(super) fn unobserved(object: Object<'_>) -> Option<Readiness> {
    let late = !object.is_observed();
    late.then(|| Readiness::Waiting("the controller has not seen the change yet".to_owned()))
}
