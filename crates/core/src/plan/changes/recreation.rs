//! A StatefulSet that is missing while its pods run: a replacement was cut off between its two halves. The set is made
//! again around them.

use std::collections::BTreeSet;

use iriskit_state::plan::{Note, NoteId, ReplaceMode, RuleId, Severity, Step, VolumeEffect};
use serde_json::{Value, json};

use crate::diff::differences;
use crate::expand::Desired;
use crate::mirror::image;
use crate::plan::changes::change::roll_steps;
use crate::plan::changes::examine::Examined;
use crate::plan::changes::examine::Finding;
use crate::plan::changes::replacement::kept;
use crate::plan::impact::pod_template;
use crate::plan::impact::pods::created;
use crate::plan::impact::predicted::Predicted;
use crate::plan::impact::restarts;
use crate::plan::live::Live;
use crate::plan::live::label;
use crate::plan::live::name;
use crate::plan::mirror::members;
use crate::plan::mirror::members::Member;
use crate::plan::notes;
use crate::plan::storage::claim_growth;
use crate::plan::storage::claim_growth::Growing;
use crate::plan::storage::claim_growth::class_of;
use crate::plan::storage::claim_templates;
use crate::plan::storage::volume_effects;
use iriskit_kubernetes::schema::{ObjectRef, table};

const REVISION: &str = "controller-revision-hash";

/// The pods that nobody controls and that the set `wanted` would adopt, by ordinal.
pub(crate) fn of<'a>(object: &ObjectRef, wanted: &Value, live: &'a Live) -> Vec<&'a Value> {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let Some(selector) = wanted.pointer("/spec/selector/matchLabels").and_then(Value::as_object) else {
        return Vec::new();
    };
    if object.kind != "StatefulSet" || selector.is_empty() {
        return Vec::new();
    }
    let is_orphan = |pod: &&Value| {
        let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        let controlled = owners.into_iter().flatten().any(|owner| owner.get("controller") == Some(&json!(true)));
        !controlled
            && pod.pointer("/metadata/deletionTimestamp").is_none()
            && selector.iter().all(|(key, value)| label(pod, key) == value.as_str())
    };
    let mut found: Vec<(u64, &Value)> = live
        .of_kind("Pod", namespace)
        .filter(is_orphan)
        .filter_map(|pod| Some((claim_templates::ordinal(&object.name, name(pod))?, pod)))
        .collect();
    found.sort_by_key(|(ordinal, _)| *ordinal);
    found.into_iter().map(|(_, pod)| pod).collect()
}

/// The making of a set around pods that it adopts.
pub(crate) struct Around {
    pub predicted: Predicted,
    /// Claims that grow first, and what stands against it.
    pub growing: Growing,
    /// After the making.
    pub then: Vec<Step>,
}

/// Predicts it. `after` is the set as it will be.
pub(crate) fn around(desired: &Desired, after: &Value, pods: &[&Value], live: &Live) -> Around {
    let object = &desired.object;
    let replicas = pod_template::replicas(after);
    let mut growing = claim_growth::look(object, &claim_templates::changes(object, None, after, replicas, live), live);
    if let Some(note) = other_image(object, after, pods) {
        growing.notes.push(note);
    }
    let mut predicted = Predicted::default();
    let members: Vec<Member> = pods.iter().map(|pod| member(pod, object, after, live)).collect();
    let ordinals = |known: bool| -> Vec<u64> {
        let has = |ordinal: &u64| members.iter().any(|member| member.name() == format!("{}-{ordinal}", object.name));
        (0..replicas).filter(|ordinal| has(ordinal) == known).collect()
    };
    let missing = ordinals(false);
    predicted.impact.pods = created(&object.name, &missing);
    predicted.impact.volumes = volume_effects::claims(desired, after, &missing, live);
    // What running pods hold is theirs; what they lack is made, or was there all along.
    let held: BTreeSet<&str> = pods.iter().flat_map(|pod| claims_of(pod)).collect();
    let mut further = volume_effects::claims(desired, after, &ordinals(true), live);
    further.retain(|volume| !held.contains(volume.claim.as_str()));
    predicted.impact.volumes.extend(further);
    let reused: Vec<_> =
        predicted.impact.volumes.iter().filter(|volume| volume.effect == VolumeEffect::Reused).cloned().collect();
    if !reused.is_empty() {
        volume_effects::reuse(&mut predicted, desired, &reused.iter().collect::<Vec<_>>());
    }
    predicted.impact.rules.push(RuleId::OrphansAreAdopted);
    if missing.len() < usize::try_from(replicas).unwrap_or(usize::MAX) {
        let unknown: Vec<&str> =
            pods.iter().filter(|pod| outdated(pod, object, after, live).is_none()).map(|pod| name(pod)).collect();
        if !unknown.is_empty() {
            let message = format!(
                "whether {} restart is unknown: the revision that they were made from can't be read",
                unknown.join(", ")
            );
            growing.notes.push(notes::on(Severity::Note, NoteId::RevisionUnknown, object, message));
        }
    }
    predicted = predicted.and(if members.iter().any(|member| member.state.lacks_claim) {
        let restarting: Vec<Member> = members.iter().filter(|member| member.needs_restart()).cloned().collect();
        restarts::replace(desired, after, &restarting, &members)
    } else {
        restarts::roll(desired, after, &members)
    });
    growing.tell(&mut predicted);
    let kept = kept(&mut predicted, &members, RuleId::OrphansAreAdopted);
    let mut then = roll_steps(&predicted);
    if !kept.is_empty() {
        then.push(Step::AdoptPods { pods: kept });
    }
    Around { predicted, growing, then }
}

