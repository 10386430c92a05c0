//! Items of lists that others added and that can't stand beside ours: the server refuses both together.

use iriskit_state::plan::{Note, NoteId, Severity};
use serde_json::Value;

use crate::{
    diff::{last_holder, other_holders},
    plan::{
        notes,
        ownership::{policy::FieldPattern, take_over::TakeOver},
    },
};
use iriskit_kubernetes::schema::{Kind, ObjectRef, Path, PathElement, get, item_element, type_at};

/// Fields that no two items of a list may share, though they are no key of it.
const UNIQUE: [&str; 2] = ["name", "nodePort"];

/// An error for every item of others that collides with one that the manifest wants, with the flag that removes it.
pub(crate) fn collisions(
    kind: &Kind,
    object: &ObjectRef,
    live: &Value,
    body: &Value,
    take_over: Option<&TakeOver>,
) -> Vec<Note> {
    let mut found = Vec::new();
    for list in lists(kind, body) {
        let (Some(id), Some(wanted), Some(there)) =
            (type_at(kind, &list), items(kind, body, &list), items(kind, live, &list))
        else {
            continue;
        };
        let key = |item: &Value| item_element(id, item);
        let theirs = there.iter().filter(|item| !wanted.iter().any(|ours| key(ours) == key(item)));
        for item in theirs {
            let Some(path) = key(item).map(|key| list.join(key)) else { continue };
            if take_over.is_some_and(|take| get(kind, &take.object, &path).is_none()) {
                continue;
            }
            let holders = other_holders(live);
            // Without another holder it is ours, and goes.
            let Some(holder) = last_holder(&holders, &path) else { continue };
            for (field, ours) in UNIQUE.iter().filter_map(|field| Some((field, clash(wanted, item, field)?))) {
                let ours = key(ours).map(|key| list.join(key).to_human()).unwrap_or_default();
                let message = format!(
                    "{} of {} and {ours} of the manifest have the same {field}: they can't stand together",
                    path.to_human(),
                    holder.manager
                );
                let mut note = notes::on(Severity::Error, NoteId::ListCollision, object, message);
                note.help = Some(format!(
                    "--take '{}' removes it, or change the {field} in the manifest",
                    FieldPattern::exact(object, &path)
                ));
                found.push(note);
            }
        }
    }
    found
}

fn clash<'a>(wanted: &'a [Value], item: &Value, field: &str) -> Option<&'a Value> {
    let value = item.get(field).filter(|value| !value.is_null())?;
    wanted.iter().find(|ours| ours.get(field) == Some(value))
}

/// The lists of ports: of a Service, and of the containers of a pod template.
fn lists(kind: &Kind, body: &Value) -> Vec<Path> {
    if kind.kind == "Service" {
        return vec![Path::fields(["spec", "ports"])];
    }
    let containers = Path::fields(["spec", "template", "spec", "containers"]);
    let all = items(kind, body, &containers).unwrap_or_default();
    let named = all.iter().filter_map(|container| container.get("name").cloned());
    named.map(|name| containers.join(PathElement::key("name", name)).join(PathElement::field("ports"))).collect()
}

fn items<'a>(kind: &Kind, object: &'a Value, list: &Path) -> Option<&'a [Value]> {
    get(kind, object, list)?.as_array().map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use iriskit_kubernetes::schema::table;

    #[test]
    fn a_port_of_another_with_our_name_is_told_with_the_way_out() {
        let kind = table().kind("v1", "Service").unwrap();
        let object = ObjectRef::namespaced("v1", "Service", "n", "s");
        let theirs = json!({"f:spec": {"f:ports": {"k:{\"port\":81,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}, "f:port": {}}}}});
        let live = json!({"metadata": {"managedFields": [{"manager": "helm", "operation": "Update", "fieldsV1": theirs}]},
            "spec": {"ports": [{"port": 80, "name": "a", "protocol": "TCP"}, {"port": 81, "name": "b", "protocol": "TCP"}]}});
        let body = |name: &str| json!({"spec": {"ports": [{"port": 80, "name": name}]}});
        assert_eq!(collisions(kind, &object, &live, &body("a"), None), []);
        let [note] = collisions(kind, &object, &live, &body("b"), None).try_into().unwrap();
        assert_eq!(
            note.message,
            "spec.ports[81/TCP] of helm and spec.ports[80/TCP] of the manifest have the same name: they can't stand together"
        );
        assert!(note.help.unwrap().starts_with("--take 'Service/s:spec.ports[81/TCP]' removes it"));
    }
}
