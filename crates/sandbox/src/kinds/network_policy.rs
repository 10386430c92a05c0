//! NetworkPolicies.

use crate::strategy::Strategy;

#[derive(Debug)]
pub(super) struct NetworkPolicy;

impl Strategy for NetworkPolicy {
    fn kind(&self) -> (&'static str, &'static str) {
        ("networking.k8s.io/v1", "NetworkPolicy")
    }

    fn counts_generation(&self) -> bool {
        true
    }
}
