//! GET and LIST.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{call::Call, reply::Reply};
use crate::{
    fields,
    key::{Key, Resource},
    objects::Failure,
    selector::{FieldSelector, LabelSelector},
    store::Expired,
    world::World,
};

/// What a list or a watch is limited to.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        let labels = LabelSelector::parse(call.query.get("labelSelector").unwrap_or_default()).map_err(|part| {
            Failure::bad_request(format!(
                "unable to parse requirement: found '{part}', expected: in, notin, =, ==, !=, gt, lt"
            ))
        })?;
        let text = call.query.get("fieldSelector").unwrap_or_default();
        let fields = FieldSelector::parse(text, call.strategy.selectable_fields()).map_err(Failure::bad_request)?;
        Ok(Self { labels, fields })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        self.labels.matches(object) && self.fields.matches(object)
    }
}

/// The namespace that a collection is limited to.
pub(super) fn only_namespace(call: &Call) -> Option<&str> {
    (!call.namespace.is_empty()).then_some(call.namespace.as_str())
}

/// One object.
pub(super) fn get(world: &World, call: &Call) -> Result<Reply, Failure> {
    let live = world.get(&call.key()).ok_or_else(|| Failure::not_found(call.kind, &call.name))?;
    match (call.subresource.as_str(), call.strategy.scale()) {
        ("" | "status", _) => Ok(Reply::ok(Value::clone(&live))),
        ("scale", Some(scale)) => Ok(Reply::ok((scale.read)(&live))),
        (other, _) => Err(Failure::not_found(call.kind, &format!("{}/{other}", call.name))),
    }
}

/// A collection, or a page of it.
pub(super) fn list(world: &World, call: &Call) -> Result<Reply, Failure> {
    let selection = Selection::of(call)?;
    let version = requested_version(world, call)?;
    let token = call.query.get("continue").map(|token| page(world, token)).transpose()?;
    let at = token.as_ref().map_or(world.store.version(), |(version, _)| *version);
    let exact = call.query.get("resourceVersionMatch") == Some("Exact");
    let at = version.filter(|_| exact && token.is_none()).unwrap_or(at);
    let resource = Resource::of(call.kind);
    let all = world.store.list_at(resource, only_namespace(call), at).map_err(expired)?;
    let matching = all.into_iter().filter(|(_, value)| selection.matches(value));
    let mut rest: Vec<_> = match &token {
        Some((_, last)) => matching.filter(|(key, _)| key > last).collect(),
        None => matching.collect(),
    };
    // Version 0 is served from a cache that knows no pages.
    let limit = call.query.get("limit").and_then(|limit| limit.parse::<usize>().ok());
    let limit = limit.filter(|limit| *limit > 0 && call.query.get("resourceVersion") != Some("0"));
    let mut metadata = json!({"resourceVersion": at.to_string()});
    let left = rest.split_off(limit.unwrap_or(rest.len()).min(rest.len()));
    if let (false, Some((last, _))) = (left.is_empty(), rest.last()) {
        fields::set(&mut metadata, &["continue"], Some(json!(continue_token(at, last))));
        fields::set(&mut metadata, &["remainingItemCount"], Some(json!(left.len())));
    }
    let items = rest.into_iter().map(|(_, value)| {
        let mut item = Value::clone(&value);
        fields::set(&mut item, &["apiVersion"], None);
        fields::set(&mut item, &["kind"], None);
        item
    });
    Ok(Reply::ok(json!({
        "kind": format!("{}List", call.kind.kind),
        "apiVersion": call.kind.api_version,
        "metadata": metadata,
        "items": items.collect::<Vec<_>>(),
    })))
}

/// The version that the query asks for, when it is none of "any".
pub(super) fn requested_version(world: &World, call: &Call) -> Result<Option<u64>, Failure> {
    let Some(text) = call.query.get("resourceVersion") else { return Ok(None) };
    let is_watch = call.query.flag("watch");
    let version: u64 = text.parse().map_err(|_| {
        let why = format!("resourceVersion: Invalid value: \"{text}\": not a number");
        // A list knows better than a watch whose fault it is.
        if is_watch { Failure::schema(why) } else { Failure::bad_request(why) }
    })?;
    if version > world.store.version() && !is_watch {
        let message = format!("Too large resource version: {version}, current: {}", world.store.version());
        let mut failure = Failure::new(504, "Timeout", format!("Timeout: {message}"));
        let cause = json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"});
        failure.details = Some(json!({"causes": [cause], "retryAfterSeconds": 1}));
        return Err(failure);
    }
    Ok((version > 0).then_some(version))
}

/// 410 for a version that is no longer known.
pub(super) fn expired(expired: Expired) -> Failure {
    let message = format!("too old resource version: {} ({})", expired.asked, expired.oldest);
    Failure::new(410, "Expired", message)
}

fn continue_token(version: u64, last: &Key) -> String {
    URL_SAFE_NO_PAD.encode(json!([version, last.namespace, last.name, last.resource.plural]).to_string())
}

fn page(world: &World, token: &str) -> Result<(u64, Key), Failure> {
    let bad = || Failure::bad_request("continue key is not valid");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let version = value.get(0).and_then(Value::as_u64).ok_or_else(bad)?;
    let text = |at: usize| value.get(at).and_then(Value::as_str).ok_or_else(bad);
    let plural = text(3)?;
    let served = world.registry.all().find(|served| served.kind.plural == plural).ok_or_else(bad)?;
    Ok((version, Key::new(Resource::of(served.kind), text(1)?, text(2)?)))
}
