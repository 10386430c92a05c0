//! In which order changes are made. In go changes with their dependencies; out come the changes in their stages, and
//! notes on their order.

pub(crate) mod arrange;
pub(crate) mod stages;
