//! Policies of the cluster that change what is sent to it. The sandbox has none.

use serde_json::{Value, json};

use super::manifests::STANDALONE;
use super::world::World;
use crate::support::controlplane::ControlPlane;

/// A mutating policy for the objects of one namespace. Dropping it removes it.
pub(super) struct Policy {
    plane: &'static ControlPlane,
    name: String,
}

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";

impl Policy {
    /// Changes StatefulSets that are made or updated. It is in force when this returns: `seen` tells by what becomes of one.
    fn start(world: &World, name: &str, mutation: &Value, seen: impl Fn(&Value) -> bool) -> Option<Self> {
        let plane = world.plane()?;
        let name = format!("{name}-{}", world.namespace());
        plane.create(
            &format!("{GROUP}/mutatingadmissionpolicies"),
            &json!({
                "metadata": {"name": name},
                "spec": {
                    "failurePolicy": "Fail",
                    "reinvocationPolicy": "IfNeeded",
                    "matchConstraints": {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace()}},
                        "resourceRules": [{
                            "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                            "resources": ["statefulsets"],
                        }],
                    },
                    "mutations": [mutation],
                },
            }),
        );
        plane.create(
            &format!("{GROUP}/mutatingadmissionpolicybindings"),
            &json!({"metadata": {"name": name}, "spec": {"policyName": name}}),
        );
        let probe = json!({
            "metadata": {"name": "probe"},
            "spec": {
                "selector": {"matchLabels": {"app": "probe"}},
                "template": {
                    "metadata": {"labels": {"app": "probe"}}, "spec": {"containers": [{"name": "c", "image": "c:1"}]},
                },
                "volumeClaimTemplates": [{
                    "metadata": {"name": "d"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }],
            },
        });
        world.until("the policy to be in force", || {
            let (code, body) = world.send("POST", "statefulsets?dryRun=All", "application/json", Some(&probe));
            assert_eq!(code, 201, "{body}");
            seen(&body).then_some(())
        });
        Some(Self { plane, name })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        for plural in ["mutatingadmissionpolicybindings", "mutatingadmissionpolicies"] {
            self.plane.delete(&format!("{GROUP}/{plural}/{}", self.name));
        }
    }
}

fn applies(expression: &str) -> Value {
    json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}})
}

/// Adds an annotation to the pods of every set.
fn annotates_pods(world: &World) -> Option<Policy> {
    let spec = "Object.spec{template: Object.spec.template{metadata: Object.spec.template.metadata{annotations: {'team': 'x'}}}}";
    let seen = |set: &Value| set["spec"]["template"]["metadata"]["annotations"]["team"] == "x";
    Policy::start(world, "pods", &applies(&format!("Object{{spec: {spec}}}")), seen)
}

/// The article's data node and a set of the user's own.
fn with_side(label: &str) -> String {
    format!(
        "{STANDALONE}---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: side, labels: {{v: {label}}}}}\nspec:\n  \
         replicas: 1\n  selector: {{matchLabels: {{app: side}}}}\n  template: {{metadata: {{labels: {{app: side}}}}, spec: \
         {{containers: [{{name: c, image: c:1}}]}}}}\n"
    )
}

const FILE: &str = "standalone.yaml";

/// Pods by name and uid.
fn pods(world: &World) -> Vec<String> {
    let uid = |pod: &Value| format!("{} {}", pod["metadata"]["name"], pod["metadata"]["uid"]);
    world.list("pods").iter().map(uid).collect()
}

#[test]
fn a_policy_that_came_after_the_plan_stops_its_apply() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write(FILE, &with_side("one"));
    world.apply(FILE, &[]);
    world.env.write(FILE, &with_side("two"));
    let saved = world.iriskit(&["plan", FILE, "-o", "p.plan"]);
    assert!(saved.code == Some(0) && saved.stdout.contains("Nothing that runs is restarted"), "{saved}");
    let Some(_policy) = annotates_pods(&world) else { return };
    let (versions, before) = (world.versions(), pods(&world));
    let stopped = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(stopped.code, Some(3), "{stopped}");
    for told in ["error[server-differs]", "/side", "spec.template.metadata.annotations.team", "no change"] {
        assert!(stopped.stderr.contains(told), "nothing of {told}: {stopped}");
    }
    assert_eq!((world.versions(), pods(&world)), (versions, before), "something was written");
    // The next plan knows it.
    let plan = world.plan(FILE, &[]);
    assert_eq!((plan.changed(), plan.0.impact.restarts), (vec!["StatefulSet/side update".to_owned()], 1));
    assert_eq!(plan.allowances(), ["outage"]);
    world.apply(FILE, &["--allow", "outage"]);
    world.no_changes(FILE, &[]);
}
