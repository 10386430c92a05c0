//! Volumes of a cluster that exists: they grow, come and go, and the StatefulSet is made again around its pods.

use std::collections::BTreeMap;

use iriskit_state::plan::{ActionReason, PodEffect, ReplaceMode, Step, VolumeEffect};
use serde_json::{Value, json};

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    world::{LABELER, World, name_of},
};

everywhere!(
    volumes_of_a_mirror_grow_and_no_pod_restarts,
    what_a_volume_can_t_do_is_refused,
    a_claim_is_added_to_a_mirror_whose_primary_is_the_first_member,
    a_claim_is_added_to_a_mirror_whose_primary_is_the_second_member,
    a_claim_is_added_and_removed_without_a_mirror,
    a_set_that_was_lost_between_its_two_halves_is_made_again_around_its_pods,
    a_set_whose_pods_lack_a_claim_is_cured,
    a_new_image_and_other_storage_at_once_are_refused,
);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];
const PAIR: &str = "mirrored-data-0";

fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().expect("a uid")
}

/// uids of all pods of a set.
fn pods(world: &World, set: &str) -> BTreeMap<String, String> {
    let all = world.list("pods");
    let of_set = all.iter().filter(|pod| {
        let ordinal = name_of(pod).strip_prefix(&format!("{set}-"));
        ordinal.is_some_and(|ordinal| ordinal.parse::<u32>().is_ok())
    });
    of_set.map(|pod| (name_of(pod).to_owned(), uid(pod).to_owned())).collect()
}

fn sizes(world: &World, template: &str) -> Vec<(String, String)> {
    let claims = world.list("persistentvolumeclaims");
    let of_template = claims.iter().filter(|claim| name_of(claim).starts_with(&format!("{template}-")));
    let size = |claim: &Value| claim["spec"]["resources"]["requests"]["storage"].as_str().unwrap().to_owned();
    let mut sizes: Vec<_> = of_template.map(|claim| (name_of(claim).to_owned(), size(claim))).collect();
    sizes.sort();
    sizes
}

/// The example with volumes of a class that lets them grow.
fn expandable(manifest: &str) -> String {
    let with = manifest.replace("\nspec:\n", "\nspec:\n  storageClassName: expandable\n");
    assert_ne!(with, manifest);
    with
}

/// The same with one more volume at every data node.
fn with_extra(manifest: &str) -> String {
    let template = "  volumeClaimTemplates:\n  - metadata: {name: extra}\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: \
                    {storage: 1Gi}}}\n";
    let mounts = "    data:\n      volumeMounts: [{name: extra, mountPath: /extra}]\n";
    let with = manifest.replace("\nspec:\n", &format!("\nspec:\n{template}")).replace("    data:\n", mounts);
    assert!(with.contains("mountPath: /extra"));
    with
}

fn pair(world: &World, manifest: &str) {
    world.env.write("mirrored.yaml", manifest);
    world.apply("mirrored.yaml", &IMAGE);
    world.pair(PAIR);
}

fn volumes_of_a_mirror_grow_and_no_pod_restarts(world: &World) {
    let manifest = expandable(MIRRORED);
    pair(world, &manifest);
    let (before, set) = (pods(world, PAIR), world.get(&format!("statefulsets/{PAIR}")));
    world.env.write("mirrored.yaml", &manifest.replace("storage: 10Gi", "storage: 20Gi"));
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(plan.changed(), [format!("StatefulSet/{PAIR} delete create")]);
    let change = plan.change(&format!("StatefulSet/{PAIR}"));
    let path = "spec.volumeClaimTemplates[iris-data].spec.resources.requests.storage";
    assert_eq!(change.change.replace_paths, [path]);
    assert_eq!(
        (change.action_reason, change.replace_mode),
        (Some(ActionReason::ReplaceBecauseImmutable), Some(ReplaceMode::OrphanRecreate))
    );
    assert_eq!(change.verified, iriskit_state::plan::Verified::Server);
    assert!(change.impact.pods.iter().all(|pod| pod.effect == PodEffect::Adopted));
    assert_eq!((plan.0.impact.restarts, plan.0.impact.volumes_growing, plan.allowances()), (0, 2, vec![]));
    let told = world.iriskit(&["plan", "mirrored.yaml", IMAGE[0], IMAGE[1]]).stdout;
    for text in ["2 volumes grow from 10Gi to 20Gi", "2 pods left running", "can't be made smaller"] {
        assert!(told.contains(text), "nothing of {text}: {told}");
    }
    world.apply("mirrored.yaml", &IMAGE);
    assert_eq!(pods(world, PAIR), before, "no pod restarted");
    let made = world.get(&format!("statefulsets/{PAIR}"));
    assert_ne!(uid(&made), uid(&set));
    for pod in before.keys() {
        assert_eq!(world.get(&format!("pods/{pod}"))["metadata"]["ownerReferences"][0]["uid"], made["metadata"]["uid"]);
    }
    let grown: Vec<_> = sizes(world, "iris-data").into_iter().map(|(_, size)| size).collect();
    assert_eq!(grown, ["20Gi", "20Gi"]);
    world.no_changes("mirrored.yaml", &IMAGE);
    // Who takes it back finds that volumes don't shrink.
    world.env.write("mirrored.yaml", &manifest);
    refused(world, "mirrored.yaml", "error[immutable]", "volumes can't shrink");
}

