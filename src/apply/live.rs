//! The objects of a plan as they are before the first write.

use std::collections::BTreeMap;

use iriskit_state::plan::NamespaceIdentity;
use serde_json::Value;

use iriskit_core::plan::{OwnerName, applyset};
use iriskit_kubernetes::schema::ObjectRef;

/// What is there before the first write.
#[derive(Debug, Default)]
pub(super) struct LiveObjects {
    pub(super) objects: BTreeMap<ObjectRef, Value>,
    /// The target namespaces.
    pub(super) namespaces: BTreeMap<String, NamespaceIdentity>,
}

impl LiveObjects {
    /// An object that the plan names.
    pub(super) fn get(&self, object: &ObjectRef) -> Option<&Value> {
        self.objects.get(object)
    }

    /// The objects of a kind, as far as they were read.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a ObjectRef, &'a Value)> {
        self.objects.iter().filter(move |(object, _)| object.kind == kind)
    }

    /// The pods of a namespace, where the plan asks for them.
    pub(super) fn pods(&self, namespace: &str) -> Vec<&Value> {
        let pods = self.of_kind("Pod").filter(|(object, _)| object.namespace.as_deref() == Some(namespace));
        pods.map(|(_, pod)| pod).collect()
    }

    /// The ConfigMap with an owner's record.
    pub(super) fn record(&self, owner: &OwnerName) -> Option<&Value> {
        self.get(&applyset::record_ref(&owner.namespace, &owner.name))
    }
}
