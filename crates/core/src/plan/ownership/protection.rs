//! The annotation `iriskit/protect` on live objects: what has it is neither deleted nor replaced.

use iriskit_state::plan::{Blocked, ResourceChange, Verb};
use serde_json::Value;

use crate::{
    diff::{last_holder, other_holders},
    plan::{live::Live, objects::object_of, ownership::applyset},
};
use iriskit_kubernetes::{
    schema::{ObjectRef, Path},
    views::Object,
};

/// Name of the annotation. On the record of an IrisCluster it protects all of its objects.
pub const PROTECT: &str = "iriskit/protect";

/// Whether an object is protected; `false` lifts the protection as removing the annotation does.
pub fn is_protected(live: &Value) -> bool {
    Object::new(live).annotation(PROTECT).is_some_and(|value| value != "false")
}

/// Whether the change deletes what is there.
fn deletes(change: &ResourceChange) -> bool {
    change.change.actions.contains(&Verb::Delete)
}

/// Why a change may not be made, if it deletes something that is protected: by itself or by the record of its owner.
/// `live` finds objects.
pub fn blocked<'a>(change: &ResourceChange, live: impl Fn(&ObjectRef) -> Option<&'a Value>) -> Option<Blocked> {
    if !deletes(change) {
        return None;
    }
    let record = change.owner.split_once('/').map(|(namespace, name)| applyset::record_ref(namespace, name));
    [Some(object_of(change)), record].into_iter().flatten().find_map(|guarded| {
        let found = live(&guarded).filter(|found| is_protected(found))?;
        let holders = other_holders(found);
        let holder = last_holder(&holders, &Path::fields(["metadata", "annotations", PROTECT]));
        Some(Blocked {
            address: change.address.clone(),
            protected: guarded.address(),
            by: holder.map(|holder| holder.manager.clone()),
            at: holder.and_then(|holder| holder.time.clone()),
        })
    })
}

/// Everything of a plan that may not be made.
pub(crate) fn all_blocked(changes: &[ResourceChange], live: &Live) -> Vec<Blocked> {
    changes.iter().filter_map(|change| blocked(change, |object| live.get(object))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn false_is_no_protection() {
        let object = |value: &str| json!({"metadata": {"annotations": {PROTECT: value}}});
        for value in ["true", "", "until the audit is over"] {
            assert!(is_protected(&object(value)), "{value}");
        }
        assert!(!is_protected(&object("false")));
        assert!(!is_protected(&json!({"metadata": {}})));
    }
}
