//! Whether an object has to be replaced: fields that can't be changed in place, found before the server is asked, since it
//! does not name them.

use serde_json::Value;

use crate::{
    diff::Applied,
    plan::{
        changes::immutable::{FROZEN, Fixed, REFUSED, Replacement, SERVICE, is_under, mode_of, row_of},
        storage::claim_templates,
    },
};
use iriskit_kubernetes::{
    schema::{Kind, Path, default_at, equal_after_canonicalisation, get, leaves, vanishes},
    views::{Claim, Service, ServiceType},
};

/// What of `body` can't be applied to `live` in place. A field that `body` leaves out counts when it was ours: leaving it
/// out takes it away.
pub fn replacement(kind: &Kind, body: &Value, live: &Value) -> Option<Replacement> {
    let row = row_of(kind.kind);
    let mut mode = mode_of(kind.kind);
    let mut paths = row.map(|row| changed_fields(kind, body, live, &row.fixed)).unwrap_or_default();
    match kind.kind {
        "StatefulSet" => {
            // Claim templates are one value to the server, which secret_values in some of it itself.
            paths.retain(|path| !is_under(path, "spec.volumeClaimTemplates"));
            // Other selectors would leave its pods to nobody.
            if paths.iter().any(|path| is_under(path, "spec.selector")) {
                mode = REFUSED;
            }
            paths.extend(claim_templates::fields(live, body).into_iter().map(|field| field.path));
        }
        "Service" => paths = service_fields(kind, body, live),
        "Pod" => paths.retain(|path| !is_image(path)),
        // A claim that has no volume yet may be given one.
        "PersistentVolumeClaim" if Claim::new(live).volume_name().is_none() => {
            paths.retain(|path| path != "spec.volumeName");
        }
        _ => {}
    }
    paths.extend(frozen_data(kind, body, live));
    let wanted = Claim::new(body).requested_amount();
    if kind.kind == "PersistentVolumeClaim" && wanted.is_some() && wanted < Claim::new(live).requested_amount() {
        paths.push("spec.resources.requests.storage".to_owned());
    }
    (!paths.is_empty()).then_some(Replacement { paths, mode })
}

/// The address of a Service is for life, unless it has none; so are its first IP family and, of a load balancer, the
/// class and the port of health checks. Leaving an address or that port out changes nothing.
fn service_fields(kind: &Kind, body: &Value, live: &Value) -> Vec<String> {
    let text = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let was_ours = |path: &str| {
        let applied = Applied::read(live).unwrap_or_default();
        Path::parse_in(kind, path).is_ok_and(|path| applied.get(&path).is_some())
    };
    let live_type = Service::new(live).service_type();
    let keeps_type = text(body, "/spec/type").is_none() && !was_ours(".spec.type");
    let wanted_type = if keeps_type { live_type } else { Service::new(body).service_type() };
    if live_type == ServiceType::ExternalName || wanted_type == ServiceType::ExternalName {
        return Vec::new();
    }
    let address = text(live, "/spec/clusterIP").unwrap_or_default();
    let other =
        |pointer: &str| text(body, pointer).is_some_and(|wanted| !wanted.is_empty() && wanted != address.as_str());
    let moved = !address.is_empty() && (other("/spec/clusterIP") || other("/spec/clusterIPs/0"));
    let has_node_ports = matches!(wanted_type, ServiceType::NodePort | ServiceType::LoadBalancer);
    let no_ports = !moved && address == "None" && has_node_ports;
    let family = text(body, "/spec/ipFamilies/0");
    let other_family = family.is_some() && family != text(live, "/spec/ipFamilies/0");
    let (class, wanted) = (text(live, "/spec/loadBalancerClass"), text(body, "/spec/loadBalancerClass"));
    let says = wanted.is_some() || was_ours(".spec.loadBalancerClass");
    let balances = live_type == ServiceType::LoadBalancer && wanted_type == ServiceType::LoadBalancer;
    let other_class = balances && says && class != wanted;
    let health = |object: &Value| object.pointer("/spec/healthCheckNodePort").and_then(Value::as_i64);
    let local = |object: &Value| text(object, "/spec/externalTrafficPolicy").is_some_and(|policy| policy == "Local");
    let stays_local = balances && local(live) && local(body);
    let other_health = stays_local && health(body).is_some_and(|port| port != 0) && health(body) != health(live);
    let fixed = [moved, no_ports, other_family, other_class, other_health];
    SERVICE.iter().zip(fixed).filter(|(_, fixed)| *fixed).map(|(path, _)| (*path).to_owned()).collect()
}

