//! A cause of which nothing is known yet but what it is.

use iriskit_state::plan::{Cause, CauseKind};
use serde_json::Value;

/// Filled by whoever found it.
pub(super) fn cause(kind: CauseKind, what: String) -> Cause {
    Cause {
        kind,
        what,
        source: None,
        address: None,
        before: Value::Null,
        after: Value::Null,
        by: None,
        at: None,
        fields: Vec::new(),
    }
}
