//! What the server refuses, with which code and words: errors of schema differ between apply and the rest.

use serde_json::{Value, json};

use super::{
    ctx::{APPLY, Ctx, JSON},
    objects::{claim, config_map, secret, service, set, with},
};

cases! {
    an_unknown_field_fails_an_apply,
    an_unknown_field_fails_a_strict_post,
    an_unknown_field_is_warned_of,
    a_wrong_type_is_refused,
    a_bad_quantity_is_refused,
    a_duplicate_item_fails_an_apply,
    a_duplicate_key_of_the_text_is_refused,
    a_set_is_checked,
    causes_are_told_at_once,
    services_are_checked,
    names_and_labels_are_checked,
    budgets_are_checked,
    ingresses_are_checked,
    claims_and_secrets_are_checked,
    sizes_are_limited,
    bodies_have_known_types,
}

fn an_unknown_field_fails_an_apply(ctx: &Ctx) {
    let body = with(config_map("c", &json!({})), json!({"dta": {"a": "1"}}));
    let refusal = ctx
        .apply("configmaps/c", &body)
        .refused(500, "")
        .message("failed to create typed patch object (/c; /v1, Kind=ConfigMap): .dta: field not declared in schema");
    assert!(refusal.status.get("details").is_none(), "{}", refusal.status);
    // The namespace is the one that the body says.
    let namespaced = with(body, json!({"metadata": {"namespace": ctx.namespace()}}));
    ctx.apply("configmaps/c", &namespaced).refused(500, "").message(&format!(
        "failed to create typed patch object ({}/c; /v1, Kind=ConfigMap): .dta: field not declared in schema",
        ctx.namespace()
    ));
    let deep = with(set("s"), json!({"spec": {"template": {"spec": {"containers": [{"name": "iris", "imag": "x"}]}}}}));
    ctx.apply("statefulsets/s", &deep).refused(500, "").message(
        "failed to create typed patch object (/s; apps/v1, Kind=StatefulSet): \
         .spec.template.spec.containers[name=\"iris\"].imag: field not declared in schema",
    );
}

fn an_unknown_field_fails_a_strict_post(ctx: &Ctx) {
    let body = with(config_map("c", &json!({})), json!({"dta": {"a": "1"}}));
    ctx.post("configmaps?fieldValidation=Strict", &body).refused(400, "BadRequest").message(
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"dta\"",
    );
    let deep = with(
        set("s"),
        json!({"spec": {"template": {"spec": {"containers": [{"name": "iris", "image": "x", "imag": "x", "prots": []}]}}}}),
    );
    ctx.post("statefulsets?fieldValidation=Strict", &deep)
        .refused(400, "BadRequest")
        .saying("unknown field \"spec.template.spec.containers[0].imag\"")
        .saying("unknown field \"spec.template.spec.containers[0].prots\"");
}

fn an_unknown_field_is_warned_of(ctx: &Ctx) {
    let body = with(config_map("c", &json!({"a": "1"})), json!({"dta": {"a": "1"}}));
    let ignored = ctx.post("configmaps?dryRun=All&fieldValidation=Ignore", &body);
    assert_eq!(ignored.warnings(), Vec::<String>::new());
    ignored.created();
    let warned = ctx.post("configmaps", &body);
    assert_eq!(warned.warnings(), ["unknown field \"dta\""]);
    assert!(warned.created().get("dta").is_none());
    ctx.merge("configmaps/c?fieldValidation=Strict", &json!({"dta": 1}))
        .refused(422, "Invalid")
        .saying("strict decoding error: unknown field \"dta\"");
    ctx.post("configmaps?fieldValidation=Maybe", &body).refused(422, "Invalid");
}

fn a_wrong_type_is_refused(ctx: &Ctx) {
    let prefix = "failed to create typed patch object (/";
    let text = with(set("s"), json!({"spec": {"replicas": "1"}}));
    ctx.apply("statefulsets/s", &text)
        .refused(500, "")
        .saying(&format!("{prefix}s; apps/v1, Kind=StatefulSet): .spec.replicas: expected "));
    ctx.post("statefulsets", &text).refused(400, "BadRequest").saying("spec.replicas");
    let number = config_map("c", &json!({"a": 1}));
    ctx.apply("configmaps/c", &number)
        .refused(500, "")
        .saying(&format!("{prefix}c; /v1, Kind=ConfigMap): .data.a: expected "));
    ctx.post("configmaps", &number).refused(400, "BadRequest").saying("data");
    ctx.apply("statefulsets/s", &with(set("s"), json!({"spec": {"replicas": 1.5}}))).refused(500, "");
}

