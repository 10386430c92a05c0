//! What others do on the cluster, done.

use std::sync::Arc;

use iriskit_state::plan::{Plan, Step};
use serde_json::{Value, json};

use crate::{
    history::{State, is_mirror, name, pods_of},
    place::{KINDS, World},
    restores,
    scenario::{Drift, Maker},
};

/// Somebody else does something; what is not there can't be changed. Data nodes are called otherwise in a mirror:
/// those that are there are meant.
pub(crate) async fn cause_drift(world: &World, drift: &Drift) {
    let (Drift::Patch(_, object, _) | Drift::Apply(_, object, _) | Drift::Share(_, object, _) | Drift::Delete(object)) =
        drift
    else {
        match drift {
            Drift::Again(object, orphans) => {
                if let Some(object) = existing(world, object).await {
                    restores::again(world, &object, *orphans).await;
                }
            }
            Drift::Restored => restores::all(world).await,
            Drift::FailOver(set) => world.fail_over(set).await,
            Drift::Class(expands) => world.set_class(*expands).await,
            _ => {}
        }
        return;
    };
    let Some(object) = existing(world, object).await else { return };
    let object = object.as_str();
    let (code, body) = match drift {
        Drift::Patch(manager, _, patch) => {
            let query = format!("{object}?fieldManager={manager}");
            world.ask("PATCH", &query, "application/merge-patch+json", Some(patch)).await
        }
        Drift::Apply(manager, _, body) => {
            let mut body = body.clone();
            body["metadata"]["name"] = json!(object.split('/').nth(1).unwrap_or_default());
            server_side_apply(world, manager, object, &body).await
        }
        Drift::Share(manager, _, pointer) => {
            let (code, live) = world.ask("GET", object, "application/json", None).await;
            let Some(value) = live.pointer(pointer).filter(|_| code == 200) else { return };
            let (plural, name) = object.split_once('/').expect("plural and name");
            let (_, api_version, kind) = KINDS.iter().find(|(known, ..)| *known == plural).expect("a known kind");
            let mut same = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
            let mut here = &mut same;
            for part in pointer.split('/').skip(1) {
                here = &mut here[part.replace("~1", "/")];
            }
            *here = value.clone();
            server_side_apply(world, manager, object, &same).await
        }
        _ => world.ask("DELETE", object, "application/json", None).await,
    };
    // A server may refuse (a claim whose class does not let it grow).
    assert!(matches!(code, 200 | 202 | 403 | 404 | 422), "{drift:?}: {code} {body}");
}

/// The object under one of its names, if it is there.
async fn existing(world: &World, object: &str) -> Option<String> {
    let other = match object.strip_suffix("-0") {
        Some(shorter) if shorter.contains("-data") => shorter.to_owned(),
        _ if object.ends_with("-data") => format!("{object}-0"),
        _ => object.to_owned(),
    };
    for object in [object.to_owned(), other] {
        if world.ask("GET", &object, "application/json", None).await.0 == 200 {
            return Some(object);
        }
    }
    None
}

async fn server_side_apply(world: &World, manager: &str, object: &str, body: &Value) -> (u16, Value) {
    let query = format!("{object}?fieldManager={manager}&force=true");
    world.ask("PATCH", &query, "application/apply-patch+yaml", Some(body)).await
}

/// Somebody makes what a plan would make: the same objects without iriskit's marks, and maybe with more in them.
pub(crate) async fn make_as(world: &World, plan: &Plan, maker: &Maker) {
    for change in &plan.resource_changes {
        let Some(mut object) = change.steps.iter().find_map(|step| match step {
            // Where a secret belongs there would be a hole.
            Step::Create { body, holes, .. } if holes.is_empty() => Some(body.clone()),
            _ => None,
        }) else {
            continue;
        };
        let Some((plural, ..)) = KINDS.iter().find(|(.., kind)| *kind == change.kind) else { continue };
        // Pods come only where their account is.
        if maker.kind.is_some_and(|kind| kind != change.kind && change.kind != "ServiceAccount") {
            continue;
        }
        for (map, ours) in [("annotations", "iriskit/applied"), ("labels", "applyset.kubernetes.io/part-of")] {
            if let Some(entries) = object["metadata"].get_mut(map).and_then(Value::as_object_mut) {
                entries.remove(ours);
            }
        }
        if maker.more {
            object["metadata"]["labels"]["example.com/old"] = json!("x");
            object["metadata"]["annotations"]["example.com/old"] = json!("x");
            if change.kind == "ConfigMap" {
                object["data"]["old.txt"] = json!("x");
            }
            if let Some(iris) = object.pointer_mut("/spec/template/spec/containers/0") {
                let env = iris.as_object_mut().expect("a container").entry("env").or_insert_with(|| json!([]));
                env.as_array_mut().expect("a list").push(json!({"name": "OLD", "value": "x"}));
            }
        }
        let manager = maker.manager;
        let (code, body) = if maker.applies {
            server_side_apply(world, manager, &format!("{plural}/{}", change.name), &object).await
        } else {
            world.ask("POST", &format!("{plural}?fieldManager={manager}"), "application/json", Some(&object)).await
        };
        assert!(matches!(code, 200 | 201 | 409), "{}: {code} {body}", change.address);
    }
}

/// Whether this may happen between a plan and its apply and still leave the plan's words on pods true: a pod that comes
/// back may not come back newer than it was, and where the order does not go by role, the roles have to stay.
pub(crate) fn is_harmless(drift: &Drift, state: &State, by_ordinal: bool) -> bool {
    // An item that others add to a list of ours has no place of its own in what is compared.
    if matches!(drift, Drift::Apply("kubectl-set", ..)) {
        return false;
    }
    let cluster = match drift {
        Drift::Delete(object) => object.strip_prefix("pods/"),
        Drift::FailOver(set) => Some(set.as_str()),
        _ => None,
    };
    let Some(cluster) = cluster.and_then(|pod| pod.split('-').next()) else { return true };
    let of_cluster = |id: &str| id.starts_with(&format!("StatefulSet/{cluster}-"));
    state.iter().filter(|(id, _)| of_cluster(id)).all(|(_, set)| {
        let is_current =
            |pod: &Arc<Value>| pod["metadata"]["labels"]["controller-revision-hash"] == set["status"]["updateRevision"];
        pods_of(state, name(set)).all(is_current) && !(by_ordinal && is_mirror(set))
    })
}
