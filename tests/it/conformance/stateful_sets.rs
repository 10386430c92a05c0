//! StatefulSets: their pods, one by one.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    events::Events,
    objects::{claim, names, set_of, set_with_claims, uid, version, with},
};

cases! {
    pods_are_made_one_after_the_other,
    parallel_pods_are_made_at_once,
    pods_are_removed_from_the_highest,
    pods_know_their_set_and_place,
    a_settled_set_says_so,
    a_deleted_pod_comes_back_without_what_was_added,
    a_pod_that_is_never_ready_holds_up_the_rest,
    a_stuck_pod_is_not_replaced_by_a_good_template,
    a_released_pod_blocks_its_name,
    a_set_tells_of_its_pods,
    a_missing_account_is_told_by_an_event,
    scale_reads_and_writes_replicas,
    ordinals_may_start_elsewhere,
    a_claim_template_and_a_volume_of_one_name,
}

pub(super) fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// Observed, and every pod is there, ready and of the newest revision.
pub(super) fn is_settled(set: &Value) -> bool {
    let status = &set["status"];
    let count = |key: &str| status[key].as_u64().unwrap_or_default();
    let wanted = set["spec"]["replicas"].as_u64().unwrap_or(1);
    status["observedGeneration"] == set["metadata"]["generation"]
        && ["replicas", "readyReplicas", "availableReplicas", "updatedReplicas"].iter().all(|key| count(key) == wanted)
}

/// The index of the first event that fits.
#[track_caller]
pub(super) fn position(events: &[Value], kind: &str, name: &str, fits: impl Fn(&Value) -> bool) -> usize {
    let found = events.iter().position(|event| {
        event["type"] == kind && event["object"]["metadata"]["name"] == name && fits(&event["object"])
    });
    found.unwrap_or_else(|| panic!("no {kind} of {name} as expected among {} events", events.len()))
}

/// Pods of the namespace from now on.
pub(super) fn pods(ctx: &Ctx) -> Events {
    ctx.watch(&format!("pods?resourceVersion={}", ctx.version()))
}

fn becomes_ready(event: &Value, name: &str) -> bool {
    event["object"]["metadata"]["name"] == name && is_ready(&event["object"])
}

fn pods_are_made_one_after_the_other(ctx: &Ctx) {
    let mut watch = pods(ctx);
    ctx.apply("statefulsets/s", &set_of("s", 3)).created();
    let events = watch.until(|event| becomes_ready(event, "s-2"));
    for (before, after) in [("s-0", "s-1"), ("s-1", "s-2")] {
        let ready = events.iter().position(|event| becomes_ready(event, before)).unwrap();
        assert!(ready < position(&events, "ADDED", after, |_| true), "{before} is ready before {after} is made");
    }
}

fn parallel_pods_are_made_at_once(ctx: &Ctx) {
    let mut watch = pods(ctx);
    // None of them ever becomes ready.
    let waiting = json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "missing"}}]});
    let body =
        with(set_of("s", 3), json!({"spec": {"podManagementPolicy": "Parallel", "template": {"spec": waiting}}}));
    ctx.apply("statefulsets/s", &body).created();
    let mut made = std::collections::BTreeSet::new();
    while made.len() < 3 {
        let events = watch.until(|event| event["type"] == "ADDED");
        made.insert(events.last().unwrap()["object"]["metadata"]["name"].to_string());
    }
    let set = ctx.until_is("statefulsets/s", |set| set["status"]["replicas"] == 3);
    assert!(set["status"].get("readyReplicas").is_none(), "{}", set["status"]);
    // Down goes at once, too.
    ctx.apply("statefulsets/s", &with(body, json!({"spec": {"replicas": 0}}))).ok();
    ctx.until("no pods", || names(&ctx.get("pods").ok()).is_empty().then_some(()));
}

