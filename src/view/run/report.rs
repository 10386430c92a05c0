//! The end of a run.

use std::time::Duration;

use iriskit_state::plan::{Plan, PodEffect, Step, Verb};

use super::took::took;
use crate::{
    apply::Report,
    ui::{Label, Look, plural, times},
    view::{document::Span, kind::spoken, text::Page},
};

/// More objects than this are counted, not named.
const NAMED: usize = 12;

/// How far the run came: what was done, what failed, what was not begun. `go_on` is the command that goes on.
pub fn report(plan: &Plan, report: &Report, took: Duration, go_on: Option<&str>, look: &Look) -> String {
    let mut page = Page::new(*look);
    page.blank();
    let complete = report.failed.is_none() && report.unfinished.is_empty() && report.not_started.is_empty();
    if complete {
        complete_line(&mut page, plan, report, took);
        seen_line(&mut page, report);
    } else {
        rest(&mut page, report);
    }
    if !report.observed.is_empty() {
        page.line(0, "Observed, but not in the plan:");
        for sentence in &report.observed {
            page.paragraph(2, Label::Interrupts, sentence);
        }
    }
    let paused = paused(plan);
    if complete && !paused.is_empty() {
        let text = format!("Paused before the primary of {}: it still runs the old revision.", paused.join(", "));
        page.paragraph(0, Label::Interrupts, &text);
    }
    if let (true, Some(command)) = (!complete || !paused.is_empty(), go_on) {
        let command = page.paint(Label::Command, command);
        page.line(0, &format!("To continue:  {command}"));
    }
    page.finish()
}

/// The mirrors whose roll stops before the primary.
fn paused(plan: &Plan) -> Vec<String> {
    let pauses = |step: &Step| matches!(step, Step::RollByRole { pause_before: Some(_), .. });
    let changes = plan.resource_changes.iter().filter(|change| change.steps.iter().any(pauses));
    changes.map(|change| change.name.clone()).collect()
}

fn complete_line(page: &mut Page, plan: &Plan, report: &Report, time: Duration) {
    let counted = |wanted: &[&[Verb]]| {
        let of = |address: &&String| {
            plan.resource_changes
                .iter()
                .any(|change| change.address == **address && wanted.contains(&change.change.actions.as_slice()))
        };
        report.done.iter().filter(of).count()
    };
    let replaced = counted(&[&[Verb::Delete, Verb::Create], &[Verb::Create, Verb::Delete]]);
    let mut words = vec![
        format!("{} created", counted(&[&[Verb::Create]])),
        format!("{} changed", counted(&[&[Verb::Update]])),
        format!("{} deleted", counted(&[&[Verb::Delete]])),
    ];
    if replaced > 0 {
        words.insert(2, format!("{replaced} replaced"));
    }
    let done = page.paint(Label::Calm, "Done:");
    page.line(0, &format!("{done} {}. It took {}.", words.join(", "), took(time)));
}

/// What watches saw of pods, primaries and volumes: `Seen: a-data-0-1, a-data-0-0 restarted; …, as planned.`
fn seen_line(page: &mut Page, report: &Report) {
    let seen = &report.seen;
    let mut words = Vec::new();
    for (effect, word) in
        [(PodEffect::Created, "made"), (PodEffect::Restarts, "restarted"), (PodEffect::Deleted, "deleted")]
    {
        let pods: Vec<&str> = seen.pods.iter().filter(|pod| pod.1 == effect).map(|pod| pod.0.as_str()).collect();
        match pods.len() {
            0 => {}
            1..=NAMED => words.push(format!("{} {word}", pods.join(", "))),
            more => words.push(format!("{} {word}", plural(more, "pod"))),
        }
    }
    if seen.primary_moves > 0 {
        words.push(format!("the primary moved {}", times(seen.primary_moves)));
    }
    for (count, word) in [(seen.volumes_new, "made"), (seen.volumes_deleted, "deleted")] {
        if count > 0 {
            words.push(format!("{} {word}", plural(count, "volume")));
        }
    }
    if !words.is_empty() {
        let end = if report.observed.is_empty() { ", as planned." } else { "." };
        page.paragraph(0, Label::Plain, &format!("Seen: {}{end}", words.join("; ")));
    }
}

fn rest(page: &mut Page, report: &Report) {
    let heading = page.paint(Label::Error, "Not done.");
    page.line(0, &heading);
    names(page, "done", Label::Calm, &report.done);
    if let Some((address, reason)) = &report.failed {
        let text = format!("{}: {reason}", spoken(address));
        page.fact(&Span::plain("  failed"), COLUMN, 1, &[Span::new(Label::Error, text)]);
    }
    names(page, "unfinished", Label::Interrupts, &report.unfinished);
    let pods: Vec<String> = report.deleted_pods.iter().map(|(_, pod)| format!("Pod/{pod}")).collect();
    names(page, "restarted", Label::Interrupts, &pods);
    names(page, "not begun", Label::Faint, &report.not_started);
}

/// Where the names of the report start.
const COLUMN: usize = 14;

fn names(page: &mut Page, what: &str, label: Label, addresses: &[String]) {
    if addresses.is_empty() {
        return;
    }
    let last = addresses.len().min(NAMED).saturating_sub(1);
    let mut pieces: Vec<_> = addresses
        .iter()
        .take(NAMED)
        .enumerate()
        .map(|(at, address)| Span::new(label, format!("{}{}", spoken(address), if at == last { "" } else { "," })))
        .collect();
    if let more @ 1.. = addresses.len().saturating_sub(NAMED) {
        pieces.push(Span::new(label, format!("and {more} more")));
    }
    page.fact(&Span::plain(format!("  {what}")), COLUMN, 1, &pieces);
}
