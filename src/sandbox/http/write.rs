//! POST, PUT and PATCH.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::{Answer, about, bad_request, modified, not_found, resource_name},
    call::{Call, bad_option},
};
use crate::{
    sandbox::{
        fields,
        key::{Key, Resource},
        objects::{self, Failure},
        uid,
        world::{New, World},
    },
    schema::{Kind, equal_after_canonicalisation},
};

/// Makes an object.
pub(super) fn post(world: &mut World, call: &Call, mut body: Value) -> Result<Answer, Failure> {
    check_namespace(world, call)?;
    check_type(call, &body)?;
    if fields::name(&body).is_empty() {
        let prefix = fields::text(&body, "/metadata/generateName");
        if prefix.is_empty() {
            return Err(required(call.kind, "metadata.name", "name or generateName is required"));
        }
        let suffix = uid::fresh();
        let name = format!("{prefix}{}", suffix.get(..5).unwrap_or_default());
        fields::set(&mut body, &["metadata", "name"], Some(json!(name)));
    }
    let name = fields::name(&body).to_owned();
    if let Some(live) = world.get(&Key { name: name.clone(), ..call.key() }) {
        return Err(already_exists(call.kind, &live));
    }
    create(world, call, body, Some(&call.manager))
}

/// Replaces an object.
pub(super) fn put(world: &mut World, call: &Call, body: Value) -> Result<Answer, Failure> {
    check_type(call, &body)?;
    check_name(call, &body)?;
    let Some(live) = world.get(&call.key()) else {
        if matches!(call.kind.kind, "Lease" | "Role" | "RoleBinding") {
            check_namespace(world, call)?;
            return create(world, call, body, Some(&call.manager));
        }
        return Err(not_found(call.kind, &call.name));
    };
    check_preconditions(call, &live, &body)?;
    let unguarded = fields::text(&body, "/metadata/resourceVersion").is_empty();
    if unguarded && call.kind.kind == "Lease" {
        let message = "Invalid value: 0: must be specified for an update";
        return Err(invalid(call.kind, &call.name, "FieldValueInvalid", "metadata.resourceVersion", message));
    }
    let mut body = body;
    if body.pointer("/metadata/managedFields").is_none() {
        let managed = live.pointer("/metadata/managedFields").cloned();
        fields::set(&mut body, &["metadata", "managedFields"], managed);
    }
    change(world, call, &live, body, Some(&call.manager))
}

/// Changes an object in the way that the media type says.
pub(super) fn patch(world: &mut World, call: &Call, media_type: &str, body: &Value) -> Result<Answer, Failure> {
    if media_type == "application/apply-patch+yaml" {
        return apply(world, call, body);
    }
    if call.query.get("force").is_some() {
        return Err(bad_option("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch"));
    }
    let live = world.get(&call.key()).ok_or_else(|| not_found(call.kind, &call.name))?;
    let new = match media_type {
        "application/merge-patch+json" | "application/strategic-merge-patch+json" => objects::merge_patch(&live, body),
        "application/json-patch+json" => objects::json_patch(&live, body)?,
        other => {
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml ({other})"
            );
            return Err(Failure::new(415, "UnsupportedMediaType", message));
        }
    };
    check_name(call, &new)?;
    check_preconditions(call, &live, &new)?;
    change(world, call, &live, new, Some(&call.manager))
}

