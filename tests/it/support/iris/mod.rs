//! A player of IRIS: the containers of the control plane are not real, so somebody has to behave as mirror members do.

mod mirror;
mod play;
mod player;

pub(crate) use mirror::{Role, What};
pub(crate) use player::IrisPlayer;
