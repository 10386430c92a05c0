//! What a changed text means for IRIS, a line for each parameter.

use iriskit_state::plan::{ParameterChange, TakesEffect};

use crate::{
    ui::{Label, enumerate},
    view::document::{Detail, Parameter, Span},
};

/// More parameters than this of one text are counted.
const SHOWN: usize = 24;

/// What each parameter means.
pub(super) fn details(parameters: &[ParameterChange]) -> Vec<Detail> {
    let mut details: Vec<_> = parameters.iter().take(SHOWN).map(|one| Detail::Parameter(parameter(one))).collect();
    if let more @ 1.. = parameters.len().saturating_sub(SHOWN) {
        let text = format!("and {more} more parameters (--json has them all)");
        details.push(Detail::Statement(Span::new(Label::Faint, text)));
    }
    details
}

fn parameter(parameter: &ParameterChange) -> Parameter {
    let (label, mut effect) = when(parameter);
    if !parameter.note.is_empty() {
        effect = format!("{effect}; {}", parameter.note);
    }
    Parameter {
        name: format!("[{}] {}", parameter.section, parameter.key),
        values: values(parameter),
        effect: Span::new(label, effect),
    }
}

/// Its values; an action's arguments stand in the text above.
fn values(parameter: &ParameterChange) -> Option<String> {
    if parameter.sensitive {
        return Some("(sensitive, changed)".to_owned());
    }
    if parameter.section.eq_ignore_ascii_case("Actions") {
        return None;
    }
    match (&parameter.before, &parameter.after) {
        (Some(before), Some(after)) => Some(format!("{before} → {after}")),
        (None, Some(after)) => Some(after.clone()).filter(|after| !after.is_empty()),
        _ => None,
    }
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
