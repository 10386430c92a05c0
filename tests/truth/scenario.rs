//! What a seed draws: clusters, then step after step what their manifests and other people change. A scenario is a flat
//! list of items, so that a shorter one is the same list with some left out.

use serde_json::{Value, json};

use crate::dice::Dice;

/// What is changed in the manifests. What does not apply (a field of a node that is not there) is skipped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Edit {
    /// Sets a field of a cluster, by JSON pointer.
    Set(usize, &'static str, Value),
    /// Removes it.
    Remove(usize, &'static str),
    /// One more cluster, stand-alone.
    AddCluster,
    /// An object beside a cluster, by a name of ours; without a value it goes.
    Companion(&'static str, Option<Value>),
}

/// What others do on the cluster.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drift {
    /// Merge patch by a manager on an object (`services/a`).
    Patch(&'static str, &'static str, Value),
    /// Server-side apply with force by a manager.
    Apply(&'static str, &'static str, Value),
    Delete(&'static str),
    FailOver(&'static str),
}

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stroke {
    Edit(Edit),
    Drift(Drift),
    /// The last step: everything goes; `true`: with the data.
    Destroy(bool),
}

/// Items with the step that they belong to; step 0 makes the clusters.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) items: Vec<(usize, usize, Stroke)>,
}

impl Scenario {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        let mut items: Vec<(usize, Stroke)> = Vec::new();
        let clusters = if dice.once_in(6) { 2 } else { 1 };
        if clusters == 2 {
            items.push((0, Stroke::Edit(Edit::AddCluster)));
        }
        for cluster in 0..clusters {
            items.extend(topology(&mut dice, cluster).into_iter().map(|edit| (0, Stroke::Edit(edit))));
        }
        let steps = 4 + dice.below(5);
        for step in 1..=steps {
            let kind = dice.below(10);
            if kind < 7 {
                for _ in 0..=dice.below(2) {
                    let cluster = dice.below(clusters);
                    items.push((step, Stroke::Edit(edit(&mut dice, cluster))));
                }
            }
            if kind >= 5 {
                items.push((step, Stroke::Drift(drift(&mut dice))));
            }
        }
        if dice.once_in(3) {
            items.push((steps + 1, Stroke::Destroy(dice.once_in(2))));
        }
        let items = items.into_iter().enumerate().map(|(at, (step, stroke))| (at, step, stroke)).collect();
        Self { seed, items }
    }

    /// Only these of its items.
    pub(crate) fn only(mut self, kept: &[usize]) -> Self {
        self.items.retain(|(at, ..)| kept.contains(at));
        self
    }

    /// The items of each step; step 0 is always there.
    pub(crate) fn steps(&self) -> Vec<Vec<Stroke>> {
        let mut steps = vec![Vec::new()];
        let mut last = 0;
        for (_, step, stroke) in &self.items {
            if *step != last {
                steps.push(Vec::new());
                last = *step;
            }
            steps.last_mut().expect("there is one").push(stroke.clone());
        }
        steps
    }
}

fn image(name: &str, tag: &str) -> Value {
    json!(format!("containers.intersystems.com/intersystems/{name}:{tag}"))
}

fn gateway() -> Value {
    json!({"image": image("webgateway", "2024.1"), "applicationPaths": ["/csp/sys"],
        "loginSecret": {"name": "login"}})
}

/// The parts of a new cluster.
fn topology(dice: &mut Dice, cluster: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    if dice.below(3) > 0 {
        edits.push(Edit::Set(cluster, "/spec/topology/data/mirrored", json!(true)));
        edits.push(Edit::Set(cluster, "/spec/topology/arbiter", json!({"image": image("arbiter", "2024.1")})));
    }
    if dice.once_in(2) {
        let mut nodes = json!({"image": image("iris", "2024.1"), "compatibilityVersion": "2024.1.0"});
        nodes["replicas"] = json!(1 + dice.below(2));
        edits.push(Edit::Set(cluster, "/spec/topology/compute", nodes));
    }
    if dice.once_in(2) {
        edits.push(Edit::Set(cluster, "/spec/topology/webgateway", gateway()));
    }
    if dice.once_in(3) {
        edits.push(Edit::Set(cluster, "/spec/topology/data/webgateway", gateway()));
    }
    if dice.once_in(2) {
        edits.push(Edit::Companion("cpf", Some(cpf(dice))));
        edits.push(Edit::Set(cluster, "/spec/configSource", json!({"name": "cpf"})));
    }
    if dice.once_in(3) {
        edits.push(Edit::Set(cluster, "/spec/licenseKeySecret", json!({"name": "key"})));
    }
    if dice.once_in(3) {
        edits.push(Edit::Set(cluster, "/spec/storageClassName", json!("standard")));
    }
    if dice.once_in(4) {
        edits.push(companion(dice));
    }
    if dice.once_in(4) {
        edits.push(Edit::Set(cluster, "/spec/serviceTemplate", json!({"spec": {"type": "NodePort"}})));
    }
    edits
}

fn cpf(dice: &mut Dice) -> Value {
    let mut data = serde_json::Map::new();
    let texts = [
        ("common.cpf", ["[config]\nglobals=0,0,256,0,0,0\n", "[config]\nglobals=0,0,512,0,0,0\nroutines=64\n"]),
        ("data.cpf", ["[SQL]\nDefaultSchema=hospital\n", "[Startup]\nPasswordHash=abc,def\n[SQL]\nDefaultSchema=x\n"]),
        ("compute.cpf", ["[config]\nlocksiz=1000000\n", "[Actions]\nCreateUser:Name=u,Password=secret\n"]),
        ("CSP-merge.ini", ["[SYSTEM]\nServer_Response_Timeout=300\n", "[LOCAL]\nPassword=x\n"]),
    ];
    for (name, variants) in &texts {
        if dice.once_in(2) {
            data.insert((*name).to_owned(), json!(dice.one_of(variants)));
        }
    }
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cpf"}, "data": data})
}

fn companion(dice: &mut Dice) -> Edit {
    let text = dice.word(&["one", "two"]);
    let which = dice.below(7);
    let (name, value) = match which {
        0 => (
            "settings",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "labels": {"t": text}},
            "data": {"a": text, (text): "x"}}),
        ),
        1 => (
            "token",
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"},
            "stringData": {"token": text, (text): "y"}}),
        ),
        2 => (
            "extra",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "extra"},
            "spec": {"type": dice.word(&["ClusterIP", "NodePort", "LoadBalancer"]),
                "selector": {"app": text},
                "ports": [{"name": "http", "port": *dice.one_of(&[81, 82]), "targetPort": 80}]}}),
        ),
        3 => (
            "budget",
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "budget"},
            "spec": {"maxUnavailable": *dice.one_of(&[1, 2]), "selector": {"matchLabels": {"app": text}}}}),
        ),
        4 => (
            "helper",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "helper",
            "annotations": {"note": text}}}),
        ),
        5 => (
            "reader",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": *dice.one_of(&[json!(["get"]), json!(["get", "list"])])}]}),
        ),
        _ => (
            "door",
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "door"},
            "spec": {"rules": [{"host": format!("{text}.example.com"), "http": {"paths": [{"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}]}}),
        ),
    };
    Edit::Companion(name, (!dice.once_in(4)).then_some(value))
}

/// A change of the manifests.
fn edit(dice: &mut Dice, cluster: usize) -> Edit {
    const DATA: &str = "/spec/topology/data";
    let set = |pointer, value| Edit::Set(cluster, pointer, value);
    let tag = dice.word(&["2024.1", "2024.1.1", "2024.1.2"]);
    let word = dice.word(&["red", "green", "blue"]);
    let resources = dice
        .one_of(&[
            json!({"requests": {"cpu": "1", "memory": "1Gi"}}),
            json!({"requests": {"cpu": "1000m", "memory": "1024Mi"}}),
            json!({"requests": {"cpu": "500m"}, "limits": {"cpu": "1", "memory": "2Gi"}}),
        ])
        .clone();
    let env = dice
        .one_of(&[
            json!([{"name": "TZ", "value": word}]),
            json!([{"name": "API_TOKEN", "value": word}, {"name": "TZ", "value": "UTC"}]),
            json!([{"name": "TZ", "value": "UTC"}, {"name": "MODE", "value": word}]),
        ])
        .clone();
    match dice.below(40) {
        0 | 1 => set("/spec/topology/data/image", image("iris", tag)),
        2 => set("/spec/topology/compute/image", image("iris", tag)),
        3 => set("/spec/topology/arbiter/image", image("arbiter", tag)),
        4 => set("/spec/topology/webgateway/image", image("webgateway", tag)),
        5 => set("/spec/topology/data/webgateway/image", image("webgateway", tag)),
        6 | 7 => set("/spec/topology/compute/replicas", json!(dice.below(4))),
        8 => set("/spec/topology/webgateway/replicas", json!(dice.below(4))),
        9 => set("/spec/topology/data/podTemplate/spec/resources", resources),
        10 => set("/spec/topology/compute/podTemplate/spec/resources", resources),
        11 => set("/spec/topology/data/podTemplate/spec/env", env),
        12 => set("/spec/topology/compute/podTemplate/spec/env", env),
        13 => set("/spec/topology/webgateway/podTemplate/spec/env", env),
        14 => set("/spec/topology/data/podTemplate/metadata/labels", json!({"colour": word})),
        15 => set("/spec/topology/data/podTemplate/metadata/annotations", json!({"example.com/colour": word})),
        16 => set("/spec/topology/data/podTemplate/controller/labels", json!({"example.com/colour": word})),
        17 => set("/spec/topology/compute/podTemplate/controller/annotations", json!({"colour": word})),
        18 => set("/spec/topology/webgateway/applicationPaths", json!(["/csp/sys", format!("/csp/{word}")])),
        19 => set("/spec/topology/data/webgateway/applicationPaths", json!(["/csp/sys", format!("/csp/{word}")])),
        20 => set("/spec/topology/webgateway/alternativeServers", json!(dice.word(&["LoadBalancing", "FailOver"]))),
        21 => set("/spec/topology/webgateway/type", json!(dice.word(&["apache", "nginx", "apache-lockeddown"]))),
        22 => set("/spec/serviceTemplate/spec/type", json!(dice.word(&["ClusterIP", "NodePort", "LoadBalancer"]))),
        23 => set("/spec/serviceTemplate/metadata/annotations", json!({"example.com/colour": word})),
        24 => {
            let mut nodes = json!({"image": image("iris", tag), "compatibilityVersion": "2024.1.0"});
            nodes["replicas"] = json!(dice.below(3));
            set("/spec/topology/compute", nodes)
        }
        25 => Edit::Remove(cluster, "/spec/topology/compute"),
        26 => set("/spec/topology/webgateway", gateway()),
        27 => Edit::Remove(cluster, "/spec/topology/webgateway"),
        28 => set("/spec/topology/data/webgateway", gateway()),
        29 => Edit::Remove(cluster, "/spec/topology/data/webgateway"),
        30 | 31 => Edit::Companion("cpf", Some(cpf(dice))),
        32 => set("/spec/configSource", json!({"name": "cpf"})),
        33 | 34 => companion(dice),
        35 => set(
            "/spec/topology/data/storageDB",
            json!({"resources": {"requests": {"storage": dice.word(&["2Gi", "3Gi", "2048Mi"])}}}),
        ),
        36 => set("/spec/topology/compute/updateStrategy", json!({"type": dice.word(&["OnDelete", "RollingUpdate"])})),
        37 => set("/spec/topology/data/preferredZones", json!([dice.word(&["zone-a", "zone-b"])])),
        38 => Edit::Remove(
            cluster,
            dice.word(&[
                "/spec/topology/data/podTemplate",
                "/spec/topology/compute/podTemplate",
                "/spec/configSource",
                "/spec/serviceTemplate",
            ]),
        ),
        _ => set(dice.word(&["/metadata/labels/team", "/metadata/annotations/note"]), json!(word)),
    }
    .checked(DATA)
}

impl Edit {
    /// Data nodes are always there, so that a manifest stays one.
    fn checked(self, data: &str) -> Self {
        debug_assert!(!matches!(&self, Self::Remove(_, pointer) if *pointer == data));
        self
    }
}

/// What somebody else does.
fn drift(dice: &mut Dice) -> Drift {
    let sets = ["statefulsets/a-data", "statefulsets/a-data-0", "statefulsets/a-compute", "statefulsets/a-webgateway"];
    let maps =
        ["configmaps/a-data", "configmaps/a-data-0", "configmaps/a-compute", "configmaps/settings", "configmaps/cpf"];
    let pods = [
        "pods/a-data-0",
        "pods/a-data-0-0",
        "pods/a-data-0-1",
        "pods/a-compute-0",
        "pods/a-webgateway-0",
        "pods/a-arbiter-0",
    ];
    let word = dice.word(&["red", "green", "blue"]);
    match dice.below(20) {
        0 | 1 => Drift::Patch("kubectl-edit", dice.word(&sets[2..]), json!({"spec": {"replicas": dice.below(4)}})),
        2 => Drift::Patch("kubectl-label", dice.word(&sets), json!({"metadata": {"labels": {"team": word}}})),
        3 => Drift::Patch(
            "kubectl-label",
            dice.word(&sets),
            json!({"metadata": {"labels": {"intersystems.com/role": word}}}),
        ),
        4 => Drift::Patch("kubectl-annotate", "services/a", json!({"metadata": {"annotations": {"note": word}}})),
        5 => Drift::Patch(
            "kubectl-edit",
            "services/a",
            json!({"spec": {"type": dice.word(&["NodePort", "ClusterIP", "LoadBalancer"])}}),
        ),
        6 => Drift::Patch("kubectl-edit", "services/a", json!({"spec": {"selector": {"intersystems.com/role": word}}})),
        7 => Drift::Patch("kubectl-edit", dice.word(&maps), json!({"data": {"data.cpf": word, "a": word}})),
        8 => Drift::Patch("kubectl-edit", dice.word(&maps), json!({"data": {"foreign": word}})),
        9 => Drift::Patch(
            "kubectl-rollout",
            dice.word(&sets),
            json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": word}}}}}),
        ),
        10 => Drift::Patch(
            "kubectl-edit",
            dice.word(&sets),
            json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 60 + dice.below(2)}}}}),
        ),
        11 => Drift::Delete(dice.word(&[
            "services/a",
            "configmaps/a-data",
            "configmaps/a-data-0",
            "configmaps/a-compute",
            "roles/a-mirror-labeler",
            "rolebindings/a-mirror-labeler",
            "serviceaccounts/a-mirror-labeler",
            "services/a-webgateway",
            "services/iris-svc",
        ])),
        12 => Drift::Delete(dice.word(&sets)),
        13 | 14 => Drift::Delete(dice.word(&pods)),
        15 | 16 => Drift::FailOver("a-data-0"),
        17 => Drift::Apply(
            "other-tool",
            "configmaps/settings",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": word}}),
        ),
        18 => Drift::Apply(
            "other-tool",
            "services/a",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "labels": {"team": word}}}),
        ),
        _ => Drift::Patch("kubectl-edit", "secrets/token", json!({"data": {"token": "YWJj", "other": "eHl6"}})),
    }
}