/// Neither planned nor applied; nothing is written.
#[track_caller]
fn refused(world: &World, file: &str, id: &str, said: &str) {
    let before = world.versions();
    let allow = "replace,restart-primary,reuse-data,delete-data,roll-blind";
    let output = world.iriskit(&["apply", file, "--auto-approve", "--allow", allow, IMAGE[0], IMAGE[1]]);
    let text = output.to_string();
    assert!(output.code == Some(1) && text.contains(id) && text.contains(said), "{text}");
    assert_eq!(world.versions(), before);
}

fn what_a_volume_can_t_do_is_refused(world: &World) {
    let storage = |size: &str, class: &str| {
        let db = format!(
            "      storageDB: {{{class}accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
        );
        STANDALONE.replace("    data:\n", &format!("    data:\n{db}"))
    };
    world.env.write("standalone.yaml", &storage("4Gi", ""));
    world.apply("standalone.yaml", &[]);
    for (manifest, id, said) in [
        (storage("8Gi", ""), "error[volume-cannot-grow]", "storage class standard does"),
        (storage("2Gi", ""), "error[immutable]", "volumes can't shrink: iris-data-standalone-data-0"),
        (storage("4Gi", "storageClassName: expandable, "), "error[immutable]", "a claim keeps its storageClassName"),
        (storage("4Gi", "volumeMode: Block, "), "error[immutable]", "a claim keeps its volumeMode"),
    ] {
        world.env.write("standalone.yaml", &manifest);
        refused(world, "standalone.yaml", id, said);
    }
    // The class that the claims got by default may be named.
    world.env.write("standalone.yaml", &storage("4Gi", "storageClassName: standard, "));
    let before = pods(world, "standalone-data");
    world.apply("standalone.yaml", &[]);
    assert_eq!(pods(world, "standalone-data"), before);
    world.no_changes("standalone.yaml", &[]);
}

fn a_claim_is_added_to_a_mirror_whose_primary_is_the_first_member(world: &World) {
    pair(world, MIRRORED);
    added(world, 2);
}

fn a_claim_is_added_to_a_mirror_whose_primary_is_the_second_member(world: &World) {
    pair(world, MIRRORED);
    world.fail_over(PAIR);
    world.until("the other primary", || (world.pair(PAIR) == format!("{PAIR}-1")).then_some(()));
    added(world, 1);
}

/// Adds a claim to the pair; its pods are replaced from the lowest ordinal up.
fn added(world: &World, moves: usize) {
    let before = pods(world, PAIR);
    world.env.write("mirrored.yaml", &with_extra(MIRRORED));
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(plan.changed(), [format!("StatefulSet/{PAIR} delete create")]);
    let restarts: Vec<_> =
        plan.change(&format!("StatefulSet/{PAIR}")).impact.pods.iter().map(|pod| pod.pod.as_str()).collect();
    assert_eq!(restarts, [format!("{PAIR}-0"), format!("{PAIR}-1")]);
    assert_eq!((plan.0.impact.primary_moves, plan.0.impact.volumes_new), (moves, 2));
    assert_eq!(plan.allowances(), ["restart-primary"]);
    let told = world.apply("mirrored.yaml", &[IMAGE[0], IMAGE[1], "--allow", "restart-primary"]);
    let at = |pod: &str| told.find(&format!("pod {pod} ")).unwrap_or_else(|| panic!("nothing of {pod}: {told}"));
    assert!(at(&format!("{PAIR}-0")) < at(&format!("{PAIR}-1")), "{told}");
    let after = pods(world, PAIR);
    assert!(before.iter().all(|(pod, uid)| after[pod] != *uid), "{after:?}");
    for pod in after.keys() {
        let volumes = world.get(&format!("pods/{pod}"))["spec"]["volumes"].clone();
        let claim = json!(format!("extra-{pod}"));
        assert!(
            volumes.as_array().unwrap().iter().any(|volume| volume["persistentVolumeClaim"]["claimName"] == claim),
            "{volumes}"
        );
    }
    world.no_changes("mirrored.yaml", &IMAGE);
}

