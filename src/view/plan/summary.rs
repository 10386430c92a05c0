//! The plan in a few sentences: counts, consequences, what has to be allowed.

use std::collections::BTreeSet;

use iriskit_state::plan::{NoteId, Plan, PodEffect, ResourceChange, RuleId, Severity};

use super::{lookup::Lookup, not_ready};
use crate::{
    ui::{Label, enumerate, plural, times},
    view::document::{Line, Span},
};

/// The sentences.
pub(super) fn lines(lookup: &Lookup<'_>) -> Vec<Line> {
    let plan = lookup.plan;
    let errors = plan.notes.iter().filter(|note| note.severity == Severity::Error).count();
    let mut lines = Vec::new();
    if plan.summary.changes() {
        let unchanged = match plan.summary.unchanged {
            0 => None,
            unchanged => Some(Span::new(Label::Faint, format!(" {unchanged} unchanged."))),
        };
        lines.push([Span::new(Label::Heading, counts(plan))].into_iter().chain(unchanged).collect());
        lines.push(vec![Span::plain(consequences(plan, lookup))]);
    } else if errors == 0 {
        let rest = Span::plain(format!(" {}", unchanged(plan, lookup.destroys())));
        lines.push(vec![Span::new(Label::Calm, "No changes."), rest]);
    }
    lines.extend(not_ready::summary(lookup));
    if let Some(flags) = lookup.allow() {
        lines.push(vec![Span::plain("Needs "), Span::new(Label::Command, flags), Span::plain(".")]);
    }
    if !plan.blocked.is_empty() {
        let text = format!("Blocked: {} may not be deleted.", plural(plan.blocked.len(), "protected object"));
        lines.push(vec![Span::new(Label::Error, text)]);
    }
    if errors > 0 {
        let text = format!("Incomplete, and can't be applied: {}.", plural(errors, "error"));
        lines.push(vec![Span::new(Label::Error, text)]);
    }
    lines
}

fn counts(plan: &Plan) -> String {
    let sum = &plan.summary;
    let replace = if sum.replace > 0 { format!("{} to replace, ", sum.replace) } else { String::new() };
    format!("Plan: {} to create, {} to change, {replace}{} to delete.", sum.create, sum.update, sum.delete)
}

fn unchanged(plan: &Plan, destroys: bool) -> String {
    if destroys {
        return "There is nothing to delete.".to_owned();
    }
    let count = plan.summary.unchanged;
    let sources: Vec<_> = plan.sources.iter().map(|source| spoken(&source.path)).collect();
    let says = match sources.len() {
        0 => "as planned".to_owned(),
        1 => format!("as {} says", enumerate(&sources)),
        2 | 3 => format!("as {} say", enumerate(&sources)),
        many => format!("as the {many} manifests say"),
    };
    let overridden = plan.notes.iter().any(|note| note.id == NoteId::ServerOverrides);
    let but = match (overridden, plan.impact.pods_unknown) {
        (true, _) => ", but for what the server overrides",
        (false, true) => "; what runs is unknown, since pods can't be listed",
        (false, false) => "",
    };
    format!("{} {} {says}{but}.", plural(count, "object"), if count == 1 { "is" } else { "are" })
}

fn spoken(path: &str) -> String {
    if path == "-" { "standard input".to_owned() } else { path.to_owned() }
}

fn consequences(plan: &Plan, lookup: &Lookup<'_>) -> String {
    let totals = &plan.impact;
    let mut sentences = Vec::new();
    // A pod can have its turn twice.
    let pods: BTreeSet<_> = plan
        .resource_changes
        .iter()
        .flat_map(|change| change.impact.pods.iter().map(move |pod| (&change.address, pod)))
        .filter(|(_, pod)| pod.effect == PodEffect::Restarts)
        .map(|(set, pod)| (set, &pod.pod))
        .collect();
    let deleted = lookup.pods(PodEffect::Deleted);
    match (totals.restarts, lookup.destroys()) {
        (0, true) => {}
        (0, false) if totals.pods_unknown => {
            sentences.push("Whether anything that runs is restarted is unknown: pods can't be listed.".to_owned());
        }
        (0, false) if !deleted.is_empty() => {}
        (0, false) if plan.resource_changes.iter().any(takes_pods) => {
            sentences.push("Nothing that runs is restarted, but some pods go.".to_owned());
        }
        (0, false) => sentences.push("Nothing that runs is restarted.".to_owned()),
        (count, _) if count > pods.len() => {
            sentences.push(format!("{} of {}.", plural(count, "restart"), plural(pods.len(), "pod")));
        }
        (count, _) => sentences.push(format!("Restarts {}.", plural(count, "pod"))),
    }
    if !deleted.is_empty() && !lookup.destroys() {
        sentences.push(format!("Deletes {}.", plural(deleted.len(), "pod")));
    }
    if totals.primary_moves > 0 {
        sentences.push(format!("Primary moves {}.", times(totals.primary_moves)));
    }
    sentences.push(volumes(plan));
    sentences.join(" ")
}

/// Whether Kubernetes takes pods away that nobody can name.
pub(super) fn takes_pods(change: &ResourceChange) -> bool {
    change.impact.rules.contains(&RuleId::WorkloadScaleDown)
}

fn volumes(plan: &Plan) -> String {
    let totals = &plan.impact;
    let touched = totals.volumes_deleted + totals.volumes_reused + totals.volumes_growing + totals.volumes_unknown;
    let mut said = Vec::new();
    if totals.volumes_deleted > 0 {
        said.push(format!("Deletes {} with all data; there is no undo.", plural(totals.volumes_deleted, "volume")));
    }
    if totals.volumes_reused > 0 {
        said.push(format!("Re-uses {} with old data.", plural(totals.volumes_reused, "volume")));
    }
    if totals.volumes_growing > 0 {
        let verb = if totals.volumes_growing == 1 { "grows" } else { "grow" };
        said.push(format!("{} {verb}.", plural(totals.volumes_growing, "volume")));
    }
    if totals.volumes_new > 0 {
        said.push(format!("{}.", plural(totals.volumes_new, "new volume")));
    }
    if totals.volumes_unknown > 0 {
        let volumes = plural(totals.volumes_unknown, "volume");
        said.push(format!("Whether {volumes} exist already, with old data, is unknown."));
    }
    if totals.volumes_staying > 0 {
        said.push(format!("{} with all data.", stay(totals.volumes_staying)));
    }
    if touched == 0 && totals.claims_unknown {
        said.push("What becomes of volumes is unknown: claims can't be listed.".to_owned());
    } else if touched == 0 && totals.volumes_staying == 0 {
        said.push(
            if totals.volumes_new > 0 { "No existing volume is touched." } else { "No volume is touched." }.to_owned(),
        );
    }
    said.join(" ")
}

fn stay(count: usize) -> String {
    if count == 1 { "1 volume stays".to_owned() } else { format!("{count} volumes stay") }
}
