//! Events → lines of a log and rows of a terminal.

use std::{collections::BTreeMap, time::Duration};

use iriskit_state::plan::{Plan, ResourceChange};

use super::took::took;
use crate::apply::{Action, Event};
use crate::ui::{HEARTBEAT, Label, Look, StageRow, StageState, pad};
use crate::view::kind::short;

/// A wait that is over sooner was none.
const MOMENT: Duration = Duration::from_secs(1);

/// What an event has to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// A line for a log.
    pub line: Option<String>,
    /// Whether the line matters so much that it is written above the rows of a terminal, too.
    pub matters: bool,
    /// A row of a terminal: its index and what it is now.
    pub row: Option<(usize, StageRow)>,
}

/// Follows a run. Knows the plan, so that it can say how much of a stage is done.
#[derive(Debug)]
pub struct Events {
    look: Look,
    stages: Vec<(String, StageRow)>,
    /// Stage and spoken name of every change that does something.
    changes: BTreeMap<String, (usize, String)>,
    /// Width of the columns of a line.
    stage_column: usize,
    name_column: usize,
    /// For each object that is waited for: the reason that was told last, and when.
    waits: BTreeMap<String, (String, Duration)>,
}

impl Events {
    /// Follows a run of `plan`.
    pub fn new(plan: &Plan, look: Look) -> Self {
        let active: BTreeMap<&str, &ResourceChange> = plan
            .resource_changes
            .iter()
            .filter(|change| !change.is_no_op())
            .map(|change| (change.address.as_str(), change))
            .collect();
        let mut stages = Vec::new();
        let mut changes = BTreeMap::new();
        for stage in &plan.stages {
            let of_stage: Vec<_> = stage.changes.iter().filter_map(|address| active.get(address.as_str())).collect();
            if of_stage.is_empty() {
                continue;
            }
            for change in &of_stage {
                changes
                    .insert(change.address.clone(), (stages.len(), format!("{} {}", short(&change.kind), change.name)));
            }
            let row = StageRow { state: StageState::Waiting, done: 0, total: of_stage.len(), text: String::new() };
            stages.push((stage.name.to_string(), row));
        }
        let widest =
            |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
        Self {
            look,
            stage_column: widest(&mut stages.iter().map(|(name, _)| name)),
            name_column: widest(&mut changes.values().map(|(_, name)| name)).min(44),
            stages,
            changes,
            waits: BTreeMap::new(),
        }
    }

    /// The stages in which something happens, in order.
    pub fn stages(&self) -> Vec<String> {
        self.stages.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Rows of all stages before anything happened.
    pub fn rows(&self) -> impl Iterator<Item = (usize, StageRow)> + '_ {
        self.stages.iter().map(|(_, row)| row.clone()).enumerate()
    }

    /// What `event` has to say; `now` is the time of day (`02:10:44`).
    pub fn tell(&mut self, event: &Event, now: &str) -> Told {
        match event {
            Event::Checked { objects, dry_runs } => {
                let text = format!("checked: {objects} objects are as the plan saw them, {dry_runs} dry-runs passed");
                Told { line: Some(format!("{} {text}", self.look.paint(Label::Faint, now))), ..Told::default() }
            }
            Event::StageStarted { stage, .. } => self.stage(stage, StageState::Running),
            Event::StageDone { stage } => self.stage(stage, StageState::Done),
            Event::ChangeStarted { address } => self.activity(address, "starting"),
            Event::StepStarted { address, action } => self.activity(address, begun(*action)),
            Event::StepDone { address, action, took: time } => {
                let text = done(*action, *time);
                self.waits.remove(address);
                let line = self.line(now, address, Label::Calm, &text);
                Told { line: Some(line), ..self.activity(address, &text) }
            }
            Event::Waiting { address, reason, waited } => self.wait(now, address, reason, *waited),
            Event::PodDeleted { address, pod, role } => {
                let role = role.as_ref().map(|role| format!(" ({role})")).unwrap_or_default();
                let text = format!("pod {pod}{role} deleted");
                let line = self.line(now, address, Label::Interrupts, &text);
                Told { line: Some(line), matters: true, ..self.activity(address, &text) }
            }
            Event::Warning { address, message } => {
                let place = address.as_ref().map(|address| format!("{}: ", self.name(address))).unwrap_or_default();
                let warning = self.look.paint(Label::Warning, "warning:");
                let text = self.look.paint(Label::Plain, format_args!("{place}{message}"));
                let line = format!("{} {warning} {text}", self.look.paint(Label::Faint, now));
                Told { line: Some(line), matters: true, row: None }
            }
            Event::ChangeDone { address, .. } => {
                self.waits.remove(address);
                self.count(address)
            }
            Event::ChangeFailed { address, reason } => {
                let line = self.line(now, address, Label::Error, &format!("failed: {reason}"));
                Told { line: Some(line), matters: true, row: self.fail(address) }
            }
        }
    }

