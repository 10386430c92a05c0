//! What somebody did between a plan and its apply: whether the plan has to be refused, and what else to expect where not.
//! It goes by what the objects say themselves, not by the plan's fingerprints.

use std::collections::BTreeSet;

use iriskit_core::diff::differences;
use iriskit_kubernetes::schema::table;
use iriskit_state::plan::{FieldChange, Plan, PodEffect, ResourceChange, Role, Step, Verb, VolumeEffect};
use serde_json::{Map, Value};

use crate::{
    facts::visible,
    history::{State, claims_of, name, pods_of, role_of, text, uid},
    relevant_places::{Wanted, is_near, leaves_between},
};

/// Why a plan made at `then` may not be carried out at `now`: everything that it looked at and that moved.
pub(crate) fn reasons(plan: &Plan, wanted: &Wanted, then: &State, now: &State) -> Vec<String> {
    let mut found = Vec::new();
    for change in &plan.resource_changes {
        let id = format!("{}/{}", change.kind, change.name);
        match (then.get(&id), now.get(&id)) {
            (None, None) => {}
            (Some(object), Some(now)) if uid(object) == uid(now) => {
                let relevant_places = wanted.relevant_places(change, object, then);
                let moved = leaves_between(&visible(object), &visible(now));
                found.extend(moved.keys().filter(|at| is_near(at, &relevant_places)).map(|at| format!("{id} {at}")));
            }
            _ => found.push(format!("{id} is another one")),
        }
    }
    found.extend(claims(plan, then, now));
    found.extend(classes(plan, then, now));
    let own = ["PersistentVolumeClaim/", "StorageClass/"];
    for reference in plan.references.iter().filter(|one| !own.iter().any(|kind| one.address.starts_with(kind))) {
        let mut parts = reference.address.split('/');
        let (kind, name) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
        let id = format!("{kind}/{name}");
        let seen = |state: &State| state.get(&id).map(|object| content(kind, object));
        if seen(then) != seen(now) {
            found.push(format!("{id}, which is referred to"));
        }
    }
    found
}

const GOING: &str = "/metadata/deletionTimestamp";

/// The claims that the words of a plan hang on and that are others now: those that it makes, takes or lets grow, those of
/// pods that it restarts or deletes, and those that it says stay.
fn claims(plan: &Plan, then: &State, now: &State) -> Vec<String> {
    let (mut sized, mut present) = (BTreeSet::new(), BTreeSet::new());
    for change in plan.resource_changes.iter().filter(|change| change.kind == "StatefulSet") {
        for volume in &change.impact.volumes {
            if matches!(volume.effect, VolumeEffect::New | VolumeEffect::Reused | VolumeEffect::Grows) {
                sized.insert(volume.claim.clone());
            }
        }
        let given_up =
            change.impact.pods.iter().filter(|pod| matches!(pod.effect, PodEffect::Restarts | PodEffect::Deleted));
        for pod in given_up.filter_map(|pod| then.get(&format!("Pod/{}", pod.pod))) {
            present.extend(claims_of(pod).map(str::to_owned));
        }
    }
    let staying = plan.staying.iter().filter_map(|stays| stays.address.strip_prefix("PersistentVolumeClaim/"));
    present.extend(staying.filter_map(|at| at.rsplit('/').next()).map(str::to_owned));
    let is_deleted = |claim: &String| {
        plan.resource_changes.iter().any(|change| change.kind == "PersistentVolumeClaim" && change.name == *claim)
    };
    present.retain(|claim| !is_deleted(claim));
    let seen = |state: &State, claim: &str, members: &[&str]| {
        let claim = state.get(&format!("PersistentVolumeClaim/{claim}"));
        let values = members.iter().map(|at| claim.and_then(|claim| claim.pointer(at)).cloned()).collect::<Vec<_>>();
        (claim.map(|claim| uid(claim).to_owned()), values)
    };
    let fields = ["/spec/resources/requests/storage", "/spec/storageClassName", GOING];
    let other = |claim: &String, members: &[&str]| seen(then, claim, members) != seen(now, claim, members);
    let sized = sized.iter().filter(|claim| other(claim, &fields));
    sized.chain(present.iter().filter(|claim| other(claim, &[GOING]))).map(|claim| format!("claim {claim}")).collect()
}

