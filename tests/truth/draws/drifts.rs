//! What others do on the cluster.

use serde_json::json;

use super::storage;
use crate::{random::Random, scenario::Drift};

/// The cluster that is meant, more often the first.
pub(crate) fn cluster(random: &mut Random, clusters: usize) -> &'static str {
    if clusters == 2 && random.once_in(3) { "b" } else { "a" }
}

pub(crate) fn set(random: &mut Random, name: &str) -> String {
    format!("statefulsets/{name}-{}", random.word(&["data", "data-0", "compute", "webgateway"]))
}

pub(crate) fn map(random: &mut Random, name: &str) -> String {
    match random.word(&["data", "data-0", "compute", "settings", "cpf"]) {
        companion @ ("settings" | "cpf") => format!("configmaps/{companion}"),
        component => format!("configmaps/{name}-{component}"),
    }
}

pub(crate) fn pod(random: &mut Random, name: &str) -> String {
    let of_set = random.word(&["data-0", "data-0-0", "data-0-1", "compute-0", "webgateway-0", "arbiter-0"]);
    format!("pods/{name}-{of_set}")
}

/// What somebody else does.
pub(crate) fn drift(random: &mut Random, clusters: usize) -> Drift {
    let name = cluster(random, clusters);
    let word = random.word(&["red", "green", "blue"]);
    let (set, map) = (set(random, name), map(random, name));
    let service = format!("services/{name}");
    let patch = |manager: &'static str, object: String, patch| Drift::Patch(manager, object, patch);
    let scaled = format!("statefulsets/{name}-{}", random.word(&["compute", "webgateway"]));
    match random.below(30) {
        0 | 1 => patch("kubectl-edit", scaled, json!({"spec": {"replicas": random.below(4)}})),
        2 => patch("kubectl-label", set, json!({"metadata": {"labels": {"team": word}}})),
        3 => patch("kubectl-label", set, json!({"metadata": {"labels": {"intersystems.com/role": word}}})),
        4 => patch("kubectl-annotate", service, json!({"metadata": {"annotations": {"note": word}}})),
        5 => {
            let kind = random.word(&["NodePort", "ClusterIP", "LoadBalancer"]);
            patch("kubectl-edit", service, json!({"spec": {"type": kind}}))
        }
        6 => patch("kubectl-edit", service, json!({"spec": {"selector": {"intersystems.com/role": word}}})),
        7 => patch("kubectl-edit", map, json!({"data": {"data.cpf": word, "a": word}})),
        8 => patch("kubectl-edit", map, json!({"data": {"foreign": word}})),
        9 => patch(
            "kubectl-rollout",
            set,
            json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": word}}}}}),
        ),
        10 => patch(
            "kubectl-edit",
            set,
            json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 60 + random.below(2)}}}}),
        ),
        11 => Drift::Delete(match random.below(9) {
            0 => service,
            1 => format!("services/{name}-webgateway"),
            2 => "services/iris-svc".to_owned(),
            3 => format!("roles/{name}-mirror-labeler"),
            4 => format!("rolebindings/{name}-mirror-labeler"),
            5 => format!("serviceaccounts/{name}-mirror-labeler"),
            _ => map,
        }),
        12 => Drift::Delete(set),
        13 | 14 => Drift::Delete(pod(random, name)),
        15 | 16 => Drift::FailOver(format!("{name}-data-0")),
        17 => Drift::Apply(
            "other-tool",
            "configmaps/settings".to_owned(),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": word}}),
        ),
        18 => Drift::Apply(
            "other-tool",
            service,
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": {"team": word}}}),
        ),
        19 => storage::drift(random),
        20 | 21 => storage::lost(random, name),
        22 => Drift::Class(Some(random.once_in(2))),
        23 | 24 => of_template(set, word),
        25 | 26 => again(random, name),
        27 => Drift::Restored,
        _ => patch("kubectl-edit", "secrets/token".to_owned(), json!({"data": {"token": "YWJj", "other": "eHl6"}})),
    }
}

/// `kubectl set env` on a StatefulSet.
fn of_template(set: String, word: &str) -> Drift {
    let container = if set.ends_with("webgateway") { "webgateway" } else { "iris" };
    let containers = json!([{"name": container, "env": [{"name": "FOREIGN", "value": word}]}]);
    let name = set.trim_start_matches("statefulsets/");
    let body = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
        "spec": {"template": {"spec": {"containers": containers}}}});
    Drift::Apply("kubectl-set", set, body)
}

/// `kubectl replace --force`, or a restore of one object.
pub(crate) fn again(random: &mut Random, name: &str) -> Drift {
    let object = match random.below(8) {
        0 => format!("services/{name}"),
        1 => "services/iris-svc".to_owned(),
        2 => map(random, name),
        3 => format!("roles/{name}-mirror-labeler"),
        4 => format!("configmaps/{name}-iriskit"),
        _ => set(random, name),
    };
    Drift::Again(object, random.once_in(2))
}
