//! One change: what, why, which fields, with what consequences.

use iriskit_state::plan::{
    ActionReason, Blocked, Component, ReplaceMode, ResourceChange, Step, Verb, Verified, VolumeEffect,
};

use super::{causes, field, impact, lookup::Lookup};
use crate::{
    ui::{Label, enumerate},
    view::{
        document::{Detail, Row, Span},
        kind::short,
        moment::{ago, day},
    },
};

/// The row and everything below it.
pub(super) fn row(lookup: &Lookup<'_>, change: &ResourceChange) -> Row {
    let (label, symbol) = symbol(change);
    let name = lookup.name(change.namespace.as_deref(), &change.name);
    let fields = change.fields.iter().map(|changed| Detail::Field(field::field(lookup, change, changed)));
    let mut details: Vec<Detail> = causes::details(lookup, change).into_iter().chain(fields).collect();
    details.extend(change.restart_causes.iter().map(|cause| Detail::Field(field::cause(lookup, cause))));
    // A claim that goes says so in its own row.
    if deleted_volume(change).is_none() {
        details.extend(impact::details(change));
    }
    Row {
        symbol: Span::new(label, symbol),
        cells: vec![Span::plain(short(&change.kind)), Span::new(Label::Object, name)],
        remarks: remarks(lookup, change),
        details,
    }
}

fn symbol(change: &ResourceChange) -> (Label, &'static str) {
    match change.change.actions.as_slice() {
        [Verb::Create] => (Label::Added, "+"),
        [Verb::Delete] => (Label::Removed, "-"),
        [Verb::Delete, _] => (Label::Replaced, "-/+"),
        [Verb::Create, _] => (Label::Replaced, "+/-"),
        _ if matches!(change.action_reason, Some(ActionReason::PodsOutdated | ActionReason::UpgradeUnfinished)) => {
            (Label::Interrupts, "↻")
        }
        _ => (Label::Changed, "~"),
    }
}

/// What stands behind the name.
fn remarks(lookup: &Lookup<'_>, change: &ResourceChange) -> Vec<Span> {
    let mut said = Vec::new();
    if let Some(blocked) = lookup.blocked(&change.address) {
        said.push(Span::new(Label::Error, protected(lookup, blocked)));
    }
    if !change.about.is_empty() {
        said.push(Span::plain(change.about.as_str()));
    }
    if let Some(volume) = deleted_volume(change) {
        said.push(Span::plain(volume));
    }
    if let Some(why) = why(change) {
        said.push(Span::plain(why));
    }
    match (change.verified, &change.verified_after) {
        (Verified::Local, _) if lookup.is_refused(change) => {
            said.push(Span::new(Label::Error, "refused by the server"));
        }
        (Verified::Local, _) => said.push(Span::new(Label::Interrupts, "unverified")),
        (Verified::Deferred, Some(after)) => {
            said.push(Span::new(Label::Faint, format!("verified after {} exists", lookup.spoken(after))));
        }
        (Verified::Deferred, None) => said.push(Span::new(Label::Faint, "verified during apply")),
        (Verified::Server, _) => {}
    }
    if let (Some(place), Component::Companion) = (&change.source, change.component) {
        said.push(Span::new(Label::Faint, format!("({}:{})", place.file, place.line)));
    }
    said
}

/// Who protects it, and when that was.
fn protected(lookup: &Lookup<'_>, blocked: &Blocked) -> String {
    let elsewhere = blocked.protected != blocked.address;
    let through = if elsewhere { format!(" through {}", lookup.spoken(&blocked.protected)) } else { String::new() };
    let since = blocked.at.as_ref().map(|at| format!(", {}", ago(at, &lookup.plan.created_at))).unwrap_or_default();
    format!("blocked: protected by {}{since}{through}", blocked.by.as_deref().unwrap_or("an unknown manager"))
}

/// Whose fields an object that exists already brings along.
fn adopted(change: &ResourceChange) -> String {
    let mut makers: Vec<String> = Vec::new();
    for step in &change.steps {
        let Step::TakeOver { from, .. } = step else { continue };
        makers.extend(from.iter().map(|taken| taken.manager.clone()).filter(|name| !name.contains("last-applied")));
    }
    makers.dedup();
    if makers.is_empty() {
        return "exists already; taken over by iriskit".to_owned();
    }
    format!("made by {}; taken over by iriskit", enumerate(&makers))
}

/// A claim that goes: its size and age.
fn deleted_volume(change: &ResourceChange) -> Option<String> {
    let volume = change.impact.volumes.iter().find(|volume| volume.claim == change.name)?;
    let size = volume.size.as_deref().unwrap_or("unknown size");
    let made = volume.created_at.as_deref().map(|at| format!(", made {}", day(at))).unwrap_or_default();
    (volume.effect == VolumeEffect::Deleted).then(|| format!("{size}{made}"))
}

/// The reason in words.
fn why(change: &ResourceChange) -> Option<String> {
    if change.is_replace() {
        return Some(replaced(change));
    }
    Some(match change.action_reason? {
        ActionReason::PodsOutdated => outdated(change),
        ActionReason::UpgradeUnfinished => "not every member has been primary in the new version".to_owned(),
        ActionReason::Adopt => adopted(change),
        ActionReason::DeleteBecauseNoResourceConfig => "no longer in the manifest".to_owned(),
        ActionReason::Drifted => "changed outside iriskit".to_owned(),
        ActionReason::PodsWithoutSet => "its pods run without it".to_owned(),
        ActionReason::ReplaceBecauseImmutable => replaced(change),
        ActionReason::Ownership => "ownership".to_owned(),
        ActionReason::HeldBack => "held back".to_owned(),
    })
}

/// Pods of an older revision, and by whose hand they became so where it was not iriskit's.
fn outdated(change: &ResourceChange) -> String {
    let mut by: Vec<String> = change.restart_causes.iter().filter_map(|cause| cause.by.clone()).collect();
    by.dedup();
    if by.is_empty() {
        return "pods run an older revision".to_owned();
    }
    format!("pods run an older revision: {} changed the pod template", enumerate(&by))
}

fn replaced(change: &ResourceChange) -> String {
    let how = match (change.replace_mode, change.change.actions.first()) {
        (Some(ReplaceMode::OrphanRecreate), _) => "made again around its pods and volumes",
        (_, Some(Verb::Create)) => "made again, then the old one deleted",
        _ => "deleted, then made again",
    };
    match change.change.replace_paths.as_slice() {
        [] => how.to_owned(),
        paths if paths.iter().all(|path| change.fields.iter().any(|field| field.path == *path)) => how.to_owned(),
        paths => format!("{how}: {} can't be changed", enumerate(paths)),
    }
}
