//! Topology → desired objects, as IKO would make them.

mod desired;

pub use desired::{Component, Desired, Ownership, Rolling, Stage};
