//! Decides on one object: its finding and the server's answer → its entry in the plan.

use crate::{
    diagnostic::DiagnosticId,
    diff::{ANNOTATION, Applied, hollow, mask, our_fields},
    expand::{Desired, Rolling},
    plan::{
        changes::{
            admission,
            creation::create,
            decided::Decided,
            drift::{blocking_notes, changed_fields, visible},
            dry_run::{DryRun, refusal_note, unverified_note, warning_notes},
            entry::{
                change_entry, change_without_values, describe_update, roll_steps, secret_holes, waits_until_ready,
            },
            examine::Examined,
            finding::Finding,
            local_prediction::{overlay, unknown_fields},
            replacement::replace,
            restart_causes::restart_causes,
        },
        impact::{pod_images, restarts},
        live::Live,
        mirror::members::{Member, members},
        notes,
        ownership::{adoption, list_conflicts::collisions},
        staleness::{
            dependencies,
            fingerprint::{add_fields, fingerprint},
        },
    },
};
use std::collections::BTreeSet;

use iriskit_state::plan::{
    ActionReason, AllowanceName, Change, FieldChange, Fingerprint, Note, NoteId, Observed, Severity, Step, Verb,
    Verified,
};
use serde_json::Value;

use iriskit_kubernetes::{
    schema::{FieldSet, Kind, ObjectRef, Path, get, table},
    views::{Object, Service, ServiceType},
};

/// Decides on one desired object. `created` are the objects that the plan makes.
pub(crate) fn decide(
    examined: &Examined,
    answer: Option<&DryRun>,
    created: &BTreeSet<ObjectRef>,
    live: &Live,
    fingerprints: bool,
) -> Decided {
    let object = examined.desired.object.clone();
    let Some(kind) = table().kind(&object.api_version, &object.kind) else {
        let message = format!("iriskit does not know {}", object.type_name());
        return Decided::blocked(notes::on(Severity::Error, DiagnosticId::UnknownKind.into(), &object, message));
    };
    let before = live.get(&object);
    let mut in_the_way = blocking_notes(&object, &examined.contests);
    if let (Finding::Update | Finding::Adopt { .. }, Some(found)) = (&examined.finding, before) {
        in_the_way.extend(collisions(kind, &object, found, &examined.body, examined.take_over.as_ref()));
    }
    if !in_the_way.is_empty() {
        return Decided { notes: in_the_way, ..Decided::default() };
    }
    let mut decided = match (&examined.finding, before) {
        (Finding::Unchanged | Finding::SharedPresent, Some(found)) => unchanged(examined, found, answer, kind, live),
        (Finding::Create, _) => create(examined, answer, created, live),
        (Finding::Update | Finding::Adopt { .. }, Some(found)) => update(examined, found, answer, kind, live),
        (Finding::Replace(_), Some(found)) if matches!(answer, Some(DryRun::InPlace { .. })) => {
            update(examined, found, answer, kind, live)
        }
        (Finding::Replace(replacement), Some(found)) => replace(examined, found, replacement, answer, kind, live),
        (finding, _) => Decided::blocked(blocking_note(&object, finding)),
    };
    if object.kind == "StatefulSet"
        && let Some(found) = before
    {
        decided.notes.extend(pod_images::changed_in_place(&object, found, live));
    }
    if fingerprints && let Some(change) = &mut decided.change {
        let body = (!examined.owner.is_empty()).then_some(&examined.body);
        let mut fingerprint = change_fingerprint(kind, before, body, examined);
        if let Some(found) = before {
            add_fields(&mut fingerprint, kind, found, &dependencies::fields_that_decide_over_pods(change, found, live));
        }
        change.fingerprint = Some(fingerprint);
    }
    decided
}

