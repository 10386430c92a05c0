//! Data nodes that would go, that come, and sharding that would be turned on or off.

use iriskit_state::plan::{Note, NoteId, Plan, Severity};

use super::scene::*;
use crate::{
    expand::{Inputs, expand},
    manifest::{self, Input},
    plan::changes::examine::OwnerInput,
};

/// What `topology.data` says, beside its image.
fn objects(data: &str) -> Vec<crate::expand::Desired> {
    let text = format!(
        "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata:\n  name: c\n  namespace: n\nspec:\n  topology:\n    \
         data:\n      image: example/iris:2024.1\n{data}"
    );
    let reading = manifest::read(&[Input { name: "c.yaml".into(), text }], "n");
    assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
    let inputs = Inputs { labeler_image: Some("example/iriskit:1".into()), ..Inputs::default() };
    expand(&reading.clusters[0], &inputs).objects
}

fn change_to(before: &str, after: &str) -> Plan {
    let there: Vec<_> = objects(before).iter().map(applied).collect();
    let input = OwnerInput { record: Some(record_of(&there.iter().collect::<Vec<_>>())), ..owner(objects(after)) };
    plan(input, &live(there))
}

fn told(plan: &Plan) -> Vec<&Note> {
    let ids = [NoteId::TopologyRebuild, NoteId::ShardsToRebalance];
    plan.notes.iter().filter(|note| ids.contains(&note.id)).collect()
}

const NONE: &str = "";
const TWO: &str = "      shards: 2\n";
const THREE: &str = "      shards: 3\n";
const MIRROR: &str = "      mirrored: true\n";
const TWO_MIRRORS: &str = "      mirrored: true\n      shards: 2\n";
const THREE_MIRRORS: &str = "      mirrored: true\n      shards: 3\n";
const ONE_MIRROR: &str = "      mirrored: true\n      shards: 1\n";

#[test]
fn data_nodes_are_added_and_never_taken_away() {
    for (before, after, set) in [(TWO, THREE, "c-data"), (TWO_MIRRORS, THREE_MIRRORS, "c-data-2")] {
        let plan = change_to(before, after);
        let [note] = told(&plan).try_into().unwrap();
        assert_eq!(note.id, NoteId::ShardsToRebalance);
        assert_eq!(note.address, Some(format!("StatefulSet/n/{set}")));
        assert_eq!(note.severity, Severity::Note);
    }
    let plan = change_to(THREE, TWO);
    let [note] = told(&plan).try_into().unwrap();
    assert_eq!(note.id, NoteId::TopologyRebuild);
    assert_eq!(note.message, "data nodes can't be taken out of a cluster: 3 would become 2");
    assert_eq!(note.severity, Severity::Error);
    let plan = change_to(THREE_MIRRORS, TWO_MIRRORS);
    let [note] = told(&plan).try_into().unwrap();
    assert_eq!((note.id, note.address.as_deref()), (NoteId::TopologyRebuild, Some("StatefulSet/n/c-data-2")));
}

#[test]
fn sharding_is_not_turned_on_or_off_in_place() {
    for (before, after) in
        [(NONE, TWO), (TWO, NONE), (NONE, "      shards: 1\n"), (MIRROR, ONE_MIRROR), (ONE_MIRROR, MIRROR)]
    {
        let plan = change_to(before, after);
        let is_refusal = |note: &&Note| note.id == NoteId::TopologyRebuild && note.severity == Severity::Error;
        assert!(told(&plan).into_iter().any(|note| is_refusal(&note)), "{before} {after}: {:?}", plan.notes);
    }
}

#[test]
fn a_new_sharded_cluster_is_no_news() {
    for data in [TWO, TWO_MIRRORS, NONE, MIRROR] {
        assert_eq!(told(&plan(owner(objects(data)), &live([]))), Vec::<&Note>::new());
        assert_eq!(told(&change_to(data, data)), Vec::<&Note>::new());
    }
}
