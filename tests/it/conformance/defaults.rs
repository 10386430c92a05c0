//! What the server adds to what it is given.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{claim, config_map, generation, secret, service, set, set_with_claims, with},
};

cases! {
    a_set_gains_defaults,
    a_pod_template_gains_defaults,
    an_update_strategy_gains_what_fits,
    pull_policies_follow_the_tag,
    a_service_gains_defaults,
    a_claim_gains_defaults,
    small_kinds_gain_little,
    generations_count_changes_of_spec,
    a_binding_gains_groups,
}

fn a_set_gains_defaults(ctx: &Ctx) {
    let made = ctx.apply("statefulsets/s?dryRun=All", &set_with_claims("s", 3)).created();
    let spec = with(made["spec"].clone(), json!({"template": null, "selector": null}));
    assert_eq!(
        spec,
        json!({
            "replicas": 3, "serviceName": "s", "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "volumeClaimTemplates": [{
                "kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "data"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Filesystem",
                },
                "status": {"phase": "Pending"},
            }],
        })
    );
    assert_eq!(made["status"], json!({"replicas": 0, "availableReplicas": 0}));
    let bare = with(set("s"), json!({"spec": {"serviceName": null}}));
    let made = ctx.apply("statefulsets/s?dryRun=All", &bare).created();
    assert_eq!((&made["spec"]["replicas"], made["spec"].get("serviceName")), (&json!(1), Some(&json!(""))));
}

