use serde_json::{Value, json};

use super::*;

fn stored(api_version: &str, kind: &str, mut value: Value) -> Value {
    let kind = table().kind(api_version, kind).unwrap();
    default(kind, &mut value);
    let once = value.clone();
    default(kind, &mut value);
    assert_eq!(value, once, "defaults of defaults");
    value
}

#[test]
fn a_minimal_stateful_set_gains_what_the_server_adds() {
    let given = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"}, "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "serviceAccountName": "sa", "containers": [{"name": "db", "image": "db:1"}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}}}],
    }});
    assert_eq!(
        stored("apps/v1", "StatefulSet", given),
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"},
            "spec": {
                "replicas": 1, "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10, "serviceName": "",
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
                    "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
                    "securityContext": {}, "schedulerName": "default-scheduler",
                    "serviceAccountName": "sa", "serviceAccount": "sa",
                    "containers": [{
                        "name": "db", "image": "db:1", "imagePullPolicy": "IfNotPresent", "resources": {},
                        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                    }],
                }},
                "volumeClaimTemplates": [{
                    "kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "d"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
                             "volumeMode": "Filesystem"},
                    "status": {"phase": "Pending"},
                }],
            },
            "status": {"replicas": 0, "availableReplicas": 0},
        })
    );
}

#[test]
fn an_update_strategy_gets_a_partition_only_when_it_rolls_and_says_so() {
    let strategy = |given: Value| {
        let set = stored("apps/v1", "StatefulSet", json!({"spec": {"updateStrategy": given}}));
        set["spec"]["updateStrategy"].clone()
    };
    for (given, expected) in [
        (json!(null), json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})),
        (json!({}), json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})),
        (json!({"type": "RollingUpdate"}), json!({"type": "RollingUpdate"})),
        (
            json!({"type": "RollingUpdate", "rollingUpdate": {}}),
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
        ),
        (
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2, "partition": 1}}),
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}),
        ),
        (json!({"type": "OnDelete"}), json!({"type": "OnDelete"})),
    ] {
        assert_eq!(strategy(given.clone()), expected, "{given}");
    }
}

#[test]
fn images_are_pulled_by_their_tag() {
    for (image, policy) in [
        ("db", "Always"),
        ("db:latest", "Always"),
        ("host:5000/db", "Always"),
        ("host:5000/db:1", "IfNotPresent"),
        ("db:1", "IfNotPresent"),
        ("db@sha256:0", "IfNotPresent"),
        ("db:latest@sha256:0", "Always"),
        ("", "IfNotPresent"),
    ] {
        let pod = stored("v1", "Pod", json!({"spec": {"containers": [{"name": "a", "image": image}]}}));
        assert_eq!(pod["spec"]["containers"][0]["imagePullPolicy"], policy, "{image}");
    }
}

#[test]
fn probes_and_volumes() {
    let given = json!({"spec": {
        "containers": [{"name": "a", "image": "a:1",
            "startupProbe": {"tcpSocket": {"port": 1972}, "periodSeconds": 0, "failureThreshold": 60},
            "livenessProbe": {"httpGet": {"port": "web"}},
            "readinessProbe": {"grpc": {"port": 1}},
            "ports": [{"containerPort": 80}],
            "env": [{"name": "E", "value": ""}, {"name": "F", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "G", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}],
        }],
        "volumes": [
            {"name": "a", "configMap": {"name": "c"}}, {"name": "b", "secret": {"secretName": "s"}},
            {"name": "c", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
            {"name": "d", "hostPath": {"path": "/"}}, {"name": "e"}, {"name": "f", "emptyDir": {}},
        ],
    }});
    let pod = stored("v1", "Pod", given);
    let container = &pod["spec"]["containers"][0];
    let timing = |failures: i64| json!({"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": failures});
    let with = |mut probe: Value, name: &str, handler: Value| {
        probe[name] = handler;
        probe
    };
    assert_eq!(container["startupProbe"], with(timing(60), "tcpSocket", json!({"port": 1972})));
    assert_eq!(
        container["livenessProbe"],
        with(timing(3), "httpGet", json!({"port": "web", "path": "/", "scheme": "HTTP"}))
    );
    assert_eq!(container["readinessProbe"], with(timing(3), "grpc", json!({"port": 1, "service": ""})));
    assert_eq!(container["ports"], json!([{"containerPort": 80, "protocol": "TCP"}]));
    assert_eq!(
        container["env"],
        json!([{"name": "E"}, {"name": "F", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
               {"name": "G", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}}])
    );
    assert_eq!(
        pod["spec"]["volumes"],
        json!([
            {"name": "a", "configMap": {"name": "c", "defaultMode": 420}},
            {"name": "b", "secret": {"secretName": "s", "defaultMode": 420}},
            {"name": "c", "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}]}},
            {"name": "d", "hostPath": {"path": "/", "type": ""}}, {"name": "e", "emptyDir": {}}, {"name": "f", "emptyDir": {}},
        ])
    );
}

#[test]
fn only_a_pod_requests_what_it_is_limited_to() {
    let spec = json!({"containers": [{"name": "a", "image": "a:1", "resources": {"limits": {"cpu": "1000m"}}}]});
    let pod = stored("v1", "Pod", json!({"spec": spec}));
    assert_eq!(pod["spec"]["containers"][0]["resources"], json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}));
    let set = stored("apps/v1", "StatefulSet", json!({"spec": {"template": {"spec": spec}}}));
    assert_eq!(set["spec"]["template"]["spec"]["containers"][0]["resources"], json!({"limits": {"cpu": "1"}}));
}

