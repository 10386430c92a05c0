//! The API over HTTP: requests in, answers out.

mod answer;
mod body;
mod call;
mod delete;
mod discovery;
mod dispatch;
mod json;
mod query;
mod read;
mod review;
mod route;
mod scale;
mod warnings;
mod watch;
mod write;

pub use body::{Cut, SandboxBody};
pub(super) use dispatch::respond;
