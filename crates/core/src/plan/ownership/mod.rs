//! Whose objects and fields are: what belongs to a cluster by label, record and field manager, and whose a contested field
//! is to be. In go desired and live objects and the rules of the user; out come what may be touched, adopted, left or pruned.

pub(crate) mod adoption;
pub mod applyset;
pub(crate) mod contests;
pub(crate) mod displaced_defaults;
pub(crate) mod list_conflicts;
pub mod lock;
pub(crate) mod orphans;
pub(crate) mod ours;
pub(crate) mod owners;
pub(crate) mod policy;
pub(crate) mod protection;
pub(crate) mod prune;
pub(crate) mod take_over;
pub(crate) mod template;
pub(crate) mod unmatched_rules;
