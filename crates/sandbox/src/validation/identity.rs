//! Ids of users and groups.

use serde_json::Value;

use super::read::number;
use crate::objects::Cause;

/// Checks the ids of a security context.
pub(super) fn check_ids(context: &Value, at: &str, causes: &mut Vec<Cause>) {
    for field in ["runAsUser", "runAsGroup", "fsGroup"] {
        if let Some(id) = number(context, field).filter(|id| !(0..=2_147_483_647).contains(id)) {
            causes.push(Cause::invalid(format!("{at}.{field}"), id, "must be between 0 and 2147483647, inclusive"));
        }
    }
}
