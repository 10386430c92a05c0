//! Who works on a cluster: its Lease. Held by one run at a time, renewed while it works, free again some time after it died.

use std::{collections::BTreeSet, fmt};

use iriskit_state::{
    lock::LockHolder,
    plan::{Note, NoteId, Plan, Severity},
    record::Run,
};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    applyset::{record_name, record_ref},
    owners::OwnerName,
};
use crate::plan::notes;
use iriskit_kubernetes::{
    names::LOCK_HOLDER,
    schema::ObjectRef,
    views::{Lease, Object},
};

/// More names than this are counted.
const NAMED: usize = 8;

/// The Lease of a cluster: beside its record, and of the same name.
pub fn lease_ref(namespace: &str, cluster: &str) -> ObjectRef {
    ObjectRef::namespaced("coordination.k8s.io/v1", "Lease", namespace, &record_name(cluster))
}

/// What a Lease says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// Nobody works; who did last, where that is known.
    Free(Option<LockHolder>),
    /// Somebody works.
    Held(Holder),
    /// Somebody worked, and has not been heard of for so long that the lock may be taken.
    Expired(Holder),
}

/// Who works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What the Lease calls it.
    pub identity: String,
    /// What it says of itself, when it is a run of iriskit.
    pub known: Option<LockHolder>,
    /// When it was heard of last.
    pub renewed: Option<Timestamp>,
}

impl Lock {
    /// Reads a Lease at a moment of the server's clock.
    pub fn of(lease: &Value, now: Timestamp) -> Self {
        let annotation = Object::new(lease).annotation(LOCK_HOLDER);
        let known = annotation.and_then(|text| LockHolder::parse(text).ok());
        let lease = Lease::new(lease);
        let Some(identity) = lease.holder() else { return Self::Free(known) };
        let known = known.filter(|known| known.id == identity);
        let holder = Holder { identity: identity.to_owned(), known, renewed: lease.renewed() };
        match lease.expires() {
            Some(expires) if now < expires => Self::Held(holder),
            _ => Self::Expired(holder),
        }
    }
}

/// `jane on ci-7 (apply, plan 3f2a91c0d4e5, since 10:00:05 UTC)`.
impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.known {
            Some(known) => out.write_str(&describe(known)),
            None => write!(out, "`{}`", self.identity),
        }
    }
}

/// A run in a few words.
pub fn describe(holder: &LockHolder) -> String {
    let since = holder.since.get(11..19).map(|time| format!(", since {time} UTC")).unwrap_or_default();
    format!("{} ({}, plan {}{since})", holder.who(), holder.command, holder.short_plan())
}

/// That somebody works on a cluster while a plan is made, or was killed while working on it. `run` is what the record says of it.
pub fn run_note(owner: &OwnerName, lock: &Lock, run: &Run) -> Note {
    let cluster = record_ref(&owner.namespace, &owner.name);
    if let Lock::Held(holder) = lock {
        let message = format!(
            "{holder} works on {} right now, {} of {} changes are done; what it still changes is not in this plan",
            owner.id(),
            run.done().count(),
            run.changes
        );
        let mut note = notes::on(Severity::Warning, NoteId::AnotherRun, &cluster, message);
        note.help = Some("plan again when it is done".into());
        return note;
    }
    let at = run.began.get(..16).unwrap_or(&run.began).replace('T', " ");
    let begun = match run.unfinished().next() {
        Some(_) => format!("; begun were {}", listed(run.unfinished())),
        None => String::new(),
    };
    let message = format!(
        "the {} that {} began at {at} UTC (plan {}) did not come to its end; {}{begun}",
        run.operation,
        run.who(),
        run.short_plan(),
        match run.done().count() {
            0 => "nothing is known to be done".to_owned(),
            done => format!("{done} of {} changes were done: {}", run.changes, listed(run.done())),
        }
    );
    let mut note = notes::on(Severity::Warning, NoteId::RunCutOff, &cluster, message);
    note.help = Some("this plan is what is left to do".into());
    note
}

/// The clusters of which a plan says that a run on them was cut off: their records still have it.
pub fn cut_off(plan: &Plan) -> BTreeSet<OwnerName> {
    let is_told = |owner: &OwnerName| {
        let record = record_ref(&owner.namespace, &owner.name).address();
        plan.notes.iter().any(|note| note.id == NoteId::RunCutOff && note.address.as_ref() == Some(&record))
    };
    let owners = plan.owners.iter();
    owners
        .map(|owner| OwnerName { namespace: owner.namespace.clone(), name: owner.name.clone() })
        .filter(is_told)
        .collect()
}

/// Some names, and how many more there are.
fn listed<'a>(addresses: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = addresses.map(|address| address.replacen('/', " ", 1)).collect();
    let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lease(holder: Option<&str>) -> Value {
        let known = LockHolder {
            format_version: "1.0".into(),
            id: "a1".into(),
            user: Some("jane".into()),
            host: Some("ci-7".into()),
            process: None,
            command: "apply".into(),
            plan: "00112233445566778899".into(),
            since: "2026-11-22T10:00:00Z".into(),
            iriskit_version: "0.1.0".into(),
        };
        json!({"kind": "Lease", "metadata": {"annotations": {LOCK_HOLDER: known.to_text().unwrap()}},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 60, "renewTime": "2026-11-22T10:00:30.000000Z"}})
    }

    #[test]
    fn a_lease_is_held_until_its_holder_is_not_heard_of_any_more() {
        let at = |time: &str| Lock::of(&lease(Some("a1")), time.parse().unwrap());
        let Lock::Held(holder) = at("2026-11-22T10:01:29Z") else { panic!() };
        assert_eq!(holder.to_string(), "jane on ci-7 (apply, plan 001122334455, since 10:00:00 UTC)");
        assert_eq!(at("2026-11-22T10:01:30Z"), Lock::Expired(holder));
    }

    #[test]
    fn a_lease_without_holder_is_free_and_one_of_others_has_their_name() {
        let now = "2026-11-22T10:00:31Z".parse().unwrap();
        assert!(matches!(Lock::of(&lease(None), now), Lock::Free(Some(_))));
        assert!(matches!(Lock::of(&lease(Some("")), now), Lock::Free(Some(_))));
        let Lock::Held(other) = Lock::of(&lease(Some("b2")), now) else { panic!() };
        assert_eq!((other.to_string(), other.known), ("`b2`".into(), None));
        let bare = json!({"kind": "Lease", "spec": {"holderIdentity": "x"}});
        assert!(matches!(Lock::of(&bare, now), Lock::Expired(_)));
    }
}
