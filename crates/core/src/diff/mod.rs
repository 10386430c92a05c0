//! Value × value: what differs, who owns it, what is secret.

mod applied;
mod compare;
mod ownership;
mod quoted;
mod secret_strings;
mod secret_text;
mod secrets;
mod taking;
mod unchanged;

pub(crate) use applied::hash_at;
pub use applied::{ANNOTATION, Applied};
pub use compare::{Difference, differences};
pub use ownership::{FIELD_MANAGER, Holder, all_holders, last_holder};
pub(crate) use ownership::{has_other_holders, other_holders, our_fields};
pub use quoted::without_secrets_of;
pub(crate) use secret_text::{is_secret_name, replace_secrets};
pub use secrets::{MASK, MASK_CHANGED, SecretPlace, TextPlace, mask, replaced};
pub(crate) use secrets::{hollow, secrets_of};
pub use taking::{Taking, moved_to_us};
pub(crate) use unchanged::certainly_unchanged;
