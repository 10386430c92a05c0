//! Objects that are made again: what the server says of the new one, what it costs, and the steps.
//!
//! A StatefulSet goes without its pods and comes back around them; everything else is deleted and made again.

use iriskit_state::plan::{
    ActionReason, AllowanceName, Change, ImpactClass, Note, NoteId, Propagation, ReplaceMode, RuleId, Severity, Step,
    Verb, Verified, VolumeEffect,
};
use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    diff::{hollow, mask},
    expand::Rolling,
    plan::{
        changes::{
            admission,
            adopted_pods::adopted_pods,
            decided::Decided,
            drift::{changed_fields, visible},
            dry_run::{DryRun, refusal_note, unverified_note},
            entry::{change_entry, describe_update, roll_steps, secret_holes, waits_until_ready},
            examine::Examined,
            immutable::Replacement,
            local_prediction::{overlay, unknown_fields},
        },
        impact::{companion_pods, predicted::Predicted, restarts, subject::Subject},
        live::Live,
        mirror::{members::members, unfinished_upgrade::Unfinished},
        notes,
        storage::{
            claim_changes,
            claim_growth::{self, ClaimGrowth},
            claim_templates, lost_volumes, volume_effects,
        },
    },
};
use iriskit_kubernetes::{
    schema::{Kind, ObjectRef, leaves},
    views::{Object, Service, ServiceType, StatefulSet},
};

/// The name under which the server is asked whether it would take an object whose name is still taken by the one that it
/// replaces.
const PLACEHOLDER: &str = "iriskit-dry-run";

/// The body to ask the server with: under another name, and without addresses and ports that the old object still has.
pub fn placeholder(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("name".to_owned(), Value::from(PLACEHOLDER));
    }
    if body.get("kind") != Some(&Value::from("Service")) {
        return body;
    }
    let Some(spec) = body.get_mut("spec").and_then(Value::as_object_mut) else { return body };
    if spec.get("clusterIP").is_some_and(|address| address != "None") {
        spec.remove("clusterIP");
        spec.remove("clusterIPs");
    }
    spec.remove("healthCheckNodePort");
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            port.remove("nodePort");
        }
    }
    body
}

/// Decides on an object that can't become in place what the manifest says.
pub(crate) fn replace(
    examined: &Examined,
    found: &Value,
    replacement: &Replacement,
    answer: Option<&DryRun>,
    kind: &Kind,
    live: &Live,
) -> Decided {
    if replacement.mode.is_none() {
        return Decided::blocked(immutable_note(&examined.desired.object, &replacement.paths));
    }
    let new_object = new_object(examined, answer, kind);
    if replacement.mode == Some(ReplaceMode::OrphanRecreate) {
        orphan_and_create(examined, found, replacement, new_object, kind, live)
    } else {
        delete_and_create(examined, found, replacement, new_object, kind, live)
    }
}

fn immutable_note(object: &ObjectRef, paths: &[String]) -> Note {
    let message = format!("{} can't be changed on a live object", paths.join(", "));
    let mut note = notes::on(Severity::Error, NoteId::Immutable, object, message);
    let smaller = paths.iter().any(|path| path == "spec.resources.requests.storage");
    note.help = Some(match object.kind.as_str() {
        "StatefulSet" => "a set with another selector would not find its pods: set it back, or make a new IrisCluster \
                          under another name and move the data"
            .to_owned(),
        "PersistentVolumeClaim" if smaller => {
            "volumes don't shrink: set the size back, or make a claim under another name and move the data".to_owned()
        }
        "PersistentVolumeClaim" | "PersistentVolume" => {
            "set it back, or make one under another name and move the data: iriskit never deletes volumes for a change"
                .to_owned()
        }
        _ => "set it back".to_owned(),
    });
    note
}

/// What the server says of the object that is to be made.
struct NewObject {
    /// As it will be.
    after: Value,
    verified: Verified,
    notes: Vec<Note>,
}