/// Server-side apply.
fn apply(world: &mut World, call: &Call, body: &Value) -> Result<Answer, Failure> {
    if call.query.get("fieldManager").is_none() {
        return Err(bad_option("fieldManager", "FieldValueRequired", "Required value: is required for apply patch"));
    }
    check_namespace_exists(world, call)?;
    check_type(call, body)?;
    check_name(call, body)?;
    if body.pointer("/metadata/managedFields").is_some() {
        return Err(bad_request("metadata.managedFields must be nil"));
    }
    let live = world.get(&call.key());
    if let Some(live) = &live {
        check_preconditions(call, live, body)?;
    } else {
        check_namespace(world, call)?;
        let uid = fields::uid(body);
        if !uid.is_empty() {
            let message = format!(
                "Operation cannot be fulfilled on {} \"{}\": uid mismatch: the provided object specified uid {uid}, and no existing object was found",
                resource_name(call.kind),
                call.name
            );
            return Err(about(call.kind, &call.name, 409, "Conflict", message));
        }
    }
    let stamp = call.now.seconds();
    let merged = objects::apply(&objects::ApplyRequest {
        kind: call.kind,
        live: live.as_deref(),
        body,
        manager: &call.manager,
        force: call.query.flag("force"),
        now: &stamp,
    })?;
    if let Some(live) = live {
        return change(world, call, &live, merged, None);
    }
    let mut merged = merged;
    fields::set(&mut merged, &["metadata", "name"], Some(json!(call.name)));
    create(world, call, merged, None)
}

/// Stores a new object. `manager` is `None` when its managedFields are there.
fn create(world: &mut World, call: &Call, body: Value, manager: Option<&str>) -> Result<Answer, Failure> {
    let new = New { kind: call.kind, namespace: &call.namespace, manager, dry_run: call.dry_run, now: call.now };
    if call.kind.kind == "Pod" {
        crate::sandbox::admission::pod(world, &call.namespace, &body)?;
    }
    let mut body = body;
    if call.kind.kind == "Namespace" {
        let name = fields::name(&body).to_owned();
        fields::set(&mut body, &["metadata", "labels", "kubernetes.io/metadata.name"], Some(json!(name)));
        fields::set(&mut body, &["spec", "finalizers"], Some(json!(["kubernetes"])));
        fields::set(&mut body, &["status"], Some(json!({"phase": "Active"})));
    }
    let stored = world.insert(&new, body)?;
    Ok(Answer::new(201, Value::clone(&stored)))
}

/// Stores a changed object. `manager` is `None` when its managedFields are there.
#[expect(clippy::unnecessary_wraps, reason = "rules for changes refuse some")]
fn change(
    world: &mut World,
    call: &Call,
    live: &Arc<Value>,
    new: Value,
    manager: Option<&str>,
) -> Result<Answer, Failure> {
    let mut new = new;
    keep_identity(live, &mut new);
    if call.subresource == "status" {
        let mut with_status = Value::clone(live);
        fields::set(&mut with_status, &["status"], new.get("status").cloned());
        let entries = new.pointer("/metadata/managedFields").cloned();
        fields::set(&mut with_status, &["metadata", "managedFields"], entries);
        new = with_status;
    } else {
        fields::set(&mut new, &["status"], live.get("status").cloned());
    }
    objects::normalise(call.kind, &mut new);
    if let (Some(generation), true) = (fields::number(live, "/metadata/generation"), differs(call.kind, live, &new)) {
        fields::set(&mut new, &["metadata", "generation"], Some(json!(generation + 1)));
    }
    if let Some(manager) = manager {
        let stamp = call.now.seconds();
        new = objects::track_update(call.kind, Some(live), new, manager, &call.subresource, &stamp);
    }
    if new == **live {
        return Ok(Answer::ok(Value::clone(live)));
    }
    if call.dry_run {
        return Ok(Answer::ok(new));
    }
    let stored = world.replace(&call.key(), new);
    Ok(Answer::ok(Value::clone(&stored)))
}

/// Whether anything but metadata and status differs in meaning.
fn differs(kind: &Kind, live: &Value, new: &Value) -> bool {
    let rest = |value: &Value| {
        let mut value = value.clone();
        fields::set(&mut value, &["metadata"], None);
        fields::set(&mut value, &["status"], None);
        value
    };
    !equal_after_canonicalisation(kind, &crate::schema::Path::default(), &rest(live), &rest(new))
}

/// What no writer decides stays as it is.
fn keep_identity(live: &Value, new: &mut Value) {
    for field in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "name",
        "namespace",
        "resourceVersion",
        "generateName",
    ] {
        let kept = live.pointer(&format!("/metadata/{field}")).cloned();
        fields::set(new, &["metadata", field], kept);
    }
    for field in ["apiVersion", "kind"] {
        fields::set(new, &[field], live.get(field).cloned());
    }
}

