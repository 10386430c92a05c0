//! What of a pod can't change.

use serde_json::{Value, json};

use super::read::{items, text};
use crate::objects::{cause::Cause, finish::amounts};
use iriskit_kubernetes::schema::Kind;

/// Images, a shorter deadline and more tolerations; nothing else.
pub(super) fn check(kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let spec = |object: &Value| {
        let mut object = object.clone();
        amounts(kind.root, &mut object);
        object.get("spec").cloned().unwrap_or_default()
    };
    let (old, mut new) = (spec(live), spec(object));
    for list in ["containers", "initContainers"] {
        if items(&old, list).len() != items(&new, list).len() {
            let what = "pod updates may not add or remove containers";
            causes.push(Cause::forbidden(format!("spec.{list}"), what));
            return;
        }
    }
    if items(&old, "tolerations").iter().any(|toleration| !items(&new, "tolerations").contains(toleration)) {
        let what = "existing toleration can not be modified except its tolerationSeconds";
        causes.push(Cause::forbidden("spec.tolerations", what));
    }
    for gate in items(&new, "schedulingGates").iter().filter(|gate| !items(&old, "schedulingGates").contains(gate)) {
        let what = format!("only deletion is allowed, but found new scheduling gate '{}'", text(gate, "name"));
        causes.push(Cause::forbidden("spec.schedulingGates[0].name", &what));
    }
    keep_changeable(&old, &mut new);
    if old != new {
        let what = "pod updates may not change fields other than \
                    `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
                    `spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` \
                    (allow it to be set to 1 if it was previously negative)\n";
        causes.push(Cause::forbidden("spec", what));
    }
}

fn keep_changeable(old: &Value, new: &mut Value) {
    let Some(new) = new.as_object_mut() else { return };
    for field in ["tolerations", "activeDeadlineSeconds", "schedulingGates"] {
        match old.get(field) {
            Some(value) => {
                new.insert(field.to_owned(), value.clone());
            }
            None => {
                new.remove(field);
            }
        }
    }
    for list in ["containers", "initContainers"] {
        let containers = new.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for (container, before) in containers.zip(items(old, list)) {
            if let Some(container) = container.as_object_mut() {
                container.insert("image".to_owned(), before.get("image").cloned().unwrap_or_else(|| json!("")));
            }
        }
    }
}
