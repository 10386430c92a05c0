//! The terminal: what colour and width it has, who may be asked, where text goes. With `view` the only room that
//! prints.

mod label;
mod log;
mod look;
mod plural;
mod prompt;
mod stage_bars;
mod terminal;
mod text;

pub use label::Label;
pub use log::start as start_log;
pub use look::{ColourChoice, Environment, Look};
pub use plural::{enumerate, once, plural, times};
pub use prompt::{Confirmation, PromptError};
pub use stage_bars::{StageBars, StageRow, StageState};
pub use terminal::Ui;
pub use text::{clean, pad, wrap, wrap_value};
