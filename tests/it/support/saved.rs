//! A plan file made by hand.

use iriskit_state::plan;
use serde_json::json;

use super::env::Env;

/// Writes `p.plan`, a plan of nothing.
pub(crate) fn saved(env: &Env) {
    let document = json!({
        "format_version": plan::FORMAT_VERSION,
        "iriskit_version": "0.1.0",
        "id": "3f2a91c0d4e5f60718293a4b5c6d7e8f",
        "digest": "",
        "created_at": "2026-08-21T12:00:00Z",
        "expires_at": "2026-08-22T12:00:00Z",
        "operation": "apply",
        "cluster": {
            "context": "kind-prod",
            "server": "https://127.0.0.1:6443",
            "user": "jane@prod",
            "namespaces": {"hospital": {"exists": true}},
        },
        "sources": [{"path": "simple.yaml"}],
        "owners": [{"namespace": "hospital", "name": "simple", "summary": "mirrored pair"}],
        "references": [],
        "resource_changes": [],
        "resource_drift": [],
        "stages": [],
        "summary": {"create": 0, "update": 0, "replace": 0, "delete": 0, "unchanged": 13},
        "impact": {
            "class": "none", "restarts": 0, "primary_moves": 0,
            "volumes_new": 0, "volumes_reused": 0, "volumes_staying": 0, "volumes_deleted": 0,
        },
        "allowances": [],
        "staying": [],
        "notes": [],
    });
    let mut plan: plan::Plan = serde_json::from_value(document).unwrap();
    env.write("p.plan", &plan::write(&mut plan).unwrap());
}
