//! Pods that outlive their StatefulSet and belong to the one that is made in its place.

use iriskit_state::plan::{Impact, PodEffect, PodImpact, RuleId};

use crate::plan::{impact::predicted::Predicted, mirror::members::Member};

/// The pods of which `impact` says nothing: they go on running. With their uids, and as a prediction by this rule.
pub(crate) fn adopted_pods(impact: &Impact, running: &[Member], by: RuleId) -> (Vec<(String, String)>, Predicted) {
    let mut predicted = Predicted::default();
    let mut adopted = Vec::new();
    for member in running.iter().filter(|member| impact.pods.iter().all(|pod| pod.pod != member.name())) {
        predicted.impact.pods.push(PodImpact {
            pod: member.name().to_owned(),
            role: member.role(),
            successor: None,
            effect: PodEffect::Adopted,
            rule: Some(by),
        });
        adopted.push((member.name().to_owned(), member.state.uid.clone()));
    }
    (adopted, predicted)
}
