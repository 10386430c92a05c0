//! What every object has: its names, labels, owners, generation and conditions.

use serde_json::Value;

use super::{condition::Condition, owner::OwnerReference, path};

/// Any object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object<'a>(&'a Value);

impl<'a> Object<'a> {
    /// A view of any object.
    pub fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The object itself.
    pub fn value(self) -> &'a Value {
        self.0
    }

    /// `apiVersion`, or nothing.
    pub fn api_version(self) -> &'a str {
        self.text(&["apiVersion"]).unwrap_or_default()
    }

    /// `kind`, or nothing.
    pub fn kind(self) -> &'a str {
        self.text(&["kind"]).unwrap_or_default()
    }

    /// `metadata.name`, or nothing.
    pub fn name(self) -> &'a str {
        self.text(&["metadata", "name"]).unwrap_or_default()
    }

    /// `metadata.namespace`.
    pub fn namespace(self) -> Option<&'a str> {
        self.text(&["metadata", "namespace"])
    }

    /// `metadata.uid`.
    pub fn uid(self) -> Option<&'a str> {
        self.text(&["metadata", "uid"])
    }

    /// `metadata.resourceVersion`.
    pub fn resource_version(self) -> Option<&'a str> {
        self.text(&["metadata", "resourceVersion"])
    }

    /// `metadata.creationTimestamp`.
    pub fn creation_timestamp(self) -> Option<&'a str> {
        self.text(&["metadata", "creationTimestamp"])
    }

    /// One label.
    pub fn label(self, name: &str) -> Option<&'a str> {
        self.text(&["metadata", "labels", name])
    }

    /// One annotation.
    pub fn annotation(self, name: &str) -> Option<&'a str> {
        self.text(&["metadata", "annotations", name])
    }

    /// Finalizers that hold the object.
    pub fn finalizers(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.items(&["metadata", "finalizers"]).iter().filter_map(Value::as_str)
    }

    /// The entries of `metadata.managedFields`.
    pub fn managed_fields(self) -> &'a [Value] {
        self.items(&["metadata", "managedFields"])
    }

    /// `metadata.deletionTimestamp`.
    pub fn deletion_timestamp(self) -> Option<&'a str> {
        self.text(&["metadata", "deletionTimestamp"])
    }

    /// Whether its deletion has begun. A timestamp of `null` is none: manifests may say so, servers leave it out.
    pub fn is_terminating(self) -> bool {
        self.at(&["metadata", "deletionTimestamp"]).is_some_and(|at| !at.is_null())
    }

    /// All owners.
    pub fn owners(self) -> impl Iterator<Item = OwnerReference<'a>> + use<'a> {
        self.items(&["metadata", "ownerReferences"]).iter().map(OwnerReference::new)
    }

    /// The owner that manages it; there is at most one.
    pub fn controller(self) -> Option<OwnerReference<'a>> {
        self.owners().find(|owner| owner.is_controller())
    }

    /// Whether the object with this uid manages it.
    pub fn is_controlled_by(self, uid: &str) -> bool {
        self.controller().and_then(OwnerReference::uid) == Some(uid)
    }

    /// `metadata.generation`. Many kinds have none: ConfigMaps, Secrets, Services, claims …
    pub fn generation(self) -> Option<i64> {
        self.number(&["metadata", "generation"])
    }

    /// `status.observedGeneration`.
    pub(crate) fn observed_generation(self) -> Option<i64> {
        self.number(&["status", "observedGeneration"])
    }

    /// Whether its controller has seen the newest generation.
    pub fn is_observed(self) -> bool {
        self.observed_generation().unwrap_or_default() >= self.generation().unwrap_or_default()
    }

    /// One of its conditions.
    pub fn condition(self, name: &str) -> Option<Condition<'a>> {
        self.items(&["status", "conditions"]).iter().map(Condition::new).find(|condition| condition.name() == name)
    }

    /// Whether one of its conditions is `True`.
    pub(crate) fn is_true(self, condition: &str) -> bool {
        self.condition(condition).is_some_and(Condition::is_true)
    }

    pub(super) fn at(self, path: &[&str]) -> Option<&'a Value> {
        path::at(self.0, path)
    }

    pub(super) fn text(self, path: &[&str]) -> Option<&'a str> {
        path::text(self.0, path)
    }

    pub(super) fn number(self, path: &[&str]) -> Option<i64> {
        self.at(path)?.as_i64()
    }

    /// A number that is never negative.
    pub(super) fn count(self, path: &[&str]) -> Option<u64> {
        self.at(path)?.as_u64()
    }

    pub(super) fn items(self, path: &[&str]) -> &'a [Value] {
        path::items(self.0, path)
    }
}