fn with_cpu(cpu: &str) -> Value {
    let container = json!({"name": "iris", "image": "iris:1", "resources": {"requests": {"cpu": cpu}}});
    with(set("s"), json!({"spec": {"template": {"spec": {"containers": [container]}}}}))
}

fn a_bad_quantity_is_refused(ctx: &Ctx) {
    for bad in ["1gi", "1GiB", "1 Gi", ""] {
        ctx.apply("statefulsets/s", &with_cpu(bad)).refused(500, "");
        ctx.post("statefulsets", &with_cpu(bad))
            .refused(400, "BadRequest")
            .saying("quantities must match the regular expression");
    }
    ctx.apply("secrets/s", &secret("s", &json!({"a": "no base64!"}))).refused(500, "");
    ctx.post("secrets", &secret("s", &json!({"a": "no base64!"})))
        .refused(400, "BadRequest")
        .saying("illegal base64 data");
}

fn a_duplicate_item_fails_an_apply(ctx: &Ctx) {
    let twice = json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]);
    let container = json!({"name": "iris", "image": "iris:1", "env": twice});
    let body = with(set("s"), json!({"spec": {"template": {"spec": {"containers": [container]}}}}));
    ctx.apply("statefulsets/s", &body)
        .refused(500, "")
        .saying(".spec.template.spec.containers[name=\"iris\"].env")
        .saying("[name=\"A\"]");
    let body = with(config_map("c", &json!({})), json!({"metadata": {"finalizers": ["a.b/c", "a.b/c"]}}));
    ctx.apply("configmaps/c", &body).refused(500, "").saying(".metadata.finalizers").saying("[=\"a.b/c\"]");
    let containers = json!([{"name": "a", "image": "x"}, {"name": "a", "image": "x"}]);
    let body = with(set("s"), json!({"spec": {"template": {"spec": {"containers": containers}}}}));
    ctx.post("statefulsets", &body)
        .refused(422, "Invalid")
        .causes(&["FieldValueDuplicate @ spec.template.spec.containers[1].name"]);
}

fn a_duplicate_key_of_the_text_is_refused(ctx: &Ctx) {
    let text = r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1", "a": "2"}}"#;
    ctx.send("POST", "configmaps?fieldValidation=Strict", JSON, text)
        .refused(400, "BadRequest")
        .saying("strict decoding error: duplicate field \"data.a\"");
    ctx.send("PATCH", "configmaps/c?fieldManager=iriskit&fieldValidation=Strict", APPLY, text)
        .refused(400, "BadRequest")
        .saying("key \"a\" already set in map");
    let warned = ctx.send("POST", "configmaps", JSON, text);
    assert_eq!(warned.warnings(), ["duplicate field \"data.a\""]);
    assert_eq!(warned.created()["data"]["a"], "2", "the last wins");
}

