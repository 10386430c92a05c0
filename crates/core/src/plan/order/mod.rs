//! In which order changes are made. In go changes with their dependencies; out come stages, and what has to wait or to be told
//! about their order.

pub(crate) mod arrange;
pub(crate) mod stages;
