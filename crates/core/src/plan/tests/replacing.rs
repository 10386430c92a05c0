//! What is made again.

use iriskit_state::plan::{ActionReason, ImpactClass, NoteId, Plan, PodEffect, ReplaceMode, Step, Verb, VolumeEffect};
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::Desired,
    plan::{live::Live, planner::Read, storage::claim_growth::storage_class},
};

const SET: &str = "StatefulSet/n/c-data-0";

fn sized(size: &str) -> Desired {
    let mut set = pair("i:1");
    set.value["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!(size);
    set
}

fn with_another_claim() -> Desired {
    let mut set = pair("i:1");
    let templates = set.value["spec"]["volumeClaimTemplates"].as_array_mut().unwrap();
    templates.push(json!({"metadata": {"name": "extra"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}));
    set
}

fn claim(ordinal: u32, size: &str, class: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": format!("iris-data-c-data-0-{ordinal}"), "namespace": "n", "uid": format!("claim-{ordinal}")},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class, "resources": {"requests": {"storage": size}}},
        "status": {"phase": "Bound"}})
}

fn class(name: &str, grows: bool) -> Value {
    json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
        "allowVolumeExpansion": grows})
}

/// The live pair with two pods and two claims of 2Gi.
fn running(class_name: &str, grows: bool) -> Live {
    live([
        applied(&pair("i:1")),
        pod(0, "new", Some("primary"), true),
        pod(1, "new", Some("backup"), true),
        claim(0, "2Gi", class_name),
        claim(1, "2Gi", class_name),
        class(class_name, grows),
    ])
}

fn names(steps: &[Step]) -> Vec<&'static str> {
    let name = |step: &Step| match step {
        Step::Create { .. } => "create",
        Step::Update { .. } | Step::TakeOver { .. } => "update",
        Step::Delete { .. } => "delete",
        Step::WaitReady | Step::WaitMirror { .. } => "wait",
        Step::RollByRole { .. } => "roll",
        Step::DeletePodsByRole { .. } => "delete pods",
        Step::GrowClaim { .. } => "grow",
        Step::AdoptPods { .. } => "adopt",
        Step::ReplacePods { .. } => "replace pods",
        Step::ReplaceStuckPods { .. } => "replace stuck pods",
    };
    steps.iter().map(name).collect()
}

fn pods(plan: &Plan) -> Vec<(&str, PodEffect)> {
    change(plan, SET).impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.effect)).collect()
}

#[test]
fn a_larger_template_grows_the_claims_and_restarts_nothing() {
    let plan = plan(owner(vec![sized("5Gi")]), &running("fast", true));
    let change = change(&plan, SET);
    assert_eq!(change.change.actions, [Verb::Delete, Verb::Create]);
    assert_eq!(change.replace_mode, Some(ReplaceMode::OrphanRecreate));
    assert_eq!(change.action_reason, Some(ActionReason::ReplaceBecauseImmutable));
    let path = "spec.volumeClaimTemplates[iris-data].spec.resources.requests.storage";
    assert_eq!(change.change.replace_paths, [path]);
    assert_eq!(change.fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>(), [path]);
    assert_eq!(names(&change.steps), ["grow", "grow", "delete", "create", "wait", "adopt"]);
    assert_eq!(pods(&plan), [("c-data-0-0", PodEffect::Adopted), ("c-data-0-1", PodEffect::Adopted)]);
    let volumes: Vec<_> = change
        .impact
        .volumes
        .iter()
        .map(|volume| (volume.effect, volume.size_before.as_deref(), volume.size.as_deref()))
        .collect();
    assert_eq!(volumes, [(VolumeEffect::Grows, Some("2Gi"), Some("5Gi")); 2]);
    assert_eq!((plan.impact.restarts, plan.impact.volumes_growing, plan.impact.class), (0, 2, ImpactClass::Live));
    assert!(allowances(&plan).is_empty() && note_ids(&plan).is_empty(), "{:?}", plan.notes);
}

