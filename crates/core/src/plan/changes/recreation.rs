//! A StatefulSet that is missing while its pods run: a replacement was cut off between its two halves. The set is made
//! again around them.

use std::collections::BTreeSet;

use iriskit_state::plan::{Note, NoteId, ReplaceMode, RuleId, Severity, Step};
use serde_json::Value;

use crate::{
    mirror::image,
    plan::{
        changes::{adopted_pods::adopted_pods, entry::roll_steps, examine::Examined, finding::Finding},
        impact::{
            pod_template,
            pods::created,
            predicted::Predicted,
            restarts,
            revisions::{has_template_of, revision_name, revision_of},
            scale, set_start,
            subject::Subject,
        },
        live::Live,
        mirror::members::{self, Member},
        notes,
        storage::{
            claim_changes,
            claim_growth::{self, ClaimGrowth, storage_class},
            lost_volumes, volume_effects,
        },
    },
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Object, Pod, StatefulSet},
};

/// The pods that nobody controls and that the set `wanted` would adopt, by ordinal.
fn orphaned_pods<'a>(object: &ObjectRef, wanted: &Value, live: &'a Live) -> Vec<&'a Value> {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let set = StatefulSet::new(wanted);
    // An empty selector matches every pod of the namespace.
    if object.kind != "StatefulSet" || set.selector().is_empty() {
        return Vec::new();
    }
    let is_orphan =
        |pod: Object<'_>| pod.controller().is_none() && !pod.is_terminating() && set.selector().matches(pod);
    let mut found: Vec<(u64, &Value)> = live
        .of_kind("Pod", namespace)
        .filter(|pod| is_orphan(Object::new(pod)))
        .filter_map(|pod| Some((set.ordinal_of(Object::new(pod).name())?, pod)))
        .collect();
    found.sort_by_key(|(ordinal, _)| *ordinal);
    found.into_iter().map(|(_, pod)| pod).collect()
}

/// The making of an object.
#[derive(Default)]
pub(crate) struct Making {
    pub predicted: Predicted,
    /// Claims that grow first, and what stands against it.
    pub growth: ClaimGrowth,
    /// After the making, around pods that are there.
    pub steps_after: Vec<Step>,
    /// Whether it is a set that is made around pods.
    pub around_pods: bool,
}

/// Predicts it. `body` is what is sent, `after` the object as it will be.
pub(crate) fn making(subject: Subject<'_>, body: &Value, after: &Value, live: &Live) -> Making {
    let pods = orphaned_pods(subject.object, body, live);
    if pods.is_empty() {
        return Making { predicted: set_start::of_creation(subject, after, live), ..Making::default() };
    }
    around(subject, after, &pods, live)
}

fn around(subject: Subject<'_>, after: &Value, pods: &[&Value], live: &Live) -> Making {
    let object = subject.object;
    let set = StatefulSet::new(after);
    let mut growth = claim_growth::assess(object, &claim_changes::claim_changes(object, None, after, live), live);
    if let Some(note) = other_image_note(object, after, pods) {
        growth.notes.push(note);
    }
    let mut predicted = Predicted::default();
    let members: Vec<Member> = pods.iter().map(|pod| member(pod, after, live)).collect();
    let ordinals = |known: bool| -> Vec<u64> {
        let has = |ordinal: u64| members.iter().any(|member| set.ordinal_of(member.name()) == Some(ordinal));
        set.ordinals().filter(|ordinal| has(*ordinal) == known).collect()
    };
    let missing = ordinals(false);
    predicted.impact.pods = created(&object.name, &missing);
    predicted.impact.volumes = volume_effects::claims(subject, after, &missing, live);
    // What running pods hold is theirs; what they lack is made, or was there all along.
    let mounted: BTreeSet<&str> = pods.iter().flat_map(|pod| Pod::new(pod).claims()).collect();
    let mut unmounted = volume_effects::claims(subject, after, &ordinals(true), live);
    unmounted.retain(|volume| !mounted.contains(volume.claim.as_str()));
    predicted.impact.volumes.extend(unmounted);
    let reuse = volume_effects::reuse(subject, &predicted.impact.volumes);
    predicted = predicted.and(reuse);
    predicted.impact.rules.push(RuleId::OrphansAreAdopted);
    if missing.len() < set.ordinals().count() {
        let is_unknown = |pod: &&&Value| is_outdated(pod, after, live).is_none();
        let unknown: Vec<&str> = pods.iter().filter(is_unknown).map(|pod| Object::new(pod).name()).collect();
        if !unknown.is_empty() {
            let message = format!(
                "whether {} restart is unknown: the revision that they were made from can't be read",
                unknown.join(", ")
            );
            growth.notes.push(notes::on(Severity::Note, NoteId::RevisionUnknown, object, message));
        }
    }
    // What the set takes over and does not want goes again.
    let too_many = |member: &&Member| !set.ordinals().contains(&member.ordinal());
    let mut gone: Vec<u64> = members.iter().filter(too_many).map(Member::ordinal).collect();
    gone.sort_unstable_by(|one, other| other.cmp(one));
    if !gone.is_empty() {
        predicted = predicted.and(scale::condemned(subject, after, after, &members, &gone, live));
    }
    let staying: Vec<Member> = members.iter().filter(|member| !too_many(member)).cloned().collect();
    predicted = predicted.and(if staying.iter().any(|member| member.state.lacks_claim) {
        let restarting: Vec<Member> = staying.iter().filter(|member| member.needs_restart()).cloned().collect();
        restarts::replace(subject, after, &restarting, &staying)
    } else {
        restarts::roll(subject, after, &staying)
    });
    let lost = lost_volumes::with_pods(&predicted.impact, object, live);
    predicted = predicted.and_of_volumes(lost);
    let growing = growth.predicted(&predicted.impact);
    predicted = predicted.and(growing);
    let (adopted, staying) = adopted_pods(&predicted.impact, &members, RuleId::OrphansAreAdopted);
    predicted = predicted.and(staying);
    let mut steps_after = roll_steps(&predicted);
    if !adopted.is_empty() {
        steps_after.push(Step::AdoptPods { pods: adopted });
    }
    Making { predicted, growth, steps_after, around_pods: true }
}