fn new_object(examined: &Examined, answer: Option<&DryRun>, kind: &Kind) -> NewObject {
    let object = &examined.desired.object;
    let unanswered = || {
        let mut after = examined.body.clone();
        iriskit_kubernetes::schema::default(kind, &mut after);
        after
    };
    match answer {
        Some(DryRun::Accepted { object: answered, warnings }) => {
            let mut after = answered.clone();
            if let Some(metadata) = after.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("name".to_owned(), Value::from(object.name.as_str()));
            }
            let warning = |text: &String| {
                let text = text.replace(PLACEHOLDER, &object.name);
                notes::on(Severity::Warning, NoteId::ServerWarning, object, text)
            };
            let mut notes: Vec<Note> = warnings.iter().map(warning).collect();
            // A Service is asked about without its addresses.
            if object.kind != "Service" {
                notes.extend(admission::override_note(kind, object, &examined.body, &after));
            }
            NewObject { after, verified: Verified::Server, notes }
        }
        Some(DryRun::Refused { code, message }) => {
            let note = refusal_note(object, *code, &message.replace(PLACEHOLDER, &object.name));
            NewObject { after: unanswered(), verified: Verified::Local, notes: vec![note] }
        }
        // It refers to something that is still to be made.
        Some(DryRun::NotFound { .. }) => {
            NewObject { after: unanswered(), verified: Verified::Deferred, notes: Vec::new() }
        }
        Some(DryRun::Forbidden { message }) => {
            let note = unverified_note(object, &message.replace(PLACEHOLDER, &object.name));
            NewObject { after: unanswered(), verified: Verified::Local, notes: vec![note] }
        }
        None | Some(DryRun::InPlace { .. }) => {
            NewObject { after: unanswered(), verified: Verified::Local, notes: Vec::new() }
        }
    }
}

fn orphan_and_create(
    examined: &Examined,
    found: &Value,
    replacement: &Replacement,
    new_object: NewObject,
    kind: &Kind,
    live: &Live,
) -> Decided {
    let NewObject { after, verified, notes } = new_object;
    let desired = &examined.desired;
    let object = &desired.object;
    let Remaking { mut predicted, growth, adopted } =
        around_pods(desired.into(), found, &after, examined.unfinished.as_ref(), live);
    if growth.is_refused() {
        return Decided { notes: growth.notes, ..Decided::default() };
    }
    if replacement.paths.iter().any(|path| path == "spec.serviceName") && !adopted.is_empty() {
        let text = "Pods keep their DNS names under the old Service until they restart.";
        predicted.impact.effects.push(text.into());
    }
    let mut steps = growth.steps;
    steps.push(Step::Delete {
        uid: Object::new(found).uid().unwrap_or_default().to_owned(),
        propagation: Propagation::Orphan,
    });
    steps.push(create_step(&examined.body, verified));
    steps.extend(roll_steps(&predicted));
    if !adopted.is_empty() {
        steps.push(Step::AdoptPods { pods: adopted });
    }
    let mut change =
        change_entry(examined, changed_values(found, &after, &examined.body, replacement), verified, steps);
    change.action_reason = Some(ActionReason::ReplaceBecauseImmutable);
    change.replace_mode = Some(ReplaceMode::OrphanRecreate);
    change.about = describe_update(desired, &predicted);
    change.fields = changed_fields(kind, found, &after, &examined.body);
    change.fields.retain(|field| !field.path.starts_with("spec.volumeClaimTemplates"));
    change.fields.extend(claim_templates::fields(found, &after));
    change.fields.sort_by(|a, b| a.path.cmp(&b.path));
    let lost: Vec<&str> =
        change.fields.iter().filter(|field| is_lost(field)).map(|field| field.path.as_str()).collect();
    if !lost.is_empty() {
        let reason = format!("{} is made again without what others set: {}", object.address(), lost.join(", "));
        predicted.allowances.push((AllowanceName::Replace, reason));
    }
    let mut decided = Decided::with_prediction(change, predicted);
    decided.notes.extend(notes);
    decided.notes.extend(growth.notes);
    decided
}

/// A set that is made again around its pods.
#[derive(Default)]
pub(crate) struct Remaking {
    /// What that does.
    pub(crate) predicted: Predicted,
    /// Claims that grow first, and what stands against the whole.
    pub(crate) growth: ClaimGrowth,
    /// Names and uids of the pods that go on running.
    adopted: Vec<(String, String)>,
}

