//! The whole document: its sums and its allowances against its changes.

use std::collections::BTreeSet;

use iriskit_state::plan::{
    AllowanceName, Operation, Plan, PodEffect, ReleaseChange, ReplaceMode, ResourceChange, Role, RuleId, VolumeEffect,
};

use super::{
    deeds::Deed,
    told::Contradiction,
    words::{self, adopts},
};
use crate::plan::{
    allow::apply_flags,
    draft::{
        outcome::Outcome,
        totals::{summary, totals},
    },
};

/// Everything in which a plan contradicts itself. No cluster is asked.
pub fn contradictions(plan: &Plan) -> Vec<Contradiction> {
    let mut found: Vec<Contradiction> =
        plan.resource_changes.iter().flat_map(|change| words::contradictions(change, plan.operation)).collect();
    found.extend(places(plan));
    found.extend(sums(plan));
    found.extend(plan.resource_changes.iter().flat_map(|change| allowances(plan, change)));
    found
}

/// Each object once, in one stage, with an owner whose name is asked for before its data go.
fn places(plan: &Plan) -> Vec<Contradiction> {
    let mut found = Vec::new();
    let owners: BTreeSet<String> =
        plan.owners.iter().map(|owner| format!("{}/{}", owner.namespace, owner.name)).collect();
    let mut known = BTreeSet::new();
    for change in &plan.resource_changes {
        if !known.insert(&change.address) {
            found.push(Contradiction::of(&change.address, "it stands in the plan twice"));
        }
        let shared = change.owner.is_empty() && change.kind == "Service";
        if !shared && !owners.contains(&change.owner) && !change.is_no_op() {
            found.push(Contradiction::of(&change.address, "it belongs to no IrisCluster of the plan"));
        }
    }
    let mut staged = BTreeSet::new();
    for address in plan.stages.iter().flat_map(|stage| &stage.changes) {
        if !staged.insert(address) {
            found.push(Contradiction::of(address, "it is done in two stages"));
        }
    }
    found
}

/// The counts are those of the changes.
fn sums(plan: &Plan) -> Vec<Contradiction> {
    let mut found = Vec::new();
    let (said, is) = (plan.summary, summary(&plan.resource_changes));
    if (said.create, said.update, said.replace, said.delete) != (is.create, is.update, is.replace, is.delete) {
        found.push(Contradiction::of_plan("its summary does not count its changes"));
    }
    let mut impact = totals(&plan.resource_changes, &plan.staying);
    // Whether something could be listed when the plan was made can't be derived.
    (impact.pods_unknown, impact.claims_unknown) = (plan.impact.pods_unknown, plan.impact.claims_unknown);
    if plan.impact != impact {
        found.push(Contradiction::of_plan("its impact is not that of its changes"));
    }
    let outcome = Outcome::of(plan);
    let said = (plan.applyable, plan.complete, plan.errored);
    if said != (None, None, None) && said != (Some(outcome.applyable), Some(outcome.complete), Some(outcome.errored)) {
        found.push(Contradiction::of_plan("it is not what it says of itself (applyable, complete, errored)"));
    }
    let names: Vec<AllowanceName> = plan.allowances.iter().map(|allowance| allowance.name).collect();
    let flags = [false, true].map(|keep| apply_flags(&names, keep && plan.operation == Operation::Destroy));
    // Plans of version 1.0 have no flags.
    if !plan.apply_flags.is_empty() && !flags.contains(&plan.apply_flags) {
        found.push(Contradiction::of_plan("its flags for apply are not those of its allowances"));
    }
    found
}

/// The allowances that the steps and the words of a change ask for, whatever the cluster is like.
fn allowances(plan: &Plan, change: &ResourceChange) -> Vec<Contradiction> {
    let impact = &change.impact;
    let volumes = |effect| impact.volumes.iter().any(|volume| volume.effect == effect);
    let restarts_primary = change.steps.iter().any(|step| matches!(Deed::of(step), Deed::RestartsPods { .. }))
        && impact.pods.iter().any(|pod| pod.effect == PodEffect::Restarts && pod.role == Some(Role::Primary));
    let rolls_blind = change.steps.iter().any(|step| Deed::of(step) == Deed::RestartsPods { blind: true });
    let releases = impact.images.iter().any(|image| {
        matches!(image.change, ReleaseChange::MajorRelease | ReleaseChange::Unknown | ReleaseChange::Downgrade)
    });
    let needed = [
        (AllowanceName::DeleteData, volumes(VolumeEffect::Deleted)),
        (AllowanceName::Replace, change.replace_mode == Some(ReplaceMode::DeleteCreate)),
        (AllowanceName::Adopt, adopts(change)),
        (AllowanceName::RestartPrimary, impact.primary_moves > 0 || restarts_primary),
        (AllowanceName::Outage, impact.rules.contains(&RuleId::LastPodRestarts)),
        (AllowanceName::MajorUpgrade, releases),
        (AllowanceName::RollBlind, rolls_blind),
    ];
    let missing = needed.into_iter().filter(|(name, is_needed)| {
        *is_needed && !change.steps.is_empty() && !plan.allowances.iter().any(|allowance| allowance.name == *name)
    });
    missing.map(|(name, _)| needs(&change.address, name)).collect()
}

/// What is said of an allowance that a plan does not name.
pub(crate) fn needs(address: &str, name: AllowanceName) -> Contradiction {
    Contradiction::of(address, format!("it needs --allow {name}, and the plan does not say so"))
}
