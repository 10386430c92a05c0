//! What of a pod can't change.

use serde_json::{Value, json};

use crate::{
    objects::Cause,
    validation::{
        amounts::comparable_spec,
        read::{items, text},
    },
};
use iriskit_kubernetes::schema::Kind;

/// Images, a shorter deadline and more tolerations; nothing else.
pub(super) fn check_update(kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let (old, mut new) = (comparable_spec(kind, live), comparable_spec(kind, object));
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
        let what =
            "pod updates may not change fields other than images, activeDeadlineSeconds and additional tolerations";
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
