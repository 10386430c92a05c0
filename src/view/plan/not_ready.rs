//! What is not ready, whoever made it so: apply waits for it.

use iriskit_state::plan::{NotReady, NotReadyState};

use super::lookup::Lookup;
use crate::{
    ui::{Label, plural},
    view::{
        document::{Line, Row, Section, Span, Subject},
        kind::short,
    },
};

/// The section, if anything is not ready.
pub(super) fn section(lookup: &Lookup<'_>) -> Option<Section> {
    let not_ready = &lookup.plan.not_ready;
    let rows: Vec<Row> = not_ready.iter().map(|one| row(lookup, one)).collect();
    let title = "Not ready".to_owned();
    (!rows.is_empty()).then_some(Section { subject: Subject::NotReady, title, rows, details: Vec::new() })
}

fn row(lookup: &Lookup<'_>, one: &NotReady) -> Row {
    let (label, symbol) = match one.state {
        NotReadyState::Failed => (Label::Error, "!"),
        NotReadyState::Waiting => (Label::Interrupts, "…"),
        NotReadyState::Unsettled => (Label::Interrupts, "?"),
    };
    let (kind, name) = cells(lookup, &one.address);
    Row {
        symbol: Span::new(label, symbol),
        cells: vec![Span::plain(kind), Span::new(Label::Object, name)],
        remarks: vec![Span::new(label, one.reason.as_str())],
        details: Vec::new(),
    }
}

fn cells(lookup: &Lookup<'_>, address: &str) -> (String, String) {
    let spoken = lookup.spoken(address);
    let (kind, name) = spoken.split_once(' ').unwrap_or(("", &spoken));
    (short(kind).to_owned(), name.to_owned())
}

/// `StatefulSet solo-data`, one for each.
pub(super) fn names(lookup: &Lookup<'_>) -> Vec<String> {
    lookup.plan.not_ready.iter().map(|one| lookup.spoken(&one.address)).collect()
}

/// What it means, beside the counts of the plan.
pub(super) fn summary(lookup: &Lookup<'_>) -> Vec<Line> {
    let not_ready = &lookup.plan.not_ready;
    let unsettled = not_ready.iter().filter(|one| one.state == NotReadyState::Unsettled).count();
    let waits = match not_ready.len() {
        0 => None,
        1 => Some("1 object is not ready: apply waits for it.".to_owned()),
        many => Some(format!("{} are not ready: apply waits for them.", plural(many, "object"))),
    };
    let unknown = (unsettled > 0).then(|| {
        let verb = if unsettled == 1 { "is" } else { "are" };
        format!("{unsettled} {verb} unsettled: the newest change is not seen by its controller yet.")
    });
    let line = |text| vec![Span::new(Label::Interrupts, text)];
    waits.into_iter().chain(unknown).map(line).collect()
}
