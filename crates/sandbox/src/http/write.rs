//! POST, PUT and PATCH.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    call::{Body, Call, bad_option},
    reply::Reply,
};
use crate::{
    fields,
    key::{Key, Resource},
    objects::{self, Cause, Failure, Strictness},
    quota, uid,
    world::{New, World},
};
use iriskit_kubernetes::server_side_apply::{Apply, track_update};

/// Makes an object.
pub(super) fn post(world: &mut World, call: &Call, mut body: Body) -> Result<Reply, Failure> {
    objects::address(&mut body.value, namespace(call), None)?;
    if fields::name(&body.value).is_empty() {
        let prefix = fields::text(&body.value, "/metadata/generateName");
        if !prefix.is_empty() {
            let suffix = uid::fresh();
            let name = format!("{prefix}{}", suffix.get(..5).unwrap_or_default());
            fields::set(&mut body.value, &["metadata", "name"], Some(json!(name)));
        }
    }
    let (object, warnings) = decode(call, &body)?;
    check_namespace_lives(world, call)?;
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
    Ok(create(world, call, object, true)?.warn(warnings))
}

/// Replaces an object, or makes one of a kind that may be made so.
pub(super) fn put(world: &mut World, call: &Call, mut body: Body) -> Result<Reply, Failure> {
    objects::address(&mut body.value, namespace(call), Some(&call.name))?;
    let (object, warnings) = decode(call, &body)?;
    let Some(live) = world.get(&call.key()) else {
        if call.strategy.allow_create_on_update() {
            check_namespace_lives(world, call)?;
            return Ok(create(world, call, object, true)?.warn(warnings));
        }
        return Err(Failure::not_found(call.kind, &call.name));
    };
    check_uid(call, &live, &object)?;
    check_version(call, &live, &object)?;
    Ok(change(world, call, &live, object, true)?.warn(warnings))
}

/// Changes an object in the way that the media type says.
pub(super) fn patch(world: &mut World, call: &Call, media_type: &str, body: &Body) -> Result<Reply, Failure> {
    if media_type == "application/apply-patch+yaml" {
        return apply(world, call, body);
    }
    if call.query.get("force").is_some() {
        return Err(bad_option("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch"));
    }
    let live = world.get(&call.key()).ok_or_else(|| Failure::not_found(call.kind, &call.name))?;
    let patched = match media_type {
        "application/merge-patch+json" => objects::merge_patch(&live, &body.value),
        "application/json-patch+json" => objects::json_patch(&live, &body.value)?,
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
    let new = objects::decode_patched(call.served(), &patched, strictness)?;
    let warnings =
        if strictness == Strictness::Warn { objects::unknown_fields(call.kind, &patched) } else { Vec::new() };
    Ok(change(world, call, &live, new, true)?.warn(warnings))
}

/// Server-side apply.
fn apply(world: &mut World, call: &Call, body: &Body) -> Result<Reply, Failure> {
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
    let mut warnings = Vec::new();
    if let Some(path) = body.twice.first() {
        let key = path.rsplit('.').next().unwrap_or_default();
        let problem = format!("key \"{key}\" already set in map");
        match strictness(call)? {
            Strictness::Strict => {
                return Err(Failure::bad_request(format!("error strict decoding YAML: {problem}")));
            }
            Strictness::Warn => warnings.push(problem),
            Strictness::Ignore => {}
        }
    }
    let live = world.get(&call.key());
    let stamp = call.now.seconds();
    let mut merged = objects::apply(&Apply {
        kind: call.kind,
        live: live.as_deref(),
        body: &body.value,
        manager: &call.manager,
        force: call.query.flag("force"),
        now: &stamp,
    })?;
    if fields::name(&merged).is_empty() {
        return Err(Failure::bad_request(format!(
            "the name of the object ({} based on URL) was undeterminable: name must be provided",
            call.name
        )));
    }
    objects::address(&mut merged, namespace(call), Some(&call.name))?;
    if live.is_none() {
        check_namespace_lives(world, call)?;
    }
    let answer = match live {
        Some(live) => change(world, call, &live, merged, false)?,
        None => create(world, call, merged, false)?,
    };
    Ok(answer.warn(warnings))
}

/// Stores a new object. `track` is false when its managedFields are there.
fn create(world: &mut World, call: &Call, object: Value, track: bool) -> Result<Reply, Failure> {
    let new = New {
        served: call.served(),
        namespace: &call.namespace,
        manager: track.then_some(call.manager.as_str()),
        dry_run: call.dry_run,
        now: call.now,
    };
    let stored = world.insert(&new, object)?;
    Ok(Reply::new(201, Value::clone(&stored)).warn(call.strategy.warnings(&stored)))
}

/// Stores a changed object. `track` is false when its managedFields are there.
fn change(world: &mut World, call: &Call, live: &Arc<Value>, new: Value, track: bool) -> Result<Reply, Failure> {
    let subresource = (!call.subresource.is_empty()).then_some(call.subresource.as_str());
    let mut new = new;
    if track {
        let stamp = call.now.seconds();
        new = track_update(call.kind, Some(live), new, &call.manager, subresource, &stamp);
    }
    objects::finish_update(call.served(), live, &mut new, subresource, &world.store, call.dry_run)?;
    if subresource.is_none() {
        quota::admit(&world.store, call.kind, &call.namespace, Some(live), &new)?;
    }
    let warnings = call.strategy.warnings(&new);
    let answer = if objects::unchanged(live, &new) {
        Value::clone(live)
    } else if call.dry_run {
        new
    } else {
        Value::clone(&world.replace(&call.key(), new))
    };
    Ok(Reply::ok(answer).warn(warnings))
}

/// The object of a body, and what to warn of.
fn decode(call: &Call, body: &Body) -> Result<(Value, Vec<String>), Failure> {
    let strictness = strictness(call)?;
    let twice = body.twice.iter().map(|path| format!("duplicate field \"{path}\""));
    let known: Vec<String> = twice.chain(objects::unknown_fields(call.kind, &body.value)).collect();
    if strictness == Strictness::Strict && !body.twice.is_empty() {
        let (kind, version) = (call.kind.kind, call.kind.version);
        return Err(Failure::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: strict decoding error: {}",
            known.join(", ")
        )));
    }
    let object = objects::decode(call.served(), &body.value, strictness)?;
    Ok((object, if strictness == Strictness::Warn { known } else { Vec::new() }))
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

/// Objects are made only in namespaces that are there and not on their way out. What is wrong with the text of a body is
/// told before, what is wrong with its meaning after this.
fn check_namespace_lives(world: &World, call: &Call) -> Result<(), Failure> {
    if !call.kind.namespaced {
        return Ok(());
    }
    let Some(namespace) = world.store.get(&Key::new(Resource::NAMESPACES, "", &call.namespace)) else {
        let kind = world.registry.resource(Resource::NAMESPACES).map_or(call.kind, |served| served.kind);
        return Err(Failure::not_found(kind, &call.namespace));
    };
    if !fields::is_terminating(namespace) {
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

/// A uid in the body of a PUT must be that of the live object. (That of a patch is judged with the other fields.)
fn check_uid(call: &Call, live: &Value, object: &Value) -> Result<(), Failure> {
    let (uid, live_uid) = (fields::uid(object), fields::uid(live));
    if uid.is_empty() || uid == live_uid {
        return Ok(());
    }
    let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {live_uid}");
    Err(Failure::conflict(call.kind, &call.name, &why))
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
    Failure::invalid(call.kind, name, &[cause])
}
