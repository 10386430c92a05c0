//! Whose object, whose field.

use serde_json::json;

use super::scene::*;
use crate::plan::{ownership::applyset, planner::Read};

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
    let ours =
        plan(crate::plan::changes::examine::OwnerInput { record: Some(record), ..owner(vec![wanted]) }, &live([found]));
    let fields = &change(&ours, "ConfigMap/n/m").fields;
    let told: Vec<_> =
        fields.iter().map(|field| (field.path.as_str(), field.before.clone(), field.after.clone())).collect();
    assert_eq!(told, [("data.a", json!("theirs"), json!("1"))]);
}
