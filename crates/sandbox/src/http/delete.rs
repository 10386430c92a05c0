//! DELETE, of one object or of a collection.

use serde_json::{Value, json};

use super::{
    call::Call,
    read::{Selection, only_namespace},
    reply::Reply,
};
use crate::{
    fields,
    key::{Key, Resource},
    objects::Failure,
    removal::{Propagation, Removal},
    world::World,
};
use iriskit_kubernetes::schema::Kind;

/// What is said about a deletion: in the body, or, where there is none, in the query.
#[derive(Debug, Clone, Default)]
struct Options {
    propagation: Option<Propagation>,
    grace: Option<i64>,
    uid: Option<String>,
    version: Option<String>,
    dry_run: bool,
}

impl Options {
    fn of(call: &Call, body: &Value) -> Result<Self, Failure> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        let query = |name: &str| if body.is_null() { call.query.get(name) } else { None };
        let policy = text("/propagationPolicy").or_else(|| query("propagationPolicy"));
        let propagation = match policy {
            None => None,
            Some("Background") => Some(Propagation::Background),
            Some("Foreground") => Some(Propagation::Foreground),
            Some("Orphan") => Some(Propagation::Orphan),
            Some(other) => return Err(bad_policy(other)),
        };
        let grace = fields::number(body, "/gracePeriodSeconds");
        let grace = grace.or_else(|| query("gracePeriodSeconds").and_then(|text| text.parse().ok()));
        Ok(Self {
            propagation,
            grace,
            uid: text("/preconditions/uid").map(str::to_owned),
            version: text("/preconditions/resourceVersion").map(str::to_owned),
            dry_run: body.is_null() && call.dry_run || fields::items(body, "/dryRun").iter().any(|item| item == "All"),
        })
    }

    fn check(&self, kind: &Kind, live: &Value) -> Result<(), Failure> {
        let name = fields::name(live);
        let uid = fields::uid(live);
        if let Some(wanted) = self.uid.as_deref().filter(|wanted| *wanted != uid) {
            return Err(Failure::uid_precondition(kind, name, wanted, uid));
        }
        let version = fields::text(live, "/metadata/resourceVersion");
        if let Some(wanted) = self.version.as_deref().filter(|wanted| *wanted != version) {
            return Err(Failure::version_precondition(kind, name, wanted, version));
        }
        Ok(())
    }
}

fn bad_policy(policy: &str) -> Failure {
    let message =
        format!("Unsupported value: \"{policy}\": supported values: \"Background\", \"Foreground\", \"Orphan\", nil");
    let mut failure = Failure::new(
        422,
        "Invalid",
        format!("DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: {message}"),
    );
    let cause = json!({"reason": "FieldValueNotSupported", "message": message, "field": "propagationPolicy"});
    failure.details = Some(json!({"group": "meta.k8s.io", "kind": "DeleteOptions", "causes": [cause]}));
    failure
}

/// Deletes one object.
pub(super) fn delete(world: &mut World, call: &Call, body: &Value) -> Result<Reply, Failure> {
    if !body.is_object() && !body.is_null() {
        return Err(Failure::bad_request("the body is no DeleteOptions"));
    }
    let options = Options::of(call, body)?;
    let key = call.key();
    let live = world.get(&key).ok_or_else(|| Failure::not_found(call.kind, &call.name))?;
    options.check(call.kind, &live)?;
    call.strategy.admit_delete(call.kind, &call.name)?;
    let (left, gone) = remove(world, &key, &options, call).ok_or_else(|| Failure::not_found(call.kind, &call.name))?;
    if !gone || call.strategy.returns_deleted_object() {
        return Ok(Reply::ok(left));
    }
    let mut details = json!({"name": call.name, "kind": call.kind.plural, "uid": fields::uid(&left)});
    if !call.kind.group.is_empty() {
        fields::set(&mut details, &["group"], Some(json!(call.kind.group)));
    }
    Ok(Reply::ok(json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    })))
}

/// Deletes what a selection matches; gives the list of it.
pub(super) fn delete_collection(world: &mut World, call: &Call, body: &Value) -> Result<Reply, Failure> {
    let options = Options::of(call, body)?;
    let selection = Selection::of(call)?;
    let keys: Vec<Key> = world
        .store
        .list(Resource::of(call.kind), only_namespace(call))
        .filter(|(_, value)| selection.matches(value))
        .map(|(key, _)| key.clone())
        .collect();
    let items: Vec<Value> =
        keys.iter().filter_map(|key| remove(world, key, &options, call).map(|(left, _)| left)).collect();
    Ok(Reply::ok(json!({
        "kind": format!("{}List", call.kind.kind),
        "apiVersion": call.kind.api_version,
        "metadata": {"resourceVersion": world.store.version().to_string()},
        "items": items,
    })))
}

fn remove(world: &mut World, key: &Key, options: &Options, call: &Call) -> Option<(Value, bool)> {
    if options.dry_run {
        let live = world.get(key)?;
        return Some(World::marked(call.strategy, &live, options.propagation, options.grace, call.now));
    }
    world.remove(key, options.propagation, options.grace, call.now).map(|removal| match removal {
        Removal::Gone(value) => (Value::clone(&value), true),
        Removal::Kept(value) => (Value::clone(&value), false),
    })
}