#[test]
fn what_volumes_can_t_do_is_refused() {
    for (wanted, live, id, said) in [
        (sized("5Gi"), running("fixed", false), "volume-cannot-grow", "storage class fixed does not allow"),
        (sized("1Gi"), running("fast", true), "immutable", "volumes can't shrink: iris-data-c-data-0-0 has 2Gi"),
    ] {
        let plan = plan(owner(vec![wanted]), &live);
        assert!(note_ids(&plan).iter().all(|found| *found == id) && !plan.notes.is_empty(), "{:?}", plan.notes);
        assert!(plan.notes[0].message.contains(said), "{}", plan.notes[0].message);
        assert!(plan.resource_changes.is_empty());
    }
    // Nobody may read the class: said, and left to the server.
    let mut live = running("fast", true);
    live = live.iter().filter(|(object, _)| object.kind != "StorageClass").fold(
        Live::default(),
        |mut rest, (_, value)| {
            rest.insert(value.clone());
            rest
        },
    );
    live.refuse(Read::Get(storage_class("fast")), "forbidden");
    let plan = plan(owner(vec![sized("5Gi")]), &live);
    assert_eq!(note_ids(&plan), ["growth-unknown"]);
    assert_eq!(plan.impact.volumes_growing, 2);
}

#[test]
fn an_added_claim_replaces_the_pods_from_the_lowest_ordinal_up() {
    let plan = plan(owner(vec![with_another_claim()]), &running("fast", true));
    let change = change(&plan, SET);
    assert_eq!(names(&change.steps), ["delete", "create", "replace pods", "wait"]);
    assert_eq!(pods(&plan), [("c-data-0-0", PodEffect::Restarts), ("c-data-0-1", PodEffect::Restarts)]);
    assert_eq!(plan.impact.primary_moves, 2);
    assert_eq!(allowances(&plan), ["restart-primary"]);
    assert_eq!(plan.impact.volumes_new, 2);
}

/// Who does not run is silent; that says nothing of the others.
#[test]
fn an_added_claim_is_not_blind_because_a_member_does_not_run() {
    let mut stopped = pod(1, "new", None, false);
    stopped["status"] = json!({"phase": "Pending"});
    let silent = pod(1, "new", None, false);
    for (second, needed) in [(stopped, &["restart-primary"][..]), (silent, &["restart-primary", "roll-blind"])] {
        let set = [applied(&pair("i:1")), pod(0, "new", Some("primary"), true), second];
        let claims = [claim(0, "2Gi", "fast"), claim(1, "2Gi", "fast"), class("fast", true)];
        let plan = plan(owner(vec![with_another_claim()]), &live(set.into_iter().chain(claims)));
        assert_eq!(allowances(&plan), needed);
    }
}

#[test]
fn a_removed_claim_stays_and_is_listed() {
    let mut live = running("fast", true);
    live.insert(applied(&with_another_claim()));
    let mut extra = claim(0, "1Gi", "fast");
    extra["metadata"]["name"] = json!("extra-c-data-0-0");
    live.insert(extra);
    let plan = plan(owner(vec![pair("i:1")]), &live);
    let volumes: Vec<_> =
        change(&plan, SET).impact.volumes.iter().map(|volume| (volume.claim.as_str(), volume.effect)).collect();
    assert_eq!(volumes, [("extra-c-data-0-0", VolumeEffect::Stays)]);
}

