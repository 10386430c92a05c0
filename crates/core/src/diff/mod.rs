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

pub use applied::{ANNOTATION, Applied, hash, hash_at};
pub use compare::{Difference, differences};
pub use ownership::{FIELD_MANAGER, Holder, all_holders, has_other_holders, last_holder, other_holders, our_fields};
pub use quoted::without_secrets_of;
pub use secret_text::{is_secret_name, replace_secrets};
pub use secrets::{MASK, MASK_CHANGED, SecretPlace, TextPlace, hollow, mask, replaced, secrets_of};
pub use taking::{Taking, moved_to_us};
pub use unchanged::certainly_unchanged;