/// Predicts it; where something stands against it, only that.
pub(crate) fn around_pods(
    subject: Subject<'_>,
    found: &Value,
    after: &Value,
    unfinished: Option<&Unfinished>,
    live: &Live,
) -> Remaking {
    let object = subject.object;
    let running = members(found, live);
    let changes = claim_changes::claim_changes(object, Some(found), after, live);
    let mut growth = claim_growth::assess(object, &changes, live);
    if !changes.added.is_empty() && subject.rolling == Rolling::UpToPrimary && !running.is_empty() {
        let message = format!(
            "the pods get {} from the lowest ordinal up, whoever is primary: nobody can stop before the primary",
            changes.added.join(", ")
        );
        growth.refuse(notes::on(Severity::Error, NoteId::Immutable, object, message), "plan without --pause-before");
    }
    if !changes.added.is_empty() && subject.rolling == Rolling::ReportOnly && !running.is_empty() {
        let message = format!(
            "the manifest's OnDelete leaves the pods without {}, and Kubernetes makes no pod of {} again until all have it",
            changes.added.join(", "),
            object.name
        );
        let note = notes::on(Severity::Error, NoteId::Immutable, object, message);
        growth.refuse(note, "set updateStrategy to RollingUpdate for this change");
    }
    if growth.is_refused() {
        return Remaking { growth, ..Remaking::default() };
    }
    let mut predicted = restarts::of_update(subject, found, after, live, unfinished);
    predicted = predicted.and(remaining_claims(object, &changes.removed, (found, after), live));
    predicted = predicted.and_of_volumes(new_claims(subject, &changes.added, (found, after), live));
    let growing = growth.predicted(&predicted.impact);
    predicted = predicted.and(growing);
    predicted.impact.effects.extend(changes.effects);
    predicted.impact.rules.push(RuleId::OrphanRecreate);
    let (adopted, staying) = adopted_pods(&predicted.impact, &running, RuleId::OrphanRecreate);
    predicted = predicted.and(staying);
    Remaking { predicted, growth, adopted }
}

/// A field that goes without the manifest having asked for it: somebody else set it.
fn is_lost(field: &iriskit_state::plan::FieldChange) -> bool {
    field.after.is_null() && field.origin != iriskit_state::plan::Origin::Manifest
}

/// The claims of templates that go.
fn remaining_claims(set: &ObjectRef, removed: &[String], (found, after): (&Value, &Value), live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    let ordinals = claim_changes::ordinals_of_either(Some(found), after);
    for template in removed {
        for claim in claim_changes::existing(set, template, ordinals.iter().copied(), live) {
            predicted.impact.volumes.push(volume_effects::volume(claim.value(), VolumeEffect::Stays));
        }
    }
    if !removed.is_empty() {
        predicted.impact.rules.push(RuleId::ClaimsOutliveTemplates);
    }
    predicted
}

/// The claims that pods which are there already get besides.
fn new_claims(subject: Subject<'_>, added: &[String], (found, after): (&Value, &Value), live: &Live) -> Predicted {
    let (found, after) = (StatefulSet::new(found), StatefulSet::new(after));
    let templates = after.claim_templates().into_iter();
    let only: Vec<&Value> = templates
        .filter(|template| added.iter().any(|new| new == template.name()))
        .map(|template| template.value())
        .collect();
    if only.is_empty() {
        return Predicted::default();
    }
    let set = serde_json::json!({"spec": {"volumeClaimTemplates": only}});
    let ordinals: Vec<u64> = after.ordinals().filter(|ordinal| found.ordinals().contains(ordinal)).collect();
    let volumes = volume_effects::claims(subject, &set, &ordinals, live);
    let mut predicted = volume_effects::reuse(subject, &volumes);
    predicted.impact.volumes = volumes;
    predicted
}

/// The step that makes an object whose predecessor has gone.
pub(crate) fn create_step(body: &Value, verified: Verified) -> Step {
    Step::Create { body: hollow(body), holes: secret_holes(body), verify_first: verified == Verified::Deferred }
}

fn changed_values(found: &Value, after: &Value, body: &Value, replacement: &Replacement) -> Change {
    let (seen_before, mut seen_after) = (visible(found), visible(after));
    let kinds = [Object::new(found).kind(), Object::new(after).kind()];
    let kind = kinds.into_iter().find(|kind| !kind.is_empty()).unwrap_or_default();
    let after_unknown = unknown_fields(kind, body, None, &mut seen_after);
    let (before, before_marks) = mask(&seen_before, None);
    let (after, after_marks) = mask(&seen_after, Some(&seen_before));
    Change {
        actions: vec![Verb::Delete, Verb::Create],
        before,
        after,
        after_unknown,
        before_sensitive: before_marks,
        after_sensitive: after_marks,
        replace_paths: replacement.paths.clone(),
    }
}

