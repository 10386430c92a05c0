//! What stays behind, and how to remove it.

use std::collections::BTreeSet;

use iriskit_state::plan::{ClusterPlace, Plan, Staying};

use super::lookup::Lookup;
use crate::{
    ui::Label,
    view::document::{Detail, Row, Section, Span, Subject},
};

/// Addresses of volumes start so.
const VOLUME: &str = "PersistentVolumeClaim/";

/// The section, if anything stays.
pub(super) fn section(lookup: &Lookup<'_>) -> Option<Section> {
    let staying = &lookup.plan.staying;
    if staying.is_empty() {
        return None;
    }
    let volumes = |one: &&Staying| one.address.starts_with(VOLUME);
    let owners: BTreeSet<_> = staying.iter().filter(volumes).map(|one| one.owner.as_str()).collect();
    let hint =
        |owner| Detail::Hint { text: "remove the volumes later:".to_owned(), command: command(lookup.plan, owner) };
    Some(Section {
        subject: Subject::Staying,
        title: "stays".to_owned(),
        rows: staying.iter().map(|one| row(lookup, one)).collect(),
        details: owners.into_iter().map(hint).collect(),
    })
}

fn row(lookup: &Lookup<'_>, one: &Staying) -> Row {
    let name = Span::plain(lookup.spoken(&one.address));
    let size = one.size.as_ref().map(Span::plain);
    Row {
        symbol: Span::new(Label::Staying, "="),
        cells: [name].into_iter().chain(size).collect(),
        remarks: remarks(one),
        details: Vec::new(),
    }
}

fn remarks(one: &Staying) -> Vec<Span> {
    let mut said = Vec::new();
    if let Some(policy) = &one.reclaim_policy {
        said.push(Span::plain(format!("reclaim policy {policy}")));
    }
    // Of volumes it is known that they stay, and where that is said they have the heading for it.
    if !one.reason.is_empty() && !one.address.starts_with(VOLUME) {
        said.push(Span::new(Label::Faint, one.reason.as_str()));
    }
    said
}

/// The command, with everything that says where.
fn command(plan: &Plan, owner: &str) -> String {
    let (namespace, name) = owner.split_once('/').unwrap_or(("", owner));
    format!("iriskit destroy {name} --namespace {namespace} {} --allow delete-data", place(plan))
}

/// The flags that lead to the plan's cluster.
fn place(plan: &Plan) -> String {
    match plan.cluster.place() {
        ClusterPlace::Sandbox(folder) => format!("--sandbox={folder}"),
        ClusterPlace::InCluster => String::new(),
        ClusterPlace::Context(context) => format!("--context {context}"),
    }
}
