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
}
