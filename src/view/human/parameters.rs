//! What a changed text means for IRIS, a line for each parameter.

use console::measure_text_width;
use iriskit_state::plan::{ParameterChange, TakesEffect};

use super::{change::BELOW, facts::enumerate};
use crate::ui::Label;
use crate::view::page::{Page, Piece};

/// More parameters than this of one text are counted by when they take effect.
const SHOWN: usize = 24;

/// Writes them.
pub(super) fn write(page: &mut Page, parameters: &[ParameterChange]) {
    for parameter in parameters.iter().take(SHOWN) {
        one(page, parameter);
    }
    if let more @ 1.. = parameters.len().saturating_sub(SHOWN) {
        page.paragraph(BELOW, Label::Faint, &format!("and {more} more parameters (--json has them all)"));
    }
}

fn one(page: &mut Page, parameter: &ParameterChange) {
    let name = format!("[{}] {}", parameter.section, parameter.key);
    let values = values(parameter);
    // An action's arguments stand in the text above.
    let short =
        !values.is_empty() && BELOW + measure_text_width(&name) + 2 + measure_text_width(&values) <= page.width();
    let lead = if short { format!("{name}  {values}") } else { name };
    let lead = page.paint(Label::Plain, lead);
    page.lead(BELOW, &lead, BELOW + 4, &remarks(parameter));
}

fn values(parameter: &ParameterChange) -> String {
    if parameter.sensitive {
        return "(sensitive, changed)".to_owned();
    }
    if parameter.section.eq_ignore_ascii_case("Actions") {
        return String::new();
    }
    match (&parameter.before, &parameter.after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => after.clone(),
        _ => String::new(),
    }
}

fn remarks(parameter: &ParameterChange) -> Vec<Piece<'static>> {
    let (label, mut text) = when(parameter);
    if !parameter.note.is_empty() {
        text = format!("{text}; {}", parameter.note);
    }
    vec![Piece::new(label, text)]
}

fn when(parameter: &ParameterChange) -> (Label, String) {
    match parameter.takes_effect {
        _ if parameter.removed => (Label::Faint, "line removed: no effect".to_owned()),
        TakesEffect::Live => (Label::Calm, "live".to_owned()),
        TakesEffect::NewProcesses => (Label::Calm, "live, for new processes".to_owned()),
        TakesEffect::FirstStart => (Label::Faint, "first start only: no effect".to_owned()),
        TakesEffect::NoEffect => (Label::Faint, "no effect".to_owned()),
        TakesEffect::Unknown => (Label::Interrupts, "unknown when it takes effect".to_owned()),
        TakesEffect::NextRestart => {
            let text = match (parameter.loaded_by.as_slice(), parameter.waiting.as_slice()) {
                ([], []) => "at the next restart".to_owned(),
                ([], waiting) => format!("at the next restart of {}, which this plan does not do", enumerate(waiting)),
                (loaded, []) => format!("with the restart of {}", enumerate(loaded)),
                (loaded, waiting) => {
                    format!("with the restart of {}; {} not before the next one", enumerate(loaded), enumerate(waiting))
                }
            };
            (Label::Interrupts, text)
        }
    }
}