fn a_pod_template_gains_defaults(ctx: &Ctx) {
    let pod = json!({
        "serviceAccountName": "a",
        "containers": [{
            "name": "iris", "image": "iris:1", "ports": [{"containerPort": 1972}],
            "env": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "readinessProbe": {"exec": {"command": ["true"]}}, "livenessProbe": {"httpGet": {"port": 80}},
        }],
        "volumes": [
            {"name": "c", "configMap": {"name": "c"}}, {"name": "s", "secret": {"secretName": "s"}}, {"name": "e", "emptyDir": {}},
            {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
            {"name": "h", "hostPath": {"path": "/x"}},
        ],
    });
    let made =
        ctx.apply("statefulsets/s?dryRun=All", &with(set("s"), json!({"spec": {"template": {"spec": pod}}}))).created();
    let probe = |probe: Value| {
        with(json!({"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}), probe)
    };
    assert_eq!(
        made["spec"]["template"]["spec"],
        json!({
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
            "schedulerName": "default-scheduler", "serviceAccountName": "a", "serviceAccount": "a",
            "containers": [{
                "name": "iris", "image": "iris:1", "resources": {}, "imagePullPolicy": "IfNotPresent",
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "ports": [{"containerPort": 1972, "protocol": "TCP"}],
                "env": [{"name": "POD", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}],
                "readinessProbe": probe(json!({"exec": {"command": ["true"]}})),
                "livenessProbe": probe(json!({"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}})),
            }],
            "volumes": [
                {"name": "c", "configMap": {"name": "c", "defaultMode": 420}},
                {"name": "s", "secret": {"secretName": "s", "defaultMode": 420}},
                {"name": "e", "emptyDir": {}},
                {"name": "t", "projected": {
                    "defaultMode": 420, "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}],
                }},
                {"name": "h", "hostPath": {"path": "/x", "type": ""}},
            ],
        })
    );
}

fn an_update_strategy_gains_what_fits(ctx: &Ctx) {
    for (said, stored) in [
        (json!({"type": "RollingUpdate"}), json!({"type": "RollingUpdate"})),
        (
            json!({"type": "RollingUpdate", "rollingUpdate": {}}),
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
        ),
        (json!({"type": "OnDelete"}), json!({"type": "OnDelete"})),
        (json!({}), json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})),
    ] {
        let body = with(set("s"), json!({"spec": {"updateStrategy": said}}));
        let made = ctx.apply("statefulsets/s?dryRun=All", &body).created();
        assert_eq!(made["spec"]["updateStrategy"], stored, "{said}");
    }
}

fn pull_policies_follow_the_tag(ctx: &Ctx) {
    for (image, policy) in [
        ("iris:2026.1", "IfNotPresent"),
        ("iris:latest", "Always"),
        ("iris", "Always"),
        ("host.example:5000/iris", "Always"),
        ("iris@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "IfNotPresent"),
    ] {
        let body =
            with(set("s"), json!({"spec": {"template": {"spec": {"containers": [{"name": "iris", "image": image}]}}}}));
        let made = ctx.apply("statefulsets/s?dryRun=All", &body).created();
        assert_eq!(made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"], policy, "{image}");
    }
}

fn a_service_gains_defaults(ctx: &Ctx) {
    let made = ctx.apply("services/p", &service("p")).created();
    let address = &made["spec"]["clusterIP"];
    assert_eq!(
        made["spec"],
        json!({
            "type": "ClusterIP", "clusterIP": address, "clusterIPs": [address], "sessionAffinity": "None",
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster",
            "selector": {"app": "p"},
            "ports": [{"name": "superserver", "port": 1972, "protocol": "TCP", "targetPort": 1972}],
        })
    );
    assert_eq!((&made["status"], made["metadata"].get("generation")), (&json!({"loadBalancer": {}}), None));
}

fn a_claim_gains_defaults(ctx: &Ctx) {
    let made = ctx.apply("persistentvolumeclaims/d?dryRun=All", &claim("d")).created();
    assert_eq!(made["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    assert_eq!(
        (&made["spec"]["storageClassName"], &made["spec"]["volumeMode"], &made["status"]),
        (&json!("standard"), &json!("Filesystem"), &json!({"phase": "Pending"}))
    );
}

fn small_kinds_gain_little(ctx: &Ctx) {
    let shape = |object: &Value| {
        let mut keys: Vec<_> = object.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let made = ctx
        .apply("configmaps/x", &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}))
        .created();
    assert_eq!(shape(&made), ["apiVersion", "kind", "metadata"]);
    let made = ctx.apply("secrets/x", &secret("x", &json!({"a": "MQ=="}))).created();
    assert_eq!(shape(&made), ["apiVersion", "data", "kind", "metadata", "type"]);
    assert_eq!(made["type"], "Opaque");
    let made = ctx
        .apply(
            "roles/x",
            &json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "x"}}),
        )
        .created();
    assert_eq!(
        (shape(&made), &made["rules"]),
        (vec!["apiVersion".into(), "kind".into(), "metadata".into(), "rules".into()], &Value::Null)
    );
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "x"}, "spec": {"maxUnavailable": 1}});
    let made = ctx.apply("poddisruptionbudgets/x", &budget).created();
    assert_eq!((&made["spec"], generation(&made)), (&json!({"maxUnavailable": 1}), 1));
}

fn generations_count_changes_of_spec(ctx: &Ctx) {
    let body = with(set("s"), json!({"spec": {"replicas": 0}}));
    ctx.apply("statefulsets/s", &body).created();
    let cpu = |cpu: &str| {
        let container = json!({"name": "iris", "image": "iris:1", "resources": {"limits": {"memory": cpu}}});
        with(body.clone(), json!({"spec": {"template": {"spec": {"containers": [container]}}}}))
    };
    assert_eq!(generation(&ctx.apply("statefulsets/s", &cpu("1Gi")).ok()), 2);
    // The same amount in another text that the server keeps is a write, but no new generation.
    let before = ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 2);
    let after = ctx.apply("statefulsets/s", &cpu("1073741824")).ok();
    assert_eq!(generation(&after), 2);
    assert_ne!(after["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"], "1073741824");
    // A status is none either.
    let patched = ctx.merge("statefulsets/s/status", &json!({"status": {"replicas": 0}})).ok();
    assert_eq!(generation(&patched), 2);
    for (tail, body) in [("configmaps/c", config_map("c", &json!({}))), ("services/p", service("p"))] {
        assert!(ctx.apply(tail, &body).created()["metadata"].get("generation").is_none());
    }
}

fn a_binding_gains_groups(ctx: &Ctx) {
    let rbac = "rbac.authorization.k8s.io";
    let binding = json!({
        "apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding", "metadata": {"name": "b"},
        "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": "u"}, {"kind": "Group", "name": "g"}, {"kind": "ServiceAccount", "name": "a", "namespace": "n"}],
    });
    let made = ctx.apply("rolebindings/b", &binding).created();
    assert_eq!(
        made["subjects"],
        json!([
            {"kind": "User", "name": "u", "apiGroup": rbac}, {"kind": "Group", "name": "g", "apiGroup": rbac},
            {"kind": "ServiceAccount", "name": "a", "namespace": "n"},
        ])
    );
}
