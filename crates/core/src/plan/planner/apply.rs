//! The plan of an apply.

use iriskit_state::plan::{Note, NoteId, Operation, Plan, Severity, Source};
use std::collections::BTreeSet;

use super::{
    absent_clusters::absent,
    conversation::Dialogue,
    dry_runs::dry_runs,
    error::PlanError,
    expansion::{Expanded, companion, complete, config_ref, expand_all, notes_of, with_applied},
    identity::identity,
    labeler_image::LabelerImage,
    operator::{iris_cluster, managed_by_operator},
    options::{Options, Planned, SeenRuns, Server, locks_of_interest},
    parallel,
    preflight::preflight,
    question::Read,
    reading::{Round, read_everything, reads_of_every_cluster},
    references::references,
};
use crate::{
    expand::Desired,
    manifest::Reading,
    plan::{
        causes::{Subject, explain},
        changes::{
            examine::{Examined, OwnerInput, examine, full_body, merge},
            finding::Finding,
            recreation::further_reads,
        },
        draft::{
            assemble::assemble,
            frame::{Frame, Stamp},
            outcome::Outcome,
        },
        live::Live,
        notes::{of_diagnostic, on, place},
        ownership::{applyset, unmatched_rules::unmatched},
        secret_values::SecretValues,
        unknown::notes::cannot_read,
    },
    topology::IrisCluster,
};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// Plans what the manifests say. `reading` has no errors.
pub async fn plan(
    dialogue: Dialogue,
    reading: &Reading,
    options: &Options,
    server: &Server,
    stamp: Stamp,
) -> Result<Planned, PlanError> {
    let mut round = Round::new(&dialogue);
    round.send(reads_of_every_cluster(reading)).await;
    let first = expand_all(reading, &options.labeler, None)?;
    let mut live = Live::default();
    let namespaces = read_everything(&mut round, &first, &mut live).await?;
    let labeler = with_applied(&options.labeler, reading, &live)?;
    let expanded = complete(reading, &labeler, first, &live)?;
    let mut notes: Vec<Note> = reading.diagnostics.iter().map(of_diagnostic).collect();
    let ids = reading.clusters.iter().map(|cluster| (cluster.namespace.as_str(), cluster.name.as_str()));
    notes.extend(managed_by_operator(ids, Operation::Apply, &live));
    notes.extend(unread_records(reading, &live));
    notes.extend(namespaces.iter().filter_map(|name| terminating(name, &live)));
    let input = reading.clusters.iter().map(|cluster| (cluster.namespace.as_str(), cluster.name.as_str())).collect();
    notes.extend(absent(&input, &namespaces, &live));
    notes.extend(notes_of(&expanded));
    notes.extend(reading.clusters.iter().filter_map(|cluster| labeler.note(cluster)));
    let subjects = subjects(reading, &expanded, options);
    let (references, missing) = references(reading, &expanded, &live, options.fingerprints);
    notes.extend(missing);
    let mut owners: Vec<_> = expanded.into_iter().map(|expanded| expanded.owner).collect();
    if !server.has_every_kind {
        notes.extend(owners.iter_mut().flat_map(|owner| without_unserved(owner, &live)));
    }
    round.read(locks_of_interest(&owners), &mut live).await;
    let runs = owners.iter().map(|owner| SeenRuns::of(owner, &live)).collect();
    let (mut examined, owners) = merge(parallel::map(owners, |owner| examine(owner, &live, &options.policy)));
    round.read(further_reads(&examined, &live).into_iter().map(Read::Get).collect::<BTreeSet<_>>(), &mut live).await;
    if options.always_ask {
        examined.iter_mut().for_each(Examined::complete);
    }
    if options.rollout.pause_before_primary {
        examined.iter_mut().for_each(Examined::pause_before_primary);
    }
    notes.extend(unmatched(&options.policy, &examined, &live));
    let answers = dry_runs(&dialogue, &examined, options.always_ask, &live).await;
    let mut secret_values = SecretValues::default();
    let sent = |examined: &&Examined| examined.finding != Finding::Unchanged || options.always_ask;
    for examined in examined.iter().filter(sent) {
        secret_values.remember(&examined.desired.object.address(), &examined.body);
    }
    let frame = Frame {
        stamp,
        operation: Operation::Apply,
        cluster: identity(server, namespaces.iter().map(String::as_str), &live),
        sources: options.sources.iter().map(|path| Source { path: path.clone() }).collect(),
        namespace: server.namespace.clone(),
        labeler_image: options.labeler.given.clone(),
        ownership: options.policy.document(),
        references,
        notes,
        rollout: options.rollout,
        fingerprints: options.fingerprints,
    };
    let mut plan = assemble(frame, &owners, &examined, &answers, &live);
    without_what_the_operator_explains(&mut plan, &examined, &owners, &live);
    explain(&mut plan, &subjects, reading, &live);
    preflight(&dialogue, server, &mut plan, &secret_values).await;
    Outcome::settle(&mut plan);
    Ok(Planned { plan, secret_values, runs })
}

