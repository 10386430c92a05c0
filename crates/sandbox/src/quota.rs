//! Room in the quotas of a namespace, judged from what is there at this moment.

use serde_json::Value;

use super::{fields, key::Resource, objects::Failure, store::Store};
use iriskit_kubernetes::schema::{
    Kind, ObjectRef,
    quantity::Amount,
    usage::{self, Usage},
};

/// Refuses an object, or the change of one, for which a quota has no room.
pub(crate) fn admit(
    store: &Store,
    kind: &Kind,
    namespace: &str,
    live: Option<&Value>,
    object: &Value,
) -> Result<(), Failure> {
    for key in store.keys(Resource::QUOTAS, Some(namespace)) {
        let Some(quota) = store.get(&key) else { continue };
        let refuse = |why: String| Err(Failure::forbidden(kind, fields::name(object), &why));
        let unsaid = if kind.kind == "Pod" { usage::unsaid(quota, object) } else { Vec::new() };
        if !unsaid.is_empty() && live.is_none() {
            return refuse(format!("failed quota: {}: must specify {}", key.name, unsaid.join("; ")));
        }
        let before = live.map(|live| counted(quota, live)).unwrap_or_default();
        let more = |name: &str, amount: Amount| {
            amount.checked_sub(before.get(name).copied().unwrap_or_default()).filter(|more| *more > Amount::ZERO)
        };
        let after = counted(quota, object);
        let requested: Usage =
            after.into_iter().filter_map(|(name, amount)| Some((name.clone(), more(&name, amount)?))).collect();
        let (hard, used) = (hard(quota), used(store, namespace, quota));
        let over: Vec<&String> = requested
            .iter()
            .filter(|(name, amount)| {
                let sum = used.get(*name).copied().unwrap_or_default().checked_add(**amount);
                hard.get(*name).is_some_and(|limit| sum.is_none_or(|sum| sum > *limit))
            })
            .map(|(name, _)| name)
            .collect();
        if !over.is_empty() {
            let listed = |amounts: &Usage| {
                let one = |name: &&String| format!("{name}={}", amounts.get(*name).copied().unwrap_or_default());
                over.iter().map(one).collect::<Vec<_>>().join(",")
            };
            return refuse(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                key.name,
                listed(&requested),
                listed(&used),
                listed(&hard)
            ));
        }
    }
    Ok(())
}

/// The limits of a quota.
pub(crate) fn hard(quota: &Value) -> Usage {
    let limits = quota.pointer("/spec/hard").and_then(Value::as_object);
    limits.into_iter().flatten().filter_map(|(name, limit)| Some((name.clone(), usage::amount(limit)?))).collect()
}

/// What counts against a quota now, for each of its limits.
pub(crate) fn used(store: &Store, namespace: &str, quota: &Value) -> Usage {
    let mut used: Usage = hard(quota).into_keys().map(|name| (name, Amount::ZERO)).collect();
    for (_, object) in store.all().filter(|(key, _)| key.namespace == namespace) {
        for (name, amount) in counted(quota, object) {
            if used.contains_key(&name) {
                usage::add(&mut used, name, amount);
            }
        }
    }
    used
}

/// What an object counts. A pod that ended counts as an object alone.
fn counted(quota: &Value, object: &Value) -> Usage {
    let Some(reference) = ObjectRef::of(object) else { return Usage::new() };
    let is_pod = reference.kind == "Pod";
    if usage::is_scoped(quota) && !(is_pod && usage::in_scope(quota, object) == Some(true)) {
        return Usage::new();
    }
    let mut counted = usage::of_object(&reference, object);
    if is_pod && matches!(fields::text(object, "/status/phase"), "Succeeded" | "Failed") {
        counted.retain(|name, _| name == "count/pods");
    }
    counted
}
