//! A parameter that IRIS reads only when it starts: it stays pending until the pods have started again, whoever plans next.

use iriskit_state::plan::{Severity, TakesEffect};
use serde_json::Value;

use super::harness::{
    manifests::MIRRORED,
    planned::Planned,
    world::{LABELER, World, is_ready},
};

everywhere!(a_parameter_waits_until_every_member_has_started_again, a_value_that_comes_back_waits_for_nothing);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];
const MAP: &str = "ConfigMap/mirrored-data-0";
const PODS: [&str; 2] = ["mirrored-data-0-0", "mirrored-data-0-1"];

/// A manifest with another database cache.
fn globals(world: &World, megabytes: u32, manifest: &str) {
    let other = manifest.replace("globals=0,0,256,", &format!("globals=0,0,{megabytes},"));
    world.env.write("mirrored.yaml", &other);
}

fn pair(world: &World) {
    globals(world, 256, MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    world.pair("mirrored-data-0");
}

/// What the parameter's change says: when, by whose restart, and who waits.
#[track_caller]
fn told(plan: &Planned) -> (TakesEffect, Vec<String>, Vec<String>) {
    let found = &plan.change(MAP).impact.parameters;
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].takes_effect, found[0].loaded_by.clone(), found[0].waiting.clone())
}

/// A plan without changes, and its notes on what waits.
#[track_caller]
fn waiting(world: &World) -> Vec<String> {
    world.no_changes("mirrored.yaml", &IMAGE);
    world.no_changes("mirrored.yaml", &[&IMAGE[..], &["--server-diff", "always"]].concat());
    let plan = world.plan("mirrored.yaml", &IMAGE);
    let notes = plan.notes("restart-pending");
    assert!(notes.iter().all(|note| note.severity == Severity::Note));
    notes.iter().map(|note| note.message.clone()).collect()
}

fn a_parameter_waits_until_every_member_has_started_again(world: &World) {
    pair(world);
    assert_eq!(waiting(world), Vec::<String>::new());
    globals(world, 512, MIRRORED);
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(told(&plan), (TakesEffect::NextRestart, vec![], PODS.map(str::to_owned).to_vec()));
    assert_eq!((plan.0.impact.restarts, plan.allowances()), (0, vec![]));
    world.apply("mirrored.yaml", &IMAGE);

    let notes = waiting(world);
    assert_eq!(notes.len(), 1, "{notes:?}");
    for said in [&["[config] globals", "0,0,256,0,0,0", "0,0,512,0,0,0"][..], &PODS].concat() {
        assert!(notes[0].contains(said), "nothing of {said}: {}", notes[0]);
    }
    // Another change does not make it forgotten; a plan that restarts the members ends it.
    globals(world, 512, &MIRRORED.replace("routines=64", "routines=64\n    locksiz=33554432"));
    world.apply("mirrored.yaml", &IMAGE);
    assert_eq!(waiting(world).len(), 1);
    globals(world, 512, &MIRRORED.replace("cpu: 500m", "cpu: 600m").replace("routines=64", "routines=65"));
    let plan = world.plan("mirrored.yaml", &IMAGE);
    let routines = plan.change(MAP).impact.parameters.iter().find(|one| one.key == "routines").expect("routines");
    assert_eq!((routines.loaded_by.len(), routines.waiting.len()), (2, 0));
    assert_eq!(plan.notes("restart-pending").len(), 0, "its restarts end it");
    world.apply("mirrored.yaml", &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
    assert_eq!(waiting(world), Vec::<String>::new());
    let record = world.get("configmaps/mirrored-iriskit")["data"]["record.json"].as_str().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&record).unwrap().get("pending"), None, "nothing is kept for ever");
}

fn a_value_that_comes_back_waits_for_nothing(world: &World) {
    pair(world);
    globals(world, 512, MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    // A member that somebody deletes has loaded it when it is back.
    world.delete("pods/mirrored-data-0-1");
    world.until("the member to be back", || {
        let pod = world.find("pods/mirrored-data-0-1")?;
        is_ready(&pod).then_some(())
    });
    let notes = waiting(world);
    assert!(notes.len() == 1 && notes[0].contains(PODS[0]) && !notes[0].contains(PODS[1]), "{notes:?}");
    globals(world, 256, MIRRORED);
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(told(&plan), (TakesEffect::NextRestart, vec![], vec![PODS[1].to_owned()]));
    world.apply("mirrored.yaml", &IMAGE);
    let notes = waiting(world);
    assert!(notes.len() == 1 && !notes[0].contains(PODS[0]) && notes[0].contains(PODS[1]), "{notes:?}");
}
