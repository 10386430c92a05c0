//! `metadata` of any object.

use serde_json::Value;

use super::{
    names::{check_labels, key_problems},
    read::{items, map, text},
};
use crate::{objects::Cause, registry::Served};

const MOST_ANNOTATIONS: usize = 256 * 1024;

pub(crate) fn check(served: Served, object: &Value, causes: &mut Vec<Cause>) {
    let metadata = object.get("metadata").unwrap_or(&Value::Null);
    let name = text(metadata, "name");
    if name.is_empty() {
        causes.push(Cause::required("metadata.name", "name or generateName is required"));
    } else if let Some(problem) = served.strategy.name_problem(name) {
        causes.push(Cause::invalid("metadata.name", name, problem));
    }
    check_labels(metadata, "labels", "metadata.labels", causes);
    let mut size = 0;
    for (key, value) in map(metadata, "annotations") {
        let problems = key_problems(&key.to_lowercase());
        causes.extend(problems.iter().map(|problem| Cause::invalid("metadata.annotations", key.as_str(), problem)));
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > MOST_ANNOTATIONS {
        causes.push(Cause::too_long("metadata.annotations", MOST_ANNOTATIONS));
    }
    check_owners(metadata, causes);
    check_finalizers(metadata, causes);
}

fn check_owners(metadata: &Value, causes: &mut Vec<Cause>) {
    let at = "metadata.ownerReferences";
    let mut controllers = 0;
    for owner in items(metadata, "ownerReferences") {
        if text(owner, "apiVersion").is_empty() {
            causes.push(Cause::invalid(format!("{at}.apiVersion"), "", "version must not be empty"));
        }
        for field in ["kind", "name", "uid"] {
            if text(owner, field).is_empty() {
                causes.push(Cause::invalid(format!("{at}.{field}"), "", "must not be empty"));
            }
        }
        controllers += usize::from(owner.get("controller") == Some(&Value::Bool(true)));
    }
    if controllers > 1 {
        let owners = metadata.get("ownerReferences").cloned().unwrap_or_default();
        causes.push(Cause::invalid(at, owners, "Only one reference can have Controller set to true"));
    }
}

fn check_finalizers(metadata: &Value, causes: &mut Vec<Cause>) {
    for (at, finalizer) in items(metadata, "finalizers").iter().filter_map(Value::as_str).enumerate() {
        let problems = key_problems(finalizer);
        causes.extend(problems.iter().map(|problem| Cause::invalid("metadata.finalizers", finalizer, problem)));
        let standard = matches!(finalizer, "orphan" | "foregroundDeletion" | "kubernetes");
        if !standard && !finalizer.contains('/') {
            let what = "name is neither a standard finalizer name nor is it fully qualified";
            causes.push(Cause::invalid(format!("metadata.finalizers[{at}]"), finalizer, what));
        }
    }
}

/// What of metadata can't change: nothing may be added to an object that is going.
pub(crate) fn check_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    if live.pointer("/metadata/deletionTimestamp").is_none() {
        return;
    }
    let of = |object: &Value| -> Vec<String> {
        let metadata = object.get("metadata").unwrap_or(&Value::Null);
        items(metadata, "finalizers").iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let had = of(live);
    let added: Vec<String> = of(object).into_iter().filter(|finalizer| !had.contains(finalizer)).collect();
    if !added.is_empty() {
        let what = format!("no new finalizers can be added if the object is being deleted: {}", added.join(", "));
        // The server says this twice.
        for _ in 0..2 {
            causes.push(Cause::forbidden("metadata.finalizers", &what));
        }
    }
}
