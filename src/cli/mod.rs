//! The command line: one file a subcommand, each the story of one command from top to bottom.

mod args;
mod command;
mod error;
mod exit;
mod planfile;
mod show;

pub use args::Global;
pub use command::{Cli, Command, main};
pub use error::CliError;
pub use exit::ExitCode;
