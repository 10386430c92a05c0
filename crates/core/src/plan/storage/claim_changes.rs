//! What a change of claim templates means for the claims that exist.
//!
//! Rules: kubernetes-facts §6 and §7. An existing claim is used as it is, whatever its template says by now; a pod that
//! lacks a claim of the templates stops its set.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    diff::differences,
    plan::{live::Live, storage::claim_templates::comparable},
};
use iriskit_kubernetes::{
    schema::{ObjectRef, quantity, table},
    views::{Claim, StatefulSet},
};

/// A claim that is to ask for more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Growth {
    pub claim: String,
    pub uid: String,
    pub from: String,
    pub to: String,
    /// Its storage class; empty when it has none.
    pub class: String,
    /// Whether it has a volume already.
    pub bound: bool,
}

/// Why templates can't become what the manifest says, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub message: String,
    pub help: String,
}

/// What a change of claim templates means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimChanges {
    /// Names of templates that are new.
    pub added: Vec<String>,
    /// Names of templates that go; their claims stay.
    pub removed: Vec<String>,
    /// Claims that exist and are smaller than their template wants.
    pub grow: Vec<Growth>,
    /// What stands against it.
    pub refusals: Vec<Refusal>,
    /// What changes only for claims that are still to be made, a sentence each.
    pub effects: Vec<String>,
}

/// Compares the templates of `before` (none when the set is gone) with those of `after`, for the claims of the pods of
/// either.
pub(crate) fn claim_changes(set: &ObjectRef, before: Option<&Value>, after: &Value, live: &Live) -> ClaimChanges {
    let ordinals = ordinals_of_either(before, after);
    let (before, after) = (before.map(StatefulSet::new), StatefulSet::new(after));
    let mut changes = ClaimChanges::default();
    for wanted in after.claim_templates() {
        let existing = existing(set, wanted.name(), ordinals.iter().copied(), live);
        changes.grow.extend(existing.iter().filter_map(|claim| growth(*claim, wanted)));
        match before.map(|before| before.claim_template(wanted.name())) {
            Some(Some(found)) => compare(&mut changes, found, wanted, &existing),
            Some(None) => changes.added.push(wanted.name().to_owned()),
            None => {}
        }
    }
    for gone in before.map(StatefulSet::claim_templates).unwrap_or_default() {
        if after.claim_template(gone.name()).is_none() {
            changes.removed.push(gone.name().to_owned());
        }
    }
    changes
}

/// The ordinals of the pods that a set wants before or after a change of it.
pub(crate) fn ordinals_of_either(before: Option<&Value>, after: &Value) -> BTreeSet<u64> {
    let sets = before.into_iter().chain([after]);
    sets.flat_map(|set| StatefulSet::new(set).ordinals()).collect()
}

/// The claims of one template that exist, in the order of the ordinals.
pub(crate) fn existing<'a>(
    set: &ObjectRef,
    template: &str,
    ordinals: impl IntoIterator<Item = u64>,
    live: &'a Live,
) -> Vec<Claim<'a>> {
    let namespace = set.namespace.as_deref().unwrap_or_default();
    let claim = |ordinal: u64| {
        ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, &format!("{template}-{}-{ordinal}", set.name))
    };
    ordinals.into_iter().filter_map(|ordinal| live.get(&claim(ordinal))).map(Claim::new).collect()
}

fn growth(claim: Claim<'_>, wanted: Claim<'_>) -> Option<Growth> {
    if claim.requested_amount()? >= wanted.requested_amount()? {
        return None;
    }
    let to = wanted.requested_storage()?;
    Some(Growth {
        claim: claim.name().to_owned(),
        uid: claim.uid()?.to_owned(),
        from: claim.requested_storage()?.into_owned(),
        to: quantity::canonical(&to).unwrap_or(to.into_owned()),
        class: claim.storage_class().unwrap_or_default().to_owned(),
        bound: claim.is_bound(),
    })
}