    /// A wait is told in a log when it has lasted a while, and then when its reason changes and at every heartbeat.
    fn wait(&mut self, now: &str, address: &str, reason: &str, waited: Duration) -> Told {
        // A row has its own clock.
        let told = self.activity(address, &format!("waiting: {reason}"));
        let due = match self.waits.get(address) {
            None => waited >= HEARTBEAT,
            Some((before, at)) => before != reason || waited.saturating_sub(*at) >= HEARTBEAT,
        };
        if !due {
            return told;
        }
        let before = self.waits.insert(address.to_owned(), (reason.to_owned(), waited));
        let text = if before.is_some_and(|(before, _)| before == reason) {
            // Said in full already; now it only has to be seen that it goes on.
            let text = format!("still waiting {}: {reason}", took(waited));
            let room = self.look.width.saturating_sub(self.stage_column + self.name_column + 13).max(40);
            console::truncate_str(&text, room, "…").into_owned()
        } else {
            format!("waiting {}: {reason}", took(waited))
        };
        Told { line: Some(self.line(now, address, Label::Plain, &text)), ..told }
    }

    /// `02:10:44 data  StatefulSet simple-data-0  created`.
    fn line(&self, now: &str, address: &str, label: Label, text: &str) -> String {
        let stage = self.changes.get(address).and_then(|(stage, _)| self.stages.get(*stage));
        let stage = stage.map(|(name, _)| name.as_str()).unwrap_or_default();
        format!(
            "{} {}  {}  {}",
            self.look.paint(Label::Faint, now),
            self.look.paint(Label::Stage, pad(stage, self.stage_column)),
            self.look.paint(Label::Plain, pad(&self.name(address), self.name_column)),
            self.look.paint(label, text),
        )
    }

    fn name(&self, address: &str) -> String {
        self.changes.get(address).map_or_else(|| address.replacen('/', " ", 1), |(_, name)| name.clone())
    }

    fn stage(&mut self, wanted: &str, state: StageState) -> Told {
        let Some(index) = self.stages.iter().position(|(name, _)| name == wanted) else { return Told::default() };
        self.row(index, |row| {
            // A stage in which something failed does not become good again.
            if row.state != StageState::Failed {
                row.state = state;
            }
            if state == StageState::Done {
                row.text.clear();
            }
        })
    }

    fn activity(&mut self, address: &str, text: &str) -> Told {
        let Some((index, name)) = self.changes.get(address).cloned() else { return Told::default() };
        let name = name.split_once(' ').map_or(name.as_str(), |(_, name)| name).to_owned();
        self.row(index, |row| row.text = format!("{name}  {text}"))
    }

    fn count(&mut self, address: &str) -> Told {
        let Some(index) = self.changes.get(address).map(|(index, _)| *index) else { return Told::default() };
        self.row(index, |row| row.done += 1)
    }

    fn fail(&mut self, address: &str) -> Option<(usize, StageRow)> {
        let (index, name) = self.changes.get(address).cloned()?;
        self.row(index, |row| {
            row.state = StageState::Failed;
            row.text = format!("{name} failed");
        })
        .row
    }

    fn row(&mut self, index: usize, change: impl FnOnce(&mut StageRow)) -> Told {
        let row = self.stages.get_mut(index).map(|(_, row)| {
            change(row);
            (index, row.clone())
        });
        Told { row, ..Told::default() }
    }
}

fn begun(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "changing",
        Action::Delete => "deleting",
        Action::WaitReady => "waiting",
        Action::WaitMirror => "waiting for the mirror",
        Action::TakeOver => "taking over",
        Action::Roll => "rolling by role",
        Action::DeletePods => "deleting pods by role",
        Action::Grow => "growing a volume",
        Action::Adopt => "looking at its pods",
        Action::ReplacePods => "replacing pods",
    }
}

fn done(action: Action, time: Duration) -> String {
    match action {
        Action::Create => "created".to_owned(),
        Action::Update => "changed".to_owned(),
        Action::Delete => "deleted".to_owned(),
        Action::WaitMirror => "mirror is whole".to_owned(),
        Action::WaitReady if time < MOMENT => "ready".to_owned(),
        Action::WaitReady => format!("ready after {}", took(time)),
        Action::TakeOver => format!("taken over in {}", took(time)),
        Action::Roll => format!("rolled in {}", took(time)),
        Action::DeletePods => format!("pods deleted in {}", took(time)),
        Action::Grow => "volume grows".to_owned(),
        Action::Adopt => "its pods went on running".to_owned(),
        Action::ReplacePods => format!("pods replaced in {}", took(time)),
    }
}
