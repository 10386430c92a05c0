//! Quotas, pods, claims and classes by table.

use iriskit_state::plan::{Note, NoteId, Plan, Severity};
use serde_json::{Value, json};

use super::scene;
use crate::plan::preflight::*;

/// A plan that makes the pair of the scene, which has two pods with one claim each.
fn plan_of_pair() -> Plan {
    scene::plan(scene::owner(vec![scene::pair("i:1")]), &scene::live([]))
}

fn objects_of_pair() -> (Plan, Vec<ControllerObjects>) {
    let plan = plan_of_pair();
    let objects = objects_made_by_controllers(&plan, &crate::plan::SecretValues::default());
    (plan, objects)
}

fn brief(notes: impl IntoIterator<Item = Note>) -> Vec<(String, Severity)> {
    notes.into_iter().map(|note| (note.id.to_string(), note.severity)).collect()
}

#[test]
fn pods_and_claims_are_what_the_controller_would_make() {
    let (_, objects) = objects_of_pair();
    let [objects] = objects.as_slice() else { panic!("{objects:?}") };
    assert_eq!((objects.new_pods, objects.replaced.len(), objects.account.as_deref()), (2, 0, None));
    assert_eq!(objects.pod["metadata"]["name"], "c-data-0-1");
    assert_eq!(objects.pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"], "c-data-0-1");
    assert_eq!(objects.pod["spec"]["hostname"], "c-data-0-1");
    assert_eq!(objects.pod["spec"]["subdomain"], "iris-svc");
    let mounted = json!([{"name": "iris-data", "persistentVolumeClaim": {"claimName": "iris-data-c-data-0-1"}}]);
    assert_eq!(objects.pod["spec"]["volumes"], mounted);
    let [(claim, 2)] = objects.claims.as_slice() else { panic!("{:?}", objects.claims) };
    assert_eq!(claim["metadata"]["name"], "iris-data-c-data-0-0");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "2Gi");
}

#[test]
fn a_plan_without_changes_makes_nothing_and_needs_no_right() {
    let pair = scene::pair("i:1");
    let live = scene::live([scene::applied(&pair), scene::pod(0, "new", None, true), scene::pod(1, "new", None, true)]);
    let plan = scene::plan(scene::owner(vec![pair]), &live);
    assert!(!plan.summary.changes());
    assert_eq!(objects_made_by_controllers(&plan, &crate::plan::SecretValues::default()), []);
    assert_eq!(needed_rights(&plan), []);
}