fn pods_are_removed_from_the_highest(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &set_of("s", 3)).created();
    ctx.until_is("statefulsets/s", is_settled);
    let mut watch = pods(ctx);
    ctx.apply("statefulsets/s", &set_of("s", 1)).ok();
    let gone = |event: &Value, name: &str| event["type"] == "DELETED" && event["object"]["metadata"]["name"] == name;
    let events = watch.until(|event| gone(event, "s-1"));
    let last = position(&events, "DELETED", "s-2", |_| true);
    let terminating = |pod: &Value| pod["metadata"]["deletionTimestamp"].is_string();
    let next = events.iter().position(|event| {
        event["object"]["metadata"]["name"] == "s-1" && (terminating(&event["object"]) || event["type"] == "DELETED")
    });
    assert!(Some(last) < next, "s-2 is gone before s-1 is touched");
    let set = ctx.until_is("statefulsets/s", is_settled);
    assert_eq!((set["status"]["replicas"].as_u64(), names(&ctx.get("pods").ok())), (Some(1), vec!["s-0"]));
}

fn pods_know_their_set_and_place(ctx: &Ctx) {
    let set = ctx.apply("statefulsets/s", &set_of("s", 2)).created();
    let settled = ctx.until_is("statefulsets/s", is_settled);
    let pod = ctx.get("pods/s-1").ok();
    let revision = settled["status"]["updateRevision"].as_str().unwrap();
    assert!(revision.starts_with("s-"), "{revision}");
    assert_eq!(
        pod["metadata"]["labels"],
        json!({
            "app": "s", "apps.kubernetes.io/pod-index": "1", "controller-revision-hash": revision,
            "statefulset.kubernetes.io/pod-name": "s-1",
        })
        .as_object()
        .map(|labels| {
            // Once it has a node, it has the node's zone as well.
            let mut labels = labels.clone();
            for key in ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"] {
                if let Some(value) = pod["metadata"]["labels"].get(key) {
                    labels.insert(key.to_owned(), value.clone());
                }
            }
            Value::Object(labels)
        })
        .unwrap()
    );
    assert_eq!(
        pod["metadata"]["ownerReferences"],
        json!([{
            "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "s", "uid": uid(&set),
            "controller": true, "blockOwnerDeletion": true,
        }])
    );
    assert_eq!(pod["metadata"]["generateName"], "s-");
    assert_eq!((&pod["spec"]["hostname"], &pod["spec"]["subdomain"]), (&json!("s-1"), &json!("s")));
    assert_eq!((&pod["status"]["phase"], pod["spec"]["nodeName"].is_string()), (&json!("Running"), true));
    let revisions = ctx.get("controllerrevisions").ok();
    assert_eq!((names(&revisions), &revisions["items"][0]["revision"]), (vec![revision], &json!(1)));
}

fn a_settled_set_says_so(ctx: &Ctx) {
    let made = ctx.apply("statefulsets/s", &set_of("s", 2)).created();
    assert_eq!(made["status"], json!({"replicas": 0, "availableReplicas": 0}));
    let settled = ctx.until_is("statefulsets/s", |set| is_settled(set) && set["status"]["currentReplicas"] == 2);
    let revision = &settled["status"]["updateRevision"];
    assert_eq!(
        settled["status"],
        json!({
            "observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "currentReplicas": 2,
            "updatedReplicas": 2, "currentRevision": revision, "updateRevision": revision, "collisionCount": 0,
        })
    );
    ctx.apply("statefulsets/s", &set_of("s", 0)).ok();
    let empty = ctx.until_is("statefulsets/s", |set| is_settled(set) && set["status"].get("currentReplicas").is_none());
    assert_eq!(
        empty["status"],
        json!({
            "observedGeneration": 2, "replicas": 0, "availableReplicas": 0,
            "currentRevision": revision, "updateRevision": revision, "collisionCount": 0,
        })
    );
}