fn a_set_is_checked(ctx: &Ctx) {
    let refused = |change: Value, causes: &[&str]| {
        ctx.apply("statefulsets/s", &with(set("s"), change))
            .refused(422, "Invalid")
            .about("s", "apps", "StatefulSet")
            .causes(causes);
    };
    refused(
        json!({"spec": {"template": {"metadata": {"labels": {"app": "other"}}}}}),
        &["FieldValueInvalid @ spec.template.metadata.labels"],
    );
    refused(json!({"spec": {"replicas": -1}}), &["FieldValueInvalid @ spec.replicas"]);
    refused(json!({"spec": {"podManagementPolicy": "Random"}}), &["FieldValueInvalid @ spec.podManagementPolicy"]);
    refused(
        json!({"spec": {"template": {"spec": {"restartPolicy": "Never"}}}}),
        &["FieldValueNotSupported @ spec.template.spec.restartPolicy"],
    );
    let containers = |containers: Value| json!({"spec": {"template": {"spec": {"containers": containers}}}});
    refused(containers(json!([{"name": "iris"}])), &["FieldValueRequired @ spec.template.spec.containers[0].image"]);
    refused(
        containers(json!([{"name": "IRIS", "image": "x"}])),
        &["FieldValueInvalid @ spec.template.spec.containers[0].name"],
    );
    let mount = json!([{"name": "iris", "image": "x", "volumeMounts": [{"name": "none", "mountPath": "/x"}]}]);
    refused(containers(mount), &["FieldValueNotFound @ spec.template.spec.containers[0].volumeMounts[0].name"]);
    let over = json!([{"name": "iris", "image": "x", "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}]);
    refused(containers(over), &["FieldValueInvalid @ spec.template.spec.containers[0].resources.requests"]);
    let port = json!([{"name": "iris", "image": "x", "ports": [{"containerPort": 70000}]}]);
    refused(containers(port), &["FieldValueInvalid @ spec.template.spec.containers[0].ports[0].containerPort"]);
}

fn causes_are_told_at_once(ctx: &Ctx) {
    let container = json!({"name": "iris", "ports": [{"containerPort": 80, "protocol": "tcp"}]});
    let body = with(set("s"), json!({"spec": {"replicas": -1, "template": {"spec": {"containers": [container]}}}}));
    ctx.apply("statefulsets/s", &body).refused(422, "Invalid").saying("StatefulSet.apps \"s\" is invalid: [").causes(
        &[
            "FieldValueInvalid @ spec.replicas",
            "FieldValueRequired @ spec.template.spec.containers[0].image",
            "FieldValueNotSupported @ spec.template.spec.containers[0].ports[0].protocol",
        ],
    );
    let one = ctx
        .apply("statefulsets/s", &with(set("s"), json!({"spec": {"replicas": -1}})))
        .refused(422, "Invalid")
        .message(
            "StatefulSet.apps \"s\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        );
    assert_eq!(
        one.status["details"]["causes"],
        json!([{
            "reason": "FieldValueInvalid", "field": "spec.replicas",
            "message": "Invalid value: -1: must be greater than or equal to 0",
        }])
    );
}

fn services_are_checked(ctx: &Ctx) {
    let refused = |spec: Value, causes: &[&str]| {
        ctx.apply("services/p", &with(service("p"), json!({"spec": spec}))).refused(422, "Invalid").causes(causes);
    };
    refused(
        json!({"ports": [{"port": 1}, {"port": 2}]}),
        &["FieldValueRequired @ spec.ports[0].name", "FieldValueRequired @ spec.ports[1].name"],
    );
    refused(
        json!({"ports": [{"port": 0}]}),
        &["FieldValueInvalid @ spec.ports[0].port", "FieldValueInvalid @ spec.ports[0].targetPort"],
    );
    refused(json!({"ports": [{"port": 80, "targetPort": "80"}]}), &["FieldValueInvalid @ spec.ports[0].targetPort"]);
    refused(json!({"ports": [{"port": 80, "protocol": "tcp"}]}), &["FieldValueNotSupported @ spec.ports[0].protocol"]);
    refused(json!({"type": "Balancer"}), &["FieldValueNotSupported @ spec.type"]);
    refused(json!({"clusterIP": "192.168.0.1"}), &["FieldValueInvalid @ spec.clusterIPs"]);
    refused(
        json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 29999}]}),
        &["FieldValueInvalid @ spec.ports[0].nodePort"],
    );
    let both = json!([{"name": "t", "port": 53, "protocol": "TCP"}, {"name": "u", "port": 53, "protocol": "UDP"}]);
    ctx.apply("services/p", &with(service("p"), json!({"spec": {"ports": both}}))).created();
}

fn names_and_labels_are_checked(ctx: &Ctx) {
    ctx.apply("configmaps/C", &config_map("C", &json!({})))
        .refused(422, "Invalid")
        .causes(&["FieldValueInvalid @ metadata.name"]);
    let labels = with(config_map("c", &json!({})), json!({"metadata": {"labels": {"a b": "x", "l": "-"}}}));
    ctx.apply("configmaps/c", &labels)
        .refused(422, "Invalid")
        .causes(&["FieldValueInvalid @ metadata.labels", "FieldValueInvalid @ metadata.labels"]);
    let key = config_map("c", &json!({"a/b": "1"}));
    ctx.apply("configmaps/c", &key).refused(422, "Invalid").causes(&["FieldValueInvalid @ data[a/b]"]);
    ctx.post("configmaps", &json!({"apiVersion": "v1", "kind": "ConfigMap"}))
        .refused(422, "Invalid")
        .causes(&["FieldValueRequired @ metadata.name"])
        .saying("name or generateName is required");
    let finalizer = with(config_map("c", &json!({})), json!({"metadata": {"finalizers": ["plain"]}}));
    ctx.apply("configmaps/c", &finalizer).refused(422, "Invalid").saying("metadata.finalizers");
}

