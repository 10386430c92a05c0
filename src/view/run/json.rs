//! A run for programs: one event a line on standard output, in Terraform's names.

use std::time::Duration;

use iriskit_state::{
    harmless_json,
    plan::{Operation, Plan, ResourceChange, Severity, Verb},
    run_event::{
        ChangeCounts, EventDiagnostic, EventLine, EventReport, EventResource, Hook, Level, MODULE, PlannedChange,
        RunEvent, UI_VERSION,
    },
};
use jiff::Timestamp;

use super::{displayer::Displayer, wording};
use crate::{
    apply::{Event, Report},
    ui::Ui,
    view::Message,
};

/// What a plan says, as lines.
pub fn planned_lines(plan: &Plan) -> String {
    let version = RunEvent::Version { iriskit: plan.iriskit_version.clone(), ui: UI_VERSION.to_owned() };
    let mut lines = line(Level::Info, format!("iriskit {}", plan.iriskit_version), version);
    for change in plan.resource_changes.iter().filter(|change| !change.is_no_op()) {
        let action = action(change);
        let reason = change.action_reason.map(|reason| reason.to_string());
        let planned = PlannedChange { resource: resource(&change.address), action: action.to_owned(), reason };
        lines += &line(
            Level::Info,
            format!("{}: plan to {action}", spoken(&change.address)),
            RunEvent::PlannedChange { change: planned },
        );
    }
    for note in &plan.notes {
        let level = match note.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warn,
            Severity::Note => Level::Info,
        };
        let severity = match note.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let diagnostic = EventDiagnostic {
            severity: severity.to_owned(),
            summary: note.message.clone(),
            detail: note.help.clone().unwrap_or_default(),
            id: Some(note.id.to_string()),
            address: note.address.clone(),
        };
        lines += &line(level, note.message.clone(), RunEvent::Diagnostic { diagnostic });
    }
    let counts = counts(plan, "plan", |change| !change.is_no_op());
    let text = format!("Plan: {} to add, {} to change, {} to remove.", counts.add, counts.change, counts.remove);
    lines + &line(Level::Info, text, RunEvent::ChangeSummary { changes: counts })
}

/// How far a run came, as its last lines.
pub fn report_lines(plan: &Plan, report: &Report, took: Duration, go_on: Option<&str>) -> String {
    let operation = match plan.operation {
        Operation::Apply => "apply",
        Operation::Destroy => "destroy",
    };
    let counts = counts(plan, operation, |change| report.done.contains(&change.address));
    let text = format!("Done: {} added, {} changed, {} removed.", counts.add, counts.change, counts.remove);
    let summary = line(Level::Info, text, RunEvent::ChangeSummary { changes: counts });
    let complete = report.failed.is_none()
        && report.unfinished.is_empty()
        && report.not_started.is_empty()
        && report.observed.is_empty();
    let document = EventReport {
        complete,
        done: report.done.clone(),
        unfinished: report.unfinished.clone(),
        not_started: report.not_started.clone(),
        failed: report.failed.clone(),
        deleted_pods: report.deleted_pods.iter().map(|(_, pod)| pod.clone()).collect(),
        observed: report.observed.clone(),
        elapsed_seconds: took.as_secs(),
        go_on: go_on.filter(|_| !complete).map(str::to_owned),
    };
    let (level, text) = if complete { (Level::Info, "complete") } else { (Level::Error, "not complete") };
    summary + &line(level, text.to_owned(), RunEvent::Report { report: document })
}

/// The error that a command ends with.
pub fn error_line(message: &Message) -> String {
    let detail = message.details.iter().chain(&message.help).cloned().collect::<Vec<_>>().join("\n");
    let diagnostic = EventDiagnostic {
        severity: "error".to_owned(),
        summary: message.text.clone(),
        detail,
        id: Some(message.id.clone()),
        address: None,
    };
    line(Level::Error, message.text.clone(), RunEvent::Diagnostic { diagnostic })
}

/// Writes a line for each event.
pub(super) struct JsonLines {
    ui: Ui,
    changes: Vec<(String, &'static str)>,
}

impl JsonLines {
    pub(super) fn new(ui: &Ui, plan: &Plan) -> Self {
        let changes = plan.resource_changes.iter().map(|change| (change.address.clone(), action(change)));
        Self { ui: ui.clone(), changes: changes.collect() }
    }

