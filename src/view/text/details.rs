//! What is said below a row.

use console::measure_text_width;

use super::{field, page::Page};
use crate::{
    ui::{Label, pad},
    view::document::{Detail, Line, Parameter},
};

/// Where what belongs to a detail starts, from where the detail does.
const INSIDE: usize = 4;
/// Where commands to copy stand, whether they are about a row or about all of them.
const COMMAND: usize = 9;

/// Writes a detail that starts at column `indent`.
pub(super) fn write(page: &mut Page, indent: usize, detail: &Detail) {
    match detail {
        Detail::Field(changed) => field::write(page, indent, changed),
        Detail::Parameter(parameter) => write_parameter(page, indent, parameter),
        Detail::Statement(span) => page.paragraph(indent, span.label, &span.text),
        Detail::Steps { title, steps } => write_steps(page, indent, title, steps),
        Detail::Hint { text, command } => write_hint(page, indent, text, command),
    }
}

/// `name  before → after  effect`; the values stay away when there is no room, for the lines above have them.
fn write_parameter(page: &mut Page, indent: usize, parameter: &Parameter) {
    let name = &parameter.name;
    let lead = match &parameter.values {
        Some(values) if indent + measure_text_width(name) + 2 + measure_text_width(values) <= page.width() => {
            format!("{name}  {values}")
        }
        _ => name.clone(),
    };
    let lead = page.paint(Label::Plain, lead);
    page.lead(indent, &lead, indent + INSIDE, std::slice::from_ref(&parameter.effect));
}

/// A line each; a step of one piece is a paragraph.
fn write_steps(page: &mut Page, indent: usize, title: &str, steps: &[Line]) {
    page.line(indent, title);
    let width =
        |at: usize| steps.iter().filter_map(|step| step.get(at)).map(|span| measure_text_width(&span.text)).max();
    for step in steps {
        match step.as_slice() {
            [] => {}
            [only] => page.paragraph(indent + 2, only.label, &only.text),
            [columns @ .., last] => {
                let mut line = String::new();
                for (at, span) in columns.iter().enumerate() {
                    line.push_str(&pad(&page.span(span), width(at).unwrap_or_default()));
                    line.push_str("  ");
                }
                let used = indent + 2 + measure_text_width(&line) + measure_text_width(&last.text);
                if used <= page.width() {
                    line.push_str(&page.span(last));
                    page.line(indent + 2, &line);
                } else {
                    page.line(indent + 2, &line);
                    page.paragraph(indent + 2 + INSIDE, last.label, &last.text);
                }
            }
        }
    }
}

/// The command below the sentence.
fn write_hint(page: &mut Page, indent: usize, text: &str, command: &str) {
    page.paragraph(indent, Label::Plain, text);
    let command = page.paint(Label::Command, command);
    page.line(COMMAND, &command);
}