fn budgets_are_checked(ctx: &Ctx) {
    let budget = |spec: Value| {
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "p"},
            "spec": with(json!({"selector": {"matchLabels": {"app": "x"}}}), spec)})
    };
    ctx.apply("poddisruptionbudgets/p", &budget(json!({"maxUnavailable": -1}))).refused(422, "Invalid").message(
        "PodDisruptionBudget.policy \"p\" is invalid: spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0",
    );
    for wrong in [
        json!({"minAvailable": "1"}),
        json!({"minAvailable": 1, "maxUnavailable": 1}),
        json!({"maxUnavailable": "101%"}),
    ] {
        ctx.apply("poddisruptionbudgets/p", &budget(wrong)).refused(422, "Invalid");
    }
    ctx.apply("poddisruptionbudgets/p", &budget(json!({"maxUnavailable": "50%"}))).created();
}

fn ingresses_are_checked(ctx: &Ctx) {
    let ingress = |path: Value| {
        let backend = json!({"service": {"name": "w", "port": {"number": 80}}});
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i"},
            "spec": {"rules": [{"host": "iris.example", "http": {"paths": [with(path, json!({"backend": backend}))]}}]}})
    };
    let at = "spec.rules[0].http.paths[0]";
    ctx.apply("ingresses/i", &ingress(json!({"path": "/x"})))
        .refused(422, "Invalid")
        .causes(&[&format!("FieldValueRequired @ {at}.pathType")]);
    ctx.apply("ingresses/i", &ingress(json!({"path": "x", "pathType": "Prefix"})))
        .refused(422, "Invalid")
        .causes(&[&format!("FieldValueInvalid @ {at}.path")]);
    let made = ctx.apply("ingresses/i", &ingress(json!({"path": "/x", "pathType": "Prefix"}))).created();
    assert_eq!((&made["status"], &made["metadata"]["generation"]), (&json!({"loadBalancer": {}}), &json!(1)));
}

fn claims_and_secrets_are_checked(ctx: &Ctx) {
    let without = |key: &str| with(claim("d"), json!({"spec": {key: null}}));
    ctx.apply("persistentvolumeclaims/d", &without("accessModes"))
        .refused(422, "Invalid")
        .causes(&["FieldValueRequired @ spec.accessModes"]);
    ctx.apply("persistentvolumeclaims/d", &without("resources"))
        .refused(422, "Invalid")
        .causes(&["FieldValueRequired @ spec.resources[storage]"]);
    let tls = with(secret("s", &json!({})), json!({"type": "kubernetes.io/tls"}));
    ctx.apply("secrets/s", &tls)
        .refused(422, "Invalid")
        .causes(&["FieldValueRequired @ data[tls.crt]", "FieldValueRequired @ data[tls.key]"]);
}

fn sizes_are_limited(ctx: &Ctx) {
    let large = "x".repeat(1024 * 1024 + 1);
    ctx.apply("configmaps/c", &config_map("c", &json!({"a": large})))
        .refused(422, "Invalid")
        .saying("Too long: may not be more than 1048576 bytes");
    let larger = "x".repeat(3 * 1024 * 1024 + 1);
    ctx.apply("configmaps/c", &config_map("c", &json!({"a": larger}))).refused(413, "RequestEntityTooLarge");
}

fn bodies_have_known_types(ctx: &Ctx) {
    let body = config_map("c", &json!({})).to_string();
    ctx.post("configmaps", &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})).created();
    ctx.send("PATCH", "configmaps/c", "text/plain", body.clone()).refused(415, "UnsupportedMediaType");
    ctx.send("PATCH", "configmaps/c?force=true", "application/merge-patch+json", body)
        .refused(422, "Invalid")
        .causes(&["FieldValueForbidden @ force"]);
    ctx.send("POST", "configmaps", JSON, "{").refused(400, "BadRequest");
    ctx.post("configmaps", &secret("s", &json!({}))).refused(400, "BadRequest");
    assert_eq!(ctx.get("/apis/nobody.example/v1/things").code, 404);
    assert_eq!(ctx.get("/api/v1/namespaces/default/things").code, 404);
}
