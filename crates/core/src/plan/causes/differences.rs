//! Where two versions of a manifest differ, and how one of the places is put back.

use serde_json::Value;

/// A step into a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    Member(String),
    Item(usize),
}

/// A place at which a manifest says something else than it did.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    path: Vec<Element>,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// Every place at which they differ. Lists of different lengths differ as a whole.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(&mut Vec::new(), Some(before), Some(after), &mut found);
    found
}

fn walk(path: &mut Vec<Element>, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let gone = old.keys().filter(|name| !new.contains_key(*name));
            for name in new.keys().chain(gone) {
                path.push(Element::Member(name.clone()));
                walk(path, old.get(name), new.get(name), found);
                path.pop();
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                path.push(Element::Item(at));
                walk(path, Some(old), Some(new), found);
                path.pop();
            }
        }
        (before, after) => {
            found.push(Difference { path: path.clone(), before: before.cloned(), after: after.cloned() });
        }
    }
}

impl Difference {
    /// `spec.topology.data.image`, as positions in manifests are named.
    pub(super) fn path(&self) -> String {
        let mut text = String::new();
        for element in &self.path {
            match element {
                Element::Member(name) if text.is_empty() => text.push_str(name),
                Element::Member(name) => text.extend([".", name]),
                Element::Item(at) => text.extend(["[", &at.to_string(), "]"]),
            }
        }
        text
    }

    /// Puts the place back as it was before.
    pub(super) fn put_back(&self, manifest: &mut Value) {
        let Some((last, around)) = self.path.split_last() else { return };
        let mut here = manifest;
        for element in around {
            let inside = match element {
                Element::Member(name) => here.get_mut(name.as_str()),
                Element::Item(at) => here.get_mut(*at),
            };
            let Some(inside) = inside else { return };
            here = inside;
        }
        match (last, here, &self.before) {
            (Element::Member(name), Value::Object(members), Some(before)) => {
                members.insert(name.clone(), before.clone());
            }
            (Element::Member(name), Value::Object(members), None) => {
                members.remove(name);
            }
            (Element::Item(at), Value::Array(items), Some(before)) => {
                if let Some(item) = items.get_mut(*at) {
                    item.clone_from(before);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_found_and_put_back_one_by_one() {
        let before = json!({"spec": {"a": 1, "gone": "x", "list": [{"n": 1}, {"n": 2}], "long": [1]}});
        let after = json!({"spec": {"a": 2, "new": true, "list": [{"n": 1}, {"n": 3}], "long": [1, 2]}});
        let found = differences(&before, &after);
        let paths: Vec<String> = found.iter().map(Difference::path).collect();
        assert_eq!(paths, ["spec.a", "spec.list[1].n", "spec.long", "spec.new", "spec.gone"]);
        let mut put_back = after.clone();
        for difference in &found {
            difference.put_back(&mut put_back);
        }
        assert_eq!(put_back, before);
        let mut one = after.clone();
        found[1].put_back(&mut one);
        assert_eq!(one["spec"]["list"], before["spec"]["list"]);
        assert_eq!(one["spec"]["a"], 2);
    }
}
