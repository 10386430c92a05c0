//! How StatefulSets get from one template to the next.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{names, set_of, uid, with, with_image},
    stateful_sets::{is_ready, is_settled, pods, position},
};

cases! {
    a_roll_goes_down_from_the_highest,
    a_roll_of_a_parallel_set_is_one_by_one,
    a_roll_keeps_within_its_partition,
    on_delete_waits_for_the_deletion,
    new_ordinals_come_first_and_are_new,
    an_old_template_has_its_old_revision,
    what_does_not_roll,
    what_rolls,
    the_status_follows_a_roll,
}

fn start(ctx: &Ctx, body: &Value) -> Value {
    ctx.apply("statefulsets/s", body).created();
    ctx.until_is("statefulsets/s", is_settled)
}

fn image(pod: &Value) -> &Value {
    &pod["spec"]["containers"][0]["image"]
}

/// Each pod below is deleted only when the one above is ready anew.
fn rolls_one_by_one(ctx: &Ctx, body: &Value) {
    start(ctx, body);
    let mut watch = pods(ctx);
    ctx.apply("statefulsets/s", &with_image(body, "iris:2")).ok();
    let renewed = |object: &Value| image(object) == "iris:2" && is_ready(object);
    let events = watch.until(|event| event["object"]["metadata"]["name"] == "s-0" && renewed(&event["object"]));
    for (above, below) in [("s-2", "s-1"), ("s-1", "s-0")] {
        let ready = position(&events, "MODIFIED", above, renewed);
        let touched = events.iter().position(|event| {
            event["object"]["metadata"]["name"] == below && event["object"]["metadata"]["deletionTimestamp"].is_string()
        });
        let gone = position(&events, "DELETED", below, |_| true);
        assert!(ready < touched.unwrap_or(gone) && ready < gone, "{above} is ready before {below} goes");
    }
    ctx.until_is("statefulsets/s", is_settled);
}

fn a_roll_goes_down_from_the_highest(ctx: &Ctx) {
    rolls_one_by_one(ctx, &set_of("s", 3));
}

fn a_roll_of_a_parallel_set_is_one_by_one(ctx: &Ctx) {
    rolls_one_by_one(ctx, &with(set_of("s", 3), json!({"spec": {"podManagementPolicy": "Parallel"}})));
}

fn a_roll_keeps_within_its_partition(ctx: &Ctx) {
    let partition = |body: Value, partition: u32| {
        with(
            body,
            json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}}}),
        )
    };
    let body = partition(set_of("s", 3), 2);
    let old = start(ctx, &body);
    let new = with_image(&body, "iris:2");
    ctx.apply("statefulsets/s", &new).ok();
    let set = ctx
        .until_is("statefulsets/s", |set| set["status"]["updatedReplicas"] == 1 && set["status"]["readyReplicas"] == 3);
    assert_eq!(
        (&set["status"]["currentRevision"], &set["status"]["currentReplicas"]),
        (&old["status"]["currentRevision"], &json!(2))
    );
    assert_ne!(set["status"]["updateRevision"], set["status"]["currentRevision"]);
    assert_eq!(image(&ctx.get("pods/s-2").ok()), "iris:2");
    // Below the partition a deleted pod comes back as it was.
    let pod = ctx.get("pods/s-0").ok();
    ctx.delete("pods/s-0", &Value::Null).ok();
    let back = ctx.until_is("pods/s-0", |now| uid(now) != uid(&pod) && is_ready(now));
    assert_eq!(
        (image(&back), &back["metadata"]["labels"]["controller-revision-hash"]),
        (&json!("iris:1"), &old["status"]["currentRevision"])
    );
    ctx.apply("statefulsets/s", &partition(new, 0)).ok();
    ctx.until_is("statefulsets/s", |set| {
        is_settled(set) && set["status"]["currentRevision"] == set["status"]["updateRevision"]
    });
}

fn on_delete_waits_for_the_deletion(ctx: &Ctx) {
    let body = with(set_of("s", 2), json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}));
    start(ctx, &body);
    let (zero, one) = (ctx.get("pods/s-0").ok(), ctx.get("pods/s-1").ok());
    ctx.apply("statefulsets/s", &with_image(&body, "iris:2")).ok();
    let set = ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 2);
    assert_ne!(set["status"]["updateRevision"], set["status"]["currentRevision"]);
    assert!(set["status"].get("updatedReplicas").is_none(), "{}", set["status"]);
    ctx.delete("pods/s-0", &Value::Null).ok();
    let back = ctx.until_is("pods/s-0", |pod| uid(pod) != uid(&zero) && is_ready(pod));
    assert_eq!(image(&back), "iris:2");
    assert_eq!(back["metadata"]["labels"]["controller-revision-hash"], set["status"]["updateRevision"]);
    assert_eq!(uid(&ctx.get("pods/s-1").ok()), uid(&one), "nobody else is touched");
    ctx.delete("pods/s-1", &Value::Null).ok();
    let done = ctx
        .until_is("statefulsets/s", |set| set["status"]["updatedReplicas"] == 2 && set["status"]["readyReplicas"] == 2);
    assert_ne!(done["status"]["currentRevision"], done["status"]["updateRevision"], "it never catches up");
}

