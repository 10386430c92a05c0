//! The entry of an object in the plan, and the steps that it may have.

use iriskit_state::plan::{
    Change, Hole, Impact, Mode, PauseBefore, PodEffect, ResourceChange, StageName, Step, Verb, Verified,
};
use serde_json::Value;

use crate::{
    diff::{SecretPlace, holes_of},
    expand::{Desired, Rolling},
    mirror::ReplacedPods,
    plan::{changes::examine::Examined, impact::predicted::Predicted, notes},
};
use iriskit_kubernetes::{schema::ObjectRef, views::readiness::is_waited_for};

/// A few words on a change: for a StatefulSet how its pods restart, since what is said of it describes its making.
pub(crate) fn describe_update(desired: &Desired, predicted: &Predicted) -> String {
    let restarts = predicted.impact.pods.iter().any(|pod| pod.effect == PodEffect::Restarts);
    match (desired.object.kind.as_str(), desired.rolling) {
        ("StatefulSet", Rolling::ByRole | Rolling::UpToPrimary) if restarts => "rolling, by mirror role".to_owned(),
        ("StatefulSet" | "Deployment" | "DaemonSet", _) if restarts => "rolling".to_owned(),
        ("StatefulSet", _) => String::new(),
        _ => desired.about.clone(),
    }
}

/// Whether apply waits until the object is ready.
pub(crate) fn waits_until_ready(desired: &Desired) -> bool {
    is_waited_for(&desired.object.kind)
}

/// The steps that restart pods, and the wait at their end.
pub(crate) fn roll_steps(predicted: &Predicted) -> Vec<Step> {
    let roll = predicted.roll.map(|terms| Step::RollByRole {
        blind: terms.blind,
        both_primary: terms.both_primary && !terms.blind && !terms.up_to_primary,
        was_primary: if terms.both_primary { predicted.was_primary.clone() } else { Vec::new() },
        pause_before: terms.up_to_primary.then_some(PauseBefore::Primary),
    });
    let replaced = predicted.replaced.map(|whose| match whose {
        ReplacedPods::Mirrored { blind } => Step::ReplacePods { mirrored: true, blind },
        ReplacedPods::Unmirrored => Step::ReplacePods { mirrored: false, blind: false },
    });
    let stuck = (!predicted.stuck.is_empty()).then(|| Step::ReplaceStuckPods { pods: predicted.stuck.clone() });
    stuck.into_iter().chain(roll).chain(replaced).chain([Step::WaitReady]).collect()
}

/// The places of a body's secrets, without hashes: those are added when the plan is saved.
pub(crate) fn secret_holes(body: &Value) -> Vec<Hole> {
    let bare = |(place, at): (SecretPlace, Option<usize>)| Hole {
        pointer: place.pointer,
        line: place.line,
        at,
        salt: String::new(),
        hash: String::new(),
    };
    holes_of(body).into_iter().map(bare).collect()
}

/// Actions without values.
pub(crate) fn change_without_values<const N: usize>(actions: [Verb; N]) -> Change {
    Change {
        actions: actions.to_vec(),
        before: Value::Null,
        after: Value::Null,
        after_unknown: Value::Null,
        before_sensitive: Value::Null,
        after_sensitive: Value::Null,
        replace_paths: Vec::new(),
    }
}

/// An entry without impact and fields.
pub(crate) fn change_entry(
    examined: &Examined,
    change: Change,
    verified: Verified,
    steps: Vec<Step>,
) -> ResourceChange {
    let desired = &examined.desired;
    let object = &desired.object;
    ResourceChange {
        address: object.address(),
        mode: Some(Mode::Managed),
        type_name: object.type_name(),
        api_version: object.api_version.clone(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        owner: examined.owner.clone(),
        component: desired.component,
        stage: StageName::Forward(desired.stage),
        about: desired.about.clone(),
        source: desired.source.as_ref().map(notes::place),
        change,
        action_reason: None,
        replace_mode: None,
        verified,
        verified_after: None,
        fields: Vec::new(),
        restart_causes: Vec::new(),
        causes: Vec::new(),
        depends_on: desired.depends_on.iter().map(ObjectRef::address).collect(),
        impact: Impact::default(),
        steps,
        fingerprint: None,
    }
}
