//! The whole text.

use super::{facts, notes, page::Page, sections};
use crate::{
    ui::{Label, Look},
    view::document::{Block, Document, Line},
};

/// The document as text of at most `look.width` columns, but for words that have to stay whole.
pub(in crate::view) fn write(document: &Document, look: &Look) -> String {
    let mut page = Page::new(*look);
    for block in &document.blocks {
        match block {
            Block::Facts(groups) => facts::write(&mut page, groups),
            Block::Sections(sections) => sections::write(&mut page, sections),
            Block::Summary(lines) => summary(&mut page, lines),
            Block::Notes(notes) => notes::write(&mut page, notes),
        }
    }
    page.finish()
}

/// A line of one piece is a paragraph; others have commands in them, which stay whole.
fn summary(page: &mut Page, lines: &[Line]) {
    page.blank();
    for line in lines {
        if let [only] = line.as_slice()
            && only.label == Label::Plain
        {
            page.paragraph(0, only.label, &only.text);
        } else {
            page.spans(line);
        }
    }
}