/// The secret values for the holes of a saved plan, from the manifests it was made from and the live ConfigMaps that
/// they refer to.
pub async fn secret_values(
    dialogue: Dialogue,
    reading: &Reading,
    labeler: &LabelerImage,
) -> Result<SecretValues, PlanError> {
    let mut live = Live::default();
    Round::new(&dialogue).read(reading.clusters.iter().filter_map(config_ref).map(Read::Get), &mut live).await;
    let mut secret_values = SecretValues::default();
    for expanded in expand_all(reading, labeler, Some(&live))? {
        for desired in &expanded.owner.desired {
            secret_values.remember(&desired.object.address(), &full_body(&expanded.owner, desired));
        }
    }
    Ok(secret_values)
}

/// What each cluster is planned from now, and was at the last apply.
fn subjects<'a>(reading: &'a Reading, expanded: &[Expanded], options: &'a Options) -> Vec<Subject<'a>> {
    let subject = |(cluster, expanded): (&'a IrisCluster, &Expanded)| Subject {
        cluster,
        inputs: expanded.inputs.clone(),
        former: expanded.owner.record.as_ref().and_then(|record| record.planned_from.clone()),
        config: config_ref(cluster).filter(|config| companion(reading, config).is_none()),
        labeler_option: options.labeler.option.as_deref(),
    };
    reading.clusters.iter().zip(expanded).map(subject).collect()
}

/// Takes out of what is desired the objects of kinds that are not served, with a word on each.
fn without_unserved(owner: &mut OwnerInput, live: &Live) -> Vec<Note> {
    let (served, unserved): (Vec<_>, Vec<_>) =
        std::mem::take(&mut owner.desired).into_iter().partition(|desired| live.is_served(&desired.object));
    owner.desired = served;
    let note = |desired: Desired| {
        let message = format!("the sandbox has no objects of kind {}: it is left out", desired.object.kind);
        let mut note = on(Severity::Warning, NoteId::KindNotServed, &desired.object, message);
        note.source = desired.source.as_ref().map(place);
        note.help = Some("plan on a cluster to see what becomes of it".to_owned());
        note
    };
    unserved.into_iter().map(note).collect()
}

/// Without its record nobody knows what a cluster has, and what of it has to go.
fn unread_records(reading: &Reading, live: &Live) -> Vec<Note> {
    let records = reading.clusters.iter().map(|cluster| applyset::record_ref(&cluster.namespace, &cluster.name));
    let unread = records.filter_map(|record| {
        let message = format!("the record of what was applied can't be read: {}", live.why_unknown(&record)?);
        Some(cannot_read(&record, message))
    });
    unread.collect()
}

/// The objects of a cluster that the operator manages are its own: that is one error, and not one for each of them.
fn without_what_the_operator_explains(plan: &mut Plan, examined: &[Examined], owners: &[OwnerInput], live: &Live) {
    let is_explained = |note: &Note| note.id == NoteId::NotOurs && note.address.is_some();
    if !plan.notes.iter().any(is_explained) {
        return;
    }
    let is_managed = |owner: &&OwnerInput| live.get(&iris_cluster(&owner.namespace, &owner.name)).is_some();
    let managed: BTreeSet<String> = owners.iter().filter(is_managed).map(OwnerInput::id).collect();
    let of_managed = examined.iter().filter(|examined| managed.contains(&examined.owner));
    let theirs: BTreeSet<String> = of_managed.map(|examined| examined.desired.object.address()).collect();
    plan.notes
        .retain(|note| !is_explained(note) || !note.address.as_ref().is_some_and(|address| theirs.contains(address)));
}

/// Whatever the objects in a namespace look like: when it is being deleted they all go.
fn terminating(namespace: &str, live: &Live) -> Option<Note> {
    let object = ObjectRef::cluster_scoped("v1", "Namespace", namespace);
    if !Object::new(live.get(&object)?).is_terminating() {
        return None;
    }
    Some(Note {
        severity: Severity::Error,
        id: NoteId::Terminating,
        message: "it is being deleted, and everything in it goes with it".into(),
        address: Some(object.address()),
        source: None,
        help: Some("plan again when it is gone and made anew".into()),
    })
}
