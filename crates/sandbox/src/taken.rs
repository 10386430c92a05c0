//! What a cluster has given out already.

use std::cmp::Reverse;

use super::{fields, key::Resource, objects::Allocations, store::Store};

/// The addresses, ports and classes of a store.
pub(crate) struct Taken<'a>(pub(crate) &'a Store);

impl Allocations for Taken<'_> {
    fn ip_in_use(&self, ip: &str) -> bool {
        // The first address belongs to the API server's own Service.
        ip == "10.0.0.1"
            || self.0.list(Resource::SERVICES, None).any(|(_, service)| {
                fields::text(service, "/spec/clusterIP") == ip
                    || fields::items(service, "/spec/clusterIPs").iter().any(|known| known == ip)
            })
    }

    fn port_in_use(&self, port: u16) -> bool {
        let port = i64::from(port);
        self.0.list(Resource::SERVICES, None).any(|(_, service)| {
            fields::number(service, "/spec/healthCheckNodePort") == Some(port)
                || fields::items(service, "/spec/ports")
                    .iter()
                    .any(|used| fields::number(used, "/nodePort") == Some(port))
        })
    }

    fn default_storage_class(&self) -> Option<String> {
        let is_default = "storageclass.kubernetes.io/is-default-class";
        let classes = self.0.list(Resource::CLASSES, None);
        let defaults = classes.filter(|(_, class)| fields::annotation(class, is_default) == "true");
        // Of several the newest, then the first by name (pkg/volume/util/storageclass.go of Kubernetes).
        let newest = defaults.max_by_key(|(key, class)| {
            (fields::text(class, "/metadata/creationTimestamp").to_owned(), Reverse(key.name.clone()))
        });
        newest.map(|(key, _)| key.name.clone())
    }
}
