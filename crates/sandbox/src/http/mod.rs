//! The API over HTTP: requests go in, answers and what they do to the cluster come out.

mod body;
mod call;
mod delete;
mod discovery;
mod dispatch;
mod json;
mod query;
mod read;
mod reply;
mod route;
mod watch;
mod write;

pub use body::{Cut, SandboxBody};
pub(super) use dispatch::respond;
