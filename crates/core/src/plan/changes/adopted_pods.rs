//! Pods that outlive their StatefulSet and belong to the one that is made in its place.

use iriskit_state::plan::{PodEffect, PodImpact, RuleId};

use crate::plan::{impact::predicted::Predicted, mirror::members::Member};

/// The pods that go on running, with their uids; they are added to the impact by this rule.
pub(crate) fn adopted_pods(predicted: &mut Predicted, running: &[Member], by: RuleId) -> Vec<(String, String)> {
    let touched: Vec<String> = predicted.impact.pods.iter().map(|pod| pod.pod.clone()).collect();
    let mut adopted = Vec::new();
    for member in running.iter().filter(|member| !touched.iter().any(|pod| pod == member.name())) {
        let (pod, role) = (member.name().to_owned(), member.role().map(|role| role.as_str().to_owned()));
        predicted.impact.pods.push(PodImpact { pod, role, effect: PodEffect::Adopted, rule: Some(by) });
        adopted.push((member.name().to_owned(), member.state.uid.clone()));
    }
    adopted
}
