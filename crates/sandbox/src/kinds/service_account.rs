//! ServiceAccounts.

use crate::strategy::Strategy;

#[derive(Debug)]
pub(super) struct ServiceAccount;

impl Strategy for ServiceAccount {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "ServiceAccount")
    }

    fn returns_deleted_object(&self) -> bool {
        true
    }
}
