//! A changed license key: what instances do with it that mount it.

use std::collections::BTreeSet;

use iriskit_state::plan::{ImpactClass, ResourceChange, Verb};

use crate::{expand::Component, plan::changes::examine::Examined};
use iriskit_kubernetes::{schema::ObjectRef, views::StatefulSet};

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
    let mut volumes = StatefulSet::new(&set.body).template().spec().volumes();
    let secret = volumes.find(|volume| volume.name() == LICENSE)?.secret()?;
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
    impact.rules.push("license-live".to_owned());
}
