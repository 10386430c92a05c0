//! What can't be changed once it is there.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{claim, config_map, secret, set, set_with_claims, version, with},
};

const FORBIDDEN: &str = "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                         'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are \
                         forbidden";

cases! {
    most_of_a_set_is_fixed,
    an_equal_claim_template_is_no_change,
    on_delete_comes_only_from_a_declared_strategy,
    a_value_of_the_environment_and_its_source_exclude_each_other,
    the_role_of_a_binding_is_fixed,
    the_type_of_a_secret_is_fixed,
    an_immutable_config_map_stays_so,
    a_budget_may_change,
    a_claim_only_grows,
    a_claim_grows_only_if_its_class_allows,
    what_a_claim_asked_for_may_go_down_until_the_volume_has_it,
    claims_of_a_set_grow_beside_their_template,
}

fn most_of_a_set_is_fixed(ctx: &Ctx) {
    let body = with(set_with_claims("s", 0), json!({"metadata": {"labels": {"a": "b"}}}));
    ctx.apply("statefulsets/s", &body).created();
    let template = |storage: &str, labels: Value| {
        json!({"metadata": {"name": "data", "labels": labels}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}},
        }})
    };
    for change in [
        json!({"serviceName": "other"}),
        json!({"podManagementPolicy": "Parallel"}),
        json!({"volumeClaimTemplates": [template("2Gi", json!({}))]}),
        json!({"volumeClaimTemplates": [template("1Gi", json!({"x": "y"}))]}),
        json!({"volumeClaimTemplates": null}),
        json!({"selector": {"matchLabels": {"app": "s", "x": "y"}}, "template": {"metadata": {"labels": {"x": "y"}}}}),
    ] {
        let changed = with(body.clone(), json!({"spec": change}));
        for query in ["?dryRun=All", ""] {
            ctx.force(&format!("statefulsets/s{query}"), &changed)
                .refused(422, "Invalid")
                .message(&format!("StatefulSet.apps \"s\" is invalid: {FORBIDDEN}"))
                .causes(&["FieldValueForbidden @ spec"]);
        }
    }
    let two = with(body, json!({"spec": {"serviceName": "other", "replicas": -1}}));
    ctx.apply("statefulsets/s", &two)
        .refused(422, "Invalid")
        .causes(&["FieldValueForbidden @ spec", "FieldValueInvalid @ spec.replicas"]);
}

fn an_equal_claim_template_is_no_change(ctx: &Ctx) {
    let body = set_with_claims("s", 0);
    ctx.apply("statefulsets/s", &body).created();
    let mut equal = body;
    equal["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!("1024Mi");
    equal["spec"]["volumeClaimTemplates"][0]["spec"]["volumeMode"] = json!("Filesystem");
    let after = ctx.apply("statefulsets/s", &equal).ok();
    let template = &after["spec"]["volumeClaimTemplates"][0];
    assert_eq!(template["spec"]["resources"]["requests"]["storage"], "1Gi");
    assert_eq!(after["metadata"]["generation"], 1);
}

fn on_delete_comes_only_from_a_declared_strategy(ctx: &Ctx) {
    let strategy =
        |name: &str, strategy: Value| with(set(name), json!({"spec": {"replicas": 0, "updateStrategy": strategy}}));
    let on_delete = json!({"type": "OnDelete"});
    ctx.apply("statefulsets/none", &strategy("none", Value::Null)).created();
    let error = "spec.updateStrategy.rollingUpdate";
    for force in [false, true] {
        let body = strategy("none", on_delete.clone());
        let reply = if force { ctx.force("statefulsets/none", &body) } else { ctx.apply("statefulsets/none", &body) };
        reply
            .refused(422, "Invalid")
            .causes(&[&format!("FieldValueInvalid @ {error}")])
            .saying("only allowed for updateStrategy 'RollingUpdate'");
    }
    ctx.merge("statefulsets/none", &json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}))
        .ok();
    for (name, first) in
        [("type", json!({"type": "RollingUpdate"})), ("part", json!({"rollingUpdate": {"partition": 1}}))]
    {
        let tail = format!("statefulsets/{name}");
        ctx.apply(&tail, &strategy(name, first)).created();
        let after = ctx.apply(&tail, &strategy(name, on_delete.clone())).ok();
        assert_eq!(after["spec"]["updateStrategy"], on_delete);
    }
}

