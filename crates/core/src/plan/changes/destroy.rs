//! The whole plan of a destroy: what goes, what keeps a volume, what stays.

use iriskit_state::plan::{Component, NoteId, Operation, Plan, Propagation, Severity, Stage, StageName, Staying, Step};
use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    diff::FIELD_MANAGER,
    plan::{
        changes::{
            decided::Decided,
            deletion::{deletion, deletion_entry, orphan_deletion},
            examine::OwnerInput,
        },
        draft::{
            finish::finish,
            frame::Frame,
            plan_draft::{Draft, Inputs},
        },
        live::Live,
        notes,
        order::stages::Place,
        ownership::{
            applyset,
            orphans::orphans,
            prune::{place_of, removal, staying},
        },
        storage::{
            claim_users::{Going, user_that_stays},
            volume_effects,
        },
        unknown::notes::cannot_read,
    },
};
use iriskit_kubernetes::{
    names::{IRIS_API_VERSION, IRIS_CLUSTER, IRIS_KIND, IRIS_NAME},
    schema::ObjectRef,
    views::{Claim, Object, PersistentVolume, StatefulSet},
};

const CLAIM: &str = "PersistentVolumeClaim";

/// The whole plan of a destroy: everything of the owners in reverse stages, volumes only when `delete_data` says so and
/// nothing that stays uses them, or when they go by themselves.
pub(crate) fn plan_of_destroy(frame: Frame, owners: &[OwnerInput], live: &Live, delete_data: bool) -> Plan {
    let mut draft = Draft::starting_with(frame.notes.clone());
    let fingerprints = frame.fingerprints;
    let removed: Vec<Removed<'_>> = owners.iter().map(|owner| Removed::of(owner, &mut draft, live)).collect();
    let going: BTreeSet<ObjectRef> = removed.iter().flat_map(Removed::objects).cloned().collect();
    for Removed { owner, objects, orphans } in &removed {
        if let (true, Some(why)) = (delete_data, live.why_no_claims(&owner.namespace)) {
            let record = applyset::record_ref(&owner.namespace, &owner.name);
            draft.notes.push(cannot_read(&record, format!("the cluster's volumes can't be listed: {why}")));
        }
        let claims = Claims::of(owner, &going, live, delete_data);
        let mut deleted_with_objects: BTreeSet<String> = BTreeSet::new();
        for object in objects {
            let Some(found) = live.get(object) else { continue };
            let (_, stage) = place_of(object, found);
            let mut decided = deletion(owner, object, found, live, fingerprints, Operation::Destroy);
            deleted_with_objects.extend(claims.counted_by_name(&mut decided));
            draft.add(Place::removal(stage), object.clone(), decided);
        }
        for pods in orphans {
            let mut before = None;
            for pod in pods {
                let Some(found) = live.get(pod) else { continue };
                let (_, stage) = place_of(pod, found);
                let mut decided = orphan_deletion(owner, pod, found, before, live, fingerprints);
                deleted_with_objects.extend(claims.counted_by_name(&mut decided));
                draft.add(Place::removal(stage), pod.clone(), decided);
                before = Some(pod);
            }
        }
        for found in claims.deleted {
            let claim = claim_ref(owner, found);
            draft.add(Place::volumes(), claim.clone(), volume_deletion(owner, &claim, found.value(), fingerprints));
        }
        for (found, keeper) in claims.kept {
            if deleted_with_objects.contains(found.name()) {
                continue;
            }
            let claim = claim_ref(owner, found);
            if let Some(keeper) = keeper.as_ref().filter(|_| delete_data) {
                let mut note =
                    notes::on(Severity::Warning, NoteId::VolumeInUse, &claim, format!("it is not deleted: {keeper}"));
                note.help = Some("remove what uses it, then destroy again with `--allow delete-data`".to_owned());
                draft.notes.push(note);
            }
            draft.staying.push(staying_claim(owner, &claim, found, live));
        }
    }
    for (object, found, stays) in unused_headless_services(owners, &going, live) {
        if let Some(reason) = stays {
            let message = format!("it stays, though no StatefulSet uses it any more: {reason}");
            draft.notes.push(notes::on(Severity::Note, NoteId::LeftAlone, &object, message));
            continue;
        }
        let owner = OwnerInput {
            namespace: String::new(),
            name: String::new(),
            summary: String::new(),
            source: None,
            record: None,
            planned_from: None,
            desired: Vec::new(),
        };
        let mut decided = deletion(&owner, &object, found, live, fingerprints, Operation::Destroy);
        if let Some(change) = &mut decided.change {
            change.owner = String::new();
            change.about = "headless, no cluster of the namespace uses it any more".into();
        }
        draft.add(Place::removal(Stage::Prerequisites), object, decided);
    }
    draft.keeps_volumes = !delete_data;
    finish(draft, frame, Inputs { owners, examined: &[], live })
}