/// The storage classes of claims that are to grow and that allow something else now.
fn classes(plan: &Plan, then: &State, now: &State) -> Vec<String> {
    let volumes = plan.resource_changes.iter().flat_map(|change| &change.impact.volumes);
    let growing = volumes.filter(|volume| volume.effect == VolumeEffect::Grows);
    let claims = growing.filter_map(|volume| then.get(&format!("PersistentVolumeClaim/{}", volume.claim)));
    let names: BTreeSet<&str> = claims.map(|claim| text(&claim["spec"]["storageClassName"])).collect();
    let seen = |state: &State, name: &str| {
        let class = state.get(&format!("StorageClass/{name}"));
        class.map(|class| (uid(class).to_owned(), class["allowVolumeExpansion"].clone()))
    };
    let others = names.into_iter().filter(|name| seen(then, name) != seen(now, name));
    others.map(|name| format!("storage class {name}")).collect()
}

/// What counts of an object that a plan only refers to.
fn content(kind: &str, object: &Value) -> Vec<Value> {
    let members: &[&str] = match kind {
        "Secret" => &["/metadata/resourceVersion"],
        _ => &["/data", "/binaryData"],
    };
    let values = members.iter().map(|at| object.pointer(at).cloned().unwrap_or_default());
    [object["metadata"]["uid"].clone()].into_iter().chain(values).collect()
}

/// The plan as it is to be read when only what it does not look at moved: the values of others are what they are now,
/// and in a roll by role each member goes when its role of now says so.
pub(crate) fn rebased(plan: &Plan, then: &State, now: &State) -> Plan {
    let mut plan = plan.clone();
    for change in &mut plan.resource_changes {
        let id = format!("{}/{}", change.kind, change.name);
        if let (Some(then), Some(now)) = (then.get(&id), now.get(&id)) {
            let moved = leaves_between(&visible(then), &visible(now));
            let said = &mut change.change;
            for value in [&mut said.before, &mut said.after].into_iter().filter(|value| !value.is_null()) {
                for (at, new) in &moved {
                    put(value, at, new.as_ref());
                }
            }
            if !moved.is_empty() && said.actions == [Verb::Update] {
                regroup(change);
            }
        }
        let by_role = |step: &Step| matches!(step, Step::RollByRole { .. } | Step::DeletePodsByRole { .. });
        if change.steps.iter().any(by_role) {
            change_roles(change, now);
        }
    }
    plan
}

/// A map that was not there is one field when it comes, and its entries are several when somebody else made it meanwhile.
fn regroup(change: &mut ResourceChange) {
    let kind = table().kind(&change.api_version, &change.kind).expect("a known kind");
    let around = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let now = differences(kind, &change.change.before, &change.change.after);
    let mut fields = Vec::new();
    for field in &change.fields {
        let parts: Vec<FieldChange> = now
            .iter()
            .map(|part| (part.path.to_human(), part))
            .filter(|(path, _)| around(&field.path, path) || around(path, &field.path))
            .map(|(path, part)| FieldChange {
                path,
                before: part.before.clone().unwrap_or_default(),
                after: part.after.clone().unwrap_or_default(),
                ..field.clone()
            })
            .collect();
        let same = parts.is_empty() || parts.iter().any(|part| part.path == field.path);
        fields.extend(if same { vec![field.clone()] } else { parts });
    }
    fields.dedup_by(|one, other| one.path == other.path);
    change.fields = fields;
}

/// Where another member is primary now, the two take each other's turns.
fn change_roles(change: &mut ResourceChange, now: &State) {
    let pods = &mut change.impact.pods;
    let planned = pods.iter().find(|pod| pod.role.map(Role::as_str) == Some("primary")).map(|pod| pod.pod.clone());
    let live = pods_of(now, &change.name).find(|pod| role_of(pod) == Some("primary")).map(|pod| name(pod).to_owned());
    let (Some(planned), Some(live)) = (planned, live) else { return };
    for pod in pods {
        if pod.pod == planned {
            live.clone_into(&mut pod.pod);
        } else if pod.pod == live {
            planned.clone_into(&mut pod.pod);
        }
    }
}