#[test]
fn a_set_that_got_lost_is_made_again_around_its_pods() {
    let orphan = |ordinal| {
        let mut pod = pod(ordinal, "rev", Some(if ordinal == 0 { "primary" } else { "backup" }), true);
        pod["metadata"].as_object_mut().unwrap().remove("ownerReferences");
        pod["metadata"]["labels"]["a"] = json!("b");
        pod
    };
    let template = |image: &str| {
        let mut template = pair(image).value["spec"]["template"].clone();
        template["$patch"] = json!("replace");
        template
    };
    let revision = |image: &str| {
        json!({"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "rev", "namespace": "n"},
            "data": {"spec": {"template": template(image)}}})
    };
    let scene = |more: Vec<Value>| {
        live([orphan(0), orphan(1), claim(0, "2Gi", "f"), claim(1, "2Gi", "f")].into_iter().chain(more))
    };
    let known = plan(owner(vec![pair("i:1")]), &scene(vec![revision("i:1")]));
    let made = change(&known, SET);
    assert_eq!(made.change.actions, [Verb::Create]);
    assert_eq!(made.action_reason, Some(ActionReason::PodsWithoutSet));
    assert_eq!(names(&made.steps), ["create", "wait", "adopt"]);
    assert!(allowances(&known).is_empty(), "its own pods hold the volumes");
    assert_eq!(pods(&known), [("c-data-0-0", PodEffect::Adopted), ("c-data-0-1", PodEffect::Adopted)]);
    // Another template by now, or nobody knows which it was.
    let other = |name: &str| {
        let mut revision = revision("i:1");
        revision["data"]["spec"]["template"]["metadata"]["labels"][name] = json!("x");
        revision
    };
    for (more, notes) in [(vec![other("z")], vec![]), (vec![], vec!["revision-unknown"])] {
        let plan = plan(owner(vec![pair("i:1")]), &scene(more));
        assert_eq!(names(&change(&plan, SET).steps), ["create", "roll", "wait"]);
        assert_eq!((allowances(&plan), note_ids(&plan)), (vec!["restart-primary"], notes));
    }
    // And a claim was added.
    let plan = plan(owner(vec![with_another_claim()]), &scene(vec![revision("i:1")]));
    assert_eq!(names(&change(&plan, SET).steps), ["create", "replace pods", "wait"]);
    assert_eq!(plan.impact.volumes_new, 2);
}

#[test]
fn a_new_image_and_other_storage_at_once_are_refused() {
    let mut both = sized("5Gi");
    both.value["spec"]["template"]["spec"]["containers"][0]["image"] = json!("i:2");
    let plan = plan(owner(vec![both]), &running("fast", true));
    assert_eq!(note_ids(&plan), ["risky-together"]);
    let help = plan.notes[0].help.as_deref().unwrap();
    assert!(help.contains("image i:1 first") && help.contains("i:2"), "{help}");
}

#[test]
fn members_and_storage_at_once_are_refused() {
    // Somebody scaled the pair down.
    let mut half = applied(&pair("i:1"));
    half["spec"]["replicas"] = json!(1);
    let scene = live([half, pod(0, "old", Some("primary"), true), class("fast", true), claim(0, "2Gi", "fast")]);
    let refused = plan(owner(vec![with_another_claim()]), &scene);
    let risky: Vec<_> = refused.notes.iter().filter(|note| note.id == NoteId::RiskyTogether).collect();
    assert!(risky.len() == 1 && risky[0].message.contains("1 to 2"), "{:?}", refused.notes);
    // One after the other.
    let whole = plan(owner(vec![pair("i:1")]), &scene);
    assert!(!note_ids(&whole).contains(&"risky-together"), "{:?}", whole.notes);
}

#[test]
fn pods_that_lack_a_claim_are_replaced_although_the_set_is_as_it_should_be() {
    let live = live([
        applied(&with_another_claim()),
        pod(0, "new", Some("backup"), true),
        pod(1, "new", Some("primary"), true),
    ]);
    let plan = plan(owner(vec![with_another_claim()]), &live);
    let change = change(&plan, SET);
    assert_eq!(change.action_reason, Some(ActionReason::PodsOutdated));
    assert_eq!(names(&change.steps), ["replace pods", "wait"]);
    assert_eq!(plan.impact.primary_moves, 1);
}
