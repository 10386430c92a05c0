//! Events.

use crate::strategy::Strategy;

#[derive(Debug)]
pub(super) struct Event;

impl Strategy for Event {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "Event")
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &[
            "involvedObject.apiVersion",
            "involvedObject.fieldPath",
            "involvedObject.kind",
            "involvedObject.name",
            "involvedObject.namespace",
            "involvedObject.resourceVersion",
            "involvedObject.uid",
            "reason",
            "source",
            "type",
        ]
    }
}
