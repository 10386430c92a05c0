//! What apply does to one object.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One request or one wait. Steps of a change are done in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Server-side apply of an object that does not exist: an answer of 200 in place of 201 stops.
    Create {
        /// The whole body, with null at the holes.
        body: Value,
        /// Secret values that are left out of `body`.
        holes: Vec<Hole>,
        /// Dry-run verified only now (`verified: deferred`).
        verify_first: bool,
    },
    /// Server-side apply with force of an object that exists.
    Update {
        /// The whole body, with null at the holes.
        body: Value,
        /// Secret values that are left out of `body`.
        holes: Vec<Hole>,
        /// The live object's uid, sent as a guard.
        uid: String,
        /// Dry-run verified only now (`verified: deferred`).
        verify_first: bool,
    },
    /// Moves fields of other managers to iriskit, guarded by uid and resourceVersion, so that the update after it removes what
    /// the body does not have. Nothing but ownership changes. Since 1.1.
    TakeOver {
        /// Guard.
        uid: String,
        /// Whose fields.
        from: Vec<TakenFields>,
    },
    /// Deletes the object with its uid as a precondition and waits until it is gone.
    Delete {
        /// Guard.
        uid: String,
        /// What becomes of its dependents.
        propagation: Propagation,
    },
    /// Waits until the object is ready.
    WaitReady,
    /// Waits until every member of a mirror is ready, one of them is primary and its backups are caught up. (Since 1.1)
    WaitMirror {
        /// Address of the StatefulSet with the members.
        set: String,
        /// Whether members' status can't be known: ready is enough.
        blind: bool,
    },
    /// Restarts the outdated pods of a mirrored StatefulSet one by one by the role each member has at that moment:
    /// asyncs, backup, wait until ready and caught up, then primary.
    RollByRole {
        /// Whether members' status can't be known: highest ordinal first, waiting for ready only.
        blind: bool,
        /// Whether each fail-over member has to be primary once on the new revision: when all are new, the primary is
        /// restarted once more. (Since 1.1)
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        both_primary: bool,
        /// Members that have been primary on it in an earlier run that was cut off. (Since 1.1)
        #[serde(rename = "been", default, skip_serializing_if = "Vec::is_empty")]
        was_primary: Vec<String>,
        /// The role whose member is left on the old revision for now. (Since 1.1)
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pause_before: Option<PauseBefore>,
    },
    /// Deletes the pods of a StatefulSet that was deleted with `orphan`: backup first, primary last.
    DeletePodsByRole {
        /// Names and uids of the pods at plan time.
        pods: Vec<(String, String)>,
    },
    /// Requests more space for a claim that exists (since 1.1). Done when the claim asks for as much already.
    GrowClaim {
        /// Its name.
        claim: String,
        /// Guard.
        uid: String,
        /// What it asked for at plan time.
        from: String,
        /// What it asks for afterwards.
        to: String,
    },
    /// Waits until a StatefulSet that was made again controls the pods that the old one left, and checks that they are
    /// the same pods and have the volumes that it wants (since 1.1).
    AdoptPods {
        /// Names and uids at plan time of the pods that go on running.
        pods: Vec<(String, String)>,
    },
    /// Deletes outdated pods of a StatefulSet that are not ready: Kubernetes waits for such a pod before it brings the set to
    /// another template, and for ever where it can never come. From the lowest ordinal up, each when the one before is ready;
    /// one that has become ready is left to Kubernetes (since 1.2).
    ReplaceStuckPods {
        /// Names and uids of the pods at plan time.
        pods: Vec<(String, String)>,
    },
    /// Replaces pods that lack a volume which their StatefulSet wants: until then Kubernetes makes no pod of a higher
    /// ordinal. From the lowest ordinal up, each when all others are ready, of a mirror each when the member that stays
    /// could take over (since 1.1).
    ReplacePods {
        /// Whether it is a mirror, whose members' status counts.
        mirrored: bool,
        /// Whether members' status can't be known.
        blind: bool,
    },
}

/// Where a roll stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PauseBefore {
    /// Before the primary.
    Primary,
}

/// Fields of one field manager. What it holds besides, then or by now, stays its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TakenFields {
    /// Its name.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// The subresource that it wrote through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subresource: Option<String>,
    /// The fields, in the form of `fieldsV1`.
    pub fields: Value,
}

/// `propagationPolicy` of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Propagation {
    /// The object goes at once, dependents after it.
    Background,
    /// The object stays until its dependents are gone.
    Foreground,
    /// Dependents stay.
    Orphan,
}

/// A secret value that is not in the document. `apply` fills it from the manifests and live ConfigMaps that the plan
/// was made from and compares the hash first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// JSON pointer to the string in the body.
    pub pointer: String,
    /// Inside a text (CPF, CSP.ini): `[section]`, key and which occurrence of it, from 0. Without it the whole string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<(String, String, usize)>,
    /// Inside a text: the byte of the body's text, which is without its secrets, where the value belongs. (Since 1.1)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// Salt of `hash`; empty in a plan that is not saved.
    pub salt: String,
    /// [`crate::hole_hash`] of the value; empty in a plan that is not saved.
    pub hash: String,
}
