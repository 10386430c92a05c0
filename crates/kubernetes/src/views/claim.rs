//! PersistentVolumeClaims, and the templates of them in a StatefulSet.

use std::borrow::Cow;

use super::object::view;
use crate::schema::quantity::{self, Amount};

view! {
    /// A PersistentVolumeClaim, or the template of one.
    Claim
}

/// How far a claim came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimPhase {
    /// It has no volume yet.
    Pending,
    /// It has a volume.
    Bound,
    /// It had a volume that does not exist any more.
    Lost,
}

impl<'a> Claim<'a> {
    /// Its phase. A new claim is `Pending`.
    pub fn phase(self) -> ClaimPhase {
        match self.text(&["status", "phase"]) {
            Some("Bound") => ClaimPhase::Bound,
            Some("Lost") => ClaimPhase::Lost,
            _ => ClaimPhase::Pending,
        }
    }

    /// Whether it has a volume.
    pub fn is_bound(self) -> bool {
        self.phase() == ClaimPhase::Bound
    }

    /// The storage that it asks for, as it is written. A manifest may write a number, which the server stores as text.
    pub fn requested_storage(self) -> Option<Cow<'a, str>> {
        let storage = self.at(&["spec", "resources", "requests", "storage"])?;
        Some(storage.as_str().map_or_else(|| Cow::Owned(storage.to_string()), Cow::Borrowed))
    }

    /// The storage that it asks for, as an amount.
    pub fn requested_amount(self) -> Option<Amount> {
        quantity::parse(&self.requested_storage()?).ok()
    }

    /// Its storage class. Empty: no class at all, so that nothing is made for it; missing: the default class of the
    /// cluster when the claim is made.
    pub fn storage_class(self) -> Option<&'a str> {
        self.text(&["spec", "storageClassName"])
    }

    /// The PersistentVolume that it is bound to, or is to be bound to.
    pub fn volume_name(self) -> Option<&'a str> {
        self.text(&["spec", "volumeName"])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_are_texts_or_numbers() {
        for (storage, text) in [(json!("1Gi"), "1Gi"), (json!(1_073_741_824), "1073741824")] {
            let value = json!({"spec": {"resources": {"requests": {"storage": storage}}}});
            let claim = Claim::new(&value);
            assert_eq!(claim.requested_storage().as_deref(), Some(text));
            assert_eq!(claim.requested_amount(), Some(Amount::whole(1_073_741_824)));
        }
        assert_eq!(Claim::new(&json!({})).requested_amount(), None);
    }

    #[test]
    fn phases() {
        for (status, phase) in [
            (json!({}), ClaimPhase::Pending),
            (json!({"phase": "Pending"}), ClaimPhase::Pending),
            (json!({"phase": "Bound"}), ClaimPhase::Bound),
            (json!({"phase": "Lost"}), ClaimPhase::Lost),
        ] {
            assert_eq!(Claim::new(&json!({"status": status})).phase(), phase, "{status}");
        }
    }

    #[test]
    fn no_class_is_not_the_default_class() {
        for (spec, class) in [
            (json!({}), None),
            (json!({"storageClassName": ""}), Some("")),
            (json!({"storageClassName": "f"}), Some("f")),
        ] {
            assert_eq!(Claim::new(&json!({"spec": spec})).storage_class(), class, "{spec}");
        }
    }
}
