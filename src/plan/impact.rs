//! What a change does to pods, volumes and the primary, each prediction with its rule (docs/rules.md).

use iriskit_state::plan::{Impact, ImpactClass, PodEffect, PodImpact, VolumeEffect, VolumeImpact};
use serde_json::Value;

use super::{
    live::{Live, name},
    members::{Member, highest_first, members, primary_last},
    parameters,
};
use crate::{
    diff::differences,
    expand::{Component, Desired, Rolling},
    schema::{ObjectRef, table},
};

/// Impact of a change and what follows from it for the plan.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Predicted {
    /// The impact.
    pub impact: Impact,
    /// Named permissions that it needs, with the reason.
    pub allowances: Vec<(&'static str, String)>,
    /// Whether iriskit itself has to roll the pods.
    pub roll: Option<Roll>,
    /// Pods that a manifest's own `OnDelete` leaves on the old revision.
    pub left_outdated: Vec<String>,
}

/// A roll by mirror role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Roll {
    /// Members' status can't be known.
    pub blind: bool,
}

/// What creating a StatefulSet does.
pub(super) fn of_creation(desired: &Desired, after: &Value, live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    if desired.object.kind != "StatefulSet" {
        return predicted;
    }
    let ordinals: Vec<u64> = (0..replicas(after)).collect();
    let impact = &mut predicted.impact;
    impact.pods = created(&desired.object.name, &ordinals);
    impact.volumes = claims(desired, after, &ordinals, live);
    impact.rules.push("statefulset-start".into());
    reuse(&mut predicted, desired);
    predicted
}

/// What a change from `before` to `after` does; `before` equal to `after` for outdated pods alone.
pub(super) fn of_update(desired: &Desired, before: &Value, after: &Value, live: &Live) -> Predicted {
    match desired.object.kind.as_str() {
        "StatefulSet" => of_set_update(desired, before, after, live),
        "ConfigMap" => parameters::of_config_update(desired, before, after),
        _ => Predicted::default(),
    }
}

/// What deleting an object does.
pub(super) fn of_deletion(object: &ObjectRef, before: &Value, live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    if object.kind != "StatefulSet" {
        return predicted;
    }
    let pods = primary_last(members(before, live));
    if !pods.is_empty() {
        predicted.impact.class = ImpactClass::Outage;
        predicted.impact.pods = effects(pods, PodEffect::Deleted);
        predicted.impact.rules.push("primary-last".into());
    }
    predicted
}

fn of_set_update(desired: &Desired, before: &Value, after: &Value, live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    scale(&mut predicted, desired, before, after, live);
    let all = members(before, live);
    let removed: Vec<String> = predicted.impact.pods.iter().map(|pod| pod.pod.clone()).collect();
    let new_template = template_differs(before, after);
    let restarting: Vec<Member> = all
        .iter()
        .filter(|member| (new_template || member.outdated) && !removed.contains(&member.name))
        .cloned()
        .collect();
    if restarting.is_empty() {
        return predicted;
    }
    match desired.rolling {
        Rolling::ReportOnly => predicted.left_outdated = restarting.into_iter().map(|member| member.name).collect(),
        Rolling::Kubernetes => kubernetes_rolls(&mut predicted, desired, restarting, all.len()),
        Rolling::ByRole => roll_by_role(&mut predicted, desired, restarting, &all),
    }
    if desired.holds_data && image(before) != image(after) {
        predicted.impact.irreversible = Some("IRIS upgrades its databases at first start.".into());
        predicted.impact.rules.push("upgrade-one-way".into());
    }
    predicted
}

fn kubernetes_rolls(predicted: &mut Predicted, desired: &Desired, restarting: Vec<Member>, running: usize) {
    let impact = &mut predicted.impact;
    impact.pods.extend(effects(highest_first(restarting), PodEffect::Restarts));
    impact.rules.push("statefulset-roll".into());
    let alone = running < 2;
    impact.class = impact.class.max(if alone && desired.component != Component::Arbiter {
        ImpactClass::Outage
    } else {
        ImpactClass::Rolling
    });
    let set = &desired.object.name;
    if desired.component == Component::Arbiter {
        impact.unavailable.push(format!("The mirror is without its arbiter until {set}-0 is ready again."));
    } else if alone {
        impact.unavailable.push(format!("{set}-0 is the only pod of {set}: nothing answers until it is ready again."));
    }
}