/// The fixed fields that would get another value, or none.
fn changed_fields(kind: &Kind, body: &Value, live: &Value, fixed: &Fixed) -> Vec<String> {
    let mut paths = Vec::new();
    for (path, value) in leaves(kind, body) {
        let human = path.to_human();
        // An empty map asks for nothing.
        if !fixed.covers(&human) || value.as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        let found = get(kind, live, &path);
        let same = match found {
            Some(found) => {
                equal_after_canonicalisation(kind, &path, value, found) || {
                    let mut stored = value.clone();
                    default_at(kind, &path, &mut stored);
                    stored == *found
                }
            }
            // What is empty vanishes from the server's answer.
            None => vanishes(kind, &path, value),
        };
        if !same {
            paths.push(human);
        }
    }
    for text in Applied::read(live).unwrap_or_default().paths() {
        let Ok(path) = Path::parse_in(kind, text) else { continue };
        let human = path.to_human();
        let goes = get(kind, body, &path).is_none() && get(kind, live, &path).is_some();
        if goes && fixed.covers(&human) && !paths.contains(&human) {
            paths.push(human);
        }
    }
    paths
}

/// Images are what may change in a pod that runs.
fn is_image(path: &str) -> bool {
    let inside = path.strip_prefix("spec.containers[").or_else(|| path.strip_prefix("spec.initContainers["));
    inside.is_some_and(|inside| inside.ends_with("].image"))
}