#[test]
fn quotas_are_exceeded_by_the_sum_of_everything() {
    let (plan, objects) = objects_of_pair();
    let pod = json!({"metadata": {"name": "c-data-0-1"}, "spec": {"containers": [
        {"name": "iris", "resources": {"limits": {"memory": "2Gi"}, "requests": {"cpu": "500m"}}}],
        "initContainers": [
            {"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "250m"}}},
            {"name": "once", "resources": {"requests": {"cpu": "600m"}}}]}});
    let judge = |spec: Value, used: Value| {
        let quota = json!({"metadata": {"name": "q"}, "spec": spec, "status": {"hard": spec["hard"], "used": used}});
        let pods: Vec<PlannedPods<'_>> = objects
            .iter()
            .map(|objects| PlannedPods { objects, pod: &pod, replaced: vec![], claims: objects.claims.clone() })
            .collect();
        quota_notes("n", &[quota], &plan, &pods, 1).into_iter().map(|note| note.message).next()
    };
    for (hard, used, said) in [
        (json!({"pods": "2"}), json!({"pods": "0"}), None),
        (json!({"pods": "2"}), json!({"pods": "1"}), Some("pods: 1 of 2 are used, and 2 more are needed")),
        (
            json!({"count/statefulsets.apps": "0"}),
            json!({"count/statefulsets.apps": "0"}),
            Some("statefulsets.apps: 0 of 0"),
        ),
        (json!({"requests.storage": "4Gi"}), json!({"requests.storage": "0"}), None),
        (json!({"requests.storage": "4095Mi"}), json!({"requests.storage": "0"}), Some("and 4Gi more are needed")),
        // A limit alone is a request as well.
        (json!({"requests.memory": "4Gi"}), json!({"requests.memory": "1"}), Some("and 4Gi more are needed")),
        // The sidecar runs beside the rest: 2 × max(500m + 250m, 250m + 600m).
        (json!({"cpu": "1700m"}), json!({"cpu": "0"}), None),
        (json!({"cpu": "1699m"}), json!({"cpu": "0"}), Some("and 1700m more are needed")),
        (json!({"limits.memory": "4Gi"}), json!({"limits.memory": "0"}), None),
        (json!({"secrets": "0"}), json!({"secrets": "0"}), None),
        // Not counted yet: nothing is known.
        (json!({"pods": "1"}), json!({}), None),
    ] {
        let found = judge(json!({"hard": hard}), used.clone());
        assert_eq!(found.is_some(), said.is_some(), "{hard} {used}: {found:?}");
        assert!(found.unwrap_or_default().contains(said.unwrap_or_default()), "{hard} {used}");
    }
    let none = json!({"pods": "0"});
    for (scope, counted) in [
        ("BestEffort", false),
        ("NotBestEffort", true),
        ("Terminating", false),
        ("NotTerminating", true),
        ("Unheard", false),
    ] {
        let found = judge(json!({"hard": {"pods": "1", "services": "0"}, "scopes": [scope]}), none.clone());
        assert_eq!(found.is_some(), counted, "{scope}: {found:?}");
    }
    let class = |operator: &str, values: &[&str]| {
        let term = json!({"scopeName": "PriorityClass", "operator": operator, "values": values});
        judge(json!({"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [term]}}), none.clone()).is_some()
    };
    assert_eq!(
        [class("In", &["high"]), class("NotIn", &["high"]), class("DoesNotExist", &[]), class("Exists", &[])],
        [false, true, true, false]
    );
}

#[test]
fn a_roll_needs_only_what_its_pods_ask_for_besides() {
    let (plan, mut objects) = objects_of_pair();
    objects[0].new_pods = 0;
    objects[0].claims.clear();
    let pod =
        |memory: &str| json!({"spec": {"containers": [{"name": "iris", "resources": {"limits": {"memory": memory}}}]}});
    let judge = |old: &str, new: &str| {
        let (old, new) = (pod(old), pod(new));
        let pods = [PlannedPods { objects: &objects[0], pod: &new, replaced: vec![&old, &old], claims: Vec::new() }];
        let hard = json!({"pods": "2", "limits.memory": "5Gi"});
        let quota =
            json!({"metadata": {"name": "q"}, "status": {"hard": hard, "used": {"pods": "2", "limits.memory": "4Gi"}}});
        quota_notes("n", &[quota], &plan, &pods, 1).len()
    };
    assert_eq!([judge("2Gi", "2Gi"), judge("2Gi", "1Gi"), judge("2Gi", "2560Mi"), judge("2Gi", "3Gi")], [0, 0, 0, 1]);
}

#[test]
fn refused_pods_and_claims_are_errors_by_their_cause() {
    let (_, objects) = objects_of_pair();
    let refused = |message: &str| DryRunVerdict::Refused(message.to_owned());
    for (message, id) in [
        ("pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true", "pod-security"),
        (
            "pods \"p\" is forbidden: error looking up service account n/a: serviceaccount \"a\" not found",
            "service-account-not-found",
        ),
        ("pods \"p\" is forbidden: no PriorityClass with name x was found", "pods-refused"),
        ("pods \"p\" is forbidden: failed quota: q: must specify limits.memory for: db", "pods-refused"),
    ] {
        assert_eq!(brief(pod_note(&objects[0], &refused(message))), [(id.to_owned(), Severity::Error)], "{message}");
    }
    // One pod says nothing of the room that all of them need.
    assert_eq!(pod_note(&objects[0], &refused("exceeded quota: q, requested: pods=1")), None);
    for verdict in [DryRunVerdict::Accepted(Value::Null), DryRunVerdict::Exists, DryRunVerdict::Unknown] {
        assert_eq!(pod_note(&objects[0], &verdict), None);
        assert_eq!(claim_note(&objects[0], &verdict), None);
    }
    let claim =
        claim_note(&objects[0], &refused("minimum storage usage per PersistentVolumeClaim is 3Gi, but request is 2Gi"));
    assert_eq!(brief(claim), [("claims-refused".to_owned(), Severity::Error)]);
}

#[test]
fn classes_are_looked_for_where_claims_are_new() {
    let (wanted, mut objects) = objects_of_pair();
    let class = |name: &str, is_default: &str| json!({"metadata": {"name": name, "annotations": {"storageclass.kubernetes.io/is-default-class": is_default}}});
    let (none, plain, default) = (vec![], vec![class("fast", "false")], vec![class("fast", "true")]);
    let ids = |objects: &ControllerObjects, classes: &[Value]| {
        brief(class_notes(objects, &wanted, classes)).into_iter().map(|note| note.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(&objects[0], &none), ["no-default-storage-class"]);
    assert_eq!(ids(&objects[0], &plain), ["no-default-storage-class"]);
    assert_eq!(ids(&objects[0], &default), [""; 0]);
    for (named, classes, expected) in
        [("fast", &plain, vec![]), ("slow", &plain, vec!["storage-class-not-found"]), ("", &none, vec![])]
    {
        objects[0].claims[0].0["spec"]["storageClassName"] = json!(named);
        assert_eq!(ids(&objects[0], classes), expected, "{named}");
    }
    objects[0].claims.clear();
    assert_eq!(ids(&objects[0], &none), [""; 0]);
}

#[test]
fn warnings_of_pod_security_become_what_they_are() {
    let warning = |plan: &Plan| Note {
        severity: Severity::Warning,
        id: NoteId::ServerWarning,
        message: "would violate PodSecurity \"restricted:latest\": runAsNonRoot != true".into(),
        address: plan.resource_changes.first().map(|change| change.address.clone()),
        source: None,
        help: None,
    };
    let settled = |enforced: Option<&str>, certain: bool| {
        let mut plan = plan_of_pair();
        plan.notes.clear();
        plan.notes.push(warning(&plan));
        assert!(warns_of_pod_security(&plan));
        if certain {
            let sure =
                Note { severity: Severity::Error, id: NoteId::PodSecurity, message: "sure".into(), ..warning(&plan) };
            plan.notes.push(sure);
        }
        resolve_pod_security_warnings(&mut plan, |_| enforced.map(str::to_owned));
        brief(plan.notes)
    };
    let is = |severity| vec![("pod-security".to_owned(), severity)];
    assert_eq!(settled(None, false), is(Severity::Warning));
    assert_eq!(settled(Some("baseline"), false), is(Severity::Warning));
    assert_eq!(settled(Some("restricted"), false), is(Severity::Error));
    assert_eq!(settled(None, true), is(Severity::Error));
}

/// One range for the whole namespace; the made pod has one container with these resources.
fn limited(item: &Value, resources: &Value) -> Option<String> {
    let (_, mut objects) = objects_of_pair();
    let objects = &mut objects[0];
    objects.pod["spec"]["containers"] = json!([{"name": "iris", "resources": resources}]);
    let range = json!({"metadata": {"name": "bounds"}, "spec": {"limits": [item]}});
    let note = limit_note(objects, &DryRunVerdict::Unknown, &[DryRunVerdict::Unknown], std::slice::from_ref(&range))?;
    assert_eq!((note.id.as_str(), note.severity), ("limit-range", Severity::Error));
    let tried = limit_note(objects, &DryRunVerdict::Accepted(json!({})), &[DryRunVerdict::Exists], &[range]);
    assert_eq!(tried, None, "who could ask needs no guess");
    Some(note.message)
}

#[test]
fn limit_ranges_hold_containers_pods_and_claims() {
    let memory = |request: &str, limit: &str| json!({"requests": {"memory": request}, "limits": {"memory": limit}});
    let container = |bounds: Value| item_of("Container", bounds);
    let max = container(json!({"max": {"memory": "2Gi"}, "default": {"memory": "1Gi"}}));
    for (item, resources, said) in [
        (&max, json!({}), None),
        (&max, memory("1Gi", "2048Mi"), None),
        (
            &max,
            memory("1Gi", "3Gi"),
            Some(
                "maximum memory usage per Container is 2Gi (LimitRange bounds), and the limit of container iris is 3Gi",
            ),
        ),
        (&container(json!({"max": {"cpu": "1"}})), json!({}), Some("and container iris has no limit")),
        (&container(json!({"min": {"cpu": "1"}})), json!({}), Some("and container iris requests none")),
        (
            &container(json!({"min": {"memory": "2Gi"}})),
            json!({"limits": {"memory": "1Gi"}}),
            Some("container iris requests 1Gi"),
        ),
        (&container(json!({"maxLimitRequestRatio": {"memory": "2"}})), memory("1Gi", "2Gi"), None),
        (
            &container(json!({"maxLimitRequestRatio": {"memory": "1500m"}})),
            memory("1Gi", "2Gi"),
            Some("max limit to request ratio"),
        ),
        (&container(json!({"maxLimitRequestRatio": {"memory": "2"}})), json!({}), Some("max limit to request ratio")),
        (&item_of("Pod", json!({"max": {"memory": "2Gi"}})), memory("1Gi", "3Gi"), Some("the limit of the pod is 3Gi")),
        (
            &item_of("PersistentVolumeClaim", json!({"max": {"storage": "1Gi"}})),
            json!({}),
            Some("claim iris-data-c-data-0-0 requests 2Gi"),
        ),
        (&item_of("PersistentVolumeClaim", json!({"min": {"storage": "1Gi"}})), json!({}), None),
        (
            &item_of("PersistentVolumeClaim", json!({"min": {"storage": "3Gi"}})),
            json!({}),
            Some("minimum storage usage"),
        ),
        (&item_of("example.com/Image", json!({"max": {"storage": "1"}})), json!({}), None),
    ] {
        let found = limited(item, &resources);
        match said {
            None => assert_eq!(found, None, "{item} {resources}"),
            Some(said) => {
                assert!(found.as_ref().is_some_and(|found| found.contains(said)), "{item} {resources}: {found:?}");
            }
        }
    }
}

fn item_of(of: &str, mut bounds: Value) -> Value {
    bounds["type"] = json!(of);
    bounds
}
