//! The command line: one file a subcommand, each the story of one command from top to bottom.

mod args;
mod command;
mod connect;
mod error;
mod exit;
mod input;
mod log;
mod mirror_labeler;
mod plan;
mod planfile;
mod render;
mod sandbox;
mod show;
mod validate;

pub use args::Global;
pub use command::{Cli, Command, main};
pub use error::CliError;
pub use exit::ExitCode;
