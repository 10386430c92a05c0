//! The kinds that the sandbox has, out of all that Kubernetes has.

use super::{key::Resource, strategy::Strategy};
use iriskit_kubernetes::schema::{Kind, table};

/// A kind that the sandbox has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served {
    /// What it looks like.
    pub(crate) kind: &'static Kind,
    /// How it is treated.
    pub(crate) strategy: &'static dyn Strategy,
}

/// The kinds of a sandbox, in the order of apiVersion and name.
#[derive(Debug)]
pub(crate) struct Registry(Vec<Served>);

impl Registry {
    /// Kinds that the schema table does not know are left out.
    pub(crate) fn new(strategies: impl Iterator<Item = &'static dyn Strategy>) -> Self {
        let served = |strategy: &'static dyn Strategy| {
            let (api_version, kind) = strategy.kind();
            Some(Served { kind: table().kind(api_version, kind)?, strategy })
        };
        let mut all: Vec<Served> = strategies.filter_map(served).collect();
        all.sort_by_key(|served| (served.kind.api_version, served.kind.kind));
        Self(all)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Served> {
        self.0.iter().copied()
    }

    pub(crate) fn resource(&self, resource: Resource) -> Option<Served> {
        self.all().find(|served| Resource::of(served.kind) == resource)
    }

    pub(crate) fn kind(&self, api_version: &str, kind: &str) -> Option<Served> {
        self.all().find(|served| served.kind.kind == kind && served.kind.api_version == api_version)
    }

    /// The kind that a URL names.
    pub(crate) fn plural(&self, group: &str, version: &str, plural: &str) -> Option<Served> {
        self.all().find(|Served { kind, .. }| kind.plural == plural && kind.group == group && kind.version == version)
    }
}
