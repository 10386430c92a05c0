//! What a plan does not say.

use std::fmt;

/// Something that a plan does and does not say, or says and does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The object, where it is one.
    pub address: Option<String>,
    /// What is wrong.
    pub text: String,
}

impl Contradiction {
    /// Of an object.
    pub(crate) fn of(address: &str, text: impl Into<String>) -> Self {
        Self { address: Some(address.to_owned()), text: text.into() }
    }

    /// Of the whole plan.
    pub(crate) fn of_plan(text: impl Into<String>) -> Self {
        Self { address: None, text: text.into() }
    }
}

/// What a plan does not say of what it would do now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsaid {
    /// What it could have said: somebody changed it.
    pub hidden: Vec<Contradiction>,
    /// What it could not say: what runs does not stand as it did.
    pub moved: Vec<Contradiction>,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Some(address) => write!(out, "{address}: {}", self.text),
            None => out.write_str(&self.text),
        }
    }
}
