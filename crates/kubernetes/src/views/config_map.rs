//! ConfigMaps.

use super::{object::view, path};

view! {
    /// A ConfigMap.
    ConfigMap
}

impl<'a> ConfigMap<'a> {
    /// One text of its `data`.
    pub fn text(self, key: &str) -> Option<&'a str> {
        path::text(self.value(), &["data", key])
    }

    /// All texts of its `data`.
    pub fn data(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        path::entries(self.value(), &["data"])
    }
}
