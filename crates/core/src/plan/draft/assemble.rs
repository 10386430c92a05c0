//! Second half of planning: findings and the server's verdicts → the plan.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{FinishedUpgrade, Plan};

use super::{
    finish::finish,
    frame::Frame,
    plan_draft::{Draft, Inputs},
};
use crate::{
    diff::has_other_holders,
    plan::{
        changes::{
            change::decide,
            deletion,
            drift::drift,
            dry_run::DryRun,
            examine::{Examined, OwnerInput},
            finding::Finding,
        },
        live::Live,
        order::{arrange::Mirror, stages::Place},
        ownership::prune::removal,
    },
};
use iriskit_kubernetes::schema::{ObjectRef, table};

/// Puts the plan together.
pub(crate) fn assemble(
    frame: Frame,
    owners: &[OwnerInput],
    examined: &[Examined],
    answers: &BTreeMap<ObjectRef, DryRun>,
    live: &Live,
) -> Plan {
    let inputs = Inputs { owners, examined, live };
    let mut draft = Draft::starting_with(frame.notes.clone());
    let created: BTreeSet<ObjectRef> = examined
        .iter()
        .filter(|examined| examined.finding == Finding::Create)
        .map(|examined| examined.desired.object.clone())
        .collect();
    let mut mirrors = Vec::new();
    for examined in examined {
        let object = examined.desired.object.clone();
        if let (Some(kind), Some(found)) = (table().kind(&object.api_version, &object.kind), live.get(&object))
            && !examined.owner.is_empty()
            && !matches!(examined.finding, Finding::Adopt { .. })
            && (has_other_holders(found) || !examined.contests.is_empty())
        {
            draft.drift.extend(drift(kind, &object, found, &examined.body, &examined.contests));
        }
        let decided = decide(examined, answers.get(&object), &created, live, frame.fingerprints);
        if decided.finishes_upgrade {
            let (owner, set) = (examined.owner.clone(), object.name.clone());
            draft.finished_upgrades.push(FinishedUpgrade { owner, set });
        }
        mirrors.extend(Mirror::of(&examined.owner, &examined.desired, live, decided.leaves_outdated));
        draft.add(Place::forward(examined.desired.stage), object, decided);
    }
    let desired: BTreeSet<ObjectRef> = examined.iter().map(|examined| examined.desired.object.clone()).collect();
    for owner in owners {
        let removal = removal(owner, &desired, live);
        draft.staying.extend(removal.staying);
        draft.notes.extend(removal.notes);
        for object in removal.delete {
            if let Some((stage, decided)) = deletion::delete_undesired(owner, &object, live, frame.fingerprints) {
                draft.add(Place::removal(stage), object, decided);
            }
        }
    }
    draft.arrange(&mirrors, frame.rollout.upgrade_order);
    draft.add_effects_across_objects(inputs);
    finish(draft, frame, inputs)
}
