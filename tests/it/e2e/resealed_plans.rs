//! A plan file that somebody changed and sealed anew: its digest is right, and what it says is not what it does.

use iriskit_state::plan::{
    self, AllowanceName, Operation, Plan, PodEffect, Propagation, ResourceChange, Step, Totals, Verb, Verified,
    VolumeEffect,
};
use serde_json::json;

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    what_an_update_does_besides_is_refused,
    what_a_destroy_does_besides_is_refused,
    data_that_come_back_are_not_hidden,
    what_a_roll_does_is_not_hidden,
    an_unchanged_plan_is_applied,
);

type Tamper = fn(&mut Plan);

const SET: &str = "standalone-data";

fn change<'p>(plan: &'p mut Plan, name: &str) -> &'p mut ResourceChange {
    plan.resource_changes.iter_mut().find(|change| change.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// The StatefulSet: its ConfigMap has the same name.
fn set(plan: &mut Plan) -> &mut ResourceChange {
    plan.resource_changes.iter_mut().find(|change| change.kind == "StatefulSet").expect("a StatefulSet")
}

/// Makes the sums right again, as somebody would who knows how plans are made.
fn sum_up(plan: &mut Plan) {
    let mut impact = Totals { volumes_staying: plan.staying.len(), ..Totals::default() };
    for change in &plan.resource_changes {
        impact.class = impact.class.max(change.impact.class);
        impact.primary_moves += change.impact.primary_moves;
        impact.restarts += change.impact.pods.iter().filter(|pod| pod.effect == PodEffect::Restarts).count();
        for volume in &change.impact.volumes {
            match volume.effect {
                VolumeEffect::New => impact.volumes_new += 1,
                VolumeEffect::Reused => impact.volumes_reused += 1,
                VolumeEffect::Stays => impact.volumes_staying += 1,
                VolumeEffect::Deleted => impact.volumes_deleted += 1,
                VolumeEffect::Grows => impact.volumes_growing += 1,
                VolumeEffect::Unknown => impact.volumes_unknown += 1,
            }
        }
    }
    plan.impact = impact;
    let count = |actions: &[Verb]| plan.resource_changes.iter().filter(|one| one.change.actions == actions).count();
    plan.summary.create = count(&[Verb::Create]);
    plan.summary.update = count(&[Verb::Update]);
    plan.summary.delete = count(&[Verb::Delete]);
    plan.summary.unchanged = count(&[Verb::NoOp]);
    plan.summary.replace = count(&[Verb::Delete, Verb::Create]);
}

fn without_allowances(plan: &mut Plan) {
    plan.allowances.clear();
    plan.apply_flags.clear();
    sum_up(plan);
}

/// Each of these is refused, and nothing is written.
#[track_caller]
fn refused(world: &World, tampers: &[(&str, Tamper)], more: &[&str]) {
    let pristine = world.env.read("p.plan");
    let (before, claims) = (world.versions(), world.names("persistentvolumeclaims"));
    for (what, tamper) in tampers {
        let mut plan = plan::read(&pristine).unwrap();
        tamper(&mut plan);
        sum_up(&mut plan);
        world.env.write("tampered.plan", &plan::write(&mut plan).unwrap());
        let output = world.iriskit(&[&["apply", "tampered.plan"], more].concat());
        assert!(matches!(output.code, Some(1 | 3)), "{what}: {output}");
        let known = ["plan-contradicts", "server-differs"].iter().any(|id| output.stderr.contains(id));
        assert!(known, "{what}: {output}");
        assert_eq!(world.versions(), before, "{what}: something was written");
        assert_eq!(world.names("persistentvolumeclaims"), claims, "{what}");
    }
}

/// A plan of another image, in `p.plan`.
fn another_image(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let image = STANDALONE.replace("iris-community:2024.1\n", "iris-community:2024.1.1\n");
    world.env.write("standalone.yaml", &image.replace("NodePort", "ClusterIP"));
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
}

fn delete(propagation: Propagation, change: &ResourceChange) -> Step {
    let uid = change.fingerprint.as_ref().and_then(|seen| seen.uid.clone()).expect("it is there");
    Step::Delete { uid, propagation }
}

fn what_an_update_does_besides_is_refused(world: &World) {
    another_image(world);
    let tampers: &[(&str, Tamper)] = &[
        ("the set is deleted with its pods", |plan| {
            let set = set(plan);
            set.steps = vec![delete(Propagation::Foreground, set)];
        }),
        ("it is deleted and says so, and of its pods nothing", |plan| {
            let set = set(plan);
            (set.steps, set.change.actions) = (vec![delete(Propagation::Foreground, set)], vec![Verb::Delete]);
            (set.impact, set.fields) = (plan::Impact::default(), Vec::new());
        }),
        ("an update of a claim deletes it", |plan| {
            let mut claim = set(plan).clone();
            claim.steps = vec![delete(Propagation::Background, &claim)];
            (claim.kind, claim.api_version, claim.type_name) =
                ("PersistentVolumeClaim".into(), "v1".into(), "v1/PersistentVolumeClaim".into());
            claim.name = format!("iris-data-{SET}-0");
            claim.address = format!("PersistentVolumeClaim/{}/{}", claim.namespace.clone().unwrap(), claim.name);
            claim.impact = plan::Impact::default();
            plan.stages[0].changes.push(claim.address.clone());
            plan.resource_changes.push(claim);
        }),
        ("a deletion of a claim says that it deletes it", |plan| {
            let mut claim = set(plan).clone();
            (claim.steps, claim.change.actions) = (vec![delete(Propagation::Background, &claim)], vec![Verb::Delete]);
            (claim.kind, claim.api_version, claim.type_name) =
                ("PersistentVolumeClaim".into(), "v1".into(), "v1/PersistentVolumeClaim".into());
            claim.name = format!("iris-data-{SET}-0");
            claim.address = format!("PersistentVolumeClaim/{}/{}", claim.namespace.clone().unwrap(), claim.name);
            plan.stages[0].changes.push(claim.address.clone());
            plan.resource_changes.push(claim);
        }),
        ("what is unchanged is deleted", |plan| {
            let service = change(plan, "iris-svc");
            service.steps = vec![delete(Propagation::Background, service)];
        }),
        ("pods go besides", |plan| {
            let pods = vec![(format!("{SET}-0"), "u".to_owned())];
            set(plan).steps.push(Step::DeletePodsByRole { pods });
        }),
        ("a pod goes as one that is stuck", |plan| {
            let pods = vec![(format!("{SET}-7"), "u".to_owned())];
            set(plan).steps.push(Step::ReplaceStuckPods { pods });
        }),
        ("a Service deletes pods as stuck", |plan| {
            let service = change(plan, "standalone");
            let pod = format!("{SET}-0");
            service.impact.pods.push(plan::PodImpact {
                pod: pod.clone(),
                role: None,
                successor: None,
                effect: PodEffect::Restarts,
                rule: None,
            });
            service.steps.push(Step::ReplaceStuckPods { pods: vec![(pod, "u".to_owned())] });
        }),
        ("what is unchanged deletes pods as stuck", |plan| {
            let pods = vec![(format!("{SET}-0"), "u".to_owned())];
            let set = set(plan);
            set.steps = vec![Step::ReplaceStuckPods { pods }];
            set.change.actions = vec![Verb::NoOp];
        }),
        ("a storage class is deleted", |plan| {
            let mut class = set(plan).clone();
            class.steps = vec![delete(Propagation::Background, &class)];
            (class.kind, class.api_version, class.type_name) =
                ("StorageClass".into(), "storage.k8s.io/v1".into(), "storage.k8s.io/v1/StorageClass".into());
            (class.change.actions, class.namespace, class.name) = (vec![Verb::Delete], None, "fast".into());
            (class.address, class.impact) = ("StorageClass/fast".into(), plan::Impact::default());
            plan.stages[0].changes.push(class.address.clone());
            plan.resource_changes.push(class);
        }),
        ("a volume grows besides", |plan| {
            let claim = format!("iris-data-{SET}-0");
            let (from, to) = ("2Gi".to_owned(), "9Gi".to_owned());
            set(plan).steps.insert(0, Step::GrowClaim { claim, uid: "u".into(), from, to });
        }),
        ("nothing restarts", |plan| {
            set(plan).impact = plan::Impact::default();
            without_allowances(plan);
        }),
        ("no allowance", without_allowances),
        ("another object is written", |plan| {
            let Step::Update { body, .. } = &mut change(plan, "standalone").steps[0] else { panic!("an update") };
            body["metadata"]["name"] = json!("iris-svc");
        }),
        ("the address is another's", |plan| change(plan, "standalone").address = "Service/x/y".into()),
        ("another value is written", |plan| {
            let Step::Update { body, .. } = &mut change(plan, "standalone").steps[0] else { panic!("an update") };
            body["spec"]["type"] = json!("LoadBalancer");
        }),
        ("another value is written, which no server checked", |plan| {
            let service = change(plan, "standalone");
            service.verified = Verified::Local;
            let Step::Update { body, .. } = &mut service.steps[0] else { panic!("an update") };
            body["spec"]["type"] = json!("LoadBalancer");
        }),
        ("a field is not listed", |plan| {
            let service = change(plan, "standalone");
            service.verified = Verified::Local;
            service.fields.clear();
        }),
        ("it is done twice", |plan| {
            let service = change(plan, "standalone").clone();
            plan.resource_changes.push(service);
        }),
        ("it is done in two stages", |plan| {
            let address = change(plan, "standalone").address.clone();
            plan.stages[0].changes.push(address);
        }),
    ];
    refused(world, tampers, &["--allow", "outage"]);
    // Sums that are wrong by themselves.
    for tamper in [
        (|plan| plan.summary.delete = 7) as Tamper,
        |plan| plan.impact.restarts = 0,
        |plan| {
            plan.apply_flags = "--allow adopt".into();
        },
    ] {
        let mut plan = plan::read(&world.env.read("p.plan")).unwrap();
        tamper(&mut plan);
        world.env.write("tampered.plan", &plan::write(&mut plan).unwrap());
        let output = world.iriskit(&["apply", "tampered.plan", "--allow", "outage"]);
        assert!(output.code == Some(1) && output.stderr.contains("plan-contradicts"), "{output}");
    }
}

fn what_a_destroy_does_besides_is_refused(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let _ = world.iriskit(&["destroy", "standalone", "-o", "p.plan", "--allow", "delete-data"]).success();
    let tampers: &[(&str, Tamper)] = &[
        ("without its allowance", without_allowances),
        ("without its volumes", |plan| {
            for change in plan.resource_changes.iter_mut().filter(|one| one.kind == "PersistentVolumeClaim") {
                change.impact = plan::Impact::default();
            }
            without_allowances(plan);
        }),
        ("with volumes that stay", |plan| {
            for change in plan.resource_changes.iter_mut().filter(|one| one.kind == "PersistentVolumeClaim") {
                change.impact.volumes[0].effect = VolumeEffect::Stays;
            }
            without_allowances(plan);
        }),
        ("of nobody, whose name need not be typed", |plan| {
            for change in plan.resource_changes.iter_mut().filter(|one| one.kind == "PersistentVolumeClaim") {
                change.owner = String::new();
            }
        }),
        ("as an apply", |plan| plan.operation = Operation::Apply),
    ];
    refused(world, tampers, &[]);
}

fn data_that_come_back_are_not_hidden(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let gone = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(gone.code, Some(0), "{gone}");
    let _ = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]).success();
    let tampers: &[(&str, Tamper)] = &[
        ("without its allowance", without_allowances),
        ("with new volumes", |plan| {
            for volume in &mut set(plan).impact.volumes {
                volume.effect = VolumeEffect::New;
            }
            without_allowances(plan);
        }),
    ];
    refused(world, tampers, &[]);
}