fn new_ordinals_come_first_and_are_new(ctx: &Ctx) {
    start(ctx, &set_of("s", 2));
    let mut watch = pods(ctx);
    ctx.apply("statefulsets/s", &with_image(&set_of("s", 3), "iris:2")).ok();
    let events =
        watch.until(|event| event["object"]["metadata"]["name"] == "s-0" && image(&event["object"]) == "iris:2");
    let added = position(&events, "ADDED", "s-2", |pod| image(pod) == "iris:2");
    assert!(added < position(&events, "DELETED", "s-1", |_| true));
    ctx.until_is("statefulsets/s", is_settled);
}

fn an_old_template_has_its_old_revision(ctx: &Ctx) {
    let body = set_of("s", 1);
    let first = start(ctx, &body);
    ctx.apply("statefulsets/s", &with_image(&body, "iris:2")).ok();
    let second = ctx.until_is("statefulsets/s", |set| {
        is_settled(set) && set["status"]["currentRevision"] == set["status"]["updateRevision"]
    });
    assert_ne!(second["status"]["updateRevision"], first["status"]["updateRevision"]);
    ctx.apply("statefulsets/s", &body).ok();
    let third = ctx.until_is("statefulsets/s", |set| {
        is_settled(set) && set["status"]["currentRevision"] == set["status"]["updateRevision"]
    });
    assert_eq!(third["status"]["updateRevision"], first["status"]["updateRevision"]);
    let revisions = ctx.get("controllerrevisions").ok();
    let numbers: Vec<_> =
        revisions["items"].as_array().unwrap().iter().map(|revision| revision["revision"].as_u64().unwrap()).collect();
    assert_eq!(numbers.len(), 2);
    assert!(numbers.contains(&2) && numbers.contains(&3), "the old one has a new number: {numbers:?}");
}

/// Applies the change to a settled set; gives whether the revision is another once the generation is observed.
fn is_new_revision(ctx: &Ctx, body: &Value) -> bool {
    let before = ctx.until_is("statefulsets/s", is_settled);
    let applied = ctx.force("statefulsets/s", body).ok();
    let seen = |set: &Value| set["status"]["observedGeneration"] == applied["metadata"]["generation"];
    let after = ctx.until_is("statefulsets/s", |set| seen(set) && is_settled(set));
    after["status"]["updateRevision"] != before["status"]["updateRevision"]
}

fn what_does_not_roll(ctx: &Ctx) {
    let body = set_of("s", 1);
    start(ctx, &body);
    let pod = ctx.get("pods/s-0").ok();
    for change in [
        json!({"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}}),
        json!({"spec": {"podManagementPolicy": "OrderedReady", "template": {"spec": {"dnsPolicy": "ClusterFirst"}}}}),
        json!({"spec": {"template": {"spec": {"nodeSelector": {}}}}}),
        json!({"spec": {"minReadySeconds": 0, "revisionHistoryLimit": 3}}),
        json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"}}}),
    ] {
        assert!(!is_new_revision(ctx, &with(body.clone(), change.clone())), "{change}");
    }
    assert_eq!(uid(&ctx.get("pods/s-0").ok()), uid(&pod));
}

fn what_rolls(ctx: &Ctx) {
    let container = |more: Value| json!({"containers": [with(json!({"name": "iris", "image": "iris:1"}), more)]});
    let template = |spec: Value| with(set_of("s", 1), json!({"spec": {"template": {"spec": spec}}}));
    start(ctx, &set_of("s", 1));
    for body in [
        with(set_of("s", 1), json!({"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}})),
        template(json!({"affinity": {}})),
        template(container(json!({"securityContext": {}}))),
        template(container(json!({"resources": {"requests": {"memory": "1Gi"}}}))),
    ] {
        let pod = ctx.get("pods/s-0").ok();
        assert!(is_new_revision(ctx, &body), "{body}");
        assert_ne!(uid(&ctx.get("pods/s-0").ok()), uid(&pod));
    }
    // The same amount in other words: no new generation, but a new pod.
    let pod = ctx.get("pods/s-0").ok();
    ctx.force("statefulsets/s", &template(container(json!({"resources": {"requests": {"memory": "1073741824"}}}))))
        .ok();
    ctx.until_is("pods/s-0", |now| uid(now) != uid(&pod) && is_ready(now));
}

fn the_status_follows_a_roll(ctx: &Ctx) {
    let body = set_of("s", 2);
    let old = start(ctx, &body);
    let mut watch = ctx.watch(&format!("statefulsets?resourceVersion={}", ctx.version()));
    ctx.apply("statefulsets/s", &with_image(&body, "iris:2")).ok();
    let events = watch.until(|event| {
        let status = &event["object"]["status"];
        status["observedGeneration"] == 2 && status["currentRevision"] == status["updateRevision"]
    });
    let first = events.iter().find(|event| event["object"]["status"]["observedGeneration"] == 2).unwrap();
    let status = &first["object"]["status"];
    assert_eq!(status["currentRevision"], old["status"]["currentRevision"]);
    assert_ne!(status["updateRevision"], old["status"]["updateRevision"]);
    assert!(status.get("updatedReplicas").is_none(), "{status}");
    let last = &events.last().unwrap()["object"]["status"];
    assert_eq!((&last["currentReplicas"], &last["updatedReplicas"]), (&json!(2), &json!(2)));
    for event in &events {
        assert_eq!(event["object"]["spec"]["replicas"], 2);
        assert!(event["object"]["status"].get("conditions").is_none());
    }
    assert_eq!(names(&ctx.get("pods").ok()), ["s-0", "s-1"]);
}
