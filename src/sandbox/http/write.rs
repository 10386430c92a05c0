//! POST, PUT and PATCH.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::Answer,
    call::{Call, bad_option},
};
use crate::sandbox::{
    admission, fields,
    key::{Key, Resource},
    objects::{self, Cause, Failure, Strictness},
    uid,
    world::{New, World},
};

/// Makes an object.
pub(super) fn post(world: &mut World, call: &Call, mut body: Value) -> Result<Answer, Failure> {
    check_namespace_lives(world, call)?;
    objects::address(&mut body, namespace(call), None)?;
    if fields::name(&body).is_empty() {
        let prefix = fields::text(&body, "/metadata/generateName");
        if !prefix.is_empty() {
            let suffix = uid::fresh();
            let name = format!("{prefix}{}", suffix.get(..5).unwrap_or_default());
            fields::set(&mut body, &["metadata", "name"], Some(json!(name)));
        }
    }
    let (object, warnings) = decode(call, &body)?;
    let name = fields::name(&object).to_owned();
    if name.is_empty() {
        let cause = Cause::required("metadata.name", "name or generateName is required");
        return Err(refusal(call, &name, cause));
    }
    if let Some(live) = world.get(&Key { name: name.clone(), ..call.key() }) {
        return Err(if fields::is_terminating(&live) {
            Failure::being_deleted(call.kind, &name)
        } else {
            Failure::already_exists(call.kind, &name)
        });
    }
    Ok(Answer { warnings, ..create(world, call, object, true)? })
}

/// Replaces an object, or makes one of a kind that may be made so.
pub(super) fn put(world: &mut World, call: &Call, mut body: Value) -> Result<Answer, Failure> {
    objects::address(&mut body, namespace(call), Some(&call.name))?;
    let live = world.get(&call.key());
    if live.is_none() {
        check_namespace_lives(world, call)?;
    }
    let (object, warnings) = decode(call, &body)?;
    let Some(live) = live else {
        if matches!(call.kind.kind, "Lease" | "Role" | "RoleBinding") {
            return Ok(Answer { warnings, ..create(world, call, object, true)? });
        }
        return Err(Failure::not_found(call.kind, &call.name));
    };
    if call.kind.kind == "Lease" && fields::text(&object, "/metadata/resourceVersion").is_empty() {
        let cause = Cause::invalid("metadata.resourceVersion", 0, "must be specified for an update");
        return Err(refusal(call, &call.name, cause));
    }
    check_version(call, &live, &object)?;
    Ok(Answer { warnings, ..change(world, call, &live, object, true)? })
}

/// Changes an object in the way that the media type says.
pub(super) fn patch(world: &mut World, call: &Call, media_type: &str, body: Value) -> Result<Answer, Failure> {
    if media_type == "application/apply-patch+yaml" {
        return apply(world, call, body);
    }
    if call.query.get("force").is_some() {
        return Err(bad_option("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch"));
    }
    let live = world.get(&call.key()).ok_or_else(|| Failure::not_found(call.kind, &call.name))?;
    let patched = match media_type {
        "application/merge-patch+json" => objects::merge_patch(&live, &body),
        "application/json-patch+json" => objects::json_patch(&live, &body)?,
        _ => {
            let message = "the body of the request was in an unknown format - accepted media types include: \
                           application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
            return Err(Failure::new(415, "UnsupportedMediaType", message));
        }
    };
    let mut patched = patched;
    objects::address(&mut patched, namespace(call), Some(&call.name))?;
    check_version(call, &live, &patched)?;
    let strictness = strictness(call)?;
    let new = objects::decode_patched(call.kind, &patched, strictness)?;
    let warnings =
        if strictness == Strictness::Warn { objects::unknown_fields(call.kind, &patched) } else { Vec::new() };
    Ok(Answer { warnings, ..change(world, call, &live, new, true)? })
}

/// Server-side apply.
fn apply(world: &mut World, call: &Call, mut body: Value) -> Result<Answer, Failure> {
    if call.query.get("fieldManager").is_none() {
        return Err(bad_option("fieldManager", "FieldValueRequired", "Required value: is required for apply patch"));
    }
    if !call.subresource.is_empty() {
        return Err(Failure::new(
            404,
            "NotFound",
            format!("server-side apply of {}/{} is not served by the sandbox", call.kind.resource(), call.subresource),
        ));
    }
    strictness(call)?;
    let live = world.get(&call.key());
    match live {
        Some(_) => check_namespace_exists(world, call)?,
        None => check_namespace_lives(world, call)?,
    }
    objects::address(&mut body, namespace(call), Some(&call.name))?;
    let stamp = call.now.seconds();
    let merged = objects::apply(&objects::ApplyRequest {
        kind: call.kind,
        live: live.as_deref(),
        body: &body,
        manager: &call.manager,
        force: call.query.flag("force"),
        now: &stamp,
    })?;
    match live {
        Some(live) => change(world, call, &live, merged, false),
        None => create(world, call, merged, false),
    }
}