/// Declares the view of one kind: it answers what every object does, and more.
macro_rules! view {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $name<'a>($crate::views::object::Object<'a>);

        impl<'a> $name<'a> {
            /// Looks at an object as one of this kind, whatever its `kind` says: items of lists and templates say none.
            pub fn new(value: &'a serde_json::Value) -> Self {
                Self($crate::views::object::Object::new(value))
            }
        }

        impl<'a> std::ops::Deref for $name<'a> {
            type Target = $crate::views::object::Object<'a>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}

pub(super) use view;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_labels() {
        let value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n", "uid": "u",
            "labels": {"a/b": "c", "bad": 1}, "annotations": {"x": "y"}, "finalizers": ["f"]}});
        let object = Object::new(&value);
        assert_eq!((object.api_version(), object.kind(), object.name()), ("v1", "Secret", "s"));
        assert_eq!((object.namespace(), object.uid()), (Some("n"), Some("u")));
        assert_eq!((object.label("a/b"), object.label("bad"), object.annotation("x")), (Some("c"), None, Some("y")));
        assert_eq!(object.finalizers().collect::<Vec<_>>(), ["f"]);
        let nothing = json!({});
        let nothing = Object::new(&nothing);
        assert_eq!((nothing.name(), nothing.uid()), ("", None));
    }

    #[test]
    fn deletion_has_begun_with_its_timestamp() {
        for (metadata, terminating) in [
            (json!({}), false),
            (json!({"deletionTimestamp": null}), false),
            (json!({"deletionTimestamp": "2026-11-22T10:00:00Z"}), true),
        ] {
            assert_eq!(Object::new(&json!({"metadata": metadata})).is_terminating(), terminating, "{metadata}");
        }
    }

    #[test]
    fn one_owner_is_the_controller() {
        let owner = |uid: &str, controller| json!({"kind": "StatefulSet", "uid": uid, "controller": controller});
        for (owners, expected) in [
            (json!([]), None),
            (json!([owner("a", false)]), None),
            (json!([owner("a", false), owner("b", true)]), Some("b")),
        ] {
            let value = json!({"metadata": {"ownerReferences": owners}});
            let object = Object::new(&value);
            assert_eq!(object.controller().and_then(OwnerReference::uid), expected);
            assert_eq!(object.is_controlled_by("b"), expected == Some("b"));
        }
        assert!(!Object::new(&json!({})).is_controlled_by(""));
    }

    #[test]
    fn a_generation_is_observed_when_the_status_reached_it() {
        for (generation, observed, expected) in
            [(None, None, true), (Some(1), None, false), (Some(2), Some(1), false), (Some(2), Some(2), true)]
        {
            let value = json!({"metadata": {"generation": generation}, "status": {"observedGeneration": observed}});
            assert_eq!(Object::new(&value).is_observed(), expected, "{value}");
        }
    }

    #[test]
    fn conditions_are_found_by_their_type() {
        let value = json!({"status": {"conditions": [
            {"type": "Ready", "status": "True"}, {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}});
        let object = Object::new(&value);
        assert!(object.is_true("Ready") && !object.is_true("PodScheduled") && !object.is_true("Initialized"));
        let scheduled = object.condition("PodScheduled").unwrap();
        assert!(scheduled.is_false());
        assert_eq!((scheduled.reason(), scheduled.message()), (Some("Unschedulable"), None));
    }
}
