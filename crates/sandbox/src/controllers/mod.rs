//! What works in a cluster and belongs to no kind: garbage collection, events, and the mirror that IRIS would run. The cluster
//! goes in and out; each does one pass at a time.

pub(crate) mod events;
pub(crate) mod garbage;
pub(crate) mod mirror;