fn delete_and_create(
    examined: &Examined,
    found: &Value,
    replacement: &Replacement,
    new_object: NewObject,
    kind: &Kind,
    live: &Live,
) -> Decided {
    let NewObject { after, verified, notes } = new_object;
    // The server was asked without what the old object still has: of that the manifest's own word counts.
    let mut after = overlay(kind, &after, &examined.body);
    own_address(&examined.body, &mut after);
    let desired = &examined.desired;
    let object = &desired.object;
    let propagation = match object.kind.as_str() {
        // Its pods would still be there when the new ones come.
        "Deployment" | "DaemonSet" | "ReplicaSet" | "Job" => Propagation::Foreground,
        _ => Propagation::Background,
    };
    let mut steps = vec![
        Step::Delete { uid: Object::new(found).uid().unwrap_or_default().to_owned(), propagation },
        create_step(&examined.body, verified),
    ];
    if waits_until_ready(desired) {
        steps.push(Step::WaitReady);
    }
    let mut change =
        change_entry(examined, changed_values(found, &after, &examined.body, replacement), verified, steps);
    change.action_reason = Some(ActionReason::ReplaceBecauseImmutable);
    change.replace_mode = Some(ReplaceMode::DeleteCreate);
    if verified == Verified::Deferred {
        change.verified_after = desired.depends_on.first().map(ObjectRef::address);
    }
    change.fields = changed_fields(kind, found, &after, &examined.body);
    let asked: BTreeSet<String> = leaves(kind, &examined.body).iter().map(|(path, _)| path.to_human()).collect();
    change.fields.retain(|field| asked.contains(&field.path) || !is_assigned_by_server(&object.kind, &field.path));
    let predicted = made_again(object, found, &replacement.paths, live);
    let mut decided = Decided::with_prediction(change, predicted);
    decided.notes.extend(notes);
    decided
}

/// The list of addresses that goes with the one which the manifest gives. Of a second one nothing is known.
fn own_address(body: &Value, after: &mut Value) {
    let Some(address) = body.pointer("/spec/clusterIP").filter(|_| body.pointer("/spec/clusterIPs").is_none()) else {
        return;
    };
    if let Some(addresses) = after.pointer_mut("/spec/clusterIPs").and_then(Value::as_array_mut) {
        *addresses = vec![address.clone()];
    }
}

/// Whether a field of the new object is the server's choice and not known yet.
pub(crate) fn is_assigned_by_server(kind: &str, path: &str) -> bool {
    kind == "Service"
        && (matches!(path, "spec.clusterIP" | "spec.clusterIPs" | "spec.clusterIPs[0]" | "spec.healthCheckNodePort")
            || path.starts_with("spec.ports[") && path.ends_with(".nodePort"))
}

/// What it does that an object is deleted and made again because of the fields at these paths.
pub(crate) fn made_again(object: &ObjectRef, found: &Value, paths: &[String], live: &Live) -> Predicted {
    let predicted = absence(object, found).and(companion_pods::of_replacement(object, found, live));
    let mut predicted = predicted.and_of_volumes(lost_volumes::with_object(object, found, live));
    let reason = format!("{} is deleted and made again ({})", object.address(), paths.join(", "));
    predicted.allowances.push((AllowanceName::Replace, reason));
    predicted
}

/// What is missing between deletion and making.
fn absence(object: &ObjectRef, found: &Value) -> Predicted {
    let of = &object.name;
    let mut predicted = Predicted::default();
    let impact = &mut predicted.impact;
    let (class, text) = match object.kind.as_str() {
        "Service" => (ImpactClass::Outage, format!("Nobody reaches anything by Service {of} until it is made again.")),
        "Deployment" | "DaemonSet" | "ReplicaSet" | "Pod" => {
            (ImpactClass::Outage, format!("{of} has no pod until the new ones are ready."))
        }
        "Job" => (ImpactClass::Outage, format!("{of} runs again from the beginning.")),
        "RoleBinding" | "ClusterRoleBinding" => {
            (ImpactClass::Live, format!("The subjects of {of} lack its rights until it is made again."))
        }
        kind => (ImpactClass::Live, format!("{kind} {of} is missing until it is made again.")),
    };
    impact.class = class;
    impact.unavailable.push(text);
    impact.rules.push(RuleId::MadeAgain);
    let service = Service::new(found);
    if object.kind == "Service" && service.cluster_ip().is_some() {
        let balanced = service.service_type() == ServiceType::LoadBalancer;
        let what = if balanced { "address, node ports and load balancer" } else { "address" };
        impact.effects.push(format!("Service {of} gets another {what}, unless the manifest says which."));
    }
    predicted
}