/// What goes of one owner.
struct Removed<'a> {
    owner: &'a OwnerInput,
    objects: Vec<ObjectRef>,
    /// Pods that nobody controls, of one set after the other, the primary last.
    orphans: Vec<Vec<ObjectRef>>,
}

impl<'a> Removed<'a> {
    fn of(owner: &'a OwnerInput, draft: &mut Draft, live: &Live) -> Self {
        let removal = removal(owner, &BTreeSet::new(), live);
        draft.staying.extend(removal.staying);
        draft.notes.extend(removal.notes);
        let of_set = |pods: Vec<&Value>| pods.into_iter().filter_map(ObjectRef::of).collect();
        let orphans = orphans(owner, live).into_iter().map(|orphans| of_set(orphans.pods)).collect();
        Self { owner, objects: removal.delete, orphans }
    }

    fn objects(&self) -> impl Iterator<Item = &ObjectRef> {
        self.objects.iter().chain(self.orphans.iter().flatten())
    }
}

/// What becomes of the claims of one owner.
struct Claims<'a> {
    deleted: Vec<Claim<'a>>,
    /// Those that stay, and what uses them that stays as well.
    kept: Vec<(Claim<'a>, Option<String>)>,
}

impl<'a> Claims<'a> {
    fn of(owner: &'a OwnerInput, going: &BTreeSet<ObjectRef>, live: &'a Live, delete_data: bool) -> Self {
        let namespace = owner.namespace.as_str();
        let mut gone = Going::default();
        for object in going.iter().filter(|object| object.namespace.as_deref() == Some(namespace)) {
            if let Some(uid) = live.get(object).and_then(|found| Object::new(found).uid()) {
                gone.add(&object.kind, &object.name, uid);
            }
        }
        let sets = ObjectRef::namespaced("apps/v1", "StatefulSet", namespace, "");
        let unknown = live.why_no_pods(namespace).or_else(|| live.why_unknown(&sets));
        let unknown = unknown.map(|reason| format!("what uses it can't be read: {reason}"));
        let user = |claim: &Claim<'_>| {
            let (pods, sets) = (live.of_kind("Pod", namespace), live.of_kind("StatefulSet", namespace));
            unknown.clone().or_else(|| user_that_stays(claim.name(), pods, sets, &gone))
        };
        let mut claims = Self { deleted: Vec::new(), kept: Vec::new() };
        for claim in claims_of_cluster(owner, live) {
            match user(&claim) {
                None if delete_data => claims.deleted.push(claim),
                user => claims.kept.push((claim, user)),
            }
        }
        claims
    }

    /// What is deleted by name is counted there. Gives what else goes with an object.
    fn counted_by_name(&self, decided: &mut Decided) -> Vec<String> {
        let Some(change) = &mut decided.change else { return Vec::new() };
        let volumes = &mut change.impact.volumes;
        volumes.retain(|volume| !self.deleted.iter().any(|claim| claim.name() == volume.claim));
        volumes.iter().map(|volume| volume.claim.clone()).collect()
    }
}