fn a_value_of_the_environment_and_its_source_exclude_each_other(ctx: &Ctx) {
    let env = |env: Value| {
        with(
            set("s"),
            json!({"spec": {"replicas": 0, "template": {"spec": {"containers": [{"name": "iris", "image": "iris:1", "env": [env]}]}}}}),
        )
    };
    let value = env(json!({"name": "A", "value": "1"}));
    let source = json!({"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}});
    ctx.apply("statefulsets/s", &value).created();
    let after = ctx.apply("statefulsets/s", &env(source.clone())).ok();
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["env"], json!([source]));
    // What somebody else wrote can't be left out, only emptied.
    ctx.delete("statefulsets/s", &Value::Null).ok();
    ctx.until_gone("statefulsets/s");
    ctx.post("statefulsets", &value).created();
    ctx.force("statefulsets/s", &env(source.clone()))
        .refused(422, "Invalid")
        .saying("may not be specified when `value` is not empty");
    let emptied = with(source.clone(), json!({"value": ""}));
    let after = ctx.force("statefulsets/s", &env(emptied)).ok();
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["env"], json!([source]));
}

fn the_role_of_a_binding_is_fixed(ctx: &Ctx) {
    let rbac = "rbac.authorization.k8s.io";
    let binding = |role: &str| {
        json!({
            "apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding", "metadata": {"name": "b"},
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": ctx.namespace()}],
        })
    };
    ctx.apply("rolebindings/b", &binding("one")).created();
    ctx.force("rolebindings/b", &binding("two"))
        .refused(422, "Invalid")
        .saying("cannot change roleRef")
        .causes(&["FieldValueInvalid @ roleRef"])
        .about("b", rbac, "RoleBinding");
}

fn the_type_of_a_secret_is_fixed(ctx: &Ctx) {
    let made = ctx.apply("secrets/s", &secret("s", &json!({"a": "MQ=="}))).created();
    assert_eq!(made["type"], "Opaque");
    ctx.apply("secrets/s", &with(secret("s", &json!({})), json!({"type": "example.com/other"})))
        .refused(422, "Invalid")
        .saying("field is immutable")
        .causes(&["FieldValueInvalid @ type"]);
}

fn an_immutable_config_map_stays_so(ctx: &Ctx) {
    let body = with(config_map("c", &json!({"a": "1"})), json!({"immutable": true}));
    ctx.apply("configmaps/c", &body).created();
    let refused = |body: Value, causes: &[&str]| {
        ctx.apply("configmaps/c", &body)
            .refused(422, "Invalid")
            .saying("field is immutable when `immutable` is set")
            .causes(causes);
    };
    refused(with(body.clone(), json!({"data": {"a": "2"}})), &["FieldValueForbidden @ data"]);
    refused(with(body.clone(), json!({"immutable": null})), &["FieldValueForbidden @ immutable"]);
    refused(with(body.clone(), json!({"immutable": false})), &["FieldValueForbidden @ immutable"]);
    let labelled = ctx.apply("configmaps/c", &with(body, json!({"metadata": {"labels": {"x": "y"}}}))).ok();
    assert_eq!(labelled["metadata"]["labels"], json!({"x": "y"}));
    ctx.apply("secrets/s", &with(secret("s", &json!({"a": "MQ=="})), json!({"immutable": true}))).created();
    ctx.apply("secrets/s", &with(secret("s", &json!({"a": "Mg=="})), json!({"immutable": true})))
        .refused(422, "Invalid")
        .causes(&["FieldValueForbidden @ data"]);
}

fn a_budget_may_change(ctx: &Ctx) {
    let budget = |spec: Value| json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "p"}, "spec": spec});
    ctx.apply("poddisruptionbudgets/p", &budget(json!({"maxUnavailable": 1, "selector": {"matchLabels": {"a": "b"}}})))
        .created();
    let after = ctx
        .apply("poddisruptionbudgets/p", &budget(json!({"minAvailable": 1, "selector": {"matchLabels": {"a": "c"}}})))
        .ok();
    assert_eq!(after["spec"], json!({"minAvailable": 1, "selector": {"matchLabels": {"a": "c"}}}));
    assert_eq!(after["metadata"]["generation"], 2);
}

fn storage(size: &str) -> Value {
    json!({"spec": {"resources": {"requests": {"storage": size}}}})
}

