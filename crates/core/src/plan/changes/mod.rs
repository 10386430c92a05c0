//! What becomes of each object. In go a desired object, the live one and what the server said in a dry-run; out comes one entry
//! of the plan: its action, reason, field differences and steps.

pub(crate) mod admission;
pub(crate) mod adopted_pods;
pub(crate) mod change;
pub(crate) mod creation;
pub(crate) mod decided;
pub(crate) mod deletion;
pub(crate) mod destroy;
pub(crate) mod drift;
pub(crate) mod dry_run;
pub(crate) mod entry;
pub(crate) mod examine;
pub(crate) mod finding;
pub mod immutable;
pub(crate) mod local_prediction;
pub(crate) mod needed_replacement;
pub(crate) mod recreation;
pub(crate) mod redacted;
pub(crate) mod replacement;
pub(crate) mod restart_causes;
pub(crate) mod written_default;
