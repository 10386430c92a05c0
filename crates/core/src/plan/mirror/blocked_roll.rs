//! What a plan says of a roll that could not begin, or not come to its end, as things are.

use iriskit_state::plan::{Impact, Note, NoteId, PodEffect, PodImpact, Severity};
use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    mirror::{ReplacedPods, RestartRule, RollStart, RollTerms, StatusAge, blocker},
    plan::{
        impact::{predicted::Predicted, subject::Subject},
        live::Live,
        notes,
    },
};

/// The names of the pods that a change restarts since they are outdated. One that only has to hand over the role of primary
/// once more is not.
pub fn restarting(impact: &Impact) -> BTreeSet<&str> {
    let hands_over = RestartRule::BothPrimary.id();
    let outdated = |pod: &&PodImpact| pod.effect == PodEffect::Restarts && pod.rule != Some(hands_over);
    impact.pods.iter().filter(outdated).map(|pod| pod.pod.as_str()).collect()
}

/// The note on a roll that could not begin, or that would stop midway.
pub(crate) fn note(predicted: &Predicted, subject: Subject<'_>, before: &Value, live: &Live) -> Option<Note> {
    let (terms, replaces_pods) = match (predicted.roll, predicted.replaced) {
        (Some(terms), _) => (terms, false),
        (None, Some(ReplacedPods::Mirrored { blind })) => (RollTerms { blind, ..RollTerms::default() }, true),
        (None, _) => return None,
    };
    let has = |effect: PodEffect| predicted.impact.pods.iter().any(|pod| pod.effect == effect);
    // A member that the change itself adds is none that is missing.
    if !has(PodEffect::Restarts) || has(PodEffect::Created) {
        return None;
    }
    let start = RollStart {
        set: before,
        pods: live.pods_of(before),
        restarting: restarting(&predicted.impact),
        leaves_primary: !predicted.impact.left_outdated.is_empty(),
        terms,
        was_primary: predicted.was_primary.iter().cloned().collect(),
        replaces_pods,
        age: StatusAge::Any,
    };
    let (message, help) = match (blocker(&start), &predicted.stops_at) {
        (Some(reason), _) => (
            format!("{reason}: no member restarts before that is over"),
            "bring that member back first: apply waits a while and then leaves the set as it is (docs/plan.md)",
        ),
        (None, Some((pod, reason))) => (
            format!("{reason}: {pod} does not restart before that is over"),
            "bring a backup back first: apply waits a while, and what has restarted by then stays as it is (docs/plan.md)",
        ),
        (None, None) => return None,
    };
    let mut note = notes::on(Severity::Warning, NoteId::MirrorNotWhole, subject.object, message);
    note.help = Some(help.to_owned());
    Some(note)
}
