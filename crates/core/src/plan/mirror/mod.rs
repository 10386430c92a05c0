//! What joins the rules of a mirror with a plan. In go the live pods of a set and the record; out come the members as the rules see
//! them, and what a plan says of a roll that could not begin or was cut off.

pub(crate) mod blocked_roll;
pub(crate) mod members;
pub(crate) mod unfinished_upgrade;

pub use blocked_roll::restarting;
