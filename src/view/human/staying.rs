//! What stays behind, and how to remove it.

use std::collections::BTreeSet;

use console::measure_text_width;
use iriskit_state::plan::{Plan, Staying};

use super::facts::Facts;
use crate::ui::{Label, pad};
use crate::view::page::{Page, Piece};

/// Addresses of volumes start so.
const VOLUME: &str = "PersistentVolumeClaim/";

/// Writes the section, if anything stays.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    let staying = &facts.plan.staying;
    if staying.is_empty() {
        return;
    }
    page.blank();
    let heading = page.paint(Label::Stage, "stays");
    page.line(5, &heading);
    let names: Vec<_> = staying.iter().map(|one| facts.spoken(&one.address)).collect();
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let column = widest(&mut names.iter().map(|name| measure_text_width(name)));
    let size = widest(&mut staying.iter().map(|one| one.size.as_ref().map_or(0, String::len)));
    for (one, name) in staying.iter().zip(&names) {
        let mut row = format!("{} {}", page.paint(Label::Staying, "="), pad(&page.paint(Label::Plain, name), column));
        if let Some(text) = &one.size {
            row.push_str(&page.paint(Label::Plain, format_args!("  {text:>size$}")));
        }
        page.lead(5, &row, 9, &remarks(one));
    }
    let volumes = |one: &&Staying| one.address.starts_with(VOLUME);
    let owners: BTreeSet<_> = staying.iter().filter(volumes).map(|one| one.owner.as_str()).collect();
    for owner in owners {
        let command = page.paint(Label::Command, command(facts.plan, owner));
        page.line(7, "remove the volumes later:");
        page.line(9, &command);
    }
}

fn remarks(one: &Staying) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    if let Some(policy) = &one.reclaim_policy {
        pieces.push(Piece::new(Label::Plain, format!("reclaim policy {policy}")));
    }
    // Of volumes it is known that they stay, and where that is said they have the heading for it.
    if !one.reason.is_empty() && !one.address.starts_with(VOLUME) {
        pieces.push(Piece::new(Label::Faint, one.reason.as_str()));
    }
    pieces
}

/// The command, with everything that says where.
fn command(plan: &Plan, owner: &str) -> String {
    let (namespace, name) = owner.split_once('/').unwrap_or(("", owner));
    format!("iriskit destroy {name} --namespace {namespace} {} --allow delete-data", super::plan::place(plan))
}
