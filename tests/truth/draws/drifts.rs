//! What others do on the cluster.

use serde_json::json;

use super::storage;
use crate::dice::Dice;
use crate::scenario::Drift;

/// What somebody else does.
pub(crate) fn drift(dice: &mut Dice) -> Drift {
    let sets = ["statefulsets/a-data", "statefulsets/a-data-0", "statefulsets/a-compute", "statefulsets/a-webgateway"];
    let maps =
        ["configmaps/a-data", "configmaps/a-data-0", "configmaps/a-compute", "configmaps/settings", "configmaps/cpf"];
    let pods = [
        "pods/a-data-0",
        "pods/a-data-0-0",
        "pods/a-data-0-1",
        "pods/a-compute-0",
        "pods/a-webgateway-0",
        "pods/a-arbiter-0",
    ];
    let word = dice.word(&["red", "green", "blue"]);
    match dice.below(21) {
        0 | 1 => Drift::Patch("kubectl-edit", dice.word(&sets[2..]), json!({"spec": {"replicas": dice.below(4)}})),
        2 => Drift::Patch("kubectl-label", dice.word(&sets), json!({"metadata": {"labels": {"team": word}}})),
        3 => Drift::Patch(
            "kubectl-label",
            dice.word(&sets),
            json!({"metadata": {"labels": {"intersystems.com/role": word}}}),
        ),
        4 => Drift::Patch("kubectl-annotate", "services/a", json!({"metadata": {"annotations": {"note": word}}})),
        5 => Drift::Patch(
            "kubectl-edit",
            "services/a",
            json!({"spec": {"type": dice.word(&["NodePort", "ClusterIP", "LoadBalancer"])}}),
        ),
        6 => Drift::Patch("kubectl-edit", "services/a", json!({"spec": {"selector": {"intersystems.com/role": word}}})),
        7 => Drift::Patch("kubectl-edit", dice.word(&maps), json!({"data": {"data.cpf": word, "a": word}})),
        8 => Drift::Patch("kubectl-edit", dice.word(&maps), json!({"data": {"foreign": word}})),
        9 => Drift::Patch(
            "kubectl-rollout",
            dice.word(&sets),
            json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": word}}}}}),
        ),
        10 => Drift::Patch(
            "kubectl-edit",
            dice.word(&sets),
            json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 60 + dice.below(2)}}}}),
        ),
        11 => Drift::Delete(dice.word(&[
            "services/a",
            "configmaps/a-data",
            "configmaps/a-data-0",
            "configmaps/a-compute",
            "roles/a-mirror-labeler",
            "rolebindings/a-mirror-labeler",
            "serviceaccounts/a-mirror-labeler",
            "services/a-webgateway",
            "services/iris-svc",
        ])),
        12 => Drift::Delete(dice.word(&sets)),
        13 | 14 => Drift::Delete(dice.word(&pods)),
        15 | 16 => Drift::FailOver("a-data-0"),
        17 => Drift::Apply(
            "other-tool",
            "configmaps/settings",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": word}}),
        ),
        18 => Drift::Apply(
            "other-tool",
            "services/a",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "labels": {"team": word}}}),
        ),
        19 => storage::drift(dice),
        _ => Drift::Patch("kubectl-edit", "secrets/token", json!({"data": {"token": "YWJj", "other": "eHl6"}})),
    }
}
