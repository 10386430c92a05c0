//! Rows on a terminal that say how far a run is, one for each stage.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Label, Ui, clean, pad, wrap};

/// How far a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Not begun.
    Waiting,
    /// Under way.
    Running,
    /// Everything in it is done.
    Done,
    /// Something in it failed, or it was cut off.
    Failed,
}

/// The row of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRow {
    /// How far it is.
    pub state: StageState,
    /// Objects that are done.
    pub done: usize,
    /// All its objects.
    pub total: usize,
    /// What is going on.
    pub text: String,
    /// What is waited for; it has lines of its own.
    pub reason: String,
}

/// The rows of a run, on standard error.
#[derive(Debug)]
pub struct StageBars {
    ui: Ui,
    drawn: MultiProgress,
    bars: Vec<ProgressBar>,
}

impl StageBars {
    /// Draws a row for each stage.
    pub fn new(ui: &Ui, stages: &[&str]) -> Self {
        let drawn = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let column = stages.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let row = |name: &&str| {
            let bar = ProgressBar::new_spinner().with_prefix(ui.err().paint(Label::Stage, pad(name, column)));
            // Styled before it is drawn for the first time.
            bar.set_style(style(" ", "–", "", ""));
            drawn.add(bar)
        };
        let bars = stages.iter().map(row).collect();
        Self { ui: ui.clone(), drawn, bars }
    }

    /// Updates the row of stage `index`.
    pub fn stage(&self, index: usize, row: &StageRow) {
        let Some(bar) = self.bars.get(index) else { return };
        let look = self.ui.err();
        let count = format!("{}/{}", row.done, row.total);
        let running = row.state == StageState::Running;
        let (sign, count) = match row.state {
            StageState::Waiting => (" ".to_owned(), "–".to_owned()),
            StageState::Running => ("{spinner}".to_owned(), count),
            StageState::Done => (look.paint(Label::Calm, "✓"), count),
            StageState::Failed => (look.paint(Label::Error, "✗"), count),
        };
        let time = if row.state == StageState::Waiting { "" } else { "{elapsed:>5}" };
        bar.set_style(style(&sign, &count, time, &below(&row.reason, look.width)));
        bar.set_message(clean(&row.text).into_owned());
        match (running, bar.is_finished()) {
            (true, _) if bar.position() == 0 => {
                bar.reset_elapsed();
                bar.set_position(1); // from now on the row is running, and its clock is not set back again
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            (false, false) if row.state != StageState::Waiting => bar.finish(),
            _ => bar.tick(),
        }
    }

    /// Writes a line above the rows.
    pub fn line(&self, line: &str) {
        let _ = self.drawn.println(line);
    }

    /// Leaves the rows as they are, so that text can follow.
    pub fn close(self) {
        for bar in self.bars {
            if !bar.is_finished() {
                bar.abandon();
            }
        }
        self.ui.status("\n"); // the last row ends without one
    }
}

/// Where a reason stands, and how many lines it may have: its rows are drawn again and again.
const INDENT: usize = 6;
const LINES: usize = 3;

/// A reason below its row, as a template has it.
fn below(reason: &str, width: usize) -> String {
    // The last column stays free: some terminals go on to the next line there.
    let room = width.saturating_sub(INDENT + 1);
    let mut lines = wrap(&clean(reason), room);
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    let line = |line: String| {
        let line = console::truncate_str(&line, room, "…").replace('{', "{{").replace('}', "}}");
        format!("\n{}{line}", " ".repeat(INDENT))
    };
    lines.into_iter().map(line).collect()
}

/// `✓ data  2/2  …  41s`, and below it what is waited for.
fn style(sign: &str, count: &str, time: &str, below: &str) -> ProgressStyle {
    let template = format!(" {sign} {{prefix}}  {count:<5} {{wide_msg}} {time}{below}");
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