fn a_claim_is_added_and_removed_without_a_mirror(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let before = pods(world, "standalone-data");
    world.env.write("standalone.yaml", &with_extra(STANDALONE));
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!((plan.0.impact.restarts, plan.0.impact.volumes_new), (1, 1));
    allowing(world, &plan.allowances());
    let with = pods(world, "standalone-data");
    assert_ne!(with, before);
    world.no_changes("standalone.yaml", &[]);
    world.env.write("standalone.yaml", STANDALONE);
    let plan = world.plan("standalone.yaml", &[]);
    let volumes = &plan.change("StatefulSet/standalone-data").impact.volumes;
    let staying: Vec<_> = volumes.iter().map(|volume| (volume.claim.as_str(), volume.effect)).collect();
    assert_eq!(staying, [("extra-standalone-data-0", VolumeEffect::Stays)]);
    assert_eq!(plan.0.impact.restarts, 1);
    allowing(world, &plan.allowances());
    assert_ne!(pods(world, "standalone-data"), with);
    assert!(world.find("persistentvolumeclaims/extra-standalone-data-0").is_some(), "its data stay");
    world.no_changes("standalone.yaml", &[]);
    // Added again it would bring the old data back.
    world.env.write("standalone.yaml", &with_extra(STANDALONE));
    assert!(world.plan("standalone.yaml", &[]).allowances().contains(&"reuse-data"));
}

/// Applies the stand-alone example with these allowances.
fn allowing(world: &World, names: &[&str]) {
    let joined = names.join(",");
    let allow = ["--allow", joined.as_str()];
    world.apply("standalone.yaml", if names.is_empty() { &[] } else { &allow });
}

fn a_set_that_was_lost_between_its_two_halves_is_made_again_around_its_pods(world: &World) {
    let manifest = expandable(MIRRORED);
    pair(world, &manifest);
    let before = pods(world, PAIR);
    world.env.write("mirrored.yaml", &manifest.replace("storage: 10Gi", "storage: 20Gi"));
    world.orphan(PAIR);
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(plan.changed(), [format!("StatefulSet/{PAIR} create")]);
    let change = plan.change(&format!("StatefulSet/{PAIR}"));
    assert_eq!(change.action_reason, Some(ActionReason::PodsWithoutSet));
    assert_eq!(plan.allowances(), Vec::<&str>::new(), "its own pods hold the volumes: {:?}", plan.0.allowances);
    assert_eq!((plan.0.impact.restarts, plan.0.impact.volumes_growing), (0, 2));
    assert!(change.impact.pods.iter().all(|pod| pod.effect == PodEffect::Adopted));
    world.apply("mirrored.yaml", &IMAGE);
    assert_eq!(pods(world, PAIR), before, "no pod restarted");
    world.no_changes("mirrored.yaml", &IMAGE);
}

fn a_set_whose_pods_lack_a_claim_is_cured(world: &World) {
    pair(world, MIRRORED);
    let before = pods(world, PAIR);
    world.env.write("mirrored.yaml", &with_extra(MIRRORED));
    let plan = world.plan("mirrored.yaml", &IMAGE);
    let steps = &plan.change(&format!("StatefulSet/{PAIR}")).steps;
    let body = steps.iter().find_map(|step| match step {
        Step::Create { body, holes, .. } => {
            assert!(holes.is_empty());
            Some(body.clone())
        }
        _ => None,
    });
    // A run that died after its second half.
    world.orphan(PAIR);
    world.take("iriskit", &format!("statefulsets/{PAIR}"), &body.expect("a body"));
    world.until("the pods to be taken over", || {
        let set = world.get(&format!("statefulsets/{PAIR}"));
        (set["status"]["replicas"] == 2).then_some(())
    });
    let plan = world.plan("mirrored.yaml", &IMAGE);
    let change = plan.change(&format!("StatefulSet/{PAIR}"));
    assert_eq!(change.action_reason, Some(ActionReason::PodsOutdated));
    assert!(matches!(change.steps.as_slice(), [Step::ReplacePods { mirrored: true, blind: false }, Step::WaitReady]));
    world.apply("mirrored.yaml", &[IMAGE[0], IMAGE[1], "--allow", "restart-primary"]);
    let after = pods(world, PAIR);
    assert!(before.iter().all(|(pod, uid)| after[pod] != *uid), "{after:?}");
    world.no_changes("mirrored.yaml", &IMAGE);
}

fn a_new_image_and_other_storage_at_once_are_refused(world: &World) {
    let manifest = expandable(MIRRORED);
    pair(world, &manifest);
    let image = manifest.replace("iris:2024.1\n", "iris:2024.1.1\n");
    world.env.write("mirrored.yaml", &image.replace("storage: 10Gi", "storage: 20Gi"));
    refused(world, "mirrored.yaml", "error[risky-together]", "a new image");
    let common = "    globals=0,0,256,0,0,0\n";
    world.env.write("mirrored.yaml", &image.replace(common, &format!("{common}    MaxServers=80\n")));
    refused(world, "mirrored.yaml", "error[risky-together]", "MaxServers");
}
