//! Whether the plan of a file agrees with the cluster: what is asked besides the objects that it names.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_kubernetes::schema::ObjectRef;
use iriskit_state::plan::{Owner, Plan, ResourceChange, Step};
use serde_json::Value;

use super::{conversation::Dialogue, expansion::record, question::Read, reading::Round};
use crate::plan::{
    agreement::{
        Unsaid,
        consequences::{Now, unsaid},
    },
    changes::recreation::reads_of_making,
    impact::revisions::revisions_in_use,
    live::Live,
    objects::object_of,
    ownership::owners::active,
    secret_values::SecretValues,
};

/// What the plan does not say of what its steps do. `objects` are those that it names, as they are; `answers` those that it
/// writes, as the server would store them, by address.
pub async fn unsaid_consequences(
    dialogue: Dialogue,
    plan: &Plan,
    objects: Vec<Value>,
    answers: &BTreeMap<String, Value>,
    secret_values: &SecretValues,
) -> Unsaid {
    let mut live = Live::default();
    for object in objects {
        live.insert(object);
    }
    // Whatever goes may own claims, and more than sets have pods.
    let namespaces: BTreeSet<&str> = active(plan).filter_map(|change| change.namespace.as_deref()).collect();
    let kinds = [("v1", "Pod"), ("v1", "PersistentVolumeClaim")];
    let lists = namespaces
        .iter()
        .flat_map(|namespace| kinds.map(|(api_version, kind)| Read::list(api_version, kind, namespace)))
        .collect::<BTreeSet<_>>();
    let mut round = Round::new(&dialogue);
    round.read(lists, &mut live).await;
    let mut more = revisions_in_use(namespaces, &live);
    more.extend(active(plan).flat_map(|change| reads_of_steps(change, &live)));
    round.read(more.into_iter().map(Read::Get).collect::<BTreeSet<_>>(), &mut live).await;
    // One that can't be read stopped the apply before.
    let record = |owner: &Owner| {
        let found = record(&owner.namespace, &owner.name, &live).ok().flatten()?;
        Some((format!("{}/{}", owner.namespace, owner.name), found))
    };
    let records = plan.owners.iter().filter_map(record).collect();
    unsaid(plan, &Now { live: &live, records, answers, secret_values })
}

/// What has to be read of a set that is made.
fn reads_of_steps(change: &ResourceChange, live: &Live) -> BTreeSet<ObjectRef> {
    let object = object_of(change);
    let of_step = |step: &Step| match step {
        Step::Create { body, .. } => reads_of_making(&object, live.get(&object), body, live),
        _ => BTreeSet::new(),
    };
    change.steps.iter().flat_map(of_step).collect()
}
