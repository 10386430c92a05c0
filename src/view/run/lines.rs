//! A run in a log: lines, and not too many of them.

use std::{collections::BTreeMap, time::Duration};

use iriskit_state::plan::Plan;

use super::{displayer::Displayer, line::LineFormat, rolls::Rolls, stages::Stages, took::took, wording::done};
use crate::{
    apply::Event,
    ui::{Label, Look, Ui},
};

/// Something is said at least this often, so that a wait does not look like a hang.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A reason of which less can be shown is shown beyond the width.
const SHORTEST_REASON: usize = 40;

/// Writes a line for each event that has something to say, to standard error.
pub(super) struct Lines {
    ui: Ui,
    log: Log,
    /// Whether a line was written.
    begun: bool,
}

impl Lines {
    pub(super) fn new(ui: &Ui, plan: &Plan, limit: Duration) -> Self {
        Self { ui: ui.clone(), log: Log::new(plan, ui.err(), limit), begun: false }
    }
}

impl Displayer for Lines {
    fn show(&mut self, event: &Event, now: &str) {
        let Some(line) = self.log.line(event, now) else { return };
        if !std::mem::replace(&mut self.begun, true) {
            self.ui.status("\n"); // apart from the plan above
        }
        self.ui.status(&format!("{line}\n"));
    }

    fn close(self: Box<Self>) {}
}

/// The lines themselves.
#[derive(Debug)]
pub(super) struct Log {
    stages: Stages,
    format: LineFormat,
    /// For each object that is waited for: the reason that was reported last, and when.
    waits: BTreeMap<String, (String, Duration)>,
    rolls: Rolls,
}

impl Log {
    pub(super) fn new(plan: &Plan, look: Look, limit: Duration) -> Self {
        let stages = Stages::of(plan);
        let format = LineFormat::new(&stages, look);
        Self { stages, format, waits: BTreeMap::new(), rolls: Rolls::of(plan, limit) }
    }

    /// The line of an event, if it has something to say.
    pub(super) fn line(&mut self, event: &Event, now: &str) -> Option<String> {
        match event {
            Event::Checked { objects, dry_runs } => {
                let text =
                    format!("checked: {objects} objects are unchanged since the plan, {dry_runs} dry-runs passed");
                Some(self.format.general(now, &text))
            }
            Event::StepDone { address, action, took: time } => {
                self.waits.remove(address);
                Some(self.format.about(&self.stages, now, address, Label::Calm, &done(*action, *time)))
            }
            Event::Waiting { address, reason, waited } => self.wait(now, address, reason, *waited),
            Event::ChangeDone { address, .. } => {
                self.waits.remove(address);
                None
            }
            Event::StageStarted { .. }
            | Event::StageDone { .. }
            | Event::ChangeStarted { .. }
            | Event::StepStarted { .. } => None,
            Event::PodDeleted { .. } | Event::Warning { .. } | Event::ChangeFailed { .. } => {
                if let Event::PodDeleted { address, .. } = event {
                    self.rolls.deleted(address);
                }
                self.format.important(&self.stages, event, now)
            }
        }
    }

    /// A wait is reported when it has lasted a while, and then when its reason changes and at every heartbeat.
    fn wait(&mut self, now: &str, address: &str, reason: &str, waited: Duration) -> Option<String> {
        let due = match self.waits.get(address) {
            None => waited >= HEARTBEAT,
            Some((before, at)) => before != reason || waited.saturating_sub(*at) >= HEARTBEAT,
        };
        if !due {
            return None;
        }
        let before = self.waits.insert(address.to_owned(), (reason.to_owned(), waited));
        let text = if before.is_some_and(|(before, _)| before == reason) {
            // Said in full already; now it only has to be seen that it goes on.
            let text = format!("still waiting {}{}: {reason}", took(waited), self.rolls.far(address));
            console::truncate_str(&text, self.format.room().max(SHORTEST_REASON), "…").into_owned()
        } else {
            format!("{}: {reason}", self.rolls.waiting(address, waited))
        };
        Some(self.format.about(&self.stages, now, address, Label::Plain, &text))
    }
}