fn a_claim_only_grows(ctx: &Ctx) {
    let body = with(claim("d"), json!({"spec": {"storageClassName": "expandable"}}));
    let tail = "persistentvolumeclaims/d";
    ctx.apply(tail, &body).created();
    ctx.until_is(tail, |claim| claim["status"]["phase"] == "Bound");
    ctx.apply(tail, &with(body.clone(), storage("512Mi")))
        .refused(422, "Invalid")
        .saying("field can not be less than status.capacity")
        .causes(&["FieldValueForbidden @ spec.resources.requests.storage"]);
    let grown = ctx.apply(tail, &with(body.clone(), storage("2Gi"))).ok();
    assert_eq!(grown["spec"]["resources"]["requests"]["storage"], "2Gi");
    for other in
        [json!({"accessModes": ["ReadWriteMany"]}), json!({"storageClassName": null}), json!({"volumeMode": "Block"})]
    {
        let changed = with(with(body.clone(), storage("2Gi")), json!({"spec": other}));
        ctx.apply(tail, &changed)
            .refused(422, "Invalid")
            .saying("spec is immutable after creation except resources.requests");
    }
}

fn a_claim_grows_only_if_its_class_allows(ctx: &Ctx) {
    let tail = "persistentvolumeclaims/d";
    let made = ctx.apply(tail, &claim("d")).created();
    assert_eq!(made["spec"]["storageClassName"], "standard", "the default class");
    let bound = ctx.until_is(tail, |claim| claim["status"]["phase"] == "Bound");
    ctx.apply(tail, &with(claim("d"), storage("2Gi")))
        .refused(403, "Forbidden")
        .saying("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")
        .about("d", "", "persistentvolumeclaims");
    assert_eq!(version(&ctx.get(tail).ok()), version(&bound));
    // One that waits for a class that isn't there.
    let waiting = with(claim("w"), json!({"spec": {"storageClassName": "missing"}}));
    ctx.apply("persistentvolumeclaims/w", &waiting).created();
    ctx.apply("persistentvolumeclaims/w", &with(waiting, storage("2Gi")))
        .refused(422, "Invalid")
        .saying("spec is immutable");
}

/// No resizer works on the control plane, so the case plays it there: it writes the status that a driver's resizer writes.
/// The sandbox has one of its own; it comes to the same.
fn what_a_claim_asked_for_may_go_down_until_the_volume_has_it(ctx: &Ctx) {
    let tail = "persistentvolumeclaims/d";
    let body = with(claim("d"), json!({"spec": {"storageClassName": "expandable"}}));
    ctx.apply(tail, &body).created();
    let bound = ctx.until_is(tail, |claim| claim["status"]["phase"] == "Bound");
    let sized = |size: &str| with(body.clone(), storage(size));
    let dry = ctx.apply(&format!("{tail}?dryRun=All"), &sized("3Gi")).ok();
    assert_eq!(dry["spec"]["resources"]["requests"]["storage"], "3Gi");
    assert_eq!(version(&ctx.get(tail).ok()), version(&bound));
    let asked = ctx.apply(tail, &sized("3Gi")).ok();
    assert_eq!((&asked["status"]["capacity"]["storage"], &asked["status"]["phase"]), (&json!("1Gi"), &json!("Bound")));
    let resized = json!({"status": {"capacity": {"storage": "3Gi"}}});
    ctx.merge(&format!("{tail}/status"), &resized).ok();
    ctx.until_is(tail, |claim| claim["status"]["capacity"]["storage"] == "3Gi");
    for smaller in ["2Gi", "1Gi"] {
        ctx.apply(tail, &sized(smaller))
            .refused(422, "Invalid")
            .saying("field can not be less than status.capacity")
            .causes(&["FieldValueForbidden @ spec.resources.requests.storage"]);
    }
    ctx.apply(tail, &sized("4Gi")).ok();
}

fn claims_of_a_set_grow_beside_their_template(ctx: &Ctx) {
    let mut body = set_with_claims("s", 1);
    body["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = json!("expandable");
    ctx.apply("statefulsets/s", &body).created();
    let tail = "persistentvolumeclaims/data-s-0";
    ctx.until_is(tail, |claim| claim["status"]["phase"] == "Bound");
    let grown = with(
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-s-0"}}),
        storage("2Gi"),
    );
    let after = ctx.force(tail, &grown).ok();
    assert_eq!(after["spec"]["resources"]["requests"]["storage"], "2Gi");
    // The template doesn't follow, in either direction.
    for size in ["2Gi", "512Mi"] {
        let mut other = body.clone();
        other["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!(size);
        ctx.force("statefulsets/s", &other).refused(422, "Invalid").causes(&["FieldValueForbidden @ spec"]);
    }
    ctx.apply("statefulsets/s", &body).ok();
}
