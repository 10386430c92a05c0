//! Controllers get a moment to see what was changed just before: until then the status of an object is that of an older one.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_kubernetes::{schema::ObjectRef, views::readiness::is_unsettled};

use super::{
    conversation::Dialogue,
    expansion::Expanded,
    question::{Answer, Question, Read},
};
use crate::plan::{live::Live, unknown::assumed_objects::assume_unlisted};

/// Reads again what is not settled, and then the pods and claims beside it, which may be others by now.
pub(crate) async fn settle(dialogue: &Dialogue, expanded: &[Expanded], live: &mut Live) {
    let desired = expanded.iter().flat_map(|expanded| &expanded.owner.desired).map(|desired| &desired.object);
    let mut late: BTreeMap<Read, Vec<ObjectRef>> = BTreeMap::new();
    for object in desired.filter(|object| live.get(object).is_some_and(is_unsettled)) {
        late.entry(Read::of(object)).or_default().push(object.clone());
    }
    if late.is_empty() {
        return;
    }
    let namespaces: BTreeSet<String> = late.values().flatten().filter_map(|object| object.namespace.clone()).collect();
    let reads: Vec<Read> = late.keys().cloned().collect();
    let questions = late.into_iter().map(|(read, objects)| Question::Settle { read, objects }).collect();
    for (read, answer) in reads.into_iter().zip(dialogue.ask(questions).await) {
        replace(live, &read, answer);
    }
    let beside = |kind| move |namespace: &String| Read::list("v1", kind, namespace);
    let (pods, claims) = (beside("Pod"), beside("PersistentVolumeClaim"));
    let made = namespaces.iter().map(pods).chain(namespaces.iter().map(claims));
    // What may not be listed is not asked for again: it is taken from what its sets say by now.
    let made: Vec<Read> = made.filter(|read| live.is_readable(read)).collect();
    let questions = made.iter().cloned().map(Question::Read).collect();
    for (read, answer) in made.iter().zip(dialogue.ask(questions).await) {
        replace(live, read, answer);
    }
    live.forget_assumed();
    assume_unlisted(live);
}

fn replace(live: &mut Live, read: &Read, answer: Answer) {
    let (Read::List { kind, namespace: Some(namespace), .. }, Answer::Objects(objects)) = (read, answer) else {
        return;
    };
    live.forget(kind, namespace);
    for object in objects {
        live.insert(object);
    }
}