/// A mirrored pair.
const PAIR: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: pair}
spec:
  topology:
    data:
      image: containers.intersystems.com/intersystems/iris:2024.1
      compatibilityVersion: \"2024.1.0\"
      mirrored: true
    arbiter: {image: containers.intersystems.com/intersystems/arbiter:2024.1}
";

/// The StatefulSet of the pair.
fn roll(plan: &mut Plan) -> &mut ResourceChange {
    let is_pair = |change: &&mut ResourceChange| change.kind == "StatefulSet" && change.name == "pair-data-0";
    plan.resource_changes.iter_mut().find(is_pair).expect("the pair")
}

fn what_a_roll_does_is_not_hidden(world: &World) {
    let labeler = ["--labeler-image", super::harness::world::LABELER];
    world.env.write("pair.yaml", PAIR);
    world.apply("pair.yaml", &labeler);
    world.pair("pair-data-0");
    world.env.write("pair.yaml", &PAIR.replace("iris:2024.1\n", "iris:2024.1.1\n"));
    let _ = world.iriskit(&[&["plan", "pair.yaml", "-o", "p.plan"][..], &labeler].concat()).success();
    let tampers: &[(&str, Tamper)] = &[
        ("without its allowance", |plan| plan.allowances.retain(|one| one.name != AllowanceName::RestartPrimary)),
        ("without moves of the primary", |plan| {
            roll(plan).impact.primary_moves = 0;
            without_allowances(plan);
        }),
        ("without restarts", |plan| {
            roll(plan).impact = plan::Impact::default();
            without_allowances(plan);
        }),
        ("blind", |plan| {
            for step in &mut roll(plan).steps {
                if let Step::RollByRole { blind, .. } = step {
                    *blind = true;
                }
            }
        }),
    ];
    for (_, tamper) in tampers {
        let mut plan = plan::read(&world.env.read("p.plan")).unwrap();
        tamper(&mut plan);
        assert_ne!(plan, plan::read(&world.env.read("p.plan")).unwrap());
    }
    let more: Vec<(&str, Tamper)> = tampers.to_vec();
    refused_with_flags(world, &more);
    let applied = world.iriskit(&["apply", "p.plan", "--allow", "restart-primary"]);
    assert_eq!(applied.code, Some(0), "{applied}");
}