/// Sets or removes the value at a place, making the maps on the way and removing those that became empty.
fn put(value: &mut Value, at: &str, new: Option<&Value>) {
    let Some((name, rest)) = at.strip_prefix('/').map(|at| at.split_once('/').unwrap_or((at, ""))) else {
        *value = new.cloned().unwrap_or_default();
        return;
    };
    let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
    let name = name.replace("~1", "/").replace("~0", "~");
    if let Value::Array(items) = value {
        if let Some(item) = name.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
            put(item, &rest, new);
        }
        return;
    }
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let members = value.as_object_mut().expect("just made");
    if rest.is_empty() && new.is_none() {
        members.remove(&name);
        return;
    }
    let member = members.entry(name.clone()).or_insert(Value::Null);
    put(member, &rest, new);
    if new.is_none() && member.as_object().is_some_and(Map::is_empty) {
        members.remove(&name);
    }
}

#[cfg(test)]
mod tests {
    use iriskit_state::plan::Origin;
    use serde_json::json;

    use super::*;
    use crate::tampered::sample;

    /// A state in which the Service of a plan that leaves it alone is this.
    fn state(service: &Value) -> State {
        State::from([("Service/a".to_owned(), service.clone().into())])
    }

    #[test]
    fn what_matters_to_a_plan_is_told_from_what_does_not() {
        let (mut plan, seen) = sample().clone();
        plan.resource_changes.retain(|change| change.address == "Service/default/a");
        plan.references.clear();
        plan.resource_changes[0].change.actions = vec![Verb::NoOp];
        let service = (*seen.span.after["Service/a"]).clone();
        plan.resource_changes[0].change.before = visible(&service);
        plan.resource_changes[0].change.after = visible(&service);
        let then = state(&service);
        for (at, value, counts) in [
            ("/spec/type", json!("LoadBalancer"), true),
            ("/spec/selector/intersystems.com~1role", json!("other"), true),
            ("/spec/ports/0/port", json!(81), true),
            ("/metadata/uid", json!("another"), true),
            ("/metadata/labels/foreign", json!("x"), false),
            ("/metadata/annotations/foreign", json!("x"), false),
            ("/status/conditions", json!([]), false),
            ("/metadata/resourceVersion", json!("1000000"), false),
        ] {
            let mut now = service.clone();
            match now.pointer_mut(at) {
                Some(here) => *here = value,
                None => put(&mut now, at, Some(&value)),
            }
            let reasons = reasons(&plan, &Wanted::default(), &then, &state(&now));
            assert_eq!(!reasons.is_empty(), counts, "{at}: {reasons:?}");
            if !counts {
                let said = rebased(&plan, &then, &state(&now)).resource_changes[0].change.clone();
                assert_eq!((said.before, said.after), (visible(&now), visible(&now)), "{at}");
            }
        }
        assert_eq!(reasons(&plan, &Wanted::default(), &then, &State::new()), ["Service/a is another one"]);
    }

    #[test]
    fn a_map_that_somebody_else_made_meanwhile_gets_entries() {
        let (mut plan, seen) = sample().clone();
        plan.resource_changes.retain(|change| change.address == "Service/default/a");
        let service = (*seen.span.after["Service/a"]).clone();
        let mut bare = service.clone();
        bare["metadata"].as_object_mut().unwrap().remove("annotations");
        let wanted = {
            let mut wanted = bare.clone();
            wanted["metadata"]["annotations"] = json!({"colour": "green"});
            wanted
        };
        let change = &mut plan.resource_changes[0];
        change.change.actions = vec![Verb::Update];
        (change.change.before, change.change.after) = (visible(&bare), visible(&wanted));
        change.fields = vec![FieldChange {
            path: "metadata.annotations".to_owned(),
            before: Value::Null,
            after: json!({"colour": "green"}),
            sensitive: false,
            origin: Origin::Manifest,
            by: None,
            at: None,
        }];
        let mut now = bare.clone();
        now["metadata"]["annotations"] = json!({"foreign": "x"});
        let paths = |now: &Value| {
            let said = rebased(&plan, &state(&bare), &state(now)).resource_changes[0].fields.clone();
            said.into_iter().map(|field| (field.path, field.after)).collect::<Vec<_>>()
        };
        assert_eq!(paths(&now), [("metadata.annotations.colour".to_owned(), json!("green"))]);
        assert_eq!(paths(&bare), [("metadata.annotations".to_owned(), json!({"colour": "green"}))]);
    }
}
