//! Sections: headings, and rows whose parts stand below each other.

use console::measure_text_width;

use super::{details, page::Page};
use crate::{
    ui::{Label, pad},
    view::document::{Row, Section, Subject},
};

/// Where rows start, and where what is said of a row starts.
const ROW: usize = 5;
const BELOW: usize = 9;
/// Where a command below a whole section is announced.
const HINT: usize = 7;
/// A longer name pushes its own row only.
const NAME_AT_MOST: usize = 34;

/// Writes them.
pub(super) fn write(page: &mut Page, sections: &[Section]) {
    if !sections.is_empty() {
        page.blank();
    }
    let columns = Columns::of(sections);
    for section in sections {
        heading(page, section);
        for row in &section.rows {
            write_row(page, &columns, section.subject, row);
        }
        for detail in &section.details {
            details::write(page, HINT, detail);
        }
    }
}

fn heading(page: &mut Page, section: &Section) {
    let title = &section.title;
    match section.subject {
        Subject::Stage(number) => {
            let title = page.paint(Label::Stage, title);
            page.line(0, &format!("{number:>3}  {title}"));
        }
        Subject::Drift | Subject::NotReady => {
            let title = page.paint(Label::Heading, title);
            page.line(0, &title);
        }
        Subject::Staying => {
            let title = page.paint(Label::Stage, title);
            page.line(ROW, &title);
        }
    }
}

fn write_row(page: &mut Page, columns: &Columns, subject: Subject, row: &Row) {
    let mut lead = format!("{} ", pad(&page.span(&row.symbol), columns.symbol));
    for (at, cell) in row.cells.iter().enumerate() {
        let width = columns.cells.get(at).copied().unwrap_or_default();
        let gap = if at == 0 { "" } else { "  " };
        lead.push_str(gap);
        lead.push_str(&placed(&page.span(cell), width, alignment(subject, at)));
    }
    page.lead(ROW, &lead, BELOW, &row.remarks);
    for detail in &row.details {
        details::write(page, BELOW, detail);
    }
}

/// Where a cell stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alignment {
    Left,
    Right,
    /// Behind the cell before, without a column.
    Free,
}

fn alignment(subject: Subject, cell: usize) -> Alignment {
    match (subject, cell) {
        (Subject::Stage(_), _) | (Subject::Staying, 0) => Alignment::Left,
        (Subject::Staying, _) => Alignment::Right,
        (Subject::Drift | Subject::NotReady, _) => Alignment::Free,
    }
}

fn placed(cell: &str, width: usize, alignment: Alignment) -> String {
    match alignment {
        Alignment::Left => pad(cell, width),
        Alignment::Right => format!("{}{cell}", " ".repeat(width.saturating_sub(measure_text_width(cell)))),
        Alignment::Free => cell.to_owned(),
    }
}

/// Widths of the columns of all rows.
struct Columns {
    symbol: usize,
    cells: Vec<usize>,
}

impl Columns {
    fn of(sections: &[Section]) -> Self {
        let mut columns = Self { symbol: 1, cells: Vec::new() };
        for section in sections {
            for row in &section.rows {
                columns.make_room(section.subject, row);
            }
        }
        columns
    }

    fn make_room(&mut self, subject: Subject, row: &Row) {
        self.symbol = self.symbol.max(measure_text_width(&row.symbol.text));
        let missing = row.cells.len().saturating_sub(self.cells.len());
        self.cells.extend(std::iter::repeat_n(0, missing));
        for (at, (column, cell)) in self.cells.iter_mut().zip(&row.cells).enumerate() {
            let most = if matches!((subject, at), (Subject::Stage(_), 1)) { NAME_AT_MOST } else { usize::MAX };
            *column = (*column).max(measure_text_width(&cell.text).min(most));
        }
    }
}
