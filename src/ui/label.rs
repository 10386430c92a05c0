//! What a piece of text is, and how that looks. The rest of the code names labels, never colours.

use console::Style;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Something that comes.
    Added,
    /// Something that goes.
    Removed,
    /// Something that changes in place.
    Changed,
    /// Something that is deleted and made again.
    Replaced,
    /// Something that stays as it is.
    Staying,
    /// A heading.
    Heading,
    /// The name of a stage.
    Stage,
    /// The name of an object.
    Object,
    /// The name of a cluster, a context or a namespace: where it happens.
    Place,
    /// Something that interrupts: a restart, a fail-over, an outage.
    Interrupts,
    /// Something that can lose data.
    Danger,
    /// Something that needs no attention, or went well.
    Calm,
    /// The word `error`.
    Error,
    /// The word `warning`.
    Warning,
    /// The word `note`.
    Note,
    /// Something to type.
    Command,
    /// Less important than the rest of its line.
    Faint,
    /// Everything else.
    Plain,
}

impl Label {
    /// Its style on a terminal with colours. Always styles: whether to style at all is [`super::Look`]'s decision.
    pub(super) fn style(self) -> Style {
        let style = Style::new().force_styling(true);
        match self {
            Self::Added | Self::Calm => style.green(),
            Self::Removed => style.red(),
            Self::Changed => style.yellow(),
            Self::Replaced => style.magenta(),
            Self::Staying | Self::Command => style.cyan(),
            Self::Heading | Self::Stage | Self::Object => style.bold(),
            Self::Interrupts | Self::Warning => style.yellow().bold(),
            Self::Danger | Self::Error => style.red().bold(),
            Self::Place | Self::Note => style.cyan().bold(),
            Self::Faint => style.dim(),
            Self::Plain => style,
        }
    }
}
