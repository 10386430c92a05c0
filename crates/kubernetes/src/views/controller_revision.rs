//! ControllerRevisions: the pod templates that a StatefulSet had.

use serde_json::Value;

use super::object::view;

view! {
    /// A ControllerRevision of a StatefulSet.
    ControllerRevision
}

impl ControllerRevision<'_> {
    /// Its number: the newest has the highest.
    pub fn revision(self) -> i64 {
        self.number(&["revision"]).unwrap_or_default()
    }

    /// The pod template that it keeps, without the mark of the patch that it is stored as.
    pub fn pod_template(self) -> Option<Value> {
        let mut template = self.at(&["data", "spec", "template"])?.clone();
        if let Some(members) = template.as_object_mut() {
            members.remove("$patch");
        }
        Some(template)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_template_comes_without_the_mark_of_its_patch() {
        let value = json!({"revision": 3, "data": {"spec": {"template": {"$patch": "replace", "spec": {}}}}});
        let revision = ControllerRevision::new(&value);
        assert_eq!((revision.revision(), revision.pod_template()), (3, Some(json!({"spec": {}}))));
        assert_eq!(ControllerRevision::new(&json!({})).pod_template(), None);
    }
}
