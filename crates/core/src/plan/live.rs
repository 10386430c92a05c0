//! What was read of the live cluster.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::plan::{ownership::applyset, planner::question::Read};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Object, OwnerReference, Pod},
};

/// Live objects, and what could not be read.
#[derive(Debug, Default)]
pub struct Live {
    objects: BTreeMap<ObjectRef, Value>,
    /// Pods by the object whose they are.
    pods: BTreeMap<Whose, Vec<ObjectRef>>,
    /// Objects by the id of the ApplySet that their label names.
    members: BTreeMap<String, Vec<ObjectRef>>,
    /// What could not be read, and the server's words.
    refused: BTreeMap<Read, String>,
    /// What can't be read because the server has no such kind.
    unserved: BTreeSet<Read>,
    /// Objects that nobody saw: they stand for those that could not be listed.
    assumed: BTreeSet<ObjectRef>,
    /// Secrets and other names that were asked for by name and are not there.
    pub(crate) missing: BTreeSet<ObjectRef>,
}

/// By what a pod tells whose it is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// The uid of its controller.
    Controller(String),
    /// Namespace and name of its Deployment.
    Deployment(String, String),
}

impl Whose {
    /// Of a pod; nothing where nobody controls it.
    fn of(pod: Pod<'_>) -> Option<Self> {
        if let Some(deployment) = pod.deployment() {
            return Some(Self::Deployment(pod.namespace()?.to_owned(), deployment.to_owned()));
        }
        pod.controller().and_then(OwnerReference::uid).map(|uid| Self::Controller(uid.to_owned()))
    }
}

impl Live {
    /// Adds an object as the server gave it, in place of what was read of it before. Without apiVersion, kind or name it is
    /// left out.
    pub fn insert(&mut self, object: Value) {
        let Some(reference) = ObjectRef::of(&object) else { return };
        self.remove(&reference);
        for list in self.lists_of(&reference, &object) {
            list.push(reference.clone());
        }
        self.objects.insert(reference, object);
    }

    fn remove(&mut self, reference: &ObjectRef) {
        if let Some(before) = self.objects.remove(reference) {
            for list in self.lists_of(reference, &before) {
                list.retain(|known| known != reference);
            }
        }
    }

    /// The lists in which an object stands: that of its controller and that of its ApplySet.
    fn lists_of(&mut self, reference: &ObjectRef, object: &Value) -> impl Iterator<Item = &mut Vec<ObjectRef>> {
        let view = Object::new(object);
        let whose = (reference.kind == "Pod").then(|| Whose::of(Pod::new(object))).flatten();
        let of_owner = whose.map(|whose| self.pods.entry(whose).or_default());
        let of_set = view.label(applyset::PART_OF).map(|set| self.members.entry(set.to_owned()).or_default());
        of_owner.into_iter().chain(of_set)
    }

    /// Forgets all objects of a kind in a namespace, since they are read again.
    pub(crate) fn forget(&mut self, kind: &str, namespace: &str) {
        let known = |object: &ObjectRef| object.kind == kind && object.namespace.as_deref() == Some(namespace);
        self.objects.retain(|object, _| !known(object));
        self.pods.values_mut().chain(self.members.values_mut()).for_each(|objects| objects.retain(|one| !known(one)));
    }

    /// The objects that carry the label of this ApplySet.
    pub(crate) fn members_of(&self, applyset: &str) -> impl Iterator<Item = &ObjectRef> {
        self.members.get(applyset).into_iter().flatten()
    }

    /// One object.
    pub fn get(&self, object: &ObjectRef) -> Option<&Value> {
        self.objects.get(object)
    }

