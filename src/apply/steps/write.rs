//! Guarded writes: a create makes, an update changes what was verified, or nothing happens.

use std::time::Duration;

use iriskit_state::plan::{Hole, ResourceChange};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::unclear::Unclear;
use crate::{
    apply::{Event, context::Context, failure::Failure, moved::check_unmoved},
    cluster::{Applied, ApplyMode},
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Object, Service, ServiceType},
};

/// Writers that get in between before we give up.
const ATTEMPTS: usize = 20;
/// The API server may learn of what was written a moment ago (a Role) later than it answered.
const LAG: Duration = Duration::from_secs(5);
const LAG_PAUSE: Duration = Duration::from_millis(50);
/// A resourceVersion that no live object has: with it in the body an apply makes an object, or is refused when there is
/// one already. (The server ignores it where there is none.)
const NEVER: &str = "1";

/// Makes an object. Gives it as it is now.
pub(in crate::apply) async fn create(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
    (body, holes): (&Value, &[Hole]),
    verify_first: bool,
) -> Result<Value, Failure> {
    let mut body =
        context.secret_values.fill(&change.address, body, holes).map_err(|error| Failure::failed(error.to_string()))?;
    let mode = ApplyMode { dry_run: false, force: false };
    if verify_first {
        verify(context, change, object, &body, mode).await?;
    }
    set_guard(&mut body, "resourceVersion", Some(NEVER));
    if change.owner.is_empty() {
        // What several clusters share is made by the first of them.
        let found = context.cluster.get(object).await.map_err(|error| Failure::request("looking for it")(&error))?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let mut unclear = Unclear::default();
    for _ in 0..ATTEMPTS {
        context.may_write()?;
        match context.cluster.apply(object, &body, mode).await {
            Ok(applied) if applied.created => return Ok(accept(context, change, applied)),
            Err(error) if error.is_ambiguous() => unclear.again(context, "creating it", &error).await?,
            Err(error) if !error.is_conflict() => return Err(Failure::request("creating it")(&error)),
            Ok(_) | Err(_) if !unclear.has_been() => return Err(appeared()),
            // An earlier attempt may have come through late.
            Ok(_) | Err(_) => {}
        }
        let found = context.cluster.get(object).await;
        match found.map_err(|error| Failure::request("creating it")(&error))? {
            None => {}
            Some(found) if is_as_written(context, object, &body, &found).await => return Ok(found),
            Some(_) => return Err(appeared_or_made()),
        }
    }
    Err(Failure::failed("the server does not say whether it was created"))
}

/// Changes an object that is still as the plan saw it, last seen as `live`. Gives it as it is now.
pub(in crate::apply) async fn update(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
    (body, holes): (&Value, &[Hole]),
    verify_first: bool,
    (guard_uid, mut live): (&str, Option<Value>),
) -> Result<Value, Failure> {
    let mut body =
        context.secret_values.fill(&change.address, body, holes).map_err(|error| Failure::failed(error.to_string()))?;
    set_guard(&mut body, "uid", Some(guard_uid));
    let mode = ApplyMode { dry_run: false, force: true };
    if verify_first {
        verify(context, change, object, &body, mode).await?;
    }
    let mut unclear = Unclear::default();
    for _ in 0..ATTEMPTS {
        context.may_write()?;
        let version = live.as_ref().and_then(|live| Object::new(live).resource_version());
        set_guard(&mut body, "resourceVersion", version);
        match context.cluster.apply(object, &body, mode).await {
            Ok(applied) => return Ok(accept(context, change, applied)),
            Err(error) if error.is_conflict() || error.is_uid_mismatch() || error.is_ambiguous() => {
                if error.is_ambiguous() {
                    unclear.again(context, "changing it", &error).await?;
                }
                let found = context.cluster.get(object).await;
                live = found.map_err(|error| Failure::request("changing it")(&error))?;
                if let Some(found) = &live
                    && error.is_ambiguous()
                    && is_as_written(context, object, &body, found).await
                {
                    return Ok(found.clone());
                }
                check_unmoved(change, object, live.as_ref())?;
            }
            Err(error) => return Err(Failure::request("changing it")(&error)),
        }
    }
    Err(Failure::failed("another client keeps writing to it"))
}

/// A dry-run that could not be made before: what it depends on exists now.
async fn verify(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
    body: &Value,
    mode: ApplyMode,
) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        context.may_write()?;
        match context.cluster.apply(object, body, ApplyMode { dry_run: true, ..mode }).await {
            Ok(_) => return Ok(()),
            Err(error)
                if matches!(error.code(), Some(403 | 404))
                    && change.verified_after.is_some()
                    && begun.elapsed() < LAG =>
            {
                sleep(LAG_PAUSE).await;
            }
            Err(error) => return Err(Failure::request("verifying it")(&error)),
        }
    }
}

/// Whether a live object is what the body would make of it: the write whose answer was lost was made.
async fn is_as_written(context: &Context<'_>, object: &ObjectRef, body: &Value, found: &Value) -> bool {
    let mut body = body.clone();
    set_guard(&mut body, "uid", Object::new(found).uid());
    set_guard(&mut body, "resourceVersion", None);
    let mode = ApplyMode { dry_run: true, force: true };
    let Ok(mut again) = context.cluster.apply(object, &body, mode).await else { return false };
    let version = Object::new(found).resource_version();
    set_guard(&mut again.object, "resourceVersion", version);
    again.object == *found
}

fn accept(context: &Context<'_>, change: &ResourceChange, applied: Applied) -> Value {
    for message in applied.warnings {
        let known = |note: &&iriskit_state::plan::Note| {
            note.address.as_ref() == Some(&change.address) && note.message.contains(&message)
        };
        if context.plan.notes.iter().find(known).is_none() {
            (context.tell)(Event::Warning { address: Some(change.address.clone()), message });
        }
    }
    if is_load_balancer_without_address(&applied.object) {
        let message = "its load balancer has not assigned an address yet".to_owned();
        (context.tell)(Event::Warning { address: Some(change.address.clone()), message });
    }
    applied.object
}

fn appeared() -> Failure {
    Failure::failed("it was created by another client in the meantime")
}

fn appeared_or_made() -> Failure {
    Failure::failed(
        "it is there and not as it was to be made: an attempt whose answer was lost made it and somebody changed it, or another \
         client made it",
    )
}

fn set_guard(body: &mut Value, member: &str, value: Option<&str>) {
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        match value {
            Some(value) => metadata.insert(member.to_owned(), Value::from(value)),
            None => metadata.remove(member),
        };
    }
}

fn is_load_balancer_without_address(object: &Value) -> bool {
    let service = Service::new(object);
    let addresses = object.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    service.kind() == "Service"
        && service.service_type() == ServiceType::LoadBalancer
        && addresses.is_none_or(Vec::is_empty)
}