#[test]
fn services_by_type() {
    let spec = |given: Value| stored("v1", "Service", json!({"spec": given}))["spec"].clone();
    assert_eq!(
        spec(
            json!({"ports": [{"port": 80}, {"port": 53, "protocol": "UDP", "targetPort": "dns"}, {"port": 9, "targetPort": 0}]})
        ),
        json!({"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ports": [
            {"port": 80, "targetPort": 80, "protocol": "TCP"}, {"port": 53, "targetPort": "dns", "protocol": "UDP"},
            {"port": 9, "targetPort": 9, "protocol": "TCP"}]})
    );
    assert_eq!(
        spec(json!({"type": "LoadBalancer", "sessionAffinity": "ClientIP"})),
        json!({"type": "LoadBalancer", "sessionAffinity": "ClientIP", "internalTrafficPolicy": "Cluster",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}},
            "externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": true})
    );
    assert_eq!(spec(json!({"type": "NodePort"}))["externalTrafficPolicy"], "Cluster");
    assert_eq!(spec(json!({"type": "ExternalName"})).get("internalTrafficPolicy"), None);
}

#[test]
fn small_kinds() {
    let config =
        json!({"metadata": {"name": "c", "labels": {}, "creationTimestamp": null}, "data": {"a": null, "b": ""}});
    assert_eq!(stored("v1", "ConfigMap", config), json!({"metadata": {"name": "c"}, "data": {"a": "", "b": ""}}));
    assert_eq!(
        stored("v1", "Secret", json!({"data": {"a": "e\nA=="}})),
        json!({"metadata": {}, "data": {"a": "eA=="}, "type": "Opaque"})
    );
    let rbac = "rbac.authorization.k8s.io/v1";
    assert_eq!(stored(rbac, "Role", json!({"rules": []}))["rules"], Value::Null);
    let binding = json!({"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "s"}, {"kind": "User", "name": "u"}]});
    assert_eq!(
        stored(rbac, "RoleBinding", binding),
        json!({"metadata": {}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}, "subjects": [
            {"kind": "ServiceAccount", "name": "s"}, {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "u"}]})
    );
    let claim = stored("v1", "PersistentVolumeClaim", json!({"spec": {"storageClassName": ""}}));
    assert_eq!(claim["spec"], json!({"storageClassName": "", "resources": {}, "volumeMode": "Filesystem"}));
    assert_eq!(claim["status"], json!({"phase": "Pending"}));
    let namespace = stored("v1", "Namespace", json!({"metadata": {"name": "n"}}));
    assert_eq!(namespace["metadata"]["labels"], json!({"kubernetes.io/metadata.name": "n"}));
    assert_eq!(stored("networking.k8s.io/v1", "Ingress", json!({}))["status"], json!({"loadBalancer": {}}));
    let budget = stored("policy/v1", "PodDisruptionBudget", json!({"spec": {"maxUnavailable": 0}}));
    assert_eq!(budget["spec"], json!({"maxUnavailable": 0}));
    assert_eq!(
        budget["status"],
        json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0})
    );
    let class = stored("storage.k8s.io/v1", "StorageClass", json!({"provisioner": "p"}));
    assert_eq!((&class["reclaimPolicy"], &class["volumeBindingMode"]), (&json!("Delete"), &json!("Immediate")));
    let lease = json!({"spec": {"renewTime": "2026-01-01T01:00:00.000000+01:00", "leaseTransitions": 0}});
    assert_eq!(
        stored("coordination.k8s.io/v1", "Lease", lease)["spec"],
        json!({"renewTime": "2026-01-01T00:00:00.000000Z", "leaseTransitions": 0})
    );
}

#[test]
fn empty_values_vanish_where_nothing_tells_them_from_absent_ones() {
    let given = json!({"spec": {"replicas": 0, "template": {"spec": {
        "hostNetwork": false, "nodeSelector": {}, "affinity": {}, "env": [], "tolerations": [], "terminationGracePeriodSeconds": 0,
        "automountServiceAccountToken": false,
        "containers": [{"name": "a", "image": "a:1", "securityContext": {}, "env": [], "stdin": false}],
    }}}});
    let set = stored("apps/v1", "StatefulSet", given);
    assert_eq!(set["spec"]["replicas"], 0);
    let spec = set["spec"]["template"]["spec"].as_object().unwrap();
    for gone in ["hostNetwork", "nodeSelector", "tolerations"] {
        assert!(!spec.contains_key(gone), "{gone}");
    }
    assert_eq!(spec["affinity"], json!({}));
    assert_eq!(spec["terminationGracePeriodSeconds"], 0);
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert_eq!(spec["containers"][0]["securityContext"], json!({}));
    assert!(spec["containers"][0].get("env").is_none() && spec["containers"][0].get("stdin").is_none());

    let kind = table().kind("apps/v1", "StatefulSet").unwrap();
    for (path, value, gone) in [
        (".spec.template.spec.hostNetwork", json!(false), true),
        (".spec.template.spec.affinity", json!({}), false),
        (".spec.template.spec.containers[name=\"a\"].env[name=\"E\"].value", json!(""), true),
        (".spec.replicas", json!(0), false),
        (".spec.replicas", json!(null), true),
        (".metadata.labels.a", json!(""), false),
        (".metadata.labels", json!({}), true),
        (".spec.template.spec.hostNetwork", json!(true), false),
    ] {
        assert_eq!(vanishes(kind, &Path::parse_in(kind, path).unwrap(), &value), gone, "{path} {value}");
    }
}
