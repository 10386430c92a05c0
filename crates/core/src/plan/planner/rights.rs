//! Whether the user may do everything that a plan does.

use iriskit_state::plan::Plan;

use super::{
    conversation::Dialogue,
    question::{Answer, Question},
};
use crate::plan::preflight::{MissingRight, NeededRight, needed_rights};

/// The rights that the plan needs and the user lacks. Asks nothing for a plan that does nothing. A right is asked for the
/// kind first; one that is given by name only shows when it is asked for by name.
pub async fn missing_rights(dialogue: Dialogue, plan: &Plan) -> Vec<MissingRight> {
    let needed = needed_rights(plan);
    let answers = dialogue.ask(needed.iter().map(|right| question(right, None)).collect()).await;
    let denied: Vec<&NeededRight> = needed
        .iter()
        .zip(answers)
        .filter(|(_, answer)| *answer == Answer::May(false))
        .map(|(right, _)| right)
        .collect();
    let by_name = denied.iter().flat_map(|right| right.names.iter().map(|name| question(right, Some(name))));
    let mut answers = dialogue.ask(by_name.collect()).await.into_iter();
    let mut missing = Vec::new();
    for right in denied {
        let names: Vec<String> =
            right.names.iter().filter(|_| answers.next() == Some(Answer::May(false))).cloned().collect();
        // No name, though the right is needed by name: all of them are given by name.
        if right.names.is_empty() || !names.is_empty() {
            let (verb, kind, namespace) = (right.verb.clone(), right.kind.clone(), right.namespace.clone());
            missing.push(MissingRight { verb, kind, namespace, names });
        }
    }
    missing.sort();
    missing
}

fn question(right: &NeededRight, name: Option<&String>) -> Question {
    Question::May {
        verb: right.verb.clone(),
        api_version: right.api_version.clone(),
        kind: right.kind.clone(),
        namespace: right.namespace.clone(),
        name: name.cloned(),
    }
}
