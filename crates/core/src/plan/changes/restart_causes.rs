//! Why pods are outdated: the fields of the pod template in which they differ from what their set wants, and whose hand that
//! was. A revision's name alone says nothing of it.

use iriskit_state::plan::{FieldChange, Origin};
use serde_json::{Value, json};

use crate::{
    diff::{Applied, last_holder, other_holders, our_fields},
    plan::{
        changes::{drift::field_change, redacted::Redacted},
        impact::revisions::{differing_fields, revision_of},
        live::Live,
        mirror::members::Member,
    },
};
use iriskit_kubernetes::{
    schema::{FieldSet, table},
    views::{ControllerRevision, StatefulSet},
};

/// The fields in which outdated pods differ from the template of `after`, each once. `body` is what the manifest wants of
/// the set that was `found`. Of a pod whose revision is not known nothing is said.
pub(crate) fn restart_causes(
    found: &Value,
    after: &Value,
    body: &Value,
    outdated: &[Member],
    live: &Live,
) -> Vec<FieldChange> {
    let Some(kind) = table().kind("apps/v1", "StatefulSet") else { return Vec::new() };
    let pods = live.pods_of(found).into_iter();
    let is_outdated = |pod: &&Value| outdated.iter().any(|member| member.name() == crate::plan::live::name(pod));
    let mut revisions: Vec<&Value> = pods.filter(is_outdated).filter_map(|pod| revision_of(pod, live)).collect();
    revisions.sort_by_key(|revision| ControllerRevision::new(revision).revision());
    revisions.dedup();
    let holders = other_holders(found);
    let ours = our_fields(found).and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
    let (desired, recorded) = (Applied::of(kind, body), Applied::read(found).unwrap_or_default());
    let whole = |template: &Value| json!({"spec": {"template": template}});
    let now = whole(StatefulSet::new(after).template().value());
    let mut causes: Vec<FieldChange> = Vec::new();
    for revision in revisions {
        let then = whole(&ControllerRevision::new(revision).pod_template().unwrap_or_default());
        let shown = [Redacted::new(&then, None), Redacted::new(&now, Some(&then))];
        for difference in differing_fields(revision, after) {
            let path = &difference.path;
            let of_manifest = desired.touches(path) || recorded.touches(path) || ours.contains(path);
            let holder = last_holder(&holders, path).filter(|_| !of_manifest || !ours.touches(path));
            let origin = match (&holder, of_manifest) {
                (Some(_), _) => Origin::Drift,
                (None, true) => Origin::Manifest,
                (None, false) => Origin::Server,
            };
            let cause = field_change(kind, difference, origin, holder, &shown);
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
    }
    causes
}