fn check_namespace_exists(world: &World, call: &Call) -> Result<(), Failure> {
    if call.kind.namespaced && world.store.get(&Key::new(Resource::NAMESPACES, "", &call.namespace)).is_none() {
        let mut failure = Failure::new(404, "NotFound", format!("namespaces \"{}\" not found", call.namespace));
        failure.details = Some(json!({"name": call.namespace, "kind": "namespaces"}));
        return Err(failure);
    }
    Ok(())
}

/// Objects are made only in namespaces that live.
fn check_namespace(world: &World, call: &Call) -> Result<(), Failure> {
    check_namespace_exists(world, call)?;
    let namespace = world.store.get(&Key::new(Resource::NAMESPACES, "", &call.namespace));
    if call.kind.namespaced && namespace.is_some_and(|namespace| fields::is_terminating(namespace)) {
        let why =
            format!("unable to create new content in namespace {} because it is being terminated", call.namespace);
        let message = format!("{} \"{}\" is forbidden: {why}", resource_name(call.kind), call.name);
        let mut failure = about(call.kind, &call.name, 403, "Forbidden", message);
        let cause = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {} is being terminated", call.namespace),
            "field": "metadata.namespace",
        }]);
        if let Some(details) = &mut failure.details {
            fields::set(details, &["causes"], Some(cause));
        }
        return Err(failure);
    }
    Ok(())
}

fn check_type(call: &Call, body: &Value) -> Result<(), Failure> {
    if !body.is_object() {
        return Err(bad_request("the body is not an object"));
    }
    let (version, kind) = (fields::text(body, "/apiVersion"), fields::text(body, "/kind"));
    if (version, kind) != (call.kind.api_version, call.kind.kind) {
        let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
        return Err(bad_request(format!("invalid object type: {group}/{version}, Kind={kind}")));
    }
    let namespace = fields::text(body, "/metadata/namespace");
    if !namespace.is_empty() && namespace != call.namespace {
        return Err(bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

fn check_name(call: &Call, body: &Value) -> Result<(), Failure> {
    let name = fields::name(body);
    if !name.is_empty() && name != call.name {
        return Err(bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.name
        )));
    }
    Ok(())
}

/// A version or uid in the body must be that of the live object.
fn check_preconditions(call: &Call, live: &Value, body: &Value) -> Result<(), Failure> {
    let uid = fields::uid(body);
    if !uid.is_empty() && uid != fields::uid(live) {
        let message = format!("Invalid value: \"{uid}\": field is immutable");
        return Err(invalid(call.kind, &call.name, "FieldValueInvalid", "metadata.uid", &message));
    }
    let version = fields::text(body, "/metadata/resourceVersion");
    if !version.is_empty() && version != fields::text(live, "/metadata/resourceVersion") {
        return Err(modified(call.kind, &call.name));
    }
    Ok(())
}

fn already_exists(kind: &'static Kind, live: &Value) -> Failure {
    let name = fields::name(live);
    let prefix = if fields::is_terminating(live) { "object is being deleted: " } else { "" };
    let message = format!("{prefix}{} \"{name}\" already exists", resource_name(kind));
    about(kind, name, 409, "AlreadyExists", message)
}

fn required(kind: &Kind, field: &str, message: &str) -> Failure {
    invalid(kind, "", "FieldValueRequired", field, &format!("Required value: {message}"))
}

/// 422 with one cause.
fn invalid(kind: &Kind, name: &str, reason: &str, field: &str, message: &str) -> Failure {
    let text = format!("{} \"{name}\" is invalid: {field}: {message}", kind.group_kind());
    let mut failure = Failure::new(422, "Invalid", text);
    failure.details = Some(json!({
        "name": name,
        "group": kind.group,
        "kind": kind.kind,
        "causes": [{"reason": reason, "message": message, "field": field}],
    }));
    failure
}
