//! Pods by themselves.

use serde_json::{Value, json};

use super::case::{Case, Changes, spec};

/// One that no scheduler takes.
fn pod() -> Value {
    spec(json!({
        "schedulerName": "nobody", "containers": [{"name": "i", "image": "i:1", "env": [{"name": "A", "value": "1"}]}],
    }))
}

pub(super) fn cases() -> Vec<Case> {
    let container = |more: Value| {
        let mut container = json!({"name": "i", "image": "i:1", "env": [{"name": "A", "value": "1"}]});
        for (name, value) in more.as_object().expect("an object") {
            container[name] = value.clone();
        }
        spec(json!({"containers": [container]}))
    };
    let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}}});
    let spread = json!([{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]);
    let gated = spec(json!({"schedulingGates": [{"name": "a.example/b"}]}));
    Changes::of("v1", "Pod", pod())
        .free("spec.containers", container(json!({"image": "i:2"})))
        .fixed("spec.containers", container(json!({"env": [{"name": "A", "value": "2"}]})))
        .fixed("spec.containers", container(json!({"resources": {"limits": {"cpu": "1"}}})))
        .free("spec.activeDeadlineSeconds", spec(json!({"activeDeadlineSeconds": 100})))
        .free("spec.tolerations", spec(json!({"tolerations": [{"key": "a", "operator": "Exists"}]})))
        .free_after(gated, "spec.schedulingGates", spec(json!({"schedulingGates": null})))
        .fixed("spec.terminationGracePeriodSeconds", spec(json!({"terminationGracePeriodSeconds": 5})))
        .fixed("spec.affinity", spec(json!({"affinity": affinity})))
        .fixed("spec.automountServiceAccountToken", spec(json!({"automountServiceAccountToken": false})))
        .fixed("spec.dnsConfig", spec(json!({"dnsConfig": {"nameservers": ["192.0.2.1"]}})))
        .fixed("spec.dnsPolicy", spec(json!({"dnsPolicy": "Default"})))
        .fixed("spec.enableServiceLinks", spec(json!({"enableServiceLinks": false})))
        .fixed("spec.ephemeralContainers", spec(json!({"ephemeralContainers": [{"name": "e", "image": "i:1"}]})))
        .fixed("spec.hostAliases", spec(json!({"hostAliases": [{"ip": "192.0.2.1", "hostnames": ["a"]}]})))
        .fixed("spec.hostIPC", spec(json!({"hostIPC": true})))
        .fixed("spec.hostNetwork", spec(json!({"hostNetwork": true})))
        .fixed("spec.hostPID", spec(json!({"hostPID": true})))
        .fixed("spec.hostUsers", spec(json!({"hostUsers": false})))
        .fixed("spec.hostname", spec(json!({"hostname": "a"})))
        .fixed("spec.hostnameOverride", spec(json!({"hostnameOverride": "a"})))
        .fixed("spec.imagePullSecrets", spec(json!({"imagePullSecrets": [{"name": "a"}]})))
        .fixed("spec.initContainers", spec(json!({"initContainers": [{"name": "j", "image": "i:1"}]})))
        .fixed("spec.nodeName", spec(json!({"nodeName": "a"})))
        .fixed("spec.nodeSelector", spec(json!({"nodeSelector": {"a": "b"}})))
        .fixed("spec.os", spec(json!({"os": {"name": "linux"}})))
        .fixed("spec.overhead", spec(json!({"overhead": {"cpu": "1m"}})))
        .fixed("spec.preemptionPolicy", spec(json!({"preemptionPolicy": "Never"})))
        .fixed("spec.priority", spec(json!({"priority": 5})))
        .fixed("spec.priorityClassName", spec(json!({"priorityClassName": "system-node-critical"})))
        .fixed("spec.readinessGates", spec(json!({"readinessGates": [{"conditionType": "a.example/b"}]})))
        .fixed("spec.resourceClaims", spec(json!({"resourceClaims": [{"name": "a", "resourceClaimName": "b"}]})))
        .fixed("spec.resources", spec(json!({"resources": {"limits": {"cpu": "1"}}})))
        .fixed("spec.restartPolicy", spec(json!({"restartPolicy": "Never"})))
        .fixed("spec.runtimeClassName", spec(json!({"runtimeClassName": "a"})))
        .fixed("spec.schedulerName", spec(json!({"schedulerName": "somebody"})))
        .fixed("spec.securityContext", spec(json!({"securityContext": {"runAsUser": 5}})))
        .fixed("spec.serviceAccountName", spec(json!({"serviceAccountName": "a"})))
        .fixed("spec.setHostnameAsFQDN", spec(json!({"setHostnameAsFQDN": true})))
        .fixed("spec.shareProcessNamespace", spec(json!({"shareProcessNamespace": true})))
        .fixed("spec.subdomain", spec(json!({"subdomain": "a"})))
        .fixed("spec.topologySpreadConstraints", spec(json!({"topologySpreadConstraints": spread})))
        .fixed("spec.volumes", spec(json!({"volumes": [{"name": "a", "emptyDir": {}}]})))
        .done()
}