/// One template that stays: what of its change the existing claims can't follow.
fn compare(changes: &mut ClaimChanges, found: Claim<'_>, wanted: Claim<'_>, existing: &[Claim<'_>]) {
    let of = wanted.name();
    let size = wanted.requested_amount();
    if size < found.requested_amount()
        && let Some(larger) = existing.iter().find(|claim| claim.requested_amount() > size)
    {
        changes.refusals.push(Refusal {
            message: format!(
                "volumes can't shrink: {} has {}, {of} would have {}",
                larger.name(),
                larger.requested_storage().unwrap_or_default(),
                wanted.requested_storage().unwrap_or_default(),
            ),
            help: "set the size back; a smaller volume is a new one, to which the data have to be moved".to_owned(),
        });
    }
    for member in ["storageClassName", "accessModes", "volumeMode", "dataSource", "dataSourceRef", "selector"] {
        let value =
            |claim: Claim<'_>| claim.value().get("spec").and_then(|spec| spec.get(member)).cloned().unwrap_or_default();
        let default = if member == "volumeMode" { json!("Filesystem") } else { Value::Null };
        let or_default = |value: Value| if value.is_null() { default.clone() } else { value };
        let (then, now) = (or_default(value(found)), or_default(value(wanted)));
        // Left out, a class is that of the cluster when the claim is made.
        if then == now || now.is_null() {
            continue;
        }
        if let Some(other) = existing.iter().find(|claim| or_default(value(**claim)) != now) {
            changes.refusals.push(Refusal {
                message: format!(
                    "a claim keeps its {member}: {} has {}, {of} would have {}",
                    other.name(),
                    plain(&value(*other)),
                    plain(&now)
                ),
                help: format!(
                    "set {member} back; with another one it is a new volume, to which the data have to be moved"
                ),
            });
        }
    }
    if let Some(kind) = table().kind("v1", "PersistentVolumeClaim")
        && !existing.is_empty()
    {
        let (then, now) = (comparable(found), comparable(wanted));
        let grows_alone = |path: &str| path == "spec.resources.requests.storage" && size > found.requested_amount();
        let others = differences(kind, &then, &now).into_iter().map(|difference| difference.path.to_human());
        let others: Vec<String> = others.filter(|path| !grows_alone(path)).collect();
        if !others.is_empty() {
            changes.effects.push(format!(
                "Claims of {of} that exist stay as they are; new ones get the other {}.",
                others.join(", ")
            ));
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template_of(name: &str, size: &str, class: Option<&str>) -> Value {
        let mut template = json!({"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}}}});
        if let Some(class) = class {
            template["spec"]["storageClassName"] = json!(class);
        }
        template
    }

    fn set(templates: &[Value]) -> Value {
        json!({"spec": {"replicas": 2, "volumeClaimTemplates": templates}})
    }

    fn live(claims: &[(&str, &str, &str)]) -> Live {
        let mut live = Live::default();
        for (name, size, class) in claims {
            live.insert(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": {"name": name, "namespace": "n", "uid": format!("u-{name}")},
                "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class, "volumeMode": "Filesystem",
                    "resources": {"requests": {"storage": size}}},
                "status": {"phase": "Bound"}}));
        }
        live
    }

    fn compared(before: &[Value], after: &[Value], live: &Live) -> ClaimChanges {
        let object = ObjectRef::namespaced("apps/v1", "StatefulSet", "n", "s");
        claim_changes(&object, Some(&set(before)), &set(after), live)
    }

    #[test]
    fn only_claims_that_are_too_small_grow() {
        let live = live(&[("d-s-0", "2Gi", "fast"), ("d-s-1", "5Gi", "fast"), ("d-s-2", "1Gi", "fast")]);
        let found = compared(&[template_of("d", "2Gi", None)], &[template_of("d", "5120Mi", None)], &live);
        let growth = Growth {
            claim: "d-s-0".into(),
            uid: "u-d-s-0".into(),
            from: "2Gi".into(),
            to: "5Gi".into(),
            class: "fast".into(),
            bound: true,
        };
        assert_eq!(found, ClaimChanges { grow: vec![growth], ..ClaimChanges::default() });
    }

    #[test]
    fn what_existing_claims_can_t_follow_is_refused() {
        let two = live(&[("d-s-0", "2Gi", "fast"), ("d-s-1", "2Gi", "fast")]);
        let refused = |before: Value, after: Value, live: &Live| -> Vec<String> {
            let found = compared(&[before], &[after], live);
            found.refusals.into_iter().map(|refusal| refusal.message).collect()
        };
        let plain = || template_of("d", "2Gi", None);
        assert_eq!(
            refused(plain(), template_of("d", "1Gi", None), &two),
            ["volumes can't shrink: d-s-0 has 2Gi, d would have 1Gi"]
        );
        assert_eq!(
            refused(plain(), template_of("d", "2Gi", Some("slow")), &two),
            ["a claim keeps its storageClassName: d-s-0 has fast, d would have slow"]
        );
        // What the claims have already, or no claim has, stands against nothing.
        let none: [&str; 0] = [];
        assert_eq!(refused(plain(), template_of("d", "2Gi", Some("fast")), &two), none);
        assert_eq!(refused(plain(), template_of("d", "1Gi", Some("slow")), &live(&[])), none);
        assert_eq!(refused(template_of("d", "2Gi", Some("fast")), plain(), &two), none);
    }

    #[test]
    fn added_and_removed_templates_are_told_by_name() {
        let (a, b) = (template_of("a", "1Gi", None), template_of("b", "1Gi", None));
        let found = compared(std::slice::from_ref(&a), std::slice::from_ref(&b), &live(&[("a-s-0", "1Gi", "fast")]));
        assert_eq!((found.added, found.removed), (vec!["b".to_owned()], vec!["a".to_owned()]));
    }

    #[test]
    fn claims_are_those_of_the_ordinals_that_the_set_has() {
        let live = live(&[("d-s-0", "1Gi", "fast"), ("d-s-5", "1Gi", "fast"), ("d-s-6", "1Gi", "fast")]);
        let with = |replicas: u64, size: &str| {
            json!({"spec": {"replicas": replicas, "ordinals": {"start": 5},
                "volumeClaimTemplates": [template_of("d", size, None)]}})
        };
        let object = ObjectRef::namespaced("apps/v1", "StatefulSet", "n", "s");
        let found = claim_changes(&object, Some(&with(2, "1Gi")), &with(1, "2Gi"), &live);
        let growing: Vec<&str> = found.grow.iter().map(|growth| growth.claim.as_str()).collect();
        assert_eq!(growing, ["d-s-5", "d-s-6"]);
    }

    #[test]
    fn of_two_templates_with_one_name_the_last_counts_and_sizes_may_be_numbers() {
        let mut last = template_of("d", "", None);
        last["spec"]["resources"]["requests"]["storage"] = json!(2_147_483_648_u64);
        let live = live(&[("d-s-0", "1Gi", "fast")]);
        let found = compared(&[template_of("d", "1Gi", None)], &[template_of("d", "5Gi", None), last], &live);
        let to: Vec<&str> = found.grow.iter().map(|growth| growth.to.as_str()).collect();
        assert_eq!((to, found.refusals), (vec!["2147483648"], vec![]));
    }
}
