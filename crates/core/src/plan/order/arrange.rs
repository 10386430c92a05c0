//! What the plan as a whole says about the order: where an upgrade wants another one, what has to wait for a mirror, and
//! what stays behind a roll that stops.

use iriskit_state::plan::{
    ActionReason, Component, Impact, Note, NoteId, PodEffect, ResourceChange, RuleId, Severity, Stage, Step, Verb,
};
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    expand::{Desired, Rolling},
    plan::{
        changes::entry::change_without_values,
        impact::pod_template::image,
        live::Live,
        mirror::members::{Member, blind, members, mirror_state},
        notes,
        order::stages::Place,
    },
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Container, StatefulSet},
};

/// A change in its place.
pub(crate) type Placed = (Place, ObjectRef, ResourceChange);

/// What is asked of restarts and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rollout {
    /// A roll of a mirror stops before the primary.
    pub pause_before_primary: bool,
    /// The order of a new version.
    pub upgrade_order: UpgradeOrder,
}

/// In which order the parts of a cluster come to a new version of IRIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UpgradeOrder {
    /// As everything else: arbiter, data, compute, web gateways.
    #[default]
    Stages,
    /// As InterSystems' upgrade rules want it: web gateways, arbiter, compute, data.
    Vendor,
}

/// A mirror that exists.
pub(crate) struct Mirror {
    owner: String,
    set: ObjectRef,
    /// Whether its members' status can't be known.
    blind: bool,
    /// Whether it is whole, and all members are of the newest revision.
    whole: bool,
    /// Whether a roll of it stops before the primary.
    paused: bool,
}

impl Mirror {
    /// The mirror of a desired set; `left` says whether pods stay on an old revision.
    pub(crate) fn of(owner: &str, desired: &Desired, live: &Live, left: bool) -> Option<Self> {
        let found = live.get(&desired.object).filter(|_| desired.mirrored)?;
        let all = members(found, live);
        let blind = blind(found, &all);
        let runs = |member: &Member| !member.needs_restart() && !member.state.stopped;
        Some(Self {
            owner: owner.to_owned(),
            set: desired.object.clone(),
            blind,
            whole: all.iter().all(runs) && mirror_state(found, &all).is_whole(blind).is_ok(),
            paused: left && desired.rolling == Rolling::UpToPrimary,
        })
    }
}

/// What came of it besides the changes themselves.
#[derive(Debug, Default)]
pub(crate) struct Arranged {
    /// Addresses of changes that are not made this time.
    pub(crate) held_back: BTreeSet<String>,
    /// What is to be said.
    pub(crate) notes: Vec<Note>,
}

/// Puts every change where it belongs in this plan.
pub(crate) fn arrange(changes: &mut Vec<Placed>, mirrors: &[Mirror], order: UpgradeOrder) -> Arranged {
    let mut arranged = Arranged::default();
    order_upgrades(changes, order, &mut arranged);
    for mirror in mirrors {
        place_arbiter(changes, mirror);
        if mirror.paused {
            hold_back(changes, mirror, &mut arranged);
        }
    }
    one_mirror_at_a_time(changes);
    drop_later_needs(changes);
    arranged
}

/// A new version of IRIS: takes InterSystems' order, or warns where ours is another one.
fn order_upgrades(changes: &mut [Placed], order: UpgradeOrder, arranged: &mut Arranged) {
    let upgraded: BTreeMap<String, ObjectRef> = changes
        .iter()
        .filter(|(_, _, change)| change.component == Component::Data && is_upgrade(change))
        .map(|(_, object, change)| (change.owner.clone(), object.clone()))
        .collect();
    for (owner, data) in upgraded {
        // Only sets that run already: a new one starts where everything new does.
        let of_owner = |change: &ResourceChange, component: Component| {
            change.owner == owner && change.component == component && change.kind == "StatefulSet"
        };
        let new_image = |(_, _, change): &&Placed, component| of_owner(change, component) && has_new_image(change);
        let earlier: Vec<(Stage, Component, String)> =
            [(Stage::WebGateway, Component::WebGateway), (Stage::Compute, Component::Compute)]
                .into_iter()
                .filter_map(|(stage, component)| {
                    let (_, object, _) = changes.iter().find(|placed| new_image(placed, component))?;
                    Some((stage, component, object.name.clone()))
                })
                .collect();
        if earlier.is_empty() {
            continue;
        }
        if order == UpgradeOrder::Stages {
            let names: Vec<&str> = earlier.iter().map(|(.., name)| name.as_str()).collect();
            let mut note = notes::on(
                Severity::Warning,
                NoteId::UpgradeOrder,
                &data,
                format!(
                    "a new version of IRIS, and {} follow the data nodes: InterSystems' rules want web gateways first and \
                     application servers before data nodes",
                    names.join(" and ")
                ),
            );
            note.help = Some("--upgrade-order vendor takes their order (rule upgrade-order in docs/rules.md)".into());
            arranged.notes.push(note);
            continue;
        }
        for (place, _, change) in
            changes.iter_mut().filter(|(place, _, change)| change.owner == owner && !place.removes())
        {
            if let Some((stage, ..)) = earlier.iter().find(|(stage, ..)| place.is_in(*stage)) {
                *place = Place::before_data(*stage);
                change.stage = place.name();
                if !change.is_no_op() {
                    change.impact.rules.push(RuleId::UpgradeOrder);
                }
            }
        }
    }
}

