//! From a request to its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::{
    body::SandboxBody,
    call::{self, Body, Call},
    delete, discovery,
    query::Query,
    read,
    reply::{Reply, response},
    route::{Route, route},
    watch::watch,
    write,
};
use crate::{
    faults::FaultAction, objects::Failure, registry::Served, requests::RequestLine, shared::Shared, verb::Verb,
    world::World,
};

/// Answers a request, unless a fault comes between.
pub(crate) async fn respond(shared: Arc<Shared>, request: Request<Bytes>) -> Response<SandboxBody> {
    let line = RequestLine::of(&request);
    let fault = shared.faults().take(&line);
    shared.log(line);
    let mut cut = None;
    match &fault {
        Some(FaultAction::Answer { code, retry_after }) => {
            let now = shared.with(|world| world.now());
            return refused(*code, *retry_after).into_response(now);
        }
        Some(FaultAction::Delay(delay)) => tokio::time::sleep(*delay).await,
        Some(FaultAction::Late(delay)) => {
            let delay = *delay;
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                shared.with(|world| answer(&shared, world, &request, None).map(|_| ()))
            });
            return Response::new(SandboxBody::cut());
        }
        Some(FaultAction::CutWatch { after }) => cut = Some(*after),
        Some(FaultAction::Swallow) => std::future::pending().await,
        Some(
            FaultAction::LoseAnswer | FaultAction::CutAnswer | FaultAction::HalveAnswer | FaultAction::SilentWatch,
        )
        | None => {}
    }
    let mut answer = shared.with(|world| {
        let now = world.now();
        answer(&shared, world, &request, cut).unwrap_or_else(|failure| Reply::from(failure).into_response(now))
    });
    match fault {
        Some(FaultAction::LoseAnswer) => *answer.body_mut() = SandboxBody::cut(),
        Some(FaultAction::CutAnswer) => answer = answer.map(|body| body.half(true)),
        Some(FaultAction::HalveAnswer) => answer = answer.map(|body| body.half(false)),
        Some(FaultAction::SilentWatch) => {
            *answer.body_mut() = SandboxBody::stream(futures::stream::pending());
        }
        _ => {}
    }
    answer
}

fn refused(code: u16, retry_after: Option<u64>) -> Reply {
    let reason = match code {
        401 => "Unauthorized",
        403 => "Forbidden",
        409 => "Conflict",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    };
    let mut answer = Reply::from(Failure::new(code, reason, "a fault that a test asked for"));
    answer.retry_after = retry_after;
    if let Some(seconds) = retry_after {
        crate::fields::set(&mut answer.body, &["details", "retryAfterSeconds"], Some(json!(seconds)));
    }
    answer
}