fn a_deleted_pod_comes_back_without_what_was_added(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &set_of("s", 1)).created();
    ctx.until_is("statefulsets/s", is_settled);
    let before =
        ctx.merge("pods/s-0", &json!({"metadata": {"labels": {"role": "primary"}, "annotations": {"a": "b"}}})).ok();
    assert_eq!(before["metadata"]["labels"]["role"], "primary");
    ctx.delete("pods/s-0", &json!({"preconditions": {"uid": uid(&before)}})).ok();
    let after = ctx.until_is("pods/s-0", |pod| uid(pod) != uid(&before) && is_ready(pod));
    assert!(after["metadata"]["labels"].get("role").is_none(), "{after}");
    assert!(after["metadata"].get("annotations").is_none_or(|annotations| annotations.get("a").is_none()), "{after}");
}

/// A template whose pods wait for a claim that is not there.
pub(super) fn waiting(body: &Value) -> Value {
    let volume = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "missing"}}]);
    with(body.clone(), json!({"spec": {"template": {"spec": {"volumes": volume}}}}))
}

fn a_pod_that_is_never_ready_holds_up_the_rest(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &waiting(&set_of("s", 2))).created();
    let pod = ctx.until_is("pods/s-0", |pod| pod["status"]["conditions"][0]["reason"] == "Unschedulable");
    assert_eq!(pod["status"]["phase"], "Pending");
    // Nothing else happens until the claim is there; then all goes on.
    let set = ctx.until_is("statefulsets/s", |set| set["status"]["replicas"] == 1);
    assert!(set["status"].get("readyReplicas").is_none(), "{set}");
    assert_eq!(ctx.get("pods/s-1").code, 404);
    ctx.post("persistentvolumeclaims", &claim("missing")).created();
    ctx.until_is("statefulsets/s", is_settled);
}

fn a_stuck_pod_is_not_replaced_by_a_good_template(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &set_of("s", 2)).created();
    ctx.until_is("statefulsets/s", is_settled);
    ctx.apply("statefulsets/s", &waiting(&set_of("s", 2))).ok();
    let stuck = ctx.until_is("pods/s-1", |pod| pod["status"]["conditions"][0]["reason"] == "Unschedulable");
    // Back to the good one: observed, but the pod stays.
    let fixed = ctx.apply("statefulsets/s", &set_of("s", 2)).ok();
    let seen =
        ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == fixed["metadata"]["generation"]);
    assert_eq!(uid(&ctx.get("pods/s-1").ok()), uid(&stuck));
    assert_eq!(seen["status"]["readyReplicas"], 1);
    ctx.delete("pods/s-1", &Value::Null).ok();
    ctx.until_is("statefulsets/s", is_settled);
}

fn a_released_pod_blocks_its_name(ctx: &Ctx) {
    let set = ctx.apply("statefulsets/s", &set_of("s", 1)).created();
    ctx.until_is("statefulsets/s", is_settled);
    let pod = ctx.get("pods/s-0").ok();
    ctx.merge("pods/s-0", &json!({"metadata": {"labels": {"app": "other"}}})).ok();
    ctx.until_is("pods/s-0", |pod| pod["metadata"].get("ownerReferences").is_none());
    ctx.until_is("statefulsets/s", |set| set["status"]["replicas"] == 0);
    assert_eq!(uid(&ctx.get("pods/s-0").ok()), uid(&pod), "it runs on");
    ctx.merge("pods/s-0", &json!({"metadata": {"labels": {"app": "s"}}})).ok();
    let back = ctx.until_is("pods/s-0", |pod| pod["metadata"]["ownerReferences"][0]["uid"] == set["metadata"]["uid"]);
    assert_eq!(uid(&back), uid(&pod));
    ctx.until_is("statefulsets/s", is_settled);
}