/// Another release beside a set that has to be made again first.
fn other_image(object: &ObjectRef, after: &Value, pods: &[&Value]) -> Option<Note> {
    let new = pod_template::image(after)?;
    let old = pods.iter().filter_map(|pod| image(pod.get("spec")?)).find(|old| *old != new)?;
    let message = format!("its pods run without it from image {old}, and it would be made again with {new}");
    let mut note = notes::on(Severity::Error, NoteId::RiskyTogether, object, message);
    note.help = Some(format!("apply it with image {old} first; then set the image to {new} and apply again"));
    Some(note)
}

fn claims_of(pod: &Value) -> impl Iterator<Item = &str> {
    let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
    volumes.into_iter().flatten().filter_map(|volume| volume.pointer("/persistentVolumeClaim/claimName")?.as_str())
}

fn member(pod: &Value, set: &ObjectRef, after: &Value, live: &Live) -> Member {
    members::member(pod, after, outdated(pod, set, after, live).unwrap_or(true))
}

/// Whether the pod was made from another template than that of `after`; `None` when its revision can't be read.
fn outdated(pod: &Value, set: &ObjectRef, after: &Value, live: &Live) -> Option<bool> {
    let revision = live.get(&revision_of(pod, set)?)?;
    let mut template = revision.pointer("/data/spec/template")?.clone();
    if let Some(members) = template.as_object_mut() {
        members.remove("$patch");
    }
    let kind = table().kind("apps/v1", "StatefulSet")?;
    let whole = |template: Option<&Value>| json!({"spec": {"template": template}});
    let differ = differences(kind, &whole(Some(&template)), &whole(after.pointer("/spec/template")));
    Some(!differ.is_empty())
}

fn revision_of(pod: &Value, set: &ObjectRef) -> Option<ObjectRef> {
    let namespace = set.namespace.as_deref().unwrap_or_default();
    Some(ObjectRef::namespaced("apps/v1", "ControllerRevision", namespace, label(pod, REVISION)?))
}

/// What has to be read besides, now that it is known what changes: the storage classes of claims that grow, and the
/// revisions of pods without their set. Empty when nothing of that kind happens.
pub fn further(examined: &[Examined], live: &Live) -> BTreeSet<ObjectRef> {
    let mut wanted = BTreeSet::new();
    for examined in examined {
        let object = &examined.desired.object;
        let body = &examined.body;
        let (before, replicas) = match (&examined.finding, live.get(object)) {
            (Finding::Replace(replacement), Some(found)) if replacement.mode == Some(ReplaceMode::OrphanRecreate) => {
                (Some(found), pod_template::replicas(found).max(pod_template::replicas(body)))
            }
            (Finding::Create, None) => {
                let orphans = of(object, body, live);
                wanted.extend(orphans.iter().filter_map(|pod| revision_of(pod, object)));
                if orphans.is_empty() {
                    continue;
                }
                (None, pod_template::replicas(body))
            }
            _ => continue,
        };
        let growing = claim_templates::changes(object, before, body, replicas, live).grow;
        wanted.extend(growing.iter().filter(|growth| !growth.class.is_empty()).map(|growth| class_of(&growth.class)));
    }
    wanted
}
