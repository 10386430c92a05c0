//! Claims that are to ask for more space: whether their storage class allows it, and the steps.

use iriskit_state::plan::{Impact, ImpactClass, Note, NoteId, RuleId, Severity, Step, VolumeEffect, VolumeImpact};

use crate::plan::{
    impact::predicted::Predicted,
    live::Live,
    notes,
    storage::claim_changes::{ClaimChanges, Growth, Refusal},
};
use iriskit_kubernetes::{schema::ObjectRef, views::StorageClass};

/// Claims that grow, as far as that is possible.
#[derive(Debug, Default)]
pub(crate) struct ClaimGrowth {
    /// One for each claim.
    pub steps: Vec<Step>,
    /// Errors for what is refused, notes on what is unknown.
    pub notes: Vec<Note>,
    volumes: Vec<VolumeImpact>,
}

/// The storage class of a claim.
pub(crate) fn storage_class(name: &str) -> ObjectRef {
    ObjectRef::cluster_scoped("storage.k8s.io/v1", "StorageClass", name)
}

/// Looks at the claims that a change of `set` concerns.
pub(crate) fn assess(set: &ObjectRef, changes: &ClaimChanges, live: &Live) -> ClaimGrowth {
    let mut growth = ClaimGrowth::default();
    let namespace = set.namespace.as_deref().unwrap_or_default();
    let unread = [
        ("claims", "persistentvolumeclaims", live.why_no_claims(namespace)),
        ("pods", "pods", live.why_no_pods(namespace)),
    ];
    for (what, resource, reason) in unread {
        if let Some(reason) = reason {
            let message = format!("its {what} can't be read, so nobody knows what would become of them: {reason}");
            let note = notes::on(Severity::Error, NoteId::CannotRead, set, message);
            growth.refuse(note, &format!("ask for the right to list {resource}"));
        }
    }
    for Refusal { message, help } in &changes.refusals {
        growth.refuse(notes::on(Severity::Error, NoteId::Immutable, set, message), help);
    }
    for claim in &changes.grow {
        growth.add(set, claim, live);
    }
    growth
}

impl ClaimGrowth {
    /// Whether something stands against the whole change.
    pub(crate) fn is_refused(&self) -> bool {
        self.notes.iter().any(|note| note.severity == Severity::Error)
    }

    /// Adds an error with what to do.
    pub(crate) fn refuse(&mut self, mut note: Note, help: &str) {
        note.help = Some(help.to_owned());
        self.notes.push(note);
    }

    fn add(&mut self, set: &ObjectRef, growth: &Growth, live: &Live) {
        let Growth { claim, uid, from, to, class, bound } = growth;
        let cannot = |message: String| notes::on(Severity::Error, NoteId::VolumeCannotGrow, set, message);
        let wish = format!("{claim} can't grow from {from} to {to}");
        let otherwise =
            "set the size back, or declare a volume under another name, move the data there and remove this one";
        if !bound {
            let help = "plan again when it is bound, or set the size back";
            return self.refuse(cannot(format!("{wish}: it has no volume yet")), help);
        }
        if class.is_empty() {
            return self.refuse(cannot(format!("{wish}: it has no storage class")), otherwise);
        }
        let object = storage_class(class);
        match (live.get(&object), live.why_unknown(&object)) {
            (Some(found), _) if StorageClass::new(found).allows_expansion() => {}
            (Some(_), _) => {
                let message = format!("{wish}: storage class {class} does not allow volumes to grow");
                let help = format!(
                    "if the driver of {class} can do it, set allowVolumeExpansion: true on the class; else {otherwise}"
                );
                return self.refuse(cannot(message), &help);
            }
            (None, Some(reason)) => {
                let message = format!(
                    "whether storage class {class} allows volumes to grow is unknown ({reason}); apply asks the server \
                     before it writes"
                );
                let note = notes::on(Severity::Note, NoteId::GrowthUnknown, set, message);
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
            (None, None) => {
                let message = format!("{wish}: storage class {class} does not exist");
                return self.refuse(cannot(message), otherwise);
            }
        }
        self.steps.push(Step::GrowClaim { claim: claim.clone(), uid: uid.clone(), from: from.clone(), to: to.clone() });
        self.volumes.push(VolumeImpact {
            claim: claim.clone(),
            effect: VolumeEffect::Grows,
            size: Some(to.clone()),
            size_before: Some(from.clone()),
            storage_class: Some(class.clone()),
            created_at: None,
        });
    }

    /// What growing means; `known` is what else can't be undone.
    pub(crate) fn predicted(&self, known: &Impact) -> Predicted {
        let mut predicted = Predicted::default();
        if self.volumes.is_empty() {
            return predicted;
        }
        let impact = &mut predicted.impact;
        impact.class = ImpactClass::Live;
        impact.volumes.clone_from(&self.volumes);
        impact.effects.push("Volumes are larger when their driver is done; apply does not wait for that.".into());
        if known.irreversible.is_none() {
            impact.irreversible = Some("A volume that grew can't be made smaller.".into());
        }
        impact.rules.push(RuleId::ClaimsGrow);
        predicted
    }
}