fn a_set_tells_of_its_pods(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &set_with_claims("s", 1)).created();
    ctx.until_is("statefulsets/s", is_settled);
    ctx.apply("statefulsets/s", &set_with_claims("s", 0)).ok();
    let told = |reason: &str| {
        let list = ctx.get("events?fieldSelector=involvedObject.name%3Ds,involvedObject.kind%3DStatefulSet").ok();
        let all = list["items"].as_array().unwrap().iter().filter(|event| event["reason"] == reason);
        let mut all: Vec<String> = all.map(|event| event["message"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    };
    ctx.until("the deletion to be told", || (!told("SuccessfulDelete").is_empty()).then_some(()));
    assert_eq!(told("SuccessfulDelete"), ["Delete Pod s-0 in StatefulSet s successful"]);
    assert_eq!(
        told("SuccessfulCreate"),
        ["Create Claim data-s-0 Pod s-0 in StatefulSet s success", "Create Pod s-0 in StatefulSet s successful"]
    );
}

fn a_missing_account_is_told_by_an_event(ctx: &Ctx) {
    let body = with(set_of("s", 1), json!({"spec": {"template": {"spec": {"serviceAccountName": "late"}}}}));
    ctx.apply("statefulsets/s", &body).created();
    let event = ctx.until("an event", || {
        let list = ctx.get("events").ok();
        let found = list["items"].as_array()?.iter().find(|event| event["reason"] == "FailedCreate");
        found.cloned()
    });
    assert_eq!((&event["type"], &event["involvedObject"]["name"]), (&json!("Warning"), &json!("s")));
    let message = event["message"].as_str().unwrap();
    assert!(message.contains("Create Pod s-0 in StatefulSet s failed error: pods \"s-0\" is forbidden"), "{message}");
    assert!(message.contains("serviceaccount \"late\" not found"), "{message}");
    ctx.post("serviceaccounts", &json!({"metadata": {"name": "late"}})).created();
    ctx.until_is("statefulsets/s", is_settled);
}

fn scale_reads_and_writes_replicas(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &set_of("s", 0)).created();
    let made = ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 1);
    let scale = ctx.get("statefulsets/s/scale").ok();
    assert_eq!((&scale["kind"], &scale["apiVersion"]), (&json!("Scale"), &json!("autoscaling/v1")));
    assert_eq!((scale["spec"].get("replicas"), &scale["status"]["replicas"]), (None, &json!(0)), "zero is left out");
    assert_eq!((&scale["status"]["selector"], uid(&scale)), (&json!("app=s"), uid(&made)));
    let wanted = with(scale, json!({"spec": {"replicas": 2}}));
    assert_eq!(ctx.put("statefulsets/s/scale", &wanted).ok()["spec"]["replicas"], 2);
    let settled = ctx.until_is("statefulsets/s", is_settled);
    assert_eq!(settled["spec"]["replicas"], 2);
    assert_ne!(version(&settled), version(&made));
}

fn ordinals_may_start_elsewhere(ctx: &Ctx) {
    let body = |start: u32| with(set_of("s", 2), json!({"spec": {"ordinals": {"start": start}}}));
    ctx.apply("statefulsets/s", &body(3)).created();
    ctx.until_is("statefulsets/s", is_settled);
    assert_eq!(names(&ctx.get("pods").ok()), ["s-3", "s-4"]);
    ctx.apply("statefulsets/s", &body(4)).ok();
    ctx.until("pods 4 and 5", || (names(&ctx.get("pods").ok()) == ["s-4", "s-5"]).then_some(()));
}

fn a_claim_template_and_a_volume_of_one_name(ctx: &Ctx) {
    let body = with(
        set_with_claims("s", 1),
        json!({"spec": {"template": {"spec": {"volumes": [{"name": "data", "emptyDir": {}}]}}}}),
    );
    ctx.apply("statefulsets/s", &body).created();
    ctx.until_is("statefulsets/s", is_settled);
    let pod = ctx.get("pods/s-0").ok();
    let volumes = pod["spec"]["volumes"].as_array().unwrap();
    let data: Vec<_> = volumes.iter().filter(|volume| volume["name"] == "data").collect();
    assert_eq!(data, [&json!({"name": "data", "persistentVolumeClaim": {"claimName": "data-s-0"}})], "the claim wins");
}
