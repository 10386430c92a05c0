//! What IRIS and its web gateways do when something they read changes, after InterSystems' manuals.
//!
//! In: two versions of a CPF, of a CSP.ini or of an image. Out: what differs and when each difference takes effect.

mod actions;
mod changes;
mod cpf;
mod effect;
mod gateway;
mod release;
mod text;

pub(crate) use actions::{Oddity, oddity as action_oddity};
pub use changes::Changed;
pub(crate) use changes::{cpf_changes, gateway_changes};
pub(crate) use cpf::spelled_otherwise;
pub use cpf::{PARAMETERS, Parameter};
pub use effect::Effect;
pub use gateway::RESTART_KEYS;
pub use release::ImageChange;
pub(crate) use release::image_change;
pub(crate) use text::value_of;

#[cfg(test)]
mod tests;
