//! A changed license key: what instances do with it that mount it.

use iriskit_state::plan::{Component, Impact, ImpactClass, ResourceChange, RuleId, Verb};
use std::collections::BTreeSet;

use crate::plan::changes::examine::Examined;
use iriskit_kubernetes::{schema::ObjectRef, views::StatefulSet};

/// The volume with the license key.
const LICENSE: &str = "license";

/// The Secrets that instances mount as their license keys.
pub(crate) fn license_keys(examined: &[Examined]) -> BTreeSet<ObjectRef> {
    let instances = examined.iter().filter(|one| {
        one.desired.object.kind == "StatefulSet"
            && matches!(one.desired.component, Component::Data | Component::Compute)
    });
    instances.filter_map(license_key).collect()
}

/// The Secret that a set mounts as its license key.
fn license_key(set: &Examined) -> Option<ObjectRef> {
    let mut volumes = StatefulSet::new(&set.body).template().spec().volumes();
    let secret = volumes.find(|volume| volume.name() == LICENSE)?.secret()?;
    Some(ObjectRef::namespaced("v1", "Secret", set.desired.object.namespace.as_deref()?, secret))
}

/// What a new key does to the instances that mount it; nothing where the change brings no new key.
pub(crate) fn impact_of_new_key(change: &ResourceChange) -> Option<Impact> {
    let is_new = change.fields.iter().any(|field| field.path.starts_with("data"));
    if change.kind != "Secret" || change.change.actions != [Verb::Update] || !is_new {
        return None;
    }
    let effect = "Instances that run take the new license key over by themselves; one has to restart only where the kind of license \
                  changes from Power Units to another, or its memory is too small for it.";
    Some(Impact {
        class: ImpactClass::Live,
        effects: vec![effect.to_owned()],
        rules: vec![RuleId::LicenseLive],
        ..Impact::default()
    })
}