/// What of an immutable ConfigMap or Secret would change.
fn frozen_data(kind: &Kind, body: &Value, live: &Value) -> Vec<String> {
    if !matches!(kind.kind, "ConfigMap" | "Secret") || live.get("immutable") != Some(&Value::Bool(true)) {
        return Vec::new();
    }
    FROZEN.into_iter().filter(|member| body.get(*member) != live.get(*member)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use iriskit_state::plan::ReplaceMode;
    use serde_json::json;

    use super::*;
    use crate::diff::ANNOTATION;
    use crate::plan::changes::immutable::{DELETE_CREATE, ORPHAN_RECREATE};
    use crate::plan::ownership::applyset;

    fn check(kind: (&str, &str), body: &Value, live: &Value) -> Option<(Vec<String>, Option<ReplaceMode>)> {
        let kind = iriskit_kubernetes::schema::table().kind(kind.0, kind.1).unwrap();
        replacement(kind, body, live).map(|found| (found.paths, found.mode))
    }

    fn paths(kind: (&str, &str), body: &Value, live: &Value) -> Vec<String> {
        check(kind, body, live).map(|found| found.0).unwrap_or_default()
    }

    /// A live object that was made from `body`.
    fn applied(kind: (&str, &str), body: &Value, filled: &Value) -> Value {
        let kind = iriskit_kubernetes::schema::table().kind(kind.0, kind.1).unwrap();
        let mut live = body.clone();
        live["metadata"] = json!({"name": "x"});
        for (member, value) in filled.as_object().unwrap() {
            live["spec"][member] = value.clone();
        }
        applyset::set_annotation(&mut live, ANNOTATION, &Applied::of(kind, body).to_text());
        live
    }

    const SET: (&str, &str) = ("apps/v1", "StatefulSet");

    #[test]
    fn a_claim_template_of_another_size_is_found_and_one_in_another_spelling_is_not() {
        let set = |size: &str, filled: bool| {
            let mut template =
                json!({"metadata": {"name": "iris-data"}, "spec": {"resources": {"requests": {"storage": size}}}});
            if filled {
                template["spec"]["volumeMode"] = json!("Filesystem");
                template["status"] = json!({"phase": "Pending"});
                template["kind"] = json!("PersistentVolumeClaim");
            }
            json!({"spec": {"volumeClaimTemplates": [template]}})
        };
        assert_eq!(check(SET, &set("1Gi", false), &set("1Gi", true)), None);
        assert_eq!(check(SET, &set("1024Mi", false), &set("1Gi", true)), None);
        assert_eq!(
            check(SET, &set("2Gi", false), &set("1Gi", true)),
            Some((
                vec!["spec.volumeClaimTemplates[iris-data].spec.resources.requests.storage".into()],
                ORPHAN_RECREATE
            ))
        );
        assert_eq!(paths(SET, &json!({"spec": {}}), &set("1Gi", true)), ["spec.volumeClaimTemplates[iris-data]"]);
    }

    #[test]
    fn the_rest_of_a_set_is_fixed_but_what_pods_are_made_from() {
        let body = json!({"spec": {"serviceName": "a", "replicas": 1, "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}}}});
        let live = applied(SET, &body, &json!({"podManagementPolicy": "OrderedReady"}));
        assert_eq!(check(SET, &body, &live), None);
        let with = |change: &Value| {
            let mut changed = body.clone();
            for (member, value) in change.as_object().unwrap() {
                changed["spec"][member] = value.clone();
            }
            check(SET, &changed, &live)
        };
        let recreated = |path: &str| Some((vec![path.to_owned()], ORPHAN_RECREATE));
        assert_eq!(with(&json!({"serviceName": "b"})), recreated("spec.serviceName"));
        assert_eq!(with(&json!({"serviceName": null})), recreated("spec.serviceName"), "it was ours");
        assert_eq!(with(&json!({"podManagementPolicy": "Parallel"})), recreated("spec.podManagementPolicy"));
        assert_eq!(with(&json!({"podManagementPolicy": "OrderedReady"})), None);
        assert_eq!(with(&json!({"replicas": 2, "minReadySeconds": 3, "revisionHistoryLimit": 4})), None);
        let selector = with(&json!({"selector": {"matchLabels": {"a": "c"}}}));
        assert_eq!(selector, Some((vec!["spec.selector".into()], REFUSED)));
    }

    #[test]
    fn a_role_reference_is_replaced() {
        let binding =
            |role: &str| json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role}});
        let kind = ("rbac.authorization.k8s.io/v1", "RoleBinding");
        assert_eq!(check(kind, &binding("a"), &binding("a")), None);
        assert_eq!(check(kind, &binding("b"), &binding("a")).map(|found| found.1), Some(DELETE_CREATE));
    }

    #[test]
    fn an_immutable_config_map_is_replaced_only_when_its_data_change() {
        let map = |value: &str| json!({"immutable": true, "data": {"a": value}});
        let kind = ("v1", "ConfigMap");
        assert_eq!(check(kind, &map("1"), &map("1")), None);
        assert_eq!(check(kind, &map("2"), &map("1")), Some((vec!["data".into()], DELETE_CREATE)));
        assert_eq!(paths(kind, &json!({"data": {"a": "1"}}), &map("1")), ["immutable"]);
    }

    #[test]
    fn the_address_of_a_service_is_for_life() {
        let kind = ("v1", "Service");
        let service = |spec: &Value| json!({"spec": spec});
        let address = json!({"clusterIP": "10.0.0.7", "type": "ClusterIP", "ipFamilies": ["IPv4"]});
        let headless = json!({"clusterIP": "None", "type": "ClusterIP", "ipFamilies": ["IPv4"]});
        let external = json!({"type": "ExternalName", "externalName": "x.example"});
        for (live, body, expected) in [
            (&address, json!({"clusterIP": "None"}), vec!["spec.clusterIP"]),
            (&address, json!({"clusterIP": "10.0.0.8"}), vec!["spec.clusterIP"]),
            (&address, json!({"clusterIP": "10.0.0.7"}), vec![]),
            (&address, json!({}), vec![]),
            (&address, json!({"clusterIP": ""}), vec![]),
            (&address, json!({"type": "LoadBalancer"}), vec![]),
            (&address, json!({"type": "NodePort"}), vec![]),
            (&address, external.clone(), vec![]),
            (&address, json!({"ipFamilies": ["IPv6"]}), vec!["spec.ipFamilies"]),
            (&headless, json!({}), vec![]),
            (&headless, json!({"type": "NodePort"}), vec!["spec.type"]),
            (&headless, json!({"clusterIP": "10.0.0.9"}), vec!["spec.clusterIP"]),
            (&headless, external.clone(), vec![]),
            (&external, json!({"type": "ClusterIP", "clusterIP": "None"}), vec![]),
            (&external, json!({"type": "ClusterIP"}), vec![]),
        ] {
            assert_eq!(paths(kind, &service(&body), &service(live)), expected, "{live} to {body}");
        }
        let balanced = service(&json!({"type": "LoadBalancer", "clusterIP": "10.0.0.7"}));
        let class = json!({"type": "LoadBalancer", "loadBalancerClass": "a.b/c"});
        assert_eq!(paths(kind, &service(&class), &balanced), ["spec.loadBalancerClass"]);
        let with_class = applied(kind, &service(&class), &json!({"clusterIP": "10.0.0.7"}));
        assert_eq!(paths(kind, &service(&json!({"type": "LoadBalancer"})), &with_class), ["spec.loadBalancerClass"]);
        assert_eq!(paths(kind, &service(&json!({"type": "ClusterIP"})), &with_class), Vec::<String>::new());
    }

    #[test]
    fn a_claim_never_shrinks_and_keeps_its_class() {
        let kind = ("v1", "PersistentVolumeClaim");
        let claim = |size: &str, class: &str| json!({"spec": {"storageClassName": class, "resources": {"requests": {"storage": size}}}});
        assert_eq!(check(kind, &claim("2Gi", "a"), &claim("1Gi", "a")), None);
        assert_eq!(
            check(kind, &claim("1Gi", "a"), &claim("2Gi", "a")),
            Some((vec!["spec.resources.requests.storage".into()], REFUSED))
        );
        assert_eq!(paths(kind, &claim("1Gi", "b"), &claim("1Gi", "a")), ["spec.storageClassName"]);
    }

    #[test]
    fn a_pod_changes_only_its_images() {
        let kind = ("v1", "Pod");
        let pod = |image: &str, variable: &str| json!({"spec": {"containers": [{"name": "c", "image": image, "env": [{"name": "A", "value": variable}]}]}});
        assert_eq!(check(kind, &pod("i:2", "1"), &pod("i:1", "1")), None);
        assert_eq!(paths(kind, &pod("i:1", "2"), &pod("i:1", "1")), ["spec.containers[c].env[A].value"]);
    }
}
