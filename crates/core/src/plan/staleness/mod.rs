//! What a plan depends on, to know later whether it moved. In go live objects; out come fingerprints and references, and what moved
//! between then and now.

pub(crate) mod dependencies;
pub(crate) mod fingerprint;
pub(crate) mod unplanned;
