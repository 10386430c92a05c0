//! What is not ready, and why. In go the entries of a plan and what was read of their objects; out comes what apply will have to
//! wait for, whoever made it so.

pub(crate) mod not_ready;
