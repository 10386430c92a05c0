//! Policies of the cluster that change or forbid what is asked of it. The sandbox has none.

use serde_json::{Value, json};

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    planned::Planned,
    world::{LABELER, World},
};
use crate::support::controlplane::ControlPlane;

/// A policy for the objects of one namespace. Dropping it removes it.
struct Policy {
    plane: &'static ControlPlane,
    /// `mutating` or `validating`.
    sort: &'static str,
    name: String,
}

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";

impl Policy {
    /// Changes StatefulSets that are made or updated. It is in force when this returns: `seen` tells by what becomes of one.
    fn start(world: &World, name: &str, mutation: &Value, seen: impl Fn(&Value) -> bool) -> Option<Self> {
        let rule = json!({"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["statefulsets"]});
        let spec = json!({"failurePolicy": "Fail", "reinvocationPolicy": "IfNeeded", "mutations": [mutation]});
        let policy = Self::create(world, "mutating", name, (&rule, spec), json!({}))?;
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
        Some(policy)
    }

    /// Lets nobody but controllers delete pods.
    fn keeping_pods(world: &World, pod: &str) -> Option<Self> {
        let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["pods"]});
        let said = json!({"expression": "request.userInfo.username != 'admin'", "message": "ask the platform team"});
        let spec = json!({"failurePolicy": "Fail", "validations": [said]});
        let policy = Self::create(world, "validating", "keep", (&rule, spec), json!({"validationActions": ["Deny"]}))?;
        world.until("the policy to be in force", || {
            let (code, _) = world.send("DELETE", &format!("pods/{pod}?dryRun=All"), "application/json", None);
            matches!(code, 403 | 422).then_some(())
        });
        Some(policy)
    }

    fn create(
        world: &World,
        sort: &'static str,
        name: &str,
        (rule, mut spec): (&Value, Value),
        mut binding: Value,
    ) -> Option<Self> {
        let plane = world.plane()?;
        let name = format!("{name}-{}", world.namespace());
        spec["matchConstraints"] = json!({
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace()}},
            "resourceRules": [rule],
        });
        binding["policyName"] = json!(name);
        let of = |spec: Value| json!({"metadata": {"name": name}, "spec": spec});
        plane.create(&format!("{GROUP}/{sort}admissionpolicies"), &of(spec));
        plane.create(&format!("{GROUP}/{sort}admissionpolicybindings"), &of(binding));
        Some(Self { plane, sort, name })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        for what in ["policybindings", "policies"] {
            self.plane.delete(&format!("{GROUP}/{}admission{what}/{}", self.sort, self.name));
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

/// Plans by the fast path and by asking the server everything: nothing changes. `count` tells how many notes of this id each
/// says.
#[track_caller]
fn nothing_to_do(world: &World, id: &str, count: [usize; 2]) -> String {
    let plan = world.plan(FILE, &["--detailed-exitcode"]);
    assert_eq!((plan.changed(), plan.notes(id).len()), (Vec::new(), count[0]), "{:?}", plan.0.notes);
    let asked = world.plan(FILE, &["--detailed-exitcode", "--server-diff=always"]);
    assert_eq!((asked.changed(), asked.notes(id).len()), (Vec::new(), count[1]), "{:?}", asked.0.notes);
    let (versions, pods_before) = (world.versions(), pods(world));
    world.apply(FILE, &["--server-diff=always"]);
    assert_eq!((world.versions(), pods(world)), (versions, pods_before), "something was written");
    asked.notes(id)[0].message.clone()
}

#[test]
fn a_policy_that_came_later_is_no_change_by_itself() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    let Some(_policy) = annotates_pods(&world) else { return };
    let told = nothing_to_do(&world, "server-would-change", [0, 1]);
    assert!(told.contains("spec.template.metadata.annotations, and its pods restart then"), "{told}");
}