/// What was looked at. What is left to others may go on changing; what is taken from them is what the plan lists.
fn change_fingerprint(kind: &Kind, before: Option<&Value>, body: Option<&Value>, examined: &Examined) -> Fingerprint {
    let (taken, maps) = examined.take_over.as_ref().map(|take| take.places(kind)).unwrap_or_default();
    let desired = &examined.desired;
    // Whose pods Kubernetes rolls, and how far, others may have a word in.
    let limited = desired.object.kind == "StatefulSet" && desired.rolling == Rolling::Kubernetes && before.is_some();
    let limits = [".spec.updateStrategy.rollingUpdate.partition", ".spec.updateStrategy.rollingUpdate.maxUnavailable"];
    let limits = limits.into_iter().filter(|_| limited).map(str::to_owned);
    let besides = Fingerprint {
        exists: true,
        uid: None,
        resource_version: None,
        values: taken.into_iter().chain(limits).map(|path| (path, Observed::Absent)).collect(),
        ignored: BTreeSet::new(),
    };
    let mut fingerprint = fingerprint(kind, before, body, Some(&besides));
    fingerprint.ignored = maps;
    let left = fingerprint.values.keys().filter(|path| examined.leaves(path)).cloned().collect::<Vec<_>>();
    fingerprint.ignored.extend(left);
    fingerprint.values.retain(|path, _| !fingerprint.ignored.contains(path));
    fingerprint
}

fn blocking_note(object: &ObjectRef, finding: &Finding) -> Note {
    let (id, message, help) = match finding {
        Finding::NotOurs { holder } => (
            NoteId::NotOurs,
            format!("it exists and is not ours (written by {holder})"),
            "`iriskit plan --adopt` shows what would change in it, and `--allow adopt` takes it over; or give the IrisCluster \
             another name or namespace",
        ),
        Finding::OfAnother { whose } => (
            NoteId::NotOurs,
            format!("it exists and belongs to {whose}"),
            "an object belongs to one cluster: give one of the two another name or namespace",
        ),
        Finding::CannotAdopt { reason } => (
            NoteId::CannotAdopt,
            format!("it is not ours and can't be taken over: {reason}"),
            "give the IrisCluster another name or namespace, or remove the object",
        ),
        Finding::NotServed { reason } => (
            NoteId::KindNotServed,
            format!("the server has no such kind: {reason}"),
            "leave it out, or use a cluster that serves the kind in this version",
        ),
        Finding::Unreadable { reason } => (
            NoteId::CannotRead,
            format!("it can't be read, so nobody knows what would change: {reason}"),
            "ask for the right to list this kind in the namespace",
        ),
        _ => (NoteId::Terminating, "it is being deleted right now".to_owned(), "plan again when it is gone"),
    };
    let mut note = notes::on(Severity::Error, id, object, message);
    note.help = Some(help.to_owned());
    note
}

fn unchanged(examined: &Examined, found: &Value, answer: Option<&DryRun>, kind: &Kind, live: &Live) -> Decided {
    let desired = &examined.desired;
    if let (Some(DryRun::Accepted { object: answered, .. }), Finding::Unchanged) = (answer, &examined.finding) {
        // `--server-diff=always`: the server's word counts. What it would add to whatever is written is no change of ours.
        if same_ownership(found, answered)
            && let Some(note) = admission::additions_note(kind, &desired.object, found, &examined.body, answered)
        {
            let mut decided = outdated_or_no_op(examined, found, desired, live);
            decided.notes.push(note);
            return decided;
        }
        return update(examined, found, answer, kind, live);
    }
    outdated_or_no_op(examined, found, desired, live)
}

