//! What a run did to pods, primaries and volumes. In goes what watches saw while it worked; out come the totals, and every
//! point in which they differ from the plan.

mod observer;
mod pods;
mod volumes;

pub(super) use observer::Observer;
