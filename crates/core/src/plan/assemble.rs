//! Second half of planning: findings and the server's answers → the plan.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{
    Allowance, AllowanceName, ClusterIdentity, FORMAT_VERSION, Note, Operation, Owner, OwnershipPolicy, Plan,
    Reference, ResourceChange, Source, StagedChanges, Staying, Summary, Totals, Verb, VolumeEffect,
};

use crate::diff::has_other_holders;
use crate::plan::allow::apply_flags;
use crate::plan::changes::change::Decided;
use crate::plan::changes::change::decide;
use crate::plan::changes::deletion;
use crate::plan::changes::drift::drift;
use crate::plan::changes::dry_run::Answer;
use crate::plan::changes::examine::Examined;
use crate::plan::changes::examine::Finding;
use crate::plan::changes::examine::OwnerInput;
use crate::plan::checks::finalizers::held;
use crate::plan::checks::related_objects::Beside;
use crate::plan::checks::service_clashes::twice;
use crate::plan::checks::unsafe_together;
use crate::plan::impact::pending_restarts;
use crate::plan::impact::service_outages;
use crate::plan::live::Live;
use crate::plan::order::arrange::Arranged;
use crate::plan::order::arrange::Mirror;
use crate::plan::order::arrange::Rollout;
use crate::plan::order::arrange::UpgradeOrder;
use crate::plan::order::arrange::arrange;
use crate::plan::order::stages;
use crate::plan::ownership::protection::all_blocked;
use crate::plan::ownership::prune::removal;
use crate::plan::staleness::dependencies;
use iriskit_kubernetes::schema::{ObjectRef, table};

/// What a plan is stamped with; comes from outside, since planning knows no clock.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// 32 hexadecimal digits.
    pub id: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: String,
    /// The version of iriskit.
    pub iriskit_version: String,
}

/// Everything besides objects that a plan says.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Ids and times.
    pub stamp: Stamp,
    /// Apply or destroy.
    pub operation: Operation,
    /// The cluster.
    pub cluster: ClusterIdentity,
    /// The manifests.
    pub sources: Vec<Source>,
    /// The labeler image from flag or environment.
    pub labeler_image: Option<String>,
    /// What was to be done about what others hold.
    pub ownership: OwnershipPolicy,
    /// Objects that were only read.
    pub references: Vec<Reference>,
    /// Diagnostics so far.
    pub notes: Vec<Note>,
    /// What is asked of restarts and their order.
    pub rollout: Rollout,
    /// Whether fingerprints are wanted (a plan that is applied or saved).
    pub fingerprints: bool,
}

/// Puts the plan together.
pub fn assemble(
    frame: Frame,
    owners: &[OwnerInput],
    examined: &[Examined],
    answers: &BTreeMap<ObjectRef, Answer>,
    live: &Live,
) -> Plan {
    let mut collected = Collected::starting_with(frame.notes.clone());
    let created: BTreeSet<ObjectRef> = examined
        .iter()
        .filter(|examined| examined.finding == Finding::Create)
        .map(|examined| examined.desired.object.clone())
        .collect();
    let desired: BTreeSet<ObjectRef> = examined.iter().map(|examined| examined.desired.object.clone()).collect();
    let (mut drifted, mut mirrors) = (Vec::new(), Vec::new());
    let mut beside = Beside::default();
    for examined in examined {
        beside.meet(examined);
        let object = examined.desired.object.clone();
        if let (Some(kind), Some(found)) = (table().kind(&object.api_version, &object.kind), live.get(&object))
            && !examined.owner.is_empty()
            && !matches!(examined.finding, Finding::Adopt { .. })
            && (has_other_holders(found) || !examined.contests.is_empty())
        {
            drifted.extend(drift(kind, &object, found, &examined.body, &examined.contests));
        }
        let stage = examined.desired.stage;
        let decided = decide(examined, answers.get(&object), &created, live, frame.fingerprints);
        mirrors.extend(Mirror::of(&examined.owner, &examined.desired, live, decided.leaves_outdated));
        collected.add(stages::Place::forward(stage), object, decided);
    }
    for owner in owners {
        let removal = removal(owner, &desired, live);
        collected.staying.extend(removal.staying);
        collected.notes.extend(removal.notes);
        for object in removal.delete {
            if let Some((stage, decided)) = deletion::removed(owner, &object, live, frame.fingerprints) {
                collected.add(stages::Place::removal(stage), object, decided);
            }
        }
    }
    let changes: Vec<&ResourceChange> = collected.changes.iter().map(|(.., change)| change).collect();
    let risky = unsafe_together::together(&changes);
    if changes.iter().any(|change| !change.is_no_op()) {
        collected.notes.extend(twice(examined, live));
    }
    collected.notes.extend(risky);
    collected.arrange(&mirrors, frame.rollout.upgrade_order);
    collected.settle(owners, live);
    collected.tell(&beside, owners, live);
    let fingerprints = frame.fingerprints;
    let mut plan = collected.into_plan(frame, owners, drifted, live);
    if fingerprints {
        plan.references.extend(dependencies::claims(&plan.resource_changes, &plan.staying, live));
        plan.references.sort_by(|a, b| a.address.cmp(&b.address));
    }
    plan
}

/// Changes with what follows from them.
#[derive(Default)]
pub(crate) struct Collected {
    changes: Vec<(stages::Place, ObjectRef, ResourceChange)>,
    /// The address that needs it, its name, the reason.
    allowances: Vec<(String, AllowanceName, String)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) staying: Vec<Staying>,
}

