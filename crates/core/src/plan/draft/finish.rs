//! From a draft to the plan.

use std::collections::BTreeMap;

use iriskit_state::plan::{
    Allowance, AllowanceName, FORMAT_VERSION, Operation, Owner, Plan, ResourceChange, StagedChanges,
};

use super::{
    checks::run_checks,
    frame::Frame,
    plan_draft::{Draft, Inputs, Needed},
    totals::{summary, totals},
};
use crate::plan::{
    allow::apply_flags,
    changes::examine::OwnerInput,
    order::stages::{Place, ordered},
    ownership::protection::all_blocked,
    readiness::not_ready::not_ready,
    staleness::dependencies,
    unknown::notes::unknown_notes,
};

/// Checks a draft across its objects, orders it and counts.
pub(crate) fn finish(mut draft: Draft, frame: Frame, inputs: Inputs<'_>) -> Plan {
    let live = inputs.live;
    let is_apply = frame.operation == Operation::Apply;
    let mut notes = std::mem::take(&mut draft.notes);
    notes.extend(unknown_notes(live));
    notes.extend(run_checks(&draft, inputs));
    notes.sort_by_key(|note| note.severity);
    let ordered = ordered(draft.changes);
    let stages = stages(&ordered);
    let resource_changes: Vec<ResourceChange> = ordered.into_iter().map(|(_, change)| change).collect();
    let mut impact = totals(&resource_changes, &draft.staying);
    let refused = |kind: &str| live.refused().any(|(read, _)| read.lists(kind));
    (impact.pods_unknown, impact.claims_unknown) = (refused("Pod"), refused("PersistentVolumeClaim"));
    let allowances = allowances(draft.needed);
    let names: Vec<AllowanceName> = allowances.iter().map(|allowance| allowance.name).collect();
    let mut references = frame.references;
    if frame.fingerprints {
        references.extend(dependencies::claim_references(&resource_changes, &draft.staying, live));
        references.sort_by(|a, b| a.address.cmp(&b.address));
    }
    Plan {
        format_version: FORMAT_VERSION.to_owned(),
        iriskit_version: frame.stamp.iriskit_version,
        id: frame.stamp.id,
        digest: String::new(),
        timestamp: Some(frame.stamp.created_at.clone()),
        created_at: frame.stamp.created_at,
        applyable: None,
        complete: None,
        errored: None,
        expires_at: frame.stamp.expires_at,
        operation: frame.operation,
        cluster: frame.cluster,
        sources: frame.sources,
        namespace: Some(frame.namespace),
        labeler_image: frame.labeler_image,
        snapshot: None,
        ownership: frame.ownership,
        owners: inputs.owners.iter().map(owner).collect(),
        references,
        summary: summary(&resource_changes),
        impact,
        stages,
        apply_flags: apply_flags(&names, draft.keeps_volumes && names.contains(&AllowanceName::DeleteData)),
        blocked: all_blocked(&resource_changes, live),
        not_ready: if is_apply { not_ready(&resource_changes, live) } else { Vec::new() },
        resource_changes,
        finished_upgrades: draft.finished_upgrades,
        resource_drift: draft.drift,
        allowances,
        staying: draft.staying,
        notes,
    }
}

fn owner(owner: &OwnerInput) -> Owner {
    Owner {
        namespace: owner.namespace.clone(),
        name: owner.name.clone(),
        summary: owner.summary.clone(),
        source: owner.source.clone(),
        planned_from: owner.planned_from.clone(),
    }
}

fn stages(ordered: &[(Place, ResourceChange)]) -> Vec<StagedChanges> {
    let mut stages: Vec<StagedChanges> = Vec::new();
    for (place, change) in ordered {
        let name = place.name();
        match stages.last_mut() {
            Some(stage) if stage.name == name => stage.changes.push(change.address.clone()),
            _ => stages.push(StagedChanges { name, changes: vec![change.address.clone()] }),
        }
    }
    stages
}

/// Each permission once, by name, with all reasons.
fn allowances(needed: Vec<Needed>) -> Vec<Allowance> {
    let mut allowances: BTreeMap<&str, Allowance> = BTreeMap::new();
    for Needed { name, reason, .. } in needed {
        let allowance = allowances.entry(name.as_str()).or_insert(Allowance { name, reasons: Vec::new() });
        allowance.reasons.push(reason);
    }
    allowances.into_values().collect()
}
