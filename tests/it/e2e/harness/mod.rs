//! What drives the stories: the real binary, in a folder and a namespace of its own, in the sandbox or on the real control
//! plane. In go files and commands; out come plans, objects and what watches saw.

#[macro_use]
mod scenarios;

pub(super) mod history;
pub(super) mod manifests;
mod place;
pub(super) mod planned;
pub(super) mod world;
