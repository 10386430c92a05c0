//! Value × value: what differs, who owns it, what is secret.

mod applied;
mod compare;
mod ownership;
mod secrets;
mod taking;
mod unchanged;

pub(crate) use applied::hash_at;
pub use applied::{ANNOTATION, Applied};
pub use compare::{Difference, differences};
pub use ownership::{FIELD_MANAGER, Holder, all_holders, last_holder};
pub(crate) use ownership::{has_other_holders, other_holders, our_fields};
pub use secrets::{MASK, MASK_CHANGED, SecretPlace, TextPlace, mask, replaced, without_secrets_of};
pub(crate) use secrets::{
    Tree, Verdict, holes_of, hollow, is_secret_name, replace_secrets, secret_nodes, secrets_in_text, secrets_of,
};
pub use taking::{Taking, moved_to_us};
pub(crate) use unchanged::certainly_unchanged;
