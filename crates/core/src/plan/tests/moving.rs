//! What others may not move between a plan and its apply, because words of the plan on pods hang on it.

use iriskit_state::plan::Fingerprint;
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::{Desired, Rolling},
    plan::{
        live::Live,
        staleness::fingerprint::{fingerprint, moved, reference},
    },
};

/// A pair whose number of members the manifest does not give.
fn unnumbered(image: &str, rolling: Rolling) -> Desired {
    let mut pair = pair(image);
    pair.value["spec"].as_object_mut().unwrap().remove("replicas");
    if rolling == Rolling::Kubernetes {
        pair.value["spec"]["updateStrategy"] = json!({"type": "RollingUpdate"});
    }
    Desired { rolling, ..pair }
}

/// What is there of it: two pods, as many as somebody asked for.
fn set_of(desired: &Desired, partition: u64) -> Value {
    let mut set = applied(desired);
    set["spec"]["replicas"] = json!(2);
    if partition > 0 {
        set["spec"]["updateStrategy"]["rollingUpdate"] = json!({"partition": partition});
    }
    set
}

fn running(set: &Value) -> Live {
    live([set.clone(), pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)])
}

/// What a plan for `image` saw of a set that runs `i:1`, and which of number and template is in that.
fn seen(image: &str, rolling: Rolling, partition: u64) -> (Fingerprint, Vec<&'static str>) {
    let set = set_of(&unnumbered("i:1", rolling), partition);
    let plan = plan(owner(vec![unnumbered(image, rolling)]), &running(&set));
    let seen = change(&plan, "StatefulSet/n/c-data-0").fingerprint.clone().unwrap();
    let besides = [".spec.replicas", ".spec.template"].into_iter().filter(|at| seen.values.contains_key(*at));
    (seen.clone(), besides.collect())
}

#[test]
fn number_and_template_count_where_the_plan_hangs_on_them() {
    use Rolling::{ByRole, Kubernetes, ReportOnly};
    for (image, rolling, partition, besides) in [
        // Both restart, with whatever others put into the template.
        ("i:2", ByRole, 0, vec![".spec.replicas", ".spec.template"]),
        ("i:2", Kubernetes, 0, vec![".spec.replicas", ".spec.template"]),
        // The first stays as it is.
        ("i:2", Kubernetes, 1, vec![".spec.replicas", ".spec.template"]),
        // Both stay, and would be outdated.
        ("i:1", ByRole, 0, vec![".spec.template"]),
        ("i:1", ReportOnly, 0, vec![".spec.template"]),
        ("i:2", ReportOnly, 0, vec![".spec.template"]),
        // Kubernetes would have replaced them.
        ("i:1", Kubernetes, 0, vec![]),
    ] {
        assert_eq!(seen(image, rolling, partition).1, besides, "{image} {rolling:?} {partition}");
    }
}

#[test]
fn a_template_that_moved_is_told_by_its_field_where_that_is_known() {
    let (then, _) = seen("i:1", Rolling::ByRole, 0);
    let set = set_of(&unnumbered("i:1", Rolling::ByRole), 0);
    let kind = kind_of(&pair("i:1").object);
    let places = |set: &Value| -> Vec<String> {
        let now = fingerprint(kind, Some(set), None, Some(&then));
        moved(&then, &now).into_iter().map(|(at, ..)| at).collect()
    };
    assert_eq!(places(&set), Vec::<String>::new());
    let mut scaled = set.clone();
    scaled["spec"]["replicas"] = json!(3);
    assert_eq!(places(&scaled), Vec::<String>::new());
    let mut restarted = set.clone();
    restarted["spec"]["template"]["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/restartedAt": "now"});
    assert_eq!(places(&restarted), [".spec.template"]);
    let mut other = set;
    other["spec"]["template"]["spec"]["containers"][0]["image"] = json!("i:9");
    assert_eq!(places(&other), [r#".spec.template.spec.containers[name="iris"].image"#]);
}

#[test]
fn claims_of_pods_that_go_have_to_be_there_still() {
    let claim = |ordinal: u32, going: bool| {
        let mut claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"namespace": "n",
            "name": format!("iris-data-c-data-0-{ordinal}"), "uid": format!("claim-{ordinal}")},
            "spec": {"resources": {"requests": {"storage": "2Gi"}}, "storageClassName": "fast"}});
        if going {
            claim["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        claim
    };
    let set = set_of(&unnumbered("i:1", Rolling::ByRole), 0);
    let mut there = running(&set);
    (0..2).for_each(|ordinal| there.insert(claim(ordinal, false)));
    let references = |image: &str| plan(owner(vec![unnumbered(image, Rolling::ByRole)]), &there).references;
    assert_eq!(references("i:1"), []);
    let seen = references("i:2");
    let addresses: Vec<&str> = seen.iter().map(|seen| seen.address.as_str()).collect();
    let name = "PersistentVolumeClaim/n/iris-data-c-data-0";
    assert_eq!(addresses, [format!("{name}-0"), format!("{name}-1")]);
    let then = seen[0].fingerprint.as_ref().unwrap();
    let places = |now: Option<&Value>| -> Vec<String> {
        moved(then, &reference(now, Some(then))).into_iter().map(|(at, ..)| at).collect()
    };
    let mut larger = claim(0, false);
    larger["spec"]["resources"]["requests"]["storage"] = json!("3Gi");
    assert_eq!(places(Some(&larger)), Vec::<String>::new());
    assert_eq!(places(Some(&claim(0, true))), [".metadata.deletionTimestamp"]);
    assert_eq!(places(Some(&claim(1, false))), ["metadata.uid"]);
    assert_eq!(places(None), ["metadata.uid"]);
}
