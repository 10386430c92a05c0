//! What could not be read. In go the refusals; out come what is assumed in place of objects that could not be listed, and what a
//! plan says of all that.

pub(crate) mod assumed_objects;
pub(crate) mod notes;
