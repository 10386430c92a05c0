//! Colour and width, decided once.

use std::{fmt::Display, io::IsTerminal};

use console::Term;

use super::{Label, clean};

/// The narrowest and the widest that output gets, and its width without a terminal.
const NARROWEST: usize = 40;
const WIDEST: usize = 120;
const UNATTENDED: usize = 100;

/// What `--color` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColourChoice {
    /// Colours on a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Colours.
    Always,
    /// No colours.
    Never,
}

/// What the process finds around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact of the process")]
pub struct Environment {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set and not `0`.
    pub force_color: bool,
    /// `CI` is set, and neither empty nor `false`: the output is read later, in a log.
    pub ci: bool,
    /// `TERM` is `dumb`.
    pub dumb: bool,
    /// `COLUMNS`.
    pub columns: Option<usize>,
    /// Standard input is a terminal.
    pub stdin: bool,
    /// Standard output is a terminal.
    pub stdout: bool,
    /// Standard error is a terminal.
    pub stderr: bool,
    /// Width of the terminal behind standard output or standard error.
    pub terminal_width: Option<usize>,
}

impl Environment {
    /// Looks around.
    pub fn of_process() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let width = |term: Term| term.size_checked().map(|(_, columns)| usize::from(columns));
        Self {
            no_color: set("NO_COLOR").is_some(),
            force_color: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            ci: set("CI").is_some_and(|value| value != "false"),
            dumb: set("TERM").is_some_and(|value| value == "dumb"),
            columns: set("COLUMNS").and_then(|value| value.parse().ok()),
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
            terminal_width: width(Term::stdout()).or_else(|| width(Term::stderr())),
        }
    }

    /// How text looks on a stream that is a terminal or not. `--color` beats `NO_COLOR`, which beats `CLICOLOR_FORCE`.
    pub(super) fn look(&self, choice: ColourChoice, terminal: bool) -> Look {
        let colour = match choice {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto if self.no_color => false,
            ColourChoice::Auto => self.force_color || (terminal && !self.dumb),
        };
        let asked = self.columns.or(self.terminal_width.filter(|_| terminal));
        Look { colour, width: asked.unwrap_or(UNATTENDED).clamp(NARROWEST, WIDEST) }
    }
}

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether labels become colours.
    pub colour: bool,
    /// Columns of a line, 40 to 120.
    pub width: usize,
}

impl Look {
    /// No colours, `width` columns.
    pub fn plain(width: usize) -> Self {
        Self { colour: false, width }
    }

    /// `text`, made harmless, in the style of `label`.
    pub fn paint(&self, label: Label, text: impl Display) -> String {
        let text = text.to_string();
        let text = clean(&text);
        if self.colour && label != Label::Plain && !text.is_empty() {
            label.style().apply_to(text).to_string()
        } else {
            text.into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(environment: &Environment, choice: ColourChoice) -> bool {
        environment.look(choice, true).colour
    }

    #[test]
    fn colour_follows_flag_then_no_color_then_force_then_terminal() {
        let tty = Environment { stdout: true, ..Environment::default() };
        assert!(colour(&tty, ColourChoice::Auto));
        assert!(!tty.look(ColourChoice::Auto, false).colour);

        let both = Environment { no_color: true, force_color: true, ..tty.clone() };
        assert!(!colour(&both, ColourChoice::Auto));
        assert!(colour(&both, ColourChoice::Always));

        let forced = Environment { force_color: true, ..Environment::default() };
        assert!(forced.look(ColourChoice::Auto, false).colour);
        assert!(!colour(&forced, ColourChoice::Never));

        let dumb = Environment { dumb: true, ..tty };
        assert!(!colour(&dumb, ColourChoice::Auto));
    }

    #[test]
    fn width_is_what_the_terminal_has_between_40_and_120() {
        let of = |columns, terminal_width, tty| {
            Environment { columns, terminal_width, ..Environment::default() }.look(ColourChoice::Auto, tty).width
        };
        assert_eq!(of(None, Some(97), true), 97);
        assert_eq!(of(None, Some(97), false), 100);
        assert_eq!(of(Some(60), Some(97), true), 60);
        assert_eq!(of(Some(20), Some(97), true), 40);
        assert_eq!(of(Some(300), None, false), 120);
    }

    #[test]
    fn painted_text_cannot_bring_its_own_escapes() {
        let look = Look { colour: true, width: 80 };
        assert_eq!(look.paint(Label::Added, "a\u{1b}b"), "\u{1b}[32ma\\u{1b}b\u{1b}[0m");
        assert_eq!(Look::plain(80).paint(Label::Added, "a"), "a");
    }
}