/// Nothing to write; but pods of an older revision are a change by themselves, and so is an upgrade that was cut off before
/// its last fail-over.
fn outdated_or_no_op(examined: &Examined, found: &Value, desired: &Desired, live: &Live) -> Decided {
    let outdated = desired.object.kind == "StatefulSet" && members(found, live).iter().any(Member::needs_restart);
    if !outdated && examined.unfinished.is_none() {
        let change = change_entry(examined, change_without_values([Verb::NoOp]), Verified::Server, Vec::new());
        return Decided { change: Some(change), ..Decided::default() };
    }
    let predicted = restarts::of_update(desired.into(), found, found, live, examined.unfinished.as_ref());
    let left = left_outdated_note(desired, &predicted.impact.left_outdated);
    if predicted.impact.pods.is_empty() {
        let mut change = change_entry(examined, change_without_values([Verb::NoOp]), Verified::Server, Vec::new());
        change.impact.left_outdated = predicted.impact.left_outdated;
        let notes = left.into_iter().chain(predicted.notes).collect();
        let unfinished = examined.unfinished.as_ref().filter(|_| !outdated);
        let finishes_upgrade = unfinished.is_some_and(|unfinished| unfinished.is_finished(found, live));
        return Decided {
            change: Some(change),
            notes,
            leaves_outdated: outdated,
            finishes_upgrade,
            ..Decided::default()
        };
    }
    let (shown, marks) = mask(&visible(found), None);
    let mut change = change_entry(
        examined,
        Change {
            actions: vec![Verb::Update],
            before: shown.clone(),
            after: shown,
            after_unknown: Value::Null,
            before_sensitive: marks.clone(),
            after_sensitive: marks,
            replace_paths: Vec::new(),
        },
        Verified::Server,
        roll_steps(&predicted),
    );
    change.about = describe_update(desired, &predicted);
    change.action_reason = Some(if outdated { ActionReason::PodsOutdated } else { ActionReason::UpgradeUnfinished });
    change.restart_causes = causes_beside_fields(examined, (found, found), &[], live);
    let mut decided = Decided::with_prediction(change, predicted);
    decided.notes.extend(left);
    decided
}

fn update(examined: &Examined, found: &Value, answer: Option<&DryRun>, kind: &Kind, live: &Live) -> Decided {
    let desired = &examined.desired;
    let object = &desired.object;
    let mut notes = Vec::new();
    let mut verified = Verified::Server;
    let mut after = match answer {
        Some(DryRun::Accepted { object: answered, warnings } | DryRun::InPlace { object: answered, warnings }) => {
            notes.extend(warning_notes(object, warnings));
            // A take-over is asked about before the body is applied.
            let whole = examined.take_over.is_none();
            notes.extend(whole.then(|| admission::override_note(kind, object, &examined.body, answered)).flatten());
            answered.clone()
        }
        Some(DryRun::Refused { code, message }) => {
            notes.push(refusal_note(object, *code, message));
            verified = Verified::Local;
            local_result(kind, found, examined)
        }
        Some(DryRun::Forbidden { message } | DryRun::NotFound { message }) => {
            notes.push(unverified_note(object, message));
            verified = Verified::Local;
            local_result(kind, found, examined)
        }
        None => {
            verified = Verified::Local;
            local_result(kind, found, examined)
        }
    };
    let after_unknown = unknown_fields(&object.kind, &examined.body, Some(found), &mut after);
    let fields = changed_fields(kind, found, &after, &examined.body);
    let adopts = matches!(examined.finding, Finding::Adopt { .. });
    let takes = adopts || examined.take_over.is_some();
    if !takes && fields.is_empty() && same_ownership(found, &after) && applied_text(found) == applied_text(&after) {
        let mut decided = outdated_or_no_op(examined, found, desired, live);
        decided.notes.extend(notes);
        return decided;
    }
    let predicted = restarts::of_update(desired.into(), found, &after, live, examined.unfinished.as_ref());
    let live_uid = Object::new(found).uid().unwrap_or_default();
    let step = Step::Update {
        body: hollow(&examined.body),
        holes: secret_holes(&examined.body),
        uid: live_uid.to_owned(),
        verify_first: examined.take_over.is_some(),
    };
    let taking = examined.take_over.as_ref().map(|take| take.step(live_uid));
    let mut steps: Vec<Step> = taking.into_iter().chain([step]).collect();
    if waits_until_ready(desired) {
        steps.extend(roll_steps(&predicted));
    }
    let after_live = after;
    let (seen_before, seen_after) = (visible(found), visible(&after_live));
    let (before, before_marks) = mask(&seen_before, None);
    let (after, after_marks) = mask(&seen_after, Some(&seen_before));
    let reason = if adopts { Some(ActionReason::Adopt) } else { action_reason(&fields) };
    let mut change = change_entry(
        examined,
        Change {
            actions: vec![Verb::Update],
            before,
            after,
            after_unknown,
            before_sensitive: before_marks,
            after_sensitive: after_marks,
            replace_paths: Vec::new(),
        },
        verified,
        steps,
    );
    change.action_reason = reason;
    change.fields = fields;
    change.restart_causes = causes_beside_fields(examined, (found, &after_live), &change.fields, live);
    change.about = describe_update(desired, &predicted);
    notes.extend(left_outdated_note(desired, &predicted.impact.left_outdated));
    notes.extend(address_note(kind, found, object, &examined.body));
    let mut decided = Decided::with_prediction(change, predicted);
    if let Finding::Adopt { holder } = &examined.finding {
        decided
            .allowances
            .push((AllowanceName::Adopt, format!("{} (written by {holder}) becomes iriskit's", object.address())));
        notes.extend(adoption::owner_reference_notes(object, found));
        if examined.template_later {
            let message = "it is taken over with the pod template that it has, and no member restarts; what the manifest \
                           changes in the template is the next plan's roll";
            notes.push(notes::on(Severity::Note, NoteId::TemplateLater, object, message));
        }
    }
    decided.notes.extend(notes);
    decided
}