/// The claims of a cluster's StatefulSets, by their label.
pub(crate) fn claims_of_cluster<'a>(owner: &'a OwnerInput, live: &'a Live) -> impl Iterator<Item = Claim<'a>> {
    live.of_kind(CLAIM, &owner.namespace)
        .map(Claim::new)
        .filter(|claim| claim.label(IRIS_NAME) == Some(&owner.name) && claim.label(IRIS_KIND) == Some(IRIS_CLUSTER))
}

fn claim_ref(owner: &OwnerInput, claim: Claim<'_>) -> ObjectRef {
    ObjectRef::namespaced("v1", CLAIM, &owner.namespace, claim.name())
}

fn staying_claim(owner: &OwnerInput, object: &ObjectRef, claim: Claim<'_>, live: &Live) -> Staying {
    let mut stays = staying(&owner.id(), object, claim.value(), "volumes are kept".into());
    stays.reclaim_policy = reclaim_policy(claim, live);
    stays
}

fn volume_deletion(owner: &OwnerInput, claim: &ObjectRef, found: &Value, fingerprints: bool) -> Decided {
    let guard = Object::new(found).uid().unwrap_or_default().to_owned();
    let steps = vec![Step::Delete { uid: guard, propagation: Propagation::Background }];
    let mut change = deletion_entry(owner, claim, found, (Component::Cluster, Stage::Data), steps, fingerprints);
    change.stage = StageName::Volumes;
    Decided::with_prediction(change, volume_effects::of_claim_deletion(claim, found))
}

/// `iris-svc` of a namespace when no StatefulSet that stays names it and iriskit is among its managers, and why it stays all
/// the same: clusters of the operator use it, too.
fn unused_headless_services<'a>(
    owners: &[OwnerInput],
    going: &BTreeSet<ObjectRef>,
    live: &'a Live,
) -> Vec<(ObjectRef, &'a Value, Option<String>)> {
    let namespaces: BTreeSet<&str> = owners.iter().map(|owner| owner.namespace.as_str()).collect();
    let mut found = Vec::new();
    for namespace in namespaces {
        let object = ObjectRef::namespaced("v1", "Service", namespace, "iris-svc");
        let Some(service) = live.get(&object) else { continue };
        let known = live.why_unknown(&ObjectRef::namespaced("apps/v1", "StatefulSet", namespace, "")).is_none();
        let used = !known
            || live.of_kind("StatefulSet", namespace).map(StatefulSet::new).any(|set| {
                let set_ref = ObjectRef::namespaced("apps/v1", "StatefulSet", namespace, set.name());
                set.service_name() == Some("iris-svc") && !going.contains(&set_ref)
            });
        let managers = Object::new(service).managed_fields().iter();
        let ours = managers.filter_map(|entry| entry.get("manager")).any(|manager| manager == FIELD_MANAGER);
        if !used && ours {
            let cluster = live.of_kind(IRIS_CLUSTER, namespace).map(Object::new).next();
            let refused = live.why_unknown(&ObjectRef::namespaced(IRIS_API_VERSION, IRIS_CLUSTER, namespace, ""));
            let stays = match (cluster, refused) {
                (Some(cluster), _) => {
                    Some(format!("IrisCluster {} of the operator is in its namespace", cluster.name()))
                }
                (None, Some(refused)) => {
                    Some(format!("whether the operator has a cluster here can't be read: {refused}"))
                }
                (None, None) => None,
            };
            found.push((object, service, stays));
        }
    }
    found
}

fn reclaim_policy(claim: Claim<'_>, live: &Live) -> Option<String> {
    let volume = live.get(&ObjectRef::cluster_scoped("v1", "PersistentVolume", claim.volume_name()?))?;
    PersistentVolume::new(volume).reclaim_policy().map(str::to_owned)
}
