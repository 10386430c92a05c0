//! A run on a terminal: a row for each stage, and lines above for what must not be missed.

use std::time::Duration;

use iriskit_state::plan::Plan;

use super::{
    displayer::Displayer,
    line::LineFormat,
    rolls::Rolls,
    stages::Stages,
    wording::{begun, done, pod_deleted},
};
use crate::{
    apply::Event,
    ui::{StageBars, StageRow, StageState, Ui},
};

/// Draws rows on standard error.
pub(super) struct Bars {
    rows: Rows,
    format: LineFormat,
    drawn: StageBars,
}

impl Bars {
    pub(super) fn new(ui: &Ui, plan: &Plan, limit: Duration) -> Self {
        let rows = Rows::new(plan, limit);
        ui.status("\n"); // apart from the plan above
        let names: Vec<&str> = rows.stages.all().iter().map(|stage| stage.name.as_str()).collect();
        let drawn = StageBars::new(ui, &names);
        for (index, row) in rows.all().iter().enumerate() {
            drawn.stage(index, row);
        }
        Self { format: LineFormat::new(&rows.stages, ui.err()), rows, drawn }
    }
}

impl Displayer for Bars {
    fn show(&mut self, event: &Event, now: &str) {
        for line in self.format.important_lines(&self.rows.stages, event, now) {
            self.drawn.line(&line);
        }
        if let Some((index, row)) = self.rows.after(event) {
            self.drawn.stage(index, row);
        }
    }

    fn close(self: Box<Self>) {
        self.drawn.close();
    }
}

/// The rows themselves: how much of each stage is done, and what goes on.
#[derive(Debug)]
pub(super) struct Rows {
    stages: Stages,
    of_stages: Vec<StageRow>,
    rolls: Rolls,
}

impl Rows {
    pub(super) fn new(plan: &Plan, limit: Duration) -> Self {
        let stages = Stages::of(plan);
        let row =
            |total| StageRow { state: StageState::Waiting, done: 0, total, text: String::new(), reason: String::new() };
        let of_stages = stages.all().iter().map(|stage| row(stage.total)).collect();
        Self { stages, of_stages, rolls: Rolls::of(plan, limit) }
    }

    /// All rows as they are.
    pub(super) fn all(&self) -> &[StageRow] {
        &self.of_stages
    }

    /// The row that an event changes, with its place.
    pub(super) fn after(&mut self, event: &Event) -> Option<(usize, &StageRow)> {
        match event {
            Event::StageStarted { stage, .. } => self.stage(stage, StageState::Running),
            Event::StageDone { stage } => self.stage(stage, StageState::Done),
            Event::ChangeStarted { address } => self.activity(address, "starting"),
            Event::StepStarted { address, action } => self.activity(address, begun(*action)),
            Event::StepDone { address, action, took } => self.activity(address, &done(*action, *took)),
            Event::Waiting { address, reason, waited } => {
                let text = self.rolls.waiting(address, *waited);
                self.activity(address, &text)?;
                self.row(address, |_, row| row.reason.clone_from(reason))
            }
            Event::PodDeleted { address, pod, role } => {
                self.rolls.deleted(address);
                self.activity(address, &pod_deleted(pod, role.as_deref()))
            }
            Event::ChangeDone { address, .. } => self.row(address, |_, row| {
                row.done += 1;
                row.reason.clear();
            }),
            Event::ChangeFailed { address, .. } => self.row(address, |name, row| {
                row.state = StageState::Failed;
                row.text = format!("{name} failed");
                row.reason.clear();
            }),
            Event::Checked { .. } | Event::Warning { .. } => None,
        }
    }

    fn stage(&mut self, name: &str, state: StageState) -> Option<(usize, &StageRow)> {
        let index = self.stages.position(name)?;
        let row = self.of_stages.get_mut(index)?;
        // A stage in which something failed does not become good again.
        if row.state != StageState::Failed {
            row.state = state;
        }
        if state == StageState::Done {
            row.text.clear();
            row.reason.clear();
        }
        Some((index, row))
    }

    fn activity(&mut self, address: &str, text: &str) -> Option<(usize, &StageRow)> {
        self.row(address, |name, row| {
            let name = name.split_once(' ').map_or(name, |(_, name)| name);
            row.text = format!("{name}  {text}");
            row.reason.clear();
        })
    }

    /// Changes the row of the stage in which an object is; it is given the object's name.
    fn row(&mut self, address: &str, change: impl FnOnce(&str, &mut StageRow)) -> Option<(usize, &StageRow)> {
        let (index, name) = self.stages.change(address)?;
        let row = self.of_stages.get_mut(index)?;
        change(name, row);
        Some((index, row))
    }
}
