//! A line about an object: `02:10:44 data  StatefulSet simple-data-0  created`.

use super::{stages::Stages, wording::pod_deleted};
use crate::{
    apply::Event,
    ui::{Label, Look, pad},
};

/// A longer name pushes its own line only.
const NAME_AT_MOST: usize = 44;
/// The time of day and the spaces between the columns.
const OTHERS: usize = 13;

/// How lines look: their columns and colours.
#[derive(Debug)]
pub(super) struct LineFormat {
    look: Look,
    stage_column: usize,
    name_column: usize,
}

impl LineFormat {
    pub(super) fn new(stages: &Stages, look: Look) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
        Self {
            look,
            stage_column: widest(&mut stages.all().iter().map(|stage| stage.name.as_str())),
            name_column: widest(&mut stages.names()).min(NAME_AT_MOST),
        }
    }

    /// The columns that are left for the text.
    pub(super) fn room(&self) -> usize {
        self.look.width.saturating_sub(self.stage_column + self.name_column + OTHERS)
    }

    /// A line about everything.
    pub(super) fn general(&self, now: &str, text: &str) -> String {
        format!("{} {text}", self.look.paint(Label::Faint, now))
    }

    /// A line about an object.
    pub(super) fn about(&self, stages: &Stages, now: &str, address: &str, label: Label, text: &str) -> String {
        let stage = stages.change(address).and_then(|(stage, _)| stages.all().get(stage));
        let stage = stage.map(|stage| stage.name.as_str()).unwrap_or_default();
        format!(
            "{} {}  {}  {}",
            self.look.paint(Label::Faint, now),
            self.look.paint(Label::Stage, pad(stage, self.stage_column)),
            self.look.paint(Label::Plain, pad(&name(stages, address), self.name_column)),
            self.look.paint(label, text),
        )
    }

    /// The line of an event that must not be missed, wherever the run is shown.
    pub(super) fn important(&self, stages: &Stages, event: &Event, now: &str) -> Option<String> {
        match event {
            Event::PodDeleted { address, pod, role } => {
                let text = pod_deleted(pod, role.as_deref());
                Some(self.about(stages, now, address, Label::Interrupts, &text))
            }
            Event::Warning { address, message } => {
                let place = address.as_ref().map(|address| format!("{}: ", name(stages, address))).unwrap_or_default();
                let warning = self.look.paint(Label::Warning, "warning:");
                let text = self.look.paint(Label::Plain, format_args!("{place}{message}"));
                Some(self.general(now, &format!("{warning} {text}")))
            }
            Event::ChangeFailed { address, reason } => {
                Some(self.about(stages, now, address, Label::Error, &format!("failed: {reason}")))
            }
            Event::Checked { .. }
            | Event::StageStarted { .. }
            | Event::StageDone { .. }
            | Event::ChangeStarted { .. }
            | Event::StepStarted { .. }
            | Event::StepDone { .. }
            | Event::Waiting { .. }
            | Event::ChangeDone { .. } => None,
        }
    }
}

fn name(stages: &Stages, address: &str) -> String {
    stages.change(address).map_or_else(|| address.replacen('/', " ", 1), |(_, name)| name.to_owned())
}
