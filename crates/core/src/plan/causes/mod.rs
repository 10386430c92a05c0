//! What caused a change: which line of a manifest, which flag, whose hand. In go manifests, what the record says of the last
//! apply, and a plan; out come its causes. Nothing is guessed: a cause is what makes the old object again when it alone is put
//! back, where everything put back gives what was applied.

mod by_others;
mod companions;
mod differences;
mod explain;
mod new;
mod planned_from;
mod worlds;

pub(crate) use explain::{Subject, explain};
pub(crate) use planned_from::planned_from;
