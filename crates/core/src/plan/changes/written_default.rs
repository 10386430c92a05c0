//! Kubernetes' own default of a set's `updateStrategy`, which is written out before stuck pods are deleted: without it a pod that
//! is lost in the middle of a roll comes back from the template that it had. It is told like every field that changes.

use iriskit_kubernetes::views::{StatefulSet, UpdateStrategy};
use iriskit_state::plan::{FieldChange, Origin, ResourceChange, Step};
use serde_json::{Value, json};

const ROLLING_UPDATE: &str = "rollingUpdate";
const PARTITION: &str = "partition";

/// Writes it into a set as it will be, when these steps do.
pub(crate) fn write_out(steps: &[Step], set: &mut Value) {
    let view = StatefulSet::new(set);
    let is_written = steps.iter().any(|step| matches!(step, Step::ReplaceStuckPods { .. }))
        && view.update_strategy() == UpdateStrategy::RollingUpdate
        && view.partition().is_none();
    let strategy = set.pointer_mut("/spec/updateStrategy").and_then(Value::as_object_mut);
    let Some(strategy) = strategy.filter(|_| is_written) else { return };
    let rolling = strategy.entry(ROLLING_UPDATE).or_insert_with(|| json!({}));
    if let Some(rolling) = rolling.as_object_mut() {
        rolling.insert(PARTITION.to_owned(), json!(0));
    }
}

/// Tells it in a change that has its steps and values.
pub(crate) fn tell(change: &mut ResourceChange) {
    let mut after = change.change.after.clone();
    write_out(&change.steps, &mut after);
    let at = format!("/spec/updateStrategy/{ROLLING_UPDATE}");
    let (then, now) = (change.change.after.pointer(&at), after.pointer(&at));
    if then == now {
        return;
    }
    // Where nothing was it is the whole that comes.
    let has_others = then.is_some_and(Value::is_object);
    let (path, value) = match (has_others, now) {
        (true, _) => (format!("spec.updateStrategy.{ROLLING_UPDATE}.{PARTITION}"), json!(0)),
        (false, Some(whole)) => (format!("spec.updateStrategy.{ROLLING_UPDATE}"), whole.clone()),
        (false, None) => return,
    };
    let field = FieldChange {
        path,
        before: Value::Null,
        after: value,
        sensitive: false,
        origin: Origin::Server,
        by: None,
        at: None,
    };
    change.fields.push(field);
    change.fields.sort_by(|one, other| one.path.cmp(&other.path));
    change.change.after = after;
}