/// The arbiter restarts when every member is there: together with one of them the primary would hang. While the mirror is
/// not whole it comes after the roll, which may be what repairs a member.
fn place_arbiter(changes: &mut [Placed], mirror: &Mirror) {
    let is_arbiter = |change: &ResourceChange| {
        change.owner == mirror.owner
            && change.component == Component::Arbiter
            && change.kind == "StatefulSet"
            && change.impact.pods.iter().any(|pod| pod.effect == PodEffect::Restarts)
    };
    for (place, _, change) in changes.iter_mut().filter(|(place, _, change)| is_arbiter(change) && !place.removes()) {
        if !mirror.whole {
            *place = Place::after_data(Stage::Arbiter);
            change.stage = place.name();
        }
        change.steps.insert(0, Step::WaitMirror { set: mirror.set.address(), blind: mirror.blind });
        change.impact.rules.push(RuleId::ArbiterAlone);
    }
}

/// What comes after a roll that stops is not begun.
fn hold_back(changes: &mut Vec<Placed>, mirror: &Mirror, arranged: &mut Arranged) {
    let after = |(place, _, change): &Placed| {
        change.owner == mirror.owner && *place > Place::forward(Stage::Data) && !change.is_no_op()
    };
    let held_back: Vec<String> =
        changes.iter().filter(|placed| after(placed)).map(|(_, object, _)| object.address()).collect();
    if held_back.is_empty() {
        return;
    }
    let message = format!("not done before the primary has restarted: {}", held_back.join(", "));
    arranged.notes.push(notes::on(Severity::Note, NoteId::HeldBack, &mirror.set, message));
    changes.retain(|placed| !after(placed) || placed.2.change.actions != [Verb::Create]);
    for (_, _, change) in changes.iter_mut().filter(|placed| after(placed)) {
        make_no_op(change);
    }
    arranged.held_back.extend(held_back);
}

/// Makes a change one that does nothing.
fn make_no_op(change: &mut ResourceChange) {
    change.change = change_without_values([Verb::NoOp]);
    (change.fields, change.steps, change.impact) = (Vec::new(), Vec::new(), Impact::default());
    change.restart_causes = Vec::new();
    (change.replace_mode, change.verified_after) = (None, None);
    change.action_reason = Some(ActionReason::HeldBack);
}

/// Two mirrors of one cluster (shards) are rolled one after the other.
fn one_mirror_at_a_time(changes: &mut [Placed]) {
    let mut last: BTreeMap<(Place, String), String> = BTreeMap::new();
    let mut rolls: Vec<&mut Placed> = changes
        .iter_mut()
        .filter(|(_, _, change)| {
            change
                .steps
                .iter()
                .any(|step| matches!(step, Step::RollByRole { .. } | Step::ReplacePods { mirrored: true, .. }))
        })
        .collect();
    rolls.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    for (place, object, change) in rolls {
        if let Some(before) = last.insert((*place, change.owner.clone()), object.address()) {
            change.depends_on.push(before);
        }
    }
}

/// Nothing depends on what comes later: the order of the stages is the stronger word.
fn drop_later_needs(changes: &mut [Placed]) {
    let places: BTreeMap<String, Place> = changes.iter().map(|(place, object, _)| (object.address(), *place)).collect();
    for (place, _, change) in changes.iter_mut() {
        change.depends_on.retain(|needed| places.get(needed).is_none_or(|of| of <= place));
    }
}

/// Whether IRIS comes to another version.
fn is_upgrade(change: &ResourceChange) -> bool {
    let (before, after) = (image(&change.change.before), image(&change.change.after));
    let rolls = |step: &Step| matches!(step, Step::RollByRole { both_primary: true, .. });
    change.kind == "StatefulSet"
        && (before.is_some() && after.is_some() && before != after || change.steps.iter().any(rolls))
}

/// Whether a set that exists gets another image in some container.
fn has_new_image(change: &ResourceChange) -> bool {
    let images = |set| StatefulSet::new(set).template().spec().containers().map(Container::image);
    change.change.actions == [Verb::Update] && images(&change.change.before).ne(images(&change.change.after))
}
