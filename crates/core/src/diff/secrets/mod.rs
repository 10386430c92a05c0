//! What is secret: one table of names, values and shapes, for objects, for the texts inside them and for manifests.

mod assignments;
mod blocks;
mod commands;
mod markup;
mod names;
mod places;
mod quoted;
mod scan;
mod shapes;
mod strings;
mod text;
mod tree;
mod urls;
mod values;

pub(crate) use names::is_secret_name;
pub use places::{MASK, MASK_CHANGED, SecretPlace, TextPlace, mask, replaced};
pub(crate) use places::{holes_of, hollow, secrets_of};
pub use quoted::without_secrets_of;
pub(crate) use text::{replace_secrets, secrets_in_text};
pub(crate) use tree::{Tree, Verdict, secret_nodes};
