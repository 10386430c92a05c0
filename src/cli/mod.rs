//! The command line: one file a subcommand, each the story of one command from top to bottom.

mod apply;
mod approve;
mod args;
mod command;
mod connect;
mod crash;
mod destroy;
mod error;
mod error_id;
mod execute;
mod exit;
mod go_on;
mod input;
mod mirror_labeler;
mod needed;
mod ownership;
mod plan;
mod planfile;
mod planning;
mod rbac;
mod refusal;
mod render;
mod replan;
mod sandbox;
mod saving;
mod shell;
mod show;
mod snapshot;
mod validate;

pub use args::Global;
pub use command::{Cli, Command, main};
pub use error::CliError;
pub use error_id::ErrorId;
pub use exit::ExitCode;
