//! A changed license key: what instances do with it that mount it.

use iriskit_state::plan::Component;
use iriskit_state::plan::RuleId;
use std::collections::BTreeSet;

use iriskit_state::plan::{ImpactClass, ResourceChange, Verb};
use serde_json::Value;

use crate::plan::changes::examine::Examined;
use iriskit_kubernetes::schema::ObjectRef;

/// The volume with the license key.
const LICENSE: &str = "license";

/// The Secrets that instances mount as their license keys.
pub(crate) fn keys(examined: &[Examined]) -> BTreeSet<ObjectRef> {
    let instances = examined.iter().filter(|one| {
        one.desired.object.kind == "StatefulSet"
            && matches!(one.desired.component, Component::Data | Component::Compute)
    });
    instances.filter_map(key).collect()
}

/// The Secret that a set mounts as its license key.
fn key(set: &Examined) -> Option<ObjectRef> {
    let volumes = set.body.pointer("/spec/template/spec/volumes")?.as_array()?;
    let volume = volumes.iter().find(|volume| volume.get("name") == Some(&Value::from(LICENSE)))?;
    let secret = volume.pointer("/secret/secretName")?.as_str()?;
    Some(ObjectRef::namespaced("v1", "Secret", set.desired.object.namespace.as_deref()?, secret))
}

/// Says of a changed key that instances take it over.
pub(crate) fn settle(change: &mut ResourceChange) {
    let new_key = change.fields.iter().any(|field| field.path.starts_with("data"));
    if change.kind != "Secret" || change.change.actions != [Verb::Update] || !new_key {
        return;
    }
    let impact = &mut change.impact;
    impact.class = impact.class.max(ImpactClass::Live);
    impact.effects.push(
        "Instances that run take the new licence key over by themselves; one has to restart only where the kind of licence \
         changes from Power Units to another, or its memory is too small for it."
            .to_owned(),
    );
    impact.rules.push(RuleId::LicenseLive);
}