#[test]
fn a_field_that_a_policy_overrides_is_told_by_every_plan() {
    let Some(world) = World::on_the_control_plane() else { return };
    let image = "c.image.startsWith('mirror/') ? c.image : 'mirror/' + c.image";
    let containers = format!(
        "object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{{name: c.name, image: {image}}})"
    );
    let template = format!("Object.spec.template{{spec: Object.spec.template.spec{{containers: {containers}}}}}");
    let mutation = applies(&format!("Object{{spec: Object.spec{{replicas: 1, template: {template}}}}}"));
    let seen = |set: &Value| set["spec"]["template"]["spec"]["containers"][0]["image"] == "mirror/c:1";
    let Some(_policy) = Policy::start(&world, "mirror", &mutation, seen) else { return };
    world.env.write(FILE, &with_side("one"));
    let first = world.plan(FILE, &[]);
    let of = |plan: &Planned, set: &str| {
        let notes = plan.notes("server-overrides");
        let note = notes.into_iter().find(|note| note.address.as_ref().is_some_and(|address| address.ends_with(set)));
        note.unwrap_or_else(|| panic!("nothing of {set}: {:?}", plan.0.notes)).message.clone()
    };
    let told = of(&first, "/standalone-data");
    let is = "spec.template.spec.containers[iris].image is mirror/intersystems/iris-community:2024.1, not \
              intersystems/iris-community:2024.1";
    assert!(told.contains(is), "{told}");
    world.apply(FILE, &[]);
    nothing_to_do(&world, "server-overrides", [2, 2]);
    let text = world.iriskit(&["plan", FILE]).success();
    assert!(text.contains("but for what the server overrides") && text.contains("server-overrides"), "{text}");
    // A field that it holds at its value: the plan does not promise a pod that never comes.
    world.env.write(FILE, &with_side("one").replace("replicas: 1", "replicas: 2"));
    let plan = world.plan(FILE, &[]);
    let change = plan.change("StatefulSet/side");
    assert!(change.impact.pods.is_empty() && change.fields.is_empty(), "{change:?}");
    let told = of(&plan, "/side");
    assert!(told.contains("spec.replicas is 1, not 2"), "{told}");
    world.apply(FILE, &[]);
    nothing_to_do(&world, "server-overrides", [2, 2]);
    assert!(world.find("pods/side-1").is_none());
}

#[test]
fn claim_templates_that_a_policy_labels_are_not_made_again_for_ever() {
    let Some(world) = World::on_the_control_plane() else { return };
    let label = "JSONPatch{op: 'add', path: '/spec/volumeClaimTemplates/0/metadata/labels', value: {'team': 'x'}}";
    let mutation = json!({"patchType": "JSONPatch", "jsonPatch": {"expression": format!("[{label}]")}});
    let seen = |set: &Value| set["spec"]["volumeClaimTemplates"][0]["metadata"]["labels"]["team"] == "x";
    let Some(_policy) = Policy::start(&world, "claims", &mutation, seen) else { return };
    world.env.write(FILE, STANDALONE);
    world.apply(FILE, &[]);
    nothing_to_do(&world, "server-overrides", [1, 1]);
    let uid = || world.get("statefulsets/standalone-data")["metadata"]["uid"].clone();
    let before = uid();
    world.env.write(FILE, &STANDALONE.replace("    data:\n", "    data:\n      preferredZones: [a]\n"));
    assert_eq!(world.plan(FILE, &[]).changed(), ["StatefulSet/standalone-data update"]);
    world.apply(FILE, &["--allow", "outage"]);
    assert_eq!(uid(), before);
    // Another claim is one all the same.
    let more = "      preferredZones: [a]\n      storageWIJ: {resources: {requests: {storage: 3Gi}}}\n";
    world.env.write(FILE, &STANDALONE.replace("    data:\n", &format!("    data:\n{more}")));
    let output = world.iriskit(&["plan", FILE]);
    assert!(
        output.code == Some(1)
            && output.stderr.contains("plan-blocked")
            && output.stdout.contains("volume-cannot-grow"),
        "{output}"
    );
}

#[test]
fn a_set_whose_pods_may_not_be_deleted_is_not_written_for_a_roll() {
    let Some(world) = World::on_the_control_plane() else { return };
    let image = ["--labeler-image", LABELER];
    world.env.write(FILE, MIRRORED);
    world.apply(FILE, &image);
    let primary = world.pair("mirrored-data-0");
    world.env.write(FILE, &MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n"));
    let saved = world.iriskit(&[&["plan", FILE, "-o", "p.plan"], &image[..]].concat());
    assert_eq!(saved.code, Some(0), "{saved}");
    let Some(_policy) = Policy::keeping_pods(&world, &primary) else { return };
    let (versions, before) = (world.versions(), pods(&world));
    let refused = world.iriskit(&["apply", "p.plan", "--allow", "restart-primary"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("error[server-refuses]"), "{refused}");
    assert!(refused.stderr.contains("ask the platform team"), "{refused}");
    let planned = world.iriskit(&[&["plan", FILE], &image[..]].concat());
    assert!(planned.code == Some(1) && planned.stdout.contains("error[deletion-refused]"), "{planned}");
    assert_eq!((world.versions(), pods(&world)), (versions, before), "something was written");
}
