//! What the record keeps of new versions of mirrors until each fail-over member has been primary in them. Pure.

use iriskit_state::{
    plan::{ActionReason, Operation, PauseBefore, Plan, ResourceChange, Step, Verb},
    record::{Record, Upgrade},
};
use serde_json::Value;

use iriskit_core::{
    mirror::image,
    plan::{OwnerName, active},
};

/// Writes down, before a set is written, that its members come to a new version. What is known of the same version
/// stands; a change that only ends one finds it there, or another run has ended it.
pub(super) fn begin(record: &Record, plan: &Plan, owner: &OwnerName, at: &str) -> Record {
    let mut record = record.clone();
    let id = owner.id();
    let ours = active(plan).filter(|change| change.owner == id);
    for change in ours.filter(|change| change.action_reason != Some(ActionReason::UpgradeUnfinished)) {
        let (Some(owed), Some(to)) = (owed(change), image_of(&change.change.after)) else { continue };
        record.upgrades.retain(|known| known.set != change.name || known.image == to);
        if owed && !record.upgrades.iter().any(|known| known.set == change.name) {
            record.upgrades.push(Upgrade {
                set: change.name.clone(),
                image: to.to_owned(),
                was_primary: Vec::new(),
                since: at.to_owned(),
            });
        }
    }
    record
}

/// Writes down who has been primary in the new version of a set.
pub(in crate::apply) fn with_been(record: &Record, set: &str, been: &[String]) -> Record {
    let mut record = record.clone();
    for known in record.upgrades.iter_mut().filter(|known| known.set == set) {
        known.was_primary.extend(been.iter().cloned());
        known.was_primary.sort();
        known.was_primary.dedup();
    }
    record
}

/// Forgets what a run that did everything has ended.
pub(super) fn end(record: &Record, plan: &Plan, owner: &OwnerName) -> Record {
    let mut record = record.clone();
    if plan.operation == Operation::Destroy {
        record.upgrades.clear();
    }
    let finished =
        |known: &Upgrade| plan.finished_upgrades.iter().any(|one| one.owner == owner.id() && one.set == known.set);
    record.upgrades.retain(|known| !finished(known));
    for change in active(plan) {
        let both = |step: &Step| matches!(step, Step::RollByRole { both_primary: true, pause_before: None, .. });
        if change.change.actions == [Verb::Delete] || change.steps.iter().any(both) {
            record.upgrades.retain(|known| known.set != change.name);
        }
    }
    record
}

/// Whether a roll owes that each member is primary in a new version; `None` where nothing is rolled by role.
fn owed(change: &ResourceChange) -> Option<bool> {
    let from = image_of(&change.change.before);
    let to = image_of(&change.change.after);
    change.steps.iter().find_map(|step| match step {
        Step::RollByRole { blind: false, both_primary, pause_before, .. } => {
            Some(*both_primary || *pause_before == Some(PauseBefore::Primary) && from != to)
        }
        _ => None,
    })
}

fn image_of(set: &Value) -> Option<&str> {
    set.pointer("/spec/template/spec").and_then(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_been_primary_is_kept_once() {
        let upgrade = |been: &[&str]| Upgrade {
            set: "d".into(),
            image: "i:2".into(),
            was_primary: been.iter().map(|name| (*name).to_owned()).collect(),
            since: "now".into(),
        };
        let record = Record { upgrades: vec![upgrade(&["d-1"])], ..Record::empty() };
        let told = with_been(&record, "d", &["d-1".to_owned(), "d-0".to_owned()]);
        assert_eq!(told.upgrades, [upgrade(&["d-0", "d-1"])]);
        assert_eq!(with_been(&record, "e", &["e-1".to_owned()]), record);
    }
}
