//! Storage of a whole cluster: volumes and the classes that they come from.

use serde_json::Value;

use super::object::view;
use crate::names::IS_DEFAULT_CLASS;

view! {
    /// A PersistentVolume.
    PersistentVolume
}

impl<'a> PersistentVolume<'a> {
    /// What becomes of it when its claim goes: `Delete`, `Retain` or `Recycle`.
    pub fn reclaim_policy(self) -> Option<&'a str> {
        self.text(&["spec", "persistentVolumeReclaimPolicy"])
    }
}

view! {
    /// A StorageClass.
    StorageClass
}

impl StorageClass<'_> {
    /// Whether claims that name no class get this one.
    pub fn is_default(self) -> bool {
        self.annotation(IS_DEFAULT_CLASS) == Some("true")
    }

    /// Whether its volumes can grow.
    pub fn allows_expansion(self) -> bool {
        self.at(&["allowVolumeExpansion"]) == Some(&Value::Bool(true))
    }
}