    /// All objects of a kind in a namespace, by name.
    pub(crate) fn of_kind<'a>(&'a self, kind: &str, namespace: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let first = ObjectRef::namespaced("", kind, namespace, "");
        let same = first.clone();
        self.objects
            .range(first..)
            .take_while(move |(object, _)| object.kind == same.kind && object.namespace == same.namespace)
            .map(|(_, value)| value)
    }

    /// All objects, by namespace, kind and name.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectRef, &Value)> {
        self.objects.iter()
    }

    /// The pods of an object, by name: those that it controls, by whatever stands between, or itself.
    pub(crate) fn pods_of(&self, object: &Value) -> Vec<&Value> {
        let view = Object::new(object);
        let (namespace, uid) = (view.namespace().unwrap_or_default(), view.uid().unwrap_or_default());
        let is_own = |pod: &&Value| Pod::new(pod).is_of(view);
        let whose = match view.kind() {
            // Its own, through Jobs that nobody reads, and perhaps those of a Deployment.
            "Pod" | "CronJob" | "ReplicaSet" => return self.of_kind("Pod", namespace).filter(is_own).collect(),
            "Deployment" => Whose::Deployment(namespace.to_owned(), view.name().to_owned()),
            _ => Whose::Controller(uid.to_owned()),
        };
        let mut pods: Vec<&ObjectRef> = self.pods.get(&whose).into_iter().flatten().collect();
        pods.sort();
        let found = pods.into_iter().filter_map(|pod| self.objects.get(pod));
        found.filter(|pod| view.kind() != "Deployment" || is_own(pod)).collect()
    }

    /// Remembers that something could not be read.
    pub(crate) fn refuse(&mut self, read: Read, why: impl Into<String>) {
        self.refused.insert(read, why.into());
    }

    /// Remembers that the server has no such kind.
    pub(crate) fn refuse_kind(&mut self, read: Read, why: impl Into<String>) {
        self.unserved.insert(read.clone());
        self.refuse(read, why);
    }

    /// Whether the server has the kind of this object, as far as it was asked.
    pub(crate) fn is_served(&self, object: &ObjectRef) -> bool {
        !self.unserved.contains(&Read::of(object))
    }

    /// Whether nobody refused to answer this, as far as it was asked.
    pub(crate) fn is_readable(&self, read: &Read) -> bool {
        !self.refused.contains_key(read)
    }

    /// Everything that is there and could not be read, with the server's words.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (&Read, &str)> {
        self.refused.iter().filter(|(read, _)| !self.unserved.contains(*read)).map(|(read, why)| (read, why.as_str()))
    }

    /// Why nobody knows whether this object is there; `None` where that is known.
    pub(crate) fn why_unknown(&self, object: &ObjectRef) -> Option<&str> {
        if self.objects.contains_key(object) && !self.assumed.contains(object) {
            return None;
        }
        let list = Read::List {
            api_version: object.api_version.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
        };
        self.refused.get(&Read::Get(object.clone())).or_else(|| self.refused.get(&list)).map(String::as_str)
    }

    /// Why the pods of a namespace are unknown.
    pub(crate) fn why_no_pods(&self, namespace: &str) -> Option<&str> {
        self.refused.get(&Read::list("v1", "Pod", namespace)).map(String::as_str)
    }

    /// Why the claims of a namespace are unknown.
    pub(crate) fn why_no_claims(&self, namespace: &str) -> Option<&str> {
        self.refused.get(&Read::list("v1", "PersistentVolumeClaim", namespace)).map(String::as_str)
    }

    /// Forgets what stands for objects that could not be listed, since what it was taken from is read again.
    pub(crate) fn forget_assumed(&mut self) {
        for object in std::mem::take(&mut self.assumed) {
            self.remove(&object);
        }
    }

    /// Adds an object that nobody saw, in place of one that could not be listed.
    pub(crate) fn assume(&mut self, object: Value) {
        let Some(reference) = ObjectRef::of(&object) else { return };
        if !self.objects.contains_key(&reference) {
            self.assumed.insert(reference);
            self.insert(object);
        }
    }
}

/// `metadata.name`, or nothing.
pub(crate) fn name(object: &Value) -> &str {
    Object::new(object).name()
}

/// A label's value.
pub(crate) fn label<'a>(object: &'a Value, label: &str) -> Option<&'a str> {
    Object::new(object).label(label)
}

/// An annotation's value.
pub(crate) fn annotation<'a>(object: &'a Value, annotation: &str) -> Option<&'a str> {
    Object::new(object).annotation(annotation)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_are_found_by_their_controller() {
        let mut live = Live::default();
        let pod = |name: &str, owner: &str| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n",
                "ownerReferences": [{"uid": owner, "controller": true}]}})
        };
        live.insert(pod("b-1", "set"));
        live.insert(pod("b-0", "set"));
        live.insert(pod("x", "other"));
        let names: Vec<&str> = live.pods_of(&json!({"metadata": {"uid": "set"}})).into_iter().map(name).collect();
        assert_eq!(names, ["b-0", "b-1"]);
        assert_eq!(live.of_kind("Pod", "n").count(), 3);
        assert_eq!(live.of_kind("Service", "n").count(), 0);
    }
}