/// The same, with flags that are those of the allowances.
fn refused_with_flags(world: &World, tampers: &[(&str, Tamper)]) {
    let pristine = world.env.read("p.plan");
    for (what, tamper) in tampers {
        let mut plan = plan::read(&pristine).unwrap();
        tamper(&mut plan);
        let names: Vec<&str> = plan.allowances.iter().map(|one| one.name.as_str()).collect();
        plan.apply_flags = if names.is_empty() { String::new() } else { format!("--allow {}", names.join(",")) };
        sum_up(&mut plan);
        world.env.write("tampered.plan", &plan::write(&mut plan).unwrap());
        let before = world.versions();
        let output = world.iriskit(&["apply", "tampered.plan", "--allow", "restart-primary"]);
        assert!(output.stderr.contains("plan-contradicts"), "{what}: {output}");
        assert_eq!(world.versions(), before, "{what}: something was written");
    }
}

fn an_unchanged_plan_is_applied(world: &World) {
    another_image(world);
    let mut plan = plan::read(&world.env.read("p.plan")).unwrap();
    let before = plan.clone();
    sum_up(&mut plan);
    assert_eq!(plan, before, "the test itself sums up as iriskit does");
    let applied = world.iriskit(&["apply", "p.plan", "--allow", "outage"]);
    assert_eq!(applied.code, Some(0), "{applied}");
}
