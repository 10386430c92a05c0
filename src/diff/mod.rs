//! Value × value: what differs, who owns it, what is secret.

mod secret_text;
mod secrets;

pub use secret_text::{is_secret_name, replace_secrets};
pub use secrets::{MASK, MASK_CHANGED, SecretPlace, TextPlace, hollow, mask, secrets_of};