/// Stores a new object. `track` is false when its managedFields are there.
fn create(world: &mut World, call: &Call, mut object: Value, track: bool) -> Result<Answer, Failure> {
    if call.kind.kind == "Pod" {
        admission::pod(world, &call.namespace, &object)?;
    }
    if call.kind.kind == "Namespace" {
        let name = fields::name(&object).to_owned();
        fields::set(&mut object, &["metadata", "labels", "kubernetes.io/metadata.name"], Some(json!(name)));
    }
    let new = New {
        kind: call.kind,
        namespace: &call.namespace,
        manager: track.then_some(call.manager.as_str()),
        dry_run: call.dry_run,
        now: call.now,
    };
    let stored = world.insert(&new, object)?;
    Ok(Answer::new(201, Value::clone(&stored)))
}

/// Stores a changed object. `track` is false when its managedFields are there.
fn change(world: &mut World, call: &Call, live: &Arc<Value>, new: Value, track: bool) -> Result<Answer, Failure> {
    let subresource = (!call.subresource.is_empty()).then_some(call.subresource.as_str());
    let mut new = new;
    if track {
        let stamp = call.now.seconds();
        new = objects::track_update(call.kind, Some(live), new, &call.manager, subresource, &stamp);
    }
    let taken = world.taken();
    objects::finish_update(call.kind, live, &mut new, subresource, &taken, call.dry_run)?;
    if call.kind.kind == "PersistentVolumeClaim" {
        admission::resize(world, live, &new)?;
    }
    if objects::unchanged(live, &new) {
        return Ok(Answer::ok(Value::clone(live)));
    }
    if call.dry_run {
        return Ok(Answer::ok(new));
    }
    let stored = world.replace(&call.key(), new);
    Ok(Answer::ok(Value::clone(&stored)))
}

fn decode(call: &Call, body: &Value) -> Result<(Value, Vec<String>), Failure> {
    let strictness = strictness(call)?;
    let object = objects::decode(call.kind, body, strictness)?;
    let warnings = if strictness == Strictness::Warn { objects::unknown_fields(call.kind, body) } else { Vec::new() };
    Ok((object, warnings))
}

fn strictness(call: &Call) -> Result<Strictness, Failure> {
    match call.query.get("fieldValidation") {
        None | Some("Warn") => Ok(Strictness::Warn),
        Some("Ignore") => Ok(Strictness::Ignore),
        Some("Strict") => Ok(Strictness::Strict),
        Some(other) => {
            let message =
                format!("Unsupported value: \"{other}\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
            Err(bad_option("fieldValidation", "FieldValueNotSupported", &message))
        }
    }
}

fn namespace(call: &Call) -> Option<&str> {
    call.kind.namespaced.then_some(call.namespace.as_str())
}

fn check_namespace_exists(world: &World, call: &Call) -> Result<(), Failure> {
    if call.kind.namespaced
        && world.store.get(&Key::new(Resource::NAMESPACES, "", &call.namespace)).is_none()
        && let Some(kind) = Resource::NAMESPACES.kind()
    {
        return Err(Failure::not_found(kind, &call.namespace));
    }
    Ok(())
}

/// Objects are made only in namespaces that are there and not on their way out.
fn check_namespace_lives(world: &World, call: &Call) -> Result<(), Failure> {
    check_namespace_exists(world, call)?;
    let namespace = world.store.get(&Key::new(Resource::NAMESPACES, "", &call.namespace));
    if !call.kind.namespaced || !namespace.is_some_and(|namespace| fields::is_terminating(namespace)) {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {} because it is being terminated", call.namespace);
    let mut failure = Failure::forbidden(call.kind, &call.name, &why);
    let causes = json!([{
        "reason": "NamespaceTerminating",
        "message": format!("namespace {} is being terminated", call.namespace),
        "field": "metadata.namespace",
    }]);
    if let Some(details) = &mut failure.details {
        fields::set(details, &["causes"], Some(causes));
    }
    Err(failure)
}

/// A version in the body must be that of the live object.
fn check_version(call: &Call, live: &Value, object: &Value) -> Result<(), Failure> {
    let version = fields::text(object, "/metadata/resourceVersion");
    if !version.is_empty() && version != fields::text(live, "/metadata/resourceVersion") {
        return Err(Failure::modified(call.kind, &call.name));
    }
    Ok(())
}

fn refusal(call: &Call, name: &str, cause: Cause) -> Failure {
    let message = cause.message.clone();
    Failure::invalid(call.kind, name, &[cause]).unwrap_or_else(|| Failure::bad_request(message))
}