fn roll_by_role(predicted: &mut Predicted, desired: &Desired, restarting: Vec<Member>, all: &[Member]) {
    let set = &desired.object.name;
    let blind = !all.iter().all(|member| member.reports);
    let moves = restarting.iter().any(|member| member.role.as_deref() == Some("primary"));
    let unknown = all.iter().all(|member| member.role.as_deref() != Some("primary"));
    let impact = &mut predicted.impact;
    impact.pods.extend(effects(primary_last(restarting), PodEffect::Restarts));
    impact.rules.push("primary-last".into());
    impact.class = impact.class.max(ImpactClass::Rolling);
    if moves || unknown {
        impact.class = impact.class.max(ImpactClass::PrimaryMoves);
        impact.primary_moves = 1;
        impact.unavailable.push(format!("{set} has no primary for the length of one fail-over."));
        impact.rules.push("planned-failover".into());
        predicted.allowances.push(("restart-primary", format!("the primary of {set} restarts and its role moves")));
    }
    if blind {
        predicted.allowances.push((
            "roll-blind",
            format!("the members of {set} do not report their mirror status (no mirror labeler)"),
        ));
    }
    predicted.roll = Some(Roll { blind });
}

/// Pods that come and go with `spec.replicas`.
fn scale(predicted: &mut Predicted, desired: &Desired, before: &Value, after: &Value, live: &Live) {
    let (then, now) = (replicas(before), replicas(after));
    let set = &desired.object.name;
    let impact = &mut predicted.impact;
    if now > then {
        let added: Vec<u64> = (then..now).collect();
        impact.pods.extend(created(set, &added));
        impact.volumes = claims(desired, after, &added, live);
        impact.rules.push("statefulset-start".into());
        reuse(predicted, desired);
    } else if now < then {
        let gone: Vec<u64> = (now..then).rev().collect();
        impact.pods.extend(gone.iter().map(|n| PodImpact {
            pod: format!("{set}-{n}"),
            role: None,
            effect: PodEffect::Deleted,
        }));
        let mut volumes = claims(desired, before, &gone, live);
        for volume in &mut volumes {
            volume.effect = VolumeEffect::Stays;
        }
        impact.volumes = volumes;
        impact.class = impact.class.max(if now == 0 { ImpactClass::Outage } else { ImpactClass::Rolling });
        impact.rules.push("statefulset-scale-down".into());
        if desired.component == Component::Compute {
            impact.effects.push("Open transactions of the compute nodes that go are rolled back.".into());
        }
    }
}

fn reuse(predicted: &mut Predicted, desired: &Desired) {
    let reused: Vec<&VolumeImpact> =
        predicted.impact.volumes.iter().filter(|volume| volume.effect == VolumeEffect::Reused).collect();
    if reused.is_empty() {
        return;
    }
    let oldest = reused.iter().filter_map(|volume| volume.created_at.as_deref()).min().unwrap_or("at an unknown time");
    let set = &desired.object.name;
    let reason =
        format!("{set} re-uses {} existing volumes with their data, the oldest created {oldest}", reused.len());
    predicted.impact.class = ImpactClass::Data;
    predicted.impact.rules.push("claims-are-reused".into());
    predicted.allowances.push(("reuse-data", reason));
}

fn created(set: &str, ordinals: &[u64]) -> Vec<PodImpact> {
    let pod = |n: &u64| PodImpact { pod: format!("{set}-{n}"), role: None, effect: PodEffect::Created };
    ordinals.iter().map(pod).collect()
}

fn effects(members: Vec<Member>, effect: PodEffect) -> Vec<PodImpact> {
    members.into_iter().map(|member| PodImpact { pod: member.name, role: member.role, effect }).collect()
}

/// The claims of some ordinals, pod by pod: existing ones are used as they are.
fn claims(desired: &Desired, set: &Value, ordinals: &[u64], live: &Live) -> Vec<VolumeImpact> {
    let templates = set.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    let namespace = desired.object.namespace.as_deref().unwrap_or_default();
    let mut volumes = Vec::new();
    for ordinal in ordinals {
        for template in templates.into_iter().flatten() {
            let claim = format!("{}-{}-{ordinal}", name(template), desired.object.name);
            let found = live.get(&ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, &claim));
            let of = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let described = found.unwrap_or(template);
            volumes.push(VolumeImpact {
                claim,
                effect: if found.is_some() { VolumeEffect::Reused } else { VolumeEffect::New },
                size: of(described, "/spec/resources/requests/storage"),
                storage_class: of(described, "/spec/storageClassName"),
                created_at: found.and_then(|found| of(found, "/metadata/creationTimestamp")),
            });
        }
    }
    volumes
}

fn replicas(set: &Value) -> u64 {
    set.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1)
}

/// Whether pods of `after` are stored differently from those of `before`.
pub(super) fn template_differs(before: &Value, after: &Value) -> bool {
    let template = |set: &Value| serde_json::json!({"spec": {"template": set.pointer("/spec/template")}});
    table()
        .kind("apps/v1", "StatefulSet")
        .is_some_and(|kind| !differences(kind, &template(before), &template(after)).is_empty())
}

fn image(set: &Value) -> Option<&str> {
    let containers = set.pointer("/spec/template/spec/containers")?.as_array()?;
    containers.iter().find(|container| container.get("name") == Some(&Value::from("iris")))?.get("image")?.as_str()
}
