//! Changed texts: when each parameter takes effect, and who waits for a restart.

use iriskit_state::plan::{ImpactClass, ParameterChange, Plan, RuleId, TakesEffect};
use serde_json::{Value, json};

use super::scene::*;
use crate::expand::Desired;

const MAP: &str = "ConfigMap/n/c-data-0";

fn cpf(text: &str) -> Desired {
    config_map("c-data-0", &json!({"data.cpf": text}))
}

/// A pod that mounts the ConfigMap.
fn reader(ordinal: u32, role: &str) -> Value {
    let mut pod = pod(ordinal, "new", Some(role), true);
    let volumes = pod["spec"]["volumes"].as_array_mut().unwrap();
    volumes.push(json!({"name": "cpf", "configMap": {"name": "c-data-0"}}));
    pod
}

fn parameters<'a>(plan: &'a Plan, address: &str) -> Vec<(&'a str, TakesEffect)> {
    change(plan, address).impact.parameters.iter().map(|one| (one.key.as_str(), one.takes_effect)).collect()
}

fn only(plan: &Plan) -> &ParameterChange {
    let parameters = &change(plan, MAP).impact.parameters;
    assert_eq!(parameters.len(), 1);
    &parameters[0]
}

#[test]
fn a_changed_text_is_told_parameter_by_parameter() {
    let old = "[config]\nglobals=0,0,100,0,0,0\nlocksiz=1\nzfheap=1,2\n[Startup]\nPasswordHash=canary-a\n";
    let new = "[config]\nglobals=0,0,200,0,0,0\nlocksiz=2\n[Startup]\nPasswordHash=canary-b\n[Own]\nx=1\n";
    let live = live([applied(&cpf(old)), applied(&pair("i:2024.1")), reader(0, "primary"), reader(1, "backup")]);
    let plan = plan(owner(vec![cpf(new), pair("i:2024.1")]), &live);
    assert_eq!(
        parameters(&plan, MAP),
        [
            ("globals", TakesEffect::NextRestart),
            ("locksiz", TakesEffect::Live),
            ("zfheap", TakesEffect::NoEffect),
            ("x", TakesEffect::Unknown),
            ("PasswordHash", TakesEffect::FirstStart),
        ]
    );
    let impact = &change(&plan, MAP).impact;
    assert_eq!((impact.class, plan.impact.restarts), (ImpactClass::Live, 0));
    assert_eq!(impact.parameters[0].waiting, ["c-data-0-0", "c-data-0-1"]);
    assert!(impact.parameters.iter().all(|one| impact.rules.contains(&one.rule)));
    assert!(!serde_json::to_string(&plan).unwrap().contains("canary"));
}

#[test]
fn a_roll_of_the_same_plan_takes_the_parameter_over() {
    let old = "[config]\nglobals=0,0,100,0,0,0\n";
    let live = live([applied(&cpf(old)), applied(&pair("i:2024.1")), reader(0, "primary"), reader(1, "backup")]);
    let plan = plan(owner(vec![cpf("[config]\nglobals=0,0,200,0,0,0\n"), pair("i:2024.1.1")]), &live);
    let globals = only(&plan);
    assert_eq!(globals.loaded_by, ["c-data-0-0", "c-data-0-1"]);
    assert_eq!(globals.waiting, Vec::<String>::new());
}

#[test]
fn what_waits_for_a_restart_or_never_takes_effect_is_felt_by_nobody() {
    for line in ["[config]\ngmheap=1\n", "[Startup]\nPasswordHash=x\n", "[Startup]\nWebServerPort=1\n"] {
        let live = live([applied(&cpf("[config]\n"))]);
        let plan = plan(owner(vec![cpf(line)]), &live);
        assert_eq!(change(&plan, MAP).impact.class, ImpactClass::None, "{line}");
        assert_eq!(allowances(&plan), Vec::<&str>::new());
    }
}

#[test]
fn deleting_a_database_has_to_be_allowed() {
    let live = live([applied(&cpf("[Actions]\n"))]);
    let plan = plan(owner(vec![cpf("[Actions]\nDeleteDatabase:Name=app\n")]), &live);
    assert_eq!(allowances(&plan), ["delete-data"]);
    assert_eq!(change(&plan, MAP).impact.class, ImpactClass::Data);
    assert!(change(&plan, MAP).impact.irreversible.is_some());
}

#[test]
fn gateway_texts_are_told_as_well() {
    let map = |ini: &str, conf: &str| config_map("c-data-0", &json!({"CSP.ini": ini, "CSP.conf": conf}));
    let live = live([applied(&map("[SYSTEM]\nREADONLY=0\nSM_Timeout=1\n", "a"))]);
    let plan = plan(owner(vec![map("[SYSTEM]\nREADONLY=1\nSM_Timeout=2\n", "b")]), &live);
    assert_eq!(parameters(&plan, MAP), [("READONLY", TakesEffect::NextRestart), ("SM_Timeout", TakesEffect::Live)]);
    let impact = &change(&plan, MAP).impact;
    assert_eq!(impact.effects.len(), 1);
    assert_eq!(impact.rules, [RuleId::CspConfRestart, RuleId::CspGatewayRestart, RuleId::CspLiveMerge]);
}