/// Another release beside a set that has to be made again first.
fn other_image_note(object: &ObjectRef, after: &Value, pods: &[&Value]) -> Option<Note> {
    let new = pod_template::image(after)?;
    let old = pods.iter().filter_map(|pod| image(pod.get("spec")?)).find(|old| *old != new)?;
    let message = format!("its pods run without it from image {old}, and it would be made again with {new}");
    let mut note = notes::on(Severity::Error, NoteId::RiskyTogether, object, message);
    note.help = Some(format!("apply it with image {old} first; then set the image to {new} and apply again"));
    Some(note)
}

fn member(pod: &Value, after: &Value, live: &Live) -> Member {
    members::member(pod, after, is_outdated(pod, after, live).unwrap_or(true))
}

/// Whether the pod was made from another template than that of `after`; `None` when its revision can't be read.
fn is_outdated(pod: &Value, after: &Value, live: &Live) -> Option<bool> {
    revision_of(pod, live).map(|revision| !has_template_of(revision, after))
}

/// What has to be read besides, now that it is known what changes. Empty when nothing of that kind happens.
pub(crate) fn further_reads(examined: &[Examined], live: &Live) -> BTreeSet<ObjectRef> {
    let of_object = |examined: &Examined| {
        let object = &examined.desired.object;
        match (&examined.finding, live.get(object)) {
            (Finding::Replace(replacement), Some(found)) if replacement.mode == Some(ReplaceMode::OrphanRecreate) => {
                reads_of_making(object, Some(found), &examined.body, live)
            }
            (Finding::Create, None) => reads_of_making(object, None, &examined.body, live),
            _ => BTreeSet::new(),
        }
    };
    examined.iter().flat_map(of_object).collect()
}

/// The storage classes of claims that grow when a set is made around pods, and the revisions of pods without their set.
/// `before` is the one that goes for it.
pub(crate) fn reads_of_making(
    object: &ObjectRef,
    before: Option<&Value>,
    body: &Value,
    live: &Live,
) -> BTreeSet<ObjectRef> {
    let orphans = if before.is_none() { orphaned_pods(object, body, live) } else { Vec::new() };
    if before.is_none() && orphans.is_empty() {
        return BTreeSet::new();
    }
    let growth = claim_changes::claim_changes(object, before, body, live).grow;
    let classes = growth.iter().filter(|growth| !growth.class.is_empty()).map(|growth| storage_class(&growth.class));
    orphans.iter().filter_map(|pod| revision_name(pod)).chain(classes).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_set_adopts_the_pods_that_its_selector_names_and_with_an_empty_one_none() {
        let mut live = Live::default();
        for (name, metadata) in [
            ("s-6", json!({})),
            ("s-5", json!({"deletionTimestamp": null})),
            ("s-7", json!({"deletionTimestamp": "2026-01-01T00:00:00Z"})),
            ("s-8", json!({"ownerReferences": [{"uid": "u", "controller": true}]})),
            ("other-0", json!({})),
        ] {
            let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata});
            pod["metadata"]["name"] = json!(name);
            pod["metadata"]["namespace"] = json!("n");
            pod["metadata"]["labels"] = json!({"a": "b"});
            live.insert(pod);
        }
        let object = ObjectRef::namespaced("apps/v1", "StatefulSet", "n", "s");
        let expression = json!({"matchExpressions": [{"key": "a", "operator": "Exists"}]});
        for (selector, expected) in [
            (json!({"matchLabels": {"a": "b"}}), &["s-5", "s-6"][..]),
            (expression, &["s-5", "s-6"]),
            (json!({"matchLabels": {"a": "c"}}), &[]),
            (json!({"matchLabels": {}}), &[]),
            (json!({}), &[]),
            (Value::Null, &[]),
        ] {
            let set = json!({"metadata": {"name": "s"}, "spec": {"selector": selector}});
            let found = orphaned_pods(&object, &set, &live);
            let names: Vec<&str> = found.into_iter().map(|pod| Object::new(pod).name()).collect();
            assert_eq!(names, expected, "{set}");
        }
    }
}
