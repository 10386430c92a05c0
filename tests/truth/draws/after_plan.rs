//! What others do between a plan and its apply: what the plan looked at, and what must not trouble it.

use serde_json::{Value, json};

use super::{drifts, storage};
use crate::{random::Random, scenario::Drift};

pub(crate) fn drift_after_plan(random: &mut Random, clusters: usize) -> Drift {
    let name = drifts::cluster(random, clusters);
    let word = random.word(&["red", "green", "blue"]);
    let set = drifts::set(random, name);
    let patch = |manager: &'static str, object: &str, patch| Drift::Patch(manager, object.to_owned(), patch);
    let service = format!("services/{name}");
    match random.below(33) {
        0 => patch("kubectl-edit", "secrets/login", json!({"stringData": {"password": word}})),
        1 => patch("kubectl-edit", "secrets/key", json!({"stringData": {"iris.key": word}})),
        2 => patch("kubectl-label", "secrets/key", json!({"metadata": {"labels": {"team": word}}})),
        3 => patch("kubectl-edit", "configmaps/cpf", json!({"data": {"common.cpf": "[config]\nroutines=80\n"}})),
        4 => patch("kubectl-annotate", "configmaps/cpf", json!({"metadata": {"annotations": {"note": word}}})),
        5 => patch("kubectl-scale", &set, json!({"spec": {"replicas": random.below(3)}})),
        6 => patch("kubectl-label", &set, json!({"metadata": {"labels": {"intersystems.com/role": word}}})),
        7 => patch("kubectl-label", &set, json!({"metadata": {"labels": {"example.com/foreign": word}}})),
        8 => patch("kubectl-annotate", &set, json!({"metadata": {"annotations": {"example.com/foreign": word}}})),
        9 => patch(
            "kubectl-edit",
            &format!("{service}/status"),
            json!({"status": {"conditions": [{"type": "Seen", "status": "True", "reason": "Test", "message": word,
                "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}),
        ),
        10 => patch("kubectl-annotate", &service, json!({"metadata": {"annotations": {"example.com/foreign": word}}})),
        11 => Drift::Share("helm", service, random.word(&["/spec/type", "/spec/selector", "/metadata/labels"])),
        12 => Drift::Share("other-tool", set, random.word(&["/spec/replicas", "/metadata/labels"])),
        13 | 14 => Drift::Delete(drifts::pod(random, name)),
        15 | 16 => Drift::FailOver(format!("{name}-data-0")),
        17 => patch("kubectl-edit", &drifts::map(random, name), json!({"data": {"foreign": word}})),
        18 => patch("kubectl-label", &drifts::pod(random, name), json!({"metadata": {"labels": {"seen": word}}})),
        19 => {
            let kind = random.word(&["NodePort", "ClusterIP", "LoadBalancer"]);
            patch("kubectl-edit", &service, json!({"spec": {"type": kind}}))
        }
        20 => patch("kubectl-edit", &service, json!({"spec": {"selector": {"intersystems.com/role": word}}})),
        21 => Drift::Delete(service),
        22 => patch(
            "kubectl-edit",
            &set,
            json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 60 + random.below(2)}}}}),
        ),
        23..=25 => storage::lost(random, name),
        26 | 27 => Drift::Class(*random.one_of(&[None, Some(false)])),
        28 | 29 => drifts::again(random, name),
        _ => drifts::drift(random, clusters),
    }
}

/// The same by another hand, with other values. `None` for what has none.
pub(crate) fn by_another_hand(random: &mut Random, drift: &Drift) -> Option<Drift> {
    let Drift::Patch(_, object, patch) = drift else { return None };
    let mut patch = patch.clone();
    change_values(random, "", &mut patch);
    Some(Drift::Patch(random.word(&["kubectl-edit", "autoscaler"]), object.clone(), patch))
}

fn change_values(random: &mut Random, name: &str, value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| change_values(random, name, value)),
        Value::Number(_) if name == "replicas" => *value = json!(random.below(4)),
        Value::Number(_) => *value = json!(60 + random.below(3)),
        Value::String(_) => {
            *value = json!(match name {
                "type" => random.word(&["NodePort", "ClusterIP", "LoadBalancer"]),
                "storage" => random.word(&["3Gi", "4Gi", "5Gi"]),
                "token" | "other" => random.word(&["YWJj", "eHl6"]),
                _ => random.word(&["red", "green", "blue", "black"]),
            });
        }
        _ => {}
    }
}
