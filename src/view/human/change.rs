//! One change: what, why, which fields, with what consequences.

use console::measure_text_width;
use iriskit_state::plan::{
    ActionReason, Blocked, Component, ReplaceMode, ResourceChange, Step, Verb, Verified, VolumeEffect,
};

use super::{
    facts::{Facts, enumerate},
    field, impact,
};
use crate::ui::{Label, pad};
use crate::view::{
    kind::short,
    moment::{ago, day},
    page::{Page, Piece},
};

/// Where the rows of changes start, and what stands below a row.
const ROW: usize = 5;
pub(super) const BELOW: usize = 9;
/// A longer name pushes its own row only.
const NAME_AT_MOST: usize = 34;

/// Widths of the columns of all rows.
pub(super) struct Columns {
    symbol: usize,
    kind: usize,
    name: usize,
}

impl Columns {
    pub(super) fn of<'a>(facts: &Facts<'_>, changes: impl Iterator<Item = &'a ResourceChange>) -> Self {
        let mut columns = Self { symbol: 1, kind: 0, name: 0 };
        for change in changes {
            let name = facts.name(change.namespace.as_deref(), &change.name);
            columns.symbol = columns.symbol.max(measure_text_width(symbol(change).1));
            columns.kind = columns.kind.max(measure_text_width(short(&change.kind)));
            columns.name = columns.name.max(measure_text_width(&name).min(NAME_AT_MOST));
        }
        columns
    }
}

/// The row and everything below it.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>, columns: &Columns, change: &ResourceChange) {
    let (label, symbol) = symbol(change);
    let name = facts.name(change.namespace.as_deref(), &change.name);
    let row = format!(
        "{} {}  {}",
        pad(&page.paint(label, symbol), columns.symbol),
        pad(&page.paint(Label::Plain, short(&change.kind)), columns.kind),
        pad(&page.paint(Label::Object, name), columns.name),
    );
    page.lead(ROW, &row, BELOW, &remarks(facts, change));
    for changed in &change.fields {
        field::write(page, facts, change, changed);
    }
    // A claim that goes says so in its own row.
    if deleted_volume(change).is_none() {
        impact::write(page, change);
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
fn remarks<'a>(facts: &Facts<'_>, change: &'a ResourceChange) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    if let Some(blocked) = facts.blocked(&change.address) {
        pieces.push(Piece::new(Label::Error, protected(facts, blocked)));
    }
    if !change.about.is_empty() {
        pieces.push(Piece::new(Label::Plain, change.about.as_str()));
    }
    if let Some(volume) = deleted_volume(change) {
        pieces.push(Piece::new(Label::Plain, volume));
    }
    if let Some(why) = why(change) {
        pieces.push(Piece::new(Label::Plain, why));
    }
    match (change.verified, &change.verified_after) {
        (Verified::Local, _) if facts.is_refused(change) => {
            pieces.push(Piece::new(Label::Error, "refused by the server"));
        }
        (Verified::Local, _) => pieces.push(Piece::new(Label::Interrupts, "unverified")),
        (Verified::Deferred, Some(after)) => {
            pieces.push(Piece::new(Label::Faint, format!("verified after {} exists", facts.spoken(after))));
        }
        (Verified::Deferred, None) => pieces.push(Piece::new(Label::Faint, "verified during apply")),
        (Verified::Server, _) => {}
    }
    if let (Some(place), Component::Companion) = (&change.source, change.component) {
        pieces.push(Piece::new(Label::Faint, format!("({}:{})", place.file, place.line)));
    }
    pieces
}

/// Who protects it, and when that was.
fn protected(facts: &Facts<'_>, blocked: &Blocked) -> String {
    let elsewhere = blocked.protected != blocked.address;
    let through = if elsewhere { format!(" through {}", facts.spoken(&blocked.protected)) } else { String::new() };
    let since = blocked.at.as_ref().map(|at| format!(", {}", ago(at, &facts.plan.created_at))).unwrap_or_default();
    format!("blocked: protected by {}{since}{through}", blocked.by.as_deref().unwrap_or("somebody"))
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
        return "exists already; becomes iriskit's".to_owned();
    }
    format!("made by {}; becomes iriskit's", enumerate(&makers))
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
        ActionReason::PodsOutdated => "pods run an older revision".to_owned(),
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