    fn hook(&self, address: &str, reason: Option<String>, elapsed: Option<Duration>) -> Hook {
        let known = self.changes.iter().find(|(known, _)| known == address);
        Hook {
            resource: resource(address),
            action: known.map_or("update", |(_, action)| action).to_owned(),
            reason,
            elapsed_seconds: elapsed.map(|elapsed| elapsed.as_secs()),
        }
    }

    fn line(&self, event: &Event) -> String {
        match event {
            Event::Checked { objects, dry_runs } => line(
                Level::Info,
                format!("checked: {objects} objects are unchanged since the plan, {dry_runs} dry-runs passed"),
                RunEvent::Log,
            ),
            Event::StageStarted { stage, .. } => line(Level::Info, format!("stage {stage} begins"), RunEvent::Log),
            Event::StageDone { stage } => line(Level::Info, format!("stage {stage} is done"), RunEvent::Log),
            Event::ChangeStarted { address } => {
                let hook = self.hook(address, None, None);
                line(Level::Info, format!("{}: begun", spoken(address)), RunEvent::ApplyStart { hook })
            }
            Event::StepStarted { address, action } => self.progress(address, wording::begun(*action).to_owned(), None),
            Event::StepDone { address, action, took } => {
                self.progress(address, wording::done(*action, *took), Some(*took))
            }
            Event::Waiting { address, reason, waited } => {
                self.progress(address, format!("waiting: {reason}"), Some(*waited))
            }
            Event::PodDeleted { address, pod, role } => {
                self.progress(address, wording::pod_deleted(pod, role.as_deref()), None)
            }
            Event::Warning { address, message } => {
                let diagnostic = EventDiagnostic {
                    severity: "warning".to_owned(),
                    summary: message.clone(),
                    detail: String::new(),
                    id: None,
                    address: address.clone(),
                };
                line(Level::Warn, message.clone(), RunEvent::Diagnostic { diagnostic })
            }
            Event::ChangeDone { address, took } => {
                let hook = self.hook(address, None, Some(*took));
                line(Level::Info, format!("{}: done", spoken(address)), RunEvent::ApplyComplete { hook })
            }
            Event::ChangeFailed { address, reason } => {
                let hook = self.hook(address, Some(reason.clone()), None);
                line(Level::Error, format!("{}: failed: {reason}", spoken(address)), RunEvent::ApplyErrored { hook })
            }
        }
    }

    fn progress(&self, address: &str, text: String, elapsed: Option<Duration>) -> String {
        let message = format!("{}: {text}", spoken(address));
        let hook = self.hook(address, Some(text), elapsed);
        line(Level::Info, message, RunEvent::ApplyProgress { hook })
    }
}

impl Displayer for JsonLines {
    fn show(&mut self, event: &Event, _now: &str) {
        // A closed stream is no reason to stop a run half-way.
        let _ = self.ui.print(&self.line(event));
    }

    fn close(self: Box<Self>) {}
}

fn line(level: Level, message: String, event: RunEvent) -> String {
    let timestamp = Timestamp::now().to_string();
    let line = EventLine { level, message, module: MODULE.to_owned(), timestamp, event };
    serde_json::to_string(&line).map(|text| harmless_json(&text).into_owned() + "\n").unwrap_or_default()
}

/// What becomes of an object, in one word.
fn action(change: &ResourceChange) -> &'static str {
    match change.change.actions.as_slice() {
        [Verb::Create] => "create",
        [Verb::Delete] => "delete",
        [Verb::Create, Verb::Delete] | [Verb::Delete, Verb::Create] => "replace",
        [Verb::NoOp] => "noop",
        _ => "update",
    }
}

fn counts(plan: &Plan, operation: &str, counted: impl Fn(&ResourceChange) -> bool) -> ChangeCounts {
    let of = |words: &[&str]| {
        let all = plan.resource_changes.iter().filter(|change| counted(change));
        all.filter(|change| words.contains(&action(change))).count()
    };
    ChangeCounts {
        add: of(&["create", "replace"]),
        change: of(&["update"]),
        remove: of(&["delete", "replace"]),
        operation: operation.to_owned(),
    }
}

fn resource(address: &str) -> EventResource {
    let mut parts = address.splitn(3, '/').map(str::to_owned);
    let (kind, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let (namespace, name) = match third {
        Some(name) => (second, name),
        None => (None, second.unwrap_or_default()),
    };
    EventResource { addr: address.to_owned(), resource_type: kind, resource_name: name, namespace }
}

fn spoken(address: &str) -> String {
    address.replacen('/', " ", 1)
}
