//! A player of IRIS: the containers of the control plane are not real, so somebody has to behave as mirror members do.

mod mirror;
mod mirror_sets;
mod player;

pub(crate) use mirror::{EventKind, Role};
pub(crate) use player::IrisPlayer;
