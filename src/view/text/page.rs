//! A page that is being written: lines with indentation, wrapped to the width of the look.

use console::measure_text_width;

use crate::{
    ui::{Label, Look, clean, pad, wrap, wrap_value},
    view::document::Span,
};

/// A page of text.
pub(in crate::view) struct Page {
    look: Look,
    text: String,
}

impl Page {
    pub(in crate::view) fn new(look: Look) -> Self {
        Self { look, text: String::new() }
    }

    pub(in crate::view) fn finish(self) -> String {
        self.text
    }

    pub(in crate::view) fn width(&self) -> usize {
        self.look.width
    }

    pub(in crate::view) fn paint(&self, label: Label, text: impl std::fmt::Display) -> String {
        self.look.paint(label, text)
    }

    pub(in crate::view) fn span(&self, span: &Span) -> String {
        self.paint(span.label, &span.text)
    }

    /// A line of painted text.
    pub(in crate::view) fn line(&mut self, indent: usize, painted: &str) {
        let line = format!("{}{painted}", " ".repeat(indent));
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A value behind its sign, continued below it.
    pub(in crate::view) fn value(&mut self, indent: usize, label: Label, sign: &str, value: &str) {
        let room = self.look.width.saturating_sub(indent + 2);
        for (at, part) in wrap_value(&clean(value), room).into_iter().enumerate() {
            let sign = if at == 0 { sign } else { " " };
            let line = self.paint(label, format_args!("{sign} {part}"));
            self.line(indent, &line);
        }
    }

    /// Pieces of a sentence; what is a command stays whole.
    pub(in crate::view) fn spans(&mut self, sentence: &[Span]) {
        let mut line: Vec<Span> = Vec::new();
        let (mut used, mut breaks) = (0, false);
        for span in sentence {
            let is_whole = span.label == Label::Command;
            let parts = if is_whole { vec![span.text.as_str()] } else { span.text.split_inclusive(' ').collect() };
            for part in parts {
                if breaks && used + measure_text_width(part.trim_end()) > self.look.width {
                    self.painted(&line);
                    (line, used) = (Vec::new(), 0);
                }
                breaks = part.ends_with(' ');
                used += measure_text_width(part);
                match line.last_mut() {
                    Some(last) if last.label == span.label => last.text.push_str(part),
                    _ => line.push(Span::new(span.label, part)),
                }
            }
        }
        self.painted(&line);
    }

    fn painted(&mut self, line: &[Span]) {
        let line: String = line.iter().map(|span| self.span(span)).collect();
        self.line(0, &line);
    }

    /// An empty line, but never two, and none at the top.
    pub(in crate::view) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A paragraph, broken into lines that all start at `indent`.
    pub(in crate::view) fn paragraph(&mut self, indent: usize, label: Label, text: &str) {
        for line in wrap(&clean(text), self.look.width.saturating_sub(indent)) {
            let painted = self.paint(label, line);
            self.line(indent, &painted);
        }
    }

    /// `head` and behind it a sentence, continued below it at four columns.
    pub(in crate::view) fn sentence(&mut self, head: &str, sentence: &str) {
        let first = self.look.width.saturating_sub(measure_text_width(head) + 1);
        let mut lines = wrap(&clean(sentence), first).into_iter();
        self.line(0, &format!("{head} {}", lines.next().unwrap_or_default()));
        let rest: Vec<_> = lines.collect();
        self.paragraph(4, Label::Plain, &rest.join(" "));
    }

    /// `lead` and behind it the pieces. When they don't fit all of them go below, to column `below`, so that a long
    /// lead leaves room.
    pub(in crate::view) fn lead(&mut self, indent: usize, lead: &str, below: usize, pieces: &[Span]) {
        if pieces.is_empty() {
            self.line(indent, lead);
            return;
        }
        let rest: usize = pieces.iter().map(|piece| measure_text_width(&piece.text) + 2).sum();
        if indent + measure_text_width(lead) + rest <= self.look.width {
            self.flow(format!("{}{lead}  ", " ".repeat(indent)), below, 2, pieces);
        } else {
            self.line(indent, lead);
            self.flow(" ".repeat(below), below, 2, pieces);
        }
    }

    /// A row of a table of facts: `name`, then the pieces with `gap` spaces between, continued under the first.
    pub(in crate::view) fn fact(&mut self, name: &Span, column: usize, gap: usize, pieces: &[Span]) {
        let width = column.max(measure_text_width(&name.text) + 2);
        self.flow(pad(&self.span(name), width), column, gap, pieces);
    }

    /// Writes pieces behind `start`, and continues at column `below`. A piece is kept together unless it is wider than
    /// a line.
    fn flow(&mut self, start: String, below: usize, gap: usize, pieces: &[Span]) {
        let mut used = measure_text_width(&start);
        let mut line = start;
        let mut fresh = true;
        for piece in pieces {
            let width = measure_text_width(&piece.text);
            if !fresh && used + gap + width > self.look.width {
                self.line(0, &line);
                (line, used, fresh) = (" ".repeat(below), below, true);
            }
            if !fresh {
                line.push_str(&" ".repeat(gap));
                used += gap;
            }
            fresh = false;
            if used + width <= self.look.width {
                line.push_str(&self.span(piece));
                used += width;
                continue;
            }
            let mut lines = wrap(&clean(&piece.text), self.look.width.saturating_sub(used));
            let last = lines.pop().unwrap_or_default();
            for full in lines {
                line.push_str(&self.paint(piece.label, full));
                self.line(0, &line);
                (line, used) = (" ".repeat(below), below);
            }
            used += measure_text_width(&last);
            line.push_str(&self.paint(piece.label, last));
        }
        self.line(0, &line);
    }
}
