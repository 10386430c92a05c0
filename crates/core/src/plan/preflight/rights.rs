//! The rights that a plan needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use iriskit_state::plan::{Note, NoteId, Operation, Plan, ResourceChange, Severity, Step};

use crate::plan::ownership::{
    applyset,
    owners::{active, is_awaited, recorded_owners},
};

/// A verb on a kind in a namespace, with the names that it is needed for; no name where it is needed for the whole kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededRight {
    /// `patch` …
    pub verb: String,
    /// `apps/v1`.
    pub api_version: String,
    /// `StatefulSet`.
    pub kind: String,
    /// Where; absent for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The names it is needed for.
    pub names: BTreeSet<String>,
}

/// A right that a plan needs and the user lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingRight {
    /// `patch` …
    pub verb: String,
    /// `StatefulSet`.
    pub kind: String,
    /// Where; absent for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The names it is needed for; empty when it is needed for the kind.
    pub names: Vec<String>,
}

/// `patch StatefulSet simple-data-0 in namespace hospital`.
impl fmt::Display for MissingRight {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.verb, self.kind)?;
        if !self.names.is_empty() {
            write!(out, " {}", self.names.join(", "))?;
        }
        match &self.namespace {
            Some(namespace) => write!(out, " in namespace {namespace}"),
            None => Ok(()),
        }
    }
}

/// The lock of a cluster.
const LEASE: (&str, &str) = ("coordination.k8s.io/v1", "Lease");

type Key = (String, String, String, Option<String>);

#[derive(Default)]
struct Needed(BTreeMap<Key, BTreeSet<String>>);

impl Needed {
    fn add(&mut self, verbs: &[&str], api_version: &str, kind: &str, namespace: Option<&str>, name: Option<&str>) {
        for verb in verbs {
            let right = ((*verb).to_owned(), api_version.to_owned(), kind.to_owned(), namespace.map(str::to_owned));
            self.0.entry(right).or_default().extend(name.map(str::to_owned));
        }
    }
}

/// Whether apply has anything to do: to change something, or to wait for what is not ready.
fn does_something(plan: &Plan) -> bool {
    active(plan).next().is_some() || !plan.not_ready.is_empty()
}

/// Every right that applying the plan needs, each once. None for a plan that does nothing.
pub(crate) fn needed_rights(plan: &Plan) -> Vec<NeededRight> {
    let mut needed = Needed::default();
    for change in active(plan) {
        let namespace = change.namespace.as_deref();
        for step in &change.steps {
            let (verbs, pods): (&[&str], &[&str]) = match step {
                Step::Create { .. } => (&["patch", "create"], &[]),
                Step::Update { .. } | Step::TakeOver { .. } => (&["patch"], &[]),
                // What uses a claim is looked for before it goes.
                Step::Delete { .. } if change.kind == "PersistentVolumeClaim" => {
                    needed.add(&["list"], "apps/v1", "StatefulSet", namespace, None);
                    (&["delete"], &["list"])
                }
                Step::Delete { .. } => (&["delete"], &[]),
                Step::WaitReady | Step::WaitMirror { .. } => (&["list", "watch"], &["list", "watch"]),
                Step::RollByRole { .. } | Step::ReplacePods { .. } | Step::ReplaceStuckPods { .. } => {
                    (&["list", "watch"], &["list", "watch", "delete"])
                }
                Step::AdoptPods { .. } => (&["get"], &["list"]),
                Step::GrowClaim { claim, .. } => {
                    needed.add(&["get", "patch"], "v1", "PersistentVolumeClaim", namespace, Some(claim));
                    continue;
                }
                Step::DeletePodsByRole { .. } => (&[], &["list", "get", "watch", "delete"]),
            };
            let whole = matches!(
                step,
                Step::WaitReady
                    | Step::WaitMirror { .. }
                    | Step::RollByRole { .. }
                    | Step::ReplacePods { .. }
                    | Step::ReplaceStuckPods { .. }
            );
            let name = (!whole).then_some(change.name.as_str());
            needed.add(verbs, &change.api_version, &change.kind, namespace, name);
            needed.add(pods, "v1", "Pod", namespace, None);
        }
    }
    let awaited = |change: &&ResourceChange| is_awaited(change) && does_something(plan);
    for change in plan.resource_changes.iter().filter(awaited) {
        needed.add(&["list", "watch"], &change.api_version, &change.kind, change.namespace.as_deref(), None);
        needed.add(&["list", "watch"], "v1", "Pod", change.namespace.as_deref(), None);
    }
    for owner in recorded_owners(plan) {
        let (namespace, name) = (Some(owner.namespace.as_str()), applyset::record_name(&owner.name));
        needed.add(&["get", "create", "update"], "v1", "ConfigMap", namespace, Some(&name));
        needed.add(&["get", "create", "update"], LEASE.0, LEASE.1, namespace, Some(&name));
        if plan.operation == Operation::Destroy {
            needed.add(&["delete"], "v1", "ConfigMap", namespace, Some(&name));
            needed.add(&["delete"], LEASE.0, LEASE.1, namespace, Some(&name));
            needed.add(&["list"], "v1", "PersistentVolumeClaim", namespace, None);
        }
    }
    let right =
        |((verb, api_version, kind, namespace), names)| NeededRight { verb, api_version, kind, namespace, names };
    needed.0.into_iter().map(right).collect()
}

/// The note of a plan whose maker could not apply it.
pub(crate) fn rights_note(missing: &[MissingRight]) -> Option<Note> {
    if missing.is_empty() {
        return None;
    }
    // `patch, create StatefulSet …`: the verbs of one kind and the same names together.
    let mut verbs: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for right in missing {
        verbs.entry((&right.namespace, right.kind.as_str(), right.names.as_slice())).or_default().push(&right.verb);
    }
    let listed: Vec<String> = verbs
        .into_iter()
        .map(|((namespace, kind, names), verbs)| {
            let (kind, namespace, names) = (kind.to_owned(), namespace.clone(), names.to_vec());
            MissingRight { verb: verbs.join(", "), kind, namespace, names }.to_string()
        })
        .collect();
    Some(Note {
        severity: Severity::Warning,
        id: NoteId::RightsMissing,
        message: format!("the rights to apply this plan are missing: {}", listed.join("; ")),
        address: None,
        source: None,
        help: Some("have it applied by somebody who has them, or ask for them".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_verbs_of_one_thing_are_said_together() {
        let right = |verb: &str, kind: &str, names: &[&str]| MissingRight {
            verb: verb.into(),
            kind: kind.into(),
            namespace: Some("n".into()),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let missing =
            [right("create", "Service", &["a"]), right("delete", "Pod", &[]), right("patch", "Service", &["a"])];
        let note = rights_note(&missing).unwrap();
        assert!(
            note.message.ends_with(": delete Pod in namespace n; create, patch Service a in namespace n"),
            "{note:?}"
        );
        assert_eq!(rights_note(&[]), None);
    }
}
