//! A line about an object: `02:10:44 data  StatefulSet simple-data-0  created`.

use console::measure_text_width;

use super::{stages::Stages, wording::pod_deleted};
use crate::{
    apply::Event,
    ui::{Label, Look, clean, pad, wrap},
};

/// A longer name pushes its own line only.
const NAME_AT_MOST: usize = 44;
/// Where a text goes on that has no room behind its object.
const BELOW: usize = 9;
/// The time of day and the spaces between the columns.
const OTHERS: usize = 13;

/// How lines look: their columns and colours.
#[derive(Debug)]
pub(super) struct LineFormat {
    look: Look,
    stage_column: usize,
    name_column: usize,
    /// Whether something has failed.
    failed: bool,
}

impl LineFormat {
    pub(super) fn new(stages: &Stages, look: Look) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
        Self {
            look,
            stage_column: widest(&mut stages.all().iter().map(|stage| stage.name.as_str())),
            name_column: widest(&mut stages.names()).min(NAME_AT_MOST),
            failed: false,
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

    /// The same on a terminal, in lines that are broken between words.
    pub(super) fn important_lines(&mut self, stages: &Stages, event: &Event, now: &str) -> Vec<String> {
        let Some(told) = self.told(stages, event) else { return Vec::new() };
        let line = self.line(stages, now, &told);
        if measure_text_width(&line) <= self.look.width {
            return vec![line];
        }
        let head = self.line(stages, now, &Told { text: String::new(), ..told.clone() });
        let below = wrap(&clean(&told.text), self.look.width.saturating_sub(BELOW + 1)).into_iter();
        let below = below.map(|text| format!("{}{}", " ".repeat(BELOW), self.look.paint(told.label, text)));
        [head.trim_end().to_owned()].into_iter().chain(below).collect()
    }

    /// The line of an event that must not be missed, wherever the run is shown.
    pub(super) fn important(&mut self, stages: &Stages, event: &Event, now: &str) -> Option<String> {
        let told = self.told(stages, event)?;
        Some(self.line(stages, now, &told))
    }

    fn line(&self, stages: &Stages, now: &str, told: &Told) -> String {
        if let Some(address) = &told.address {
            return self.about(stages, now, address, told.label, &told.text);
        }
        let warning = self.look.paint(told.label, "warning:");
        self.general(now, &format!("{warning} {}", self.look.paint(Label::Plain, &told.text)))
    }

    fn told(&mut self, stages: &Stages, event: &Event) -> Option<Told> {
        Some(match event {
            Event::PodDeleted { address, pod, role } => {
                let text = pod_deleted(pod, role.as_deref());
                Told { address: Some(address.clone()), label: Label::Interrupts, text }
            }
            Event::Warning { address, message } => {
                let place = address.as_ref().map(|address| format!("{}: ", name(stages, address))).unwrap_or_default();
                Told { address: None, label: Label::Warning, text: format!("{place}{message}") }
            }
            Event::ChangeFailed { address, reason } => {
                // The first failure is what the report tells.
                let is_first = !std::mem::replace(&mut self.failed, true);
                let text = if is_first { "failed".to_owned() } else { format!("failed: {reason}") };
                Told { address: Some(address.clone()), label: Label::Error, text }
            }
            Event::Checked { .. }
            | Event::StageStarted { .. }
            | Event::StageDone { .. }
            | Event::ChangeStarted { .. }
            | Event::StepStarted { .. }
            | Event::StepDone { .. }
            | Event::Waiting { .. }
            | Event::ChangeDone { .. } => return None,
        })
    }
}

/// What is told of an event.
#[derive(Debug, Clone)]
struct Told {
    address: Option<String>,
    label: Label,
    text: String,
}

fn name(stages: &Stages, address: &str) -> String {
    stages.change(address).map_or_else(|| address.replacen('/', " ", 1), |(_, name)| name.to_owned())
}