impl Collected {
    pub(crate) fn starting_with(notes: Vec<Note>) -> Self {
        Self { notes, ..Self::default() }
    }

    pub(crate) fn add(&mut self, place: stages::Place, object: ObjectRef, decided: Decided) {
        let address = object.address();
        self.allowances.extend(decided.allowances.into_iter().map(|(name, reason)| (address.clone(), name, reason)));
        self.notes.extend(decided.notes);
        if let Some(change) = decided.change {
            self.changes.push((place, object, change));
        }
    }

    /// Puts every change where it belongs in this plan.
    fn arrange(&mut self, mirrors: &[Mirror], order: UpgradeOrder) {
        let Arranged { held, notes } = arrange(&mut self.changes, mirrors, order);
        self.allowances.retain(|(address, ..)| !held.contains(address));
        self.notes.extend(notes);
    }

    /// Says of each change what only the whole plan knows.
    fn settle(&mut self, owners: &[OwnerInput], live: &Live) {
        let deleted = self.changes.iter().filter(|(_, _, change)| change.change.actions == [Verb::Delete]);
        let deleted: BTreeSet<String> = deleted.map(|(_, _, change)| change.address.clone()).collect();
        for (_, _, change) in &mut self.changes {
            service_outages::settle(change, &deleted, live);
        }
        let changes: Vec<&mut ResourceChange> = self.changes.iter_mut().map(|(_, _, change)| change).collect();
        self.notes.extend(pending_restarts::settle(changes, owners, live));
    }

    /// Says of objects what others make of them.
    fn tell(&mut self, beside: &Beside<'_>, owners: &[OwnerInput], live: &Live) {
        for (_, object, change) in &mut self.changes {
            beside.tell_licence(object, change);
        }
        let changes: Vec<&ResourceChange> = self.changes.iter().map(|(.., change)| change).collect();
        self.notes.extend(beside.connections(owners, &changes, live));
    }

    pub(crate) fn into_plan(
        self,
        frame: Frame,
        owners: &[OwnerInput],
        resource_drift: Vec<iriskit_state::plan::ResourceDrift>,
        live: &Live,
    ) -> Plan {
        let held = held(self.changes.iter().map(|(_, object, change)| (object, change)), live);
        let ordered = stages::ordered(self.changes);
        let stages = stages(&ordered);
        let resource_changes: Vec<ResourceChange> = ordered.into_iter().map(|(_, change)| change).collect();
        let mut needed: BTreeMap<AllowanceName, Vec<String>> = BTreeMap::new();
        for (_, name, reason) in self.allowances {
            needed.entry(name).or_default().push(reason);
        }
        let allowances: Vec<Allowance> =
            needed.into_iter().map(|(name, reasons)| Allowance { name, reasons }).collect();
        let mut notes = self.notes;
        notes.extend(held);
        notes.sort_by_key(|note| note.severity);
        let mut impact = totals(&resource_changes);
        let names: Vec<AllowanceName> = allowances.iter().map(|allowance| allowance.name).collect();
        let apply_flags = apply_flags(&names, false);
        impact.volumes_staying += self.staying.len();
        let blocked = all_blocked(&resource_changes, live);
        Plan {
            format_version: FORMAT_VERSION.to_owned(),
            iriskit_version: frame.stamp.iriskit_version,
            id: frame.stamp.id,
            digest: String::new(),
            created_at: frame.stamp.created_at,
            expires_at: frame.stamp.expires_at,
            operation: frame.operation,
            cluster: frame.cluster,
            sources: frame.sources,
            labeler_image: frame.labeler_image,
            snapshot: None,
            ownership: frame.ownership,
            owners: owners
                .iter()
                .map(|owner| Owner {
                    namespace: owner.namespace.clone(),
                    name: owner.name.clone(),
                    summary: owner.summary.clone(),
                    source: owner.source.clone(),
                })
                .collect(),
            references: frame.references,
            summary: summary(&resource_changes),
            impact,
            stages,
            resource_changes,
            resource_drift,
            allowances,
            apply_flags,
            blocked,
            staying: self.staying,
            notes,
        }
    }
}

fn stages(ordered: &[(stages::Place, ResourceChange)]) -> Vec<StagedChanges> {
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

fn summary(changes: &[ResourceChange]) -> Summary {
    let mut summary = Summary::default();
    for change in changes {
        match change.change.actions.as_slice() {
            [Verb::NoOp] => summary.unchanged += 1,
            [Verb::Create] => summary.create += 1,
            [Verb::Update] => summary.update += 1,
            [Verb::Delete] => summary.delete += 1,
            _ => summary.replace += 1,
        }
    }
    summary
}

fn totals(changes: &[ResourceChange]) -> Totals {
    use iriskit_state::plan::PodEffect;
    let mut totals = Totals::default();
    for impact in changes.iter().map(|change| &change.impact) {
        totals.class = totals.class.max(impact.class);
        totals.restarts += impact.pods.iter().filter(|pod| pod.effect == PodEffect::Restarts).count();
        totals.primary_moves += impact.primary_moves;
        let count = |effect| impact.volumes.iter().filter(|volume| volume.effect == effect).count();
        totals.volumes_new += count(VolumeEffect::New);
        totals.volumes_reused += count(VolumeEffect::Reused);
        totals.volumes_staying += count(VolumeEffect::Stays);
        totals.volumes_deleted += count(VolumeEffect::Deleted);
        totals.volumes_growing += count(VolumeEffect::Grows);
    }
    totals
}
