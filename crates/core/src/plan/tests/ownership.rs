//! Whose object, whose field.

use proptest::prelude::*;
use serde_json::json;

use super::scene::*;
use crate::plan::{
    changes::{destroy::plan_of_destroy, examine::OwnerInput},
    ownership::applyset,
    planner::Read,
};
use iriskit_state::record::Record;

#[test]
fn an_object_of_somebody_else_stops_the_plan() {
    let wanted = config_map("m", &json!({"a": "1"}));
    let mut found = wanted.value.clone();
    found["metadata"]["managedFields"] = json!([{"manager": "helm", "operation": "Update", "fieldsV1": {}}]);
    let plan = plan(owner(vec![wanted]), &live([found]));
    assert_eq!(note_ids(&plan), ["not-ours"]);
    assert!(plan.notes[0].message.contains("helm"), "{}", plan.notes[0].message);
}

#[test]
fn an_object_of_another_cluster_stops_the_plan() {
    let wanted = config_map("m", &json!({"a": "1"}));
    let mut found = applied(&wanted);
    found["metadata"]["labels"][applyset::PART_OF] = json!(applyset::id("n", "other"));
    let plan = plan(owner(vec![wanted]), &live([found]));
    assert_eq!(note_ids(&plan), ["not-ours"]);
}

#[test]
fn a_field_that_never_was_ours_and_is_held_by_another_stops_the_plan() {
    let mut found = applied(&config_map("m", &json!({"a": "1"})));
    found["data"]["b"] = json!("theirs");
    found["metadata"]["managedFields"].as_array_mut().unwrap().push(json!({"manager": "helm", "operation": "Update",
        "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:b": {}}}}));
    let plan = plan(owner(vec![config_map("m", &json!({"a": "1", "b": "ours"}))]), &live([found]));
    assert_eq!(note_ids(&plan), ["field-held"]);
    assert!(plan.notes[0].message.contains("data.b is held by helm"), "{}", plan.notes[0].message);
}

#[test]
fn a_map_that_another_made_does_not_hold_what_is_added_to_it() {
    let mut found = applied(&config_map("m", &json!({"a": "1"})));
    found["data"]["b"] = json!("theirs");
    found["metadata"]["managedFields"].as_array_mut().unwrap().push(json!({"manager": "helm", "operation": "Update",
        "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {".": {}, "f:b": {}}}}));
    let plan = plan(owner(vec![config_map("m", &json!({"a": "1", "c": "ours"}))]), &live([found]));
    assert_eq!(note_ids(&plan), Vec::<&str>::new());
    assert_eq!(plan.summary.update, 1);
}

#[test]
fn what_cannot_be_read_stops_the_plan() {
    let mut nothing = live([]);
    nothing.refuse(Read::list("v1", "ConfigMap", "n"), "forbidden");
    let plan = plan(owner(vec![config_map("m", &json!({"a": "1"}))]), &nothing);
    assert_eq!(note_ids(&plan), ["cannot-read", "unknown"]);
}

/// Fields of ours on an object without our label are what a take-over leaves that was cut off.
#[test]
fn an_object_whose_take_over_was_cut_off_is_ours_for_the_cluster_that_began_it() {
    let wanted = config_map("m", &json!({"a": "1"}));
    let mut found = applied(&config_map("m", &json!({"a": "theirs"})));
    found["metadata"]["labels"].as_object_mut().unwrap().remove(applyset::PART_OF);
    found["metadata"]["annotations"].as_object_mut().unwrap().remove(crate::diff::ANNOTATION);
    let record = record_of(&[&found]);
    let stranger = plan(owner(vec![wanted.clone()]), &live([found.clone()]));
    assert_eq!(note_ids(&stranger), ["not-ours"]);
    let ours = plan(OwnerInput { record: Some(record), ..owner(vec![wanted]) }, &live([found]));
    let fields = &change(&ours, "ConfigMap/n/m").fields;
    let told: Vec<_> =
        fields.iter().map(|field| (field.path.as_str(), field.before.clone(), field.after.clone())).collect();
    assert_eq!(told, [("data.a", json!("theirs"), json!("1"))]);
}

proptest! {
    /// Plan, removal and destroy have one notion of what is ours, whatever became of labels, uids and the record.
    #[test]
    fn plan_removal_and_destroy_agree_on_what_is_ours(
        label in 0..3, same_uid: bool, ours: bool, annotated: bool, recorded in 0..4,
    ) {
        let wanted = config_map("m", &json!({"a": "1"}));
        let mut found = applied(&wanted);
        let record = record_of(&[&found]);
        let metadata = found["metadata"].as_object_mut().unwrap();
        match label {
            0 => drop(metadata["labels"].as_object_mut().unwrap().remove(applyset::PART_OF)),
            1 => metadata["labels"][applyset::PART_OF] = json!(applyset::id("n", "other")),
            _ => {}
        }
        if !same_uid {
            metadata["uid"] = json!("another-uid");
        }
        if !ours {
            metadata["managedFields"] = json!([{"manager": "velero-server", "operation": "Update", "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:a": {}}}}]);
        }
        if !annotated {
            metadata["annotations"].as_object_mut().unwrap().remove(crate::diff::ANNOTATION);
        }
        let record = match recorded {
            0 => None,
            1 => Some(Record::empty()),
            2 => {
                let mut record = record;
                record.objects[0].uid = None;
                Some(record)
            }
            _ => Some(record),
        };
        let named = record.as_ref().is_some_and(|record| !record.objects.is_empty());
        let input = |desired| OwnerInput { record: record.clone(), ..owner(desired) };
        let live = live([found]);
        let planned = !note_ids(&plan(input(vec![wanted]), &live)).contains(&"not-ours");
        let removed = plan(input(vec![]), &live).summary.delete == 1;
        let destroyed = plan_of_destroy(frame(), &[input(vec![])], &live, true).summary.delete == 1;
        prop_assert_eq!(removed, destroyed);
        // Without a record nothing but the manifest knows its name: it may be a copy.
        prop_assert_eq!(planned && named, destroyed);
        prop_assert!(!destroyed || label == 2 || label == 0 && same_uid && ours);
        prop_assert!(!destroyed || same_uid || ours || annotated || recorded == 2);
        prop_assert!(destroyed || !(label == 2 && recorded == 3 && (same_uid || ours || annotated)));
    }
}
