//! Pods of companions in the plan, and companions that are none.

use std::collections::BTreeSet;

use iriskit_state::plan::PodEffect;

use super::harness::{
    manifests::STANDALONE,
    planned::Planned,
    world::{World, is_ready, name_of},
};

everywhere!(hooks_of_helm_are_left_out,);

const FILE: &str = "standalone.yaml";

fn workload(kind: &str, spec: &str, image: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: front}}\nspec:\n{spec}  selector: {{matchLabels: {{app: f}}}}\n  \
         template: {{metadata: {{labels: {{app: f}}}}, spec: {{containers: [{{name: m, image: 'e/x:{image}'}}]}}}}\n"
    )
}

fn beside(world: &World, companion: &str) {
    world.env.write(FILE, &format!("{STANDALONE}{companion}"));
}

/// The pods of the companion that run.
fn running(world: &World, count: usize) -> BTreeSet<String> {
    world.until("pods of the companion", || {
        let pods = world.list("pods");
        let own = pods.iter().filter(|pod| pod["metadata"]["labels"]["app"] == "f" && is_ready(pod));
        let own = own.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        let names: BTreeSet<String> = own.map(|pod| name_of(pod).to_owned()).collect();
        (names.len() == count || count == 0 && !names.is_empty()).then_some(names)
    })
}

fn touched(plan: &Planned, effect: PodEffect) -> BTreeSet<String> {
    let all = plan.0.resource_changes.iter().flat_map(|change| &change.impact.pods);
    all.filter(|pod| pod.effect == effect).map(|pod| pod.pod.clone()).collect()
}

#[test]
fn pods_of_a_deployment_are_told_and_an_outage_is_to_be_allowed() {
    let Some(world) = World::on_the_control_plane() else { return };
    let front = |replicas: u64, image: &str| {
        workload("Deployment", &format!("  replicas: {replicas}\n  strategy: {{type: Recreate}}\n"), image)
    };
    beside(&world, &front(2, "1"));
    world.apply(FILE, &[]);
    let pods = running(&world, 2);
    beside(&world, &front(2, "2"));
    let plan = world.plan(FILE, &[]);
    assert_eq!((touched(&plan, PodEffect::Restarts), plan.allowances()), (pods.clone(), vec!["outage"]));
    let text = world.iriskit(&["plan", FILE]).stdout;
    assert!(!text.contains("Nothing that runs is restarted") && text.contains("Restarts 2 pods"), "{text}");
    let refused = world.iriskit(&["apply", FILE, "--auto-approve"]);
    assert!(refused.code == Some(6), "{refused}");
    world.apply(FILE, &["--allow", "outage"]);
    let new = running(&world, 2);
    assert!(pods.is_disjoint(&new), "{pods:?} {new:?}");
    // Scaled to nothing, and taken out of the manifest.
    for companion in [front(0, "2"), String::new()] {
        beside(&world, &companion);
        let plan = world.plan(FILE, &[]);
        assert_eq!((touched(&plan, PodEffect::Deleted), plan.allowances()), (new.clone(), vec!["outage"]));
        let text = world.iriskit(&["plan", FILE]).stdout;
        assert!(!text.contains("Nothing that runs is restarted") && text.contains("Deletes 2 pods"), "{text}");
    }
}

#[test]
fn pods_of_a_daemon_set_and_bare_pods_are_told() {
    let Some(world) = World::on_the_control_plane() else { return };
    let bare = |image: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: tool, labels: {{app: f}}}}\nspec: {{containers: [{{name: m, image: \
             'e/x:{image}'}}]}}\n"
        )
    };
    for companion in [|image: &str| workload("DaemonSet", "", image), bare] {
        beside(&world, &companion("1"));
        world.apply(FILE, &["--allow", "outage"]);
        let pods = running(&world, 0);
        beside(&world, &companion("2"));
        let plan = world.plan(FILE, &[]);
        assert_eq!(touched(&plan, PodEffect::Restarts), pods);
        world.apply(FILE, &["--allow", "outage"]);
        world.no_changes(FILE, &[]);
        beside(&world, "");
        world.apply(FILE, &["--allow", "outage"]);
    }
}

fn hooks_of_helm_are_left_out(world: &World) {
    let hook = |kind: &str| {
        format!("---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: ping, annotations: {{helm.sh/hook: test}}}}\n")
    };
    beside(world, &format!("{}{}", hook("ConfigMap"), hook("ServiceAccount")));
    let plan = world.plan(FILE, &[]);
    assert_eq!(plan.notes("helm-hook").len(), 2);
    assert!(!plan.changed().iter().any(|change| change.contains("ping")), "{:?}", plan.changed());
    world.apply(FILE, &[]);
    assert!(world.find("configmaps/ping").is_none());
}

/// The default `rollingUpdate` of nobody may not stay beside `Recreate`, and no apply takes away what nobody owns.
#[test]
fn a_deployment_comes_to_recreate_and_back() {
    let Some(world) = World::on_the_control_plane() else { return };
    let front = |strategy: &str| workload("Deployment", &format!("  replicas: 1\n{strategy}"), "1");
    let live = |world: &World| {
        let tail = format!("/apis/apps/v1/namespaces/{}/deployments/front", world.namespace());
        world.get(&tail)["spec"]["strategy"].clone()
    };
    beside(&world, &front(""));
    world.apply(FILE, &[]);
    for strategy in [
        "  strategy: {type: Recreate}\n",
        "  strategy: {type: RollingUpdate}\n",
        "  strategy: {type: Recreate, rollingUpdate: null}\n",
    ] {
        beside(&world, &front(strategy));
        let plan = world.plan(FILE, &[]);
        assert_eq!(
            (plan.changed(), plan.allowances()),
            (vec!["Deployment/front update".to_owned()], vec![]),
            "{strategy}"
        );
        world.apply(FILE, &[]);
        assert_eq!(live(&world)["rollingUpdate"].is_null(), strategy.contains("Recreate"), "{strategy}");
        world.no_changes(FILE, &[]);
    }
}