fn answer(
    shared: &Arc<Shared>,
    world: &mut World,
    request: &Request<Bytes>,
    cut: Option<usize>,
) -> Result<Response<SandboxBody>, Failure> {
    let now = world.now();
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let (served, namespace, name, subresource) = match route(world.registry, request.uri().path()) {
        Route::Health => {
            return Ok(response(200, "text/plain; charset=utf-8", SandboxBody::whole(Bytes::from_static(b"ok")), now));
        }
        Route::Nothing => {
            let text = Bytes::from_static(b"404 page not found\n");
            return Ok(response(404, "text/plain; charset=utf-8", SandboxBody::whole(text), now));
        }
        Route::Version => return Ok(Reply::ok(discovery::version()).into_response(now)),
        Route::CoreVersions => return Ok(Reply::ok(discovery::core_versions()).into_response(now)),
        Route::Groups => return Ok(Reply::ok(discovery::groups(world.registry)).into_response(now)),
        Route::Group(group) => {
            let found = discovery::group(world.registry, &group).ok_or_else(|| unserved(&group))?;
            return Ok(Reply::ok(found).into_response(now));
        }
        Route::Resources { group, version } => {
            let found = discovery::resources(world.registry, &group, &version)
                .ok_or_else(|| unserved(&format!("{group}/{version}")))?;
            return Ok(Reply::ok(found).into_response(now));
        }
        Route::Unserved(resource) => return Err(unserved(&resource)),
        Route::Collection { served, namespace } => {
            (served, namespace.unwrap_or_default(), String::new(), String::new())
        }
        Route::Object { served, namespace, name, subresource } => (served, namespace, name, subresource),
    };
    let manager = call::manager(request, &query)?;
    let dry_run = call::dry_run(&query)?;
    let media_type = call::media_type(request);
    let body = || match (request.body().is_empty(), request.method()) {
        (true, &Method::DELETE) => Ok(Body::default()),
        _ => call::parse(request.body(), media_type),
    };
    let Served { kind, strategy } = served;
    let call = Call { kind, strategy, namespace, name, subresource, manager, dry_run, query, now };
    if !verb(&call, request.method()).is_some_and(|verb| strategy.verbs().contains(&verb)) {
        return Err(not_allowed());
    }
    if let Some(log) = log(world, &call, request.method()) {
        return Ok(response(200, "text/plain; charset=utf-8", SandboxBody::whole(log), now));
    }
    let found = match (request.method(), call.name.is_empty()) {
        (&Method::GET, true) if call.query.flag("watch") => {
            let stream = watch(shared, world, &call, cut)?;
            return Ok(response(200, "application/json", SandboxBody::stream(stream), now));
        }
        (&Method::GET, true) => read::list(world, &call),
        (&Method::GET, false) => read::get(world, &call),
        (_, _) if !known_subresource(&call) => Err(unserved(&format!("{}/{}", kind.resource(), call.subresource))),
        (&Method::POST, true) if kind.namespaced && call.namespace.is_empty() => Err(not_allowed()),
        (&Method::POST, true) => {
            let body = body()?;
            match strategy.review(&body.value) {
                Some(answer) => Ok(Reply::new(201, answer)),
                None => write::post(world, &call, body),
            }
        }
        (&Method::DELETE, true) => delete::delete_collection(world, &call, &body()?.value),
        (&Method::PUT | &Method::PATCH, false) if call.subresource == "scale" => {
            put_scale(world, &call, media_type, &body()?.value)
        }
        (&Method::PUT, false) => write::put(world, &call, body()?),
        (&Method::PATCH, false) => write::patch(world, &call, media_type, &body()?),
        (&Method::DELETE, false) if call.subresource.is_empty() => delete::delete(world, &call, &body()?.value),
        _ => Err(not_allowed()),
    };
    if request.method() != Method::GET {
        world.stir(now);
    }
    found.map(|answer| answer.into_response(now))
}

/// What the containers of a pod wrote: as its annotation `iriskit-test/log` says, by default nothing.
fn log(world: &World, call: &Call, method: &Method) -> Option<Bytes> {
    let asked = method == Method::GET && call.kind.plural == "pods" && call.subresource == "log";
    let pod = world.get(&call.key()).filter(|_| asked)?;
    Some(Bytes::from(crate::fields::annotation(&pod, "iriskit-test/log").to_owned()))
}

/// The verb of a method on an object or on a collection.
fn verb(call: &Call, method: &Method) -> Option<Verb> {
    match (method.as_str(), call.name.is_empty()) {
        ("GET", true) if call.query.flag("watch") => Some(Verb::Watch),
        ("GET", true) => Some(Verb::List),
        ("GET", false) => Some(Verb::Get),
        ("POST", true) => Some(Verb::Create),
        ("PUT", false) => Some(Verb::Update),
        ("PATCH", false) => Some(Verb::Patch),
        ("DELETE", true) => Some(Verb::DeleteCollection),
        ("DELETE", false) => Some(Verb::Delete),
        _ => None,
    }
}

fn known_subresource(call: &Call) -> bool {
    match call.subresource.as_str() {
        "" | "status" => true,
        "scale" => call.strategy.scale().is_some(),
        _ => false,
    }
}

/// Replicas by way of a Scale.
fn put_scale(world: &mut World, call: &Call, media_type: &str, body: &Value) -> Result<Reply, Failure> {
    let live = world.get(&call.key()).ok_or_else(|| Failure::not_found(call.kind, &call.name))?;
    let scale = call.strategy.scale().ok_or_else(not_allowed)?;
    if media_type == "application/apply-patch+yaml" {
        return Err(unserved("server-side apply of scale"));
    }
    let body = Body { value: (scale.write)(&live, body), twice: Vec::new() };
    let answer = write::put(world, call, body)?;
    Ok(Reply { body: (scale.read)(&answer.body), ..answer })
}

fn not_allowed() -> Failure {
    Failure::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
}

fn unserved(what: &str) -> Failure {
    Failure::new(404, "NotFound", format!("{what} is not served by the sandbox"))
}