/// What an update leads to as far as it is known without the server.
fn local_result(kind: &Kind, found: &Value, examined: &Examined) -> Value {
    match &examined.take_over {
        Some(take) => take.object.clone(),
        None => overlay(kind, found, &examined.body),
    }
}

/// An address that the manifest gave up and the server keeps without a word.
fn address_note(kind: &Kind, found: &Value, object: &ObjectRef, body: &Value) -> Option<Note> {
    let service = Service::new(found);
    let address = if service.is_headless() { Some("None") } else { service.cluster_ip() };
    let path = Path::parse_in(kind, ".spec.clusterIP").ok().filter(|_| object.kind == "Service")?;
    let was_ours = Applied::read(found).is_some_and(|applied| applied.get(&path).is_some());
    let external = Service::new(body).service_type() == ServiceType::ExternalName;
    let kept = address.filter(|_| was_ours && !external && get(kind, body, &path).is_none())?;
    let message = format!("the manifest no longer gives a clusterIP; the server keeps {kept}");
    let mut note = notes::on(Severity::Note, NoteId::AddressStays, object, message);
    note.help = Some("to get another address, delete the Service and apply again".to_owned());
    Some(note)
}

/// Why pods that run are outdated, as far as the changed fields do not say it.
fn causes_beside_fields(
    examined: &Examined,
    (found, after): (&Value, &Value),
    fields: &[FieldChange],
    live: &Live,
) -> Vec<FieldChange> {
    if examined.desired.object.kind != "StatefulSet" {
        return Vec::new();
    }
    let outdated: Vec<Member> = members(found, live).into_iter().filter(|member| member.state.outdated).collect();
    let mut causes = restart_causes(found, after, &examined.body, &outdated, live);
    causes.retain(|cause| !fields.iter().any(|field| field.path == cause.path));
    causes
}

/// Says which pods stay on the old revision, and why.
fn left_outdated_note(desired: &Desired, pods: &[String]) -> Option<Note> {
    if pods.is_empty() {
        return None;
    }
    let pods = pods.join(", ");
    let message = match desired.rolling {
        Rolling::UpToPrimary => {
            format!("{pods} is the primary and stays on the old revision: the roll stops before it (--pause-before)")
        }
        Rolling::Kubernetes => format!(
            "{pods} stay on the old revision: the set's updateStrategy.rollingUpdate.partition, which iriskit does not set, keeps \
             them back"
        ),
        _ => format!("OnDelete leaves {pods} on the old revision until deleted by hand"),
    };
    Some(notes::on(Severity::Note, NoteId::PodsOutdated, &desired.object, message))
}

fn same_ownership(found: &Value, after: &Value) -> bool {
    let fields = |object: &Value| our_fields(object).and_then(|fields| FieldSet::from_fields_v1(fields).ok());
    fields(found) == fields(after)
}

fn applied_text(object: &Value) -> Option<&str> {
    Object::new(object).annotation(ANNOTATION)
}

fn action_reason(fields: &[FieldChange]) -> Option<ActionReason> {
    use iriskit_state::plan::Origin;
    if fields.is_empty() {
        return Some(ActionReason::Ownership);
    }
    fields.iter().all(|field| field.origin == Origin::Drift).then_some(ActionReason::Drifted)
}
