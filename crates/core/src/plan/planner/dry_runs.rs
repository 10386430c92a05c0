//! Dry-runs: the server's own verdict on what would change.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    conversation::Dialogue,
    question::{Answer, Question, RefusalKind, Write},
};
use crate::plan::{
    changes::{
        admission::stays_in_place, dry_run::DryRun, examine::Examined, finding::Finding, immutable::Replacement,
        replacement::placeholder,
    },
    live::Live,
};
use iriskit_kubernetes::{
    schema::{ObjectRef, table},
    views::Object,
};

/// Asks for every object that needs it; with `always` for every object of ours.
pub(crate) async fn dry_runs(
    dialogue: &Dialogue,
    examined: &[Examined],
    always: bool,
    live: &Live,
) -> BTreeMap<ObjectRef, DryRun> {
    let needed = |one: &&Examined| one.needs_server() || always && one.finding == Finding::Unchanged;
    let needed: Vec<&Examined> = examined.iter().filter(needed).collect();
    let mut verdicts = in_place(dialogue, &needed, live).await;
    let open = needed.iter().filter(|one| !verdicts.contains_key(&one.desired.object));
    let asked: Vec<(&ObjectRef, Write)> = open.filter_map(|one| Some((&one.desired.object, write_of(one)?))).collect();
    let questions = asked.iter().map(|(_, write)| Question::DryRun(write.clone())).collect();
    for ((object, _), answer) in asked.iter().zip(dialogue.ask(questions).await) {
        verdicts.extend(verdict(answer).map(|verdict| ((*object).clone(), verdict)));
    }
    verdicts
}

/// What is tried for an object; nothing where the answer is known to be no.
fn write_of(examined: &Examined) -> Option<Write> {
    let object = &examined.desired.object;
    match (&examined.take_over, &examined.finding) {
        (_, Finding::Replace(replacement)) if replacement.mode.is_none() => None,
        // Two writes follow each other, of which a dry-run of the second does not see the first.
        (Some(take), _) => Some(Write::Patch { object: object.clone(), patch: take.patch.clone() }),
        // The name of what is made again is taken while it is there.
        (None, Finding::Replace(_)) => {
            let body = placeholder(&examined.body);
            let name = Object::new(&body).name().to_owned();
            Some(Write::Apply { object: ObjectRef { name, ..object.clone() }, body })
        }
        (None, _) => Some(Write::Apply { object: object.clone(), body: examined.body.clone() }),
    }
}

fn verdict(answer: Answer) -> Option<DryRun> {
    match answer {
        Answer::Stored { object, warnings } => Some(DryRun::Accepted { object, warnings }),
        Answer::Refused(refusal) => Some(match refusal.kind {
            RefusalKind::MissingRight => DryRun::Forbidden { message: refusal.message },
            RefusalKind::NotFound => DryRun::NotFound { message: refusal.message },
            _ => DryRun::Refused { code: refusal.code, message: refusal.message },
        }),
        _ => None,
    }
}

/// The server's answers to bodies as they are, where it takes them and nothing that can't change would: then it is admission
/// that makes the live object differ from the manifest, and would of the next one.
async fn in_place(dialogue: &Dialogue, examined: &[&Examined], live: &Live) -> BTreeMap<ObjectRef, DryRun> {
    let replaced = |one: &&&Examined| matches!(one.finding, Finding::Replace(_));
    let asked: Vec<&&Examined> = examined.iter().filter(replaced).collect();
    let write = |one: &&&Examined| Write::Apply { object: one.desired.object.clone(), body: one.body.clone() };
    let answers = dialogue.ask(asked.iter().map(|one| Question::DryRun(write(one))).collect()).await;
    let mut verdicts = BTreeMap::new();
    for (one, answer) in asked.into_iter().zip(answers) {
        let Finding::Replace(replacement) = &one.finding else { continue };
        let object = &one.desired.object;
        if let Answer::Stored { object: stored, warnings } = answer
            && is_in_place(object, replacement, &stored, live)
        {
            verdicts.insert(object.clone(), DryRun::InPlace { object: stored, warnings });
        }
    }
    verdicts
}

fn is_in_place(object: &ObjectRef, replacement: &Replacement, stored: &Value, live: &Live) -> bool {
    let kind = table().kind(&object.api_version, &object.kind);
    kind.zip(live.get(object)).is_some_and(|(kind, found)| stays_in_place(kind, found, stored, &replacement.paths))
}
