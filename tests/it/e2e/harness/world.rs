//! One set of words for both places.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    place::{Kept, Place, Real},
    planned::Planned,
};
use crate::support::{
    controlplane::ControlPlane,
    env::{Env, Output},
    iris::IrisPlayer,
};

/// No wait takes longer, short of a hanging server.
const PATIENCE: Duration = Duration::from_secs(60);
/// The image of the mirror labeler. Nobody starts it here: its work is played.
pub(crate) const LABELER: &str = "example/iriskit:1";

const JSON: &str = "application/json";

/// A folder for files, a cluster, and a namespace in it that nobody else uses.
///
/// Things in the namespace are named by a tail: `configmaps`, `statefulsets/s`. What starts with a slash is a whole path.
pub(crate) struct World {
    pub(crate) env: Env,
    pub(super) place: Place,
    namespace: String,
}

impl World {
    pub(crate) fn in_the_sandbox() -> Self {
        let env = Env::new();
        let place = Place::Sandbox(Kept::new(env.path().join("sandbox")));
        let world = Self { env, place, namespace: "play".to_owned() };
        world.make("/api/v1/namespaces", &json!({"metadata": {"name": "play"}}));
        world.is_furnished("play");
        world
    }

    /// `None` if the tests of the control plane are switched off.
    pub(crate) fn on_the_control_plane() -> Option<Self> {
        let plane = ControlPlane::shared()?;
        let namespace = plane.namespace("e2e");
        let name = namespace.name().to_owned();
        let real = Real {
            plane,
            iris: vec![IrisPlayer::start(plane, &name)],
            kubeconfig: plane.kubeconfig().to_owned(),
            namespaces: RefCell::new(vec![namespace]),
        };
        Some(Self { env: Env::new(), place: Place::ControlPlane(real), namespace: name })
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The control plane, where there is one.
    pub(crate) fn plane(&self) -> Option<&'static ControlPlane> {
        match &self.place {
            Place::Sandbox(_) => None,
            Place::ControlPlane(real) => Some(real.plane),
        }
    }

    /// Waits until a namespace has what Kubernetes puts into each.
    fn is_furnished(&self, namespace: &str) {
        for object in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
            let path = format!("/api/v1/namespaces/{namespace}/{object}");
            self.until(&path, || self.find(&path));
        }
    }

    /// From now on another user works.
    pub(crate) fn acting_as(mut self, kubeconfig: &Path) -> Self {
        if let Place::ControlPlane(real) = &mut self.place {
            kubeconfig.clone_into(&mut real.kubeconfig);
        }
        self
    }

    /// A second namespace; IRIS is not played there.
    pub(crate) fn another_namespace(&self, name: &str) -> String {
        match &self.place {
            Place::Sandbox(_) => {
                self.make("/api/v1/namespaces", &json!({"metadata": {"name": name}}));
                self.is_furnished(name);
                name.to_owned()
            }
            Place::ControlPlane(real) => {
                let namespace = real.plane.namespace(name);
                let name = namespace.name().to_owned();
                real.namespaces.borrow_mut().push(namespace);
                name
            }
        }
    }

    /// From now on nobody plays IRIS on the control plane.
    pub(crate) fn without_iris(mut self) -> Self {
        if let Place::ControlPlane(real) = &mut self.place {
            real.iris.clear();
        }
        self
    }

    /// All namespaces of this test.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        match &self.place {
            Place::Sandbox(_) => vec![self.namespace.clone()],
            Place::ControlPlane(real) => real.namespaces.borrow().iter().map(|one| one.name().to_owned()).collect(),
        }
    }

    /// The binary with the way to the cluster, not started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.command_in_no_namespace(args);
        command.args(["--namespace", &self.namespace]);
        command
    }

    pub(crate) fn command_in_no_namespace(&self, args: &[&str]) -> Command {
        let mut command = self.env.command(args);
        match &self.place {
            Place::Sandbox(kept) => {
                kept.close();
                command.arg(format!("--sandbox={}", kept.folder.display()));
            }
            Place::ControlPlane(real) => {
                command.arg("--kubeconfig").arg(&real.kubeconfig);
            }
        }
        command
    }

    /// Runs the binary with nothing on standard input.
    pub(crate) fn iriskit(&self, args: &[&str]) -> Output {
        Output::of(self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    /// Starts the binary, and does not wait for its end.
    pub(crate) fn started(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Destroys a cluster with its volumes.
    pub(crate) fn destroy_with_data(&self, name: &str, more: &[&str]) -> Output {
        let all = ["destroy", name, "--auto-approve", "--allow", "delete-data", "--confirm", name];
        self.iriskit(&[&all, more].concat())
    }

    /// Lets a pod become ready that was held back (see [`super::manifests::held`]).
    pub(crate) fn let_go(&self, pod: &str) {
        self.edit(&format!("pods/{pod}"), &json!({"metadata": {"annotations": {"iriskit-test/hold": null}}}));
    }

    /// Deletes a set without its pods, and waits until nobody controls them.
    pub(crate) fn orphan(&self, set: &str) {
        let tail = format!("statefulsets/{set}");
        let orphan = json!({"propagationPolicy": "Orphan"});
        assert!(matches!(self.send("DELETE", &tail, JSON, Some(&orphan)).0, 200 | 202));
        self.until("the end of the set", || self.find(&tail).is_none().then_some(()));
        self.until("pods that nobody controls", || {
            let free = |pod: &Value| pod["metadata"].get("ownerReferences").is_none();
            self.list("pods").iter().filter(|pod| name_of(pod).starts_with(set)).all(free).then_some(())
        });
    }

    /// `plan FILE --json`.
    #[track_caller]
    pub(crate) fn plan(&self, file: &str, more: &[&str]) -> Planned {
        Planned::read(&self.iriskit(&[&["plan", file, "--json"], more].concat()))
    }

    /// `apply FILE --auto-approve`, which has to succeed; gives what it said.
    #[track_caller]
    pub(crate) fn apply(&self, file: &str, more: &[&str]) -> String {
        let output = self.iriskit(&[&["apply", file, "--auto-approve"], more].concat());
        assert_eq!(output.code, Some(0), "{output}");
        output.to_string()
    }

    /// Plans, which has to find nothing to do.
    #[track_caller]
    pub(crate) fn no_changes(&self, file: &str, more: &[&str]) {
        let output = self.iriskit(&[&["plan", file, "--detailed-exitcode"], more].concat());
        assert!(output.code == Some(0) && output.stdout.contains("No changes"), "{output}");
    }

    pub(crate) fn path(&self, tail: &str) -> String {
        if tail.starts_with('/') {
            return tail.to_owned();
        }
        let plural = tail.split(['/', '?']).next().unwrap_or_default();
        format!("/{}/namespaces/{}/{tail}", root(plural), self.namespace)
    }

    pub(crate) fn send(&self, method: &str, tail: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        let path = self.path(tail);
        match &self.place {
            Place::Sandbox(kept) => kept.send(method, &path, content_type, body),
            Place::ControlPlane(real) => real.plane.request(method, &path, content_type, body),
        }
    }

    /// An object, or nothing.
    #[track_caller]
    pub(crate) fn find(&self, tail: &str) -> Option<Value> {
        match self.send("GET", tail, JSON, None) {
            (200, object) => Some(object),
            (404, _) => None,
            (code, body) => panic!("GET {tail}: {code} {body}"),
        }
    }

    /// An object that is there.
    #[track_caller]
    pub(crate) fn get(&self, tail: &str) -> Value {
        self.find(tail).unwrap_or_else(|| panic!("no {tail} in {}", self.namespace))
    }

    /// All objects of a kind.
    #[track_caller]
    pub(crate) fn list(&self, plural: &str) -> Vec<Value> {
        self.get(plural)["items"].as_array().expect("a list").clone()
    }

    /// The names of all objects of a kind, in order.
    #[track_caller]
    pub(crate) fn names(&self, plural: &str) -> Vec<String> {
        let mut names: Vec<String> = self.list(plural).iter().map(|object| name_of(object).to_owned()).collect();
        names.sort();
        names
    }

    #[track_caller]
    pub(crate) fn make(&self, plural: &str, object: &Value) -> Value {
        let (code, body) = self.send("POST", plural, JSON, Some(object));
        assert_eq!(code, 201, "POST {plural}: {body}");
        body
    }

    /// Changes an object by a merge patch, as somebody with kubectl would.
    #[track_caller]
    pub(crate) fn edit(&self, tail: &str, change: &Value) -> Value {
        let path = format!("{tail}?fieldManager=kubectl-edit");
        let (code, body) = self.send("PATCH", &path, "application/merge-patch+json", Some(change));
        assert_eq!(code, 200, "PATCH {tail}: {body}");
        body
    }

    /// Server-side apply by another manager, with force.
    #[track_caller]
    pub(crate) fn take(&self, manager: &str, tail: &str, body: &Value) -> Value {
        let path = format!("{tail}?fieldManager={manager}&force=true");
        let (code, body) = self.send("PATCH", &path, "application/apply-patch+yaml", Some(body));
        assert!(matches!(code, 200 | 201), "apply {tail}: {body}");
        body
    }

    #[track_caller]
    pub(crate) fn delete(&self, tail: &str) {
        let (code, body) = self.send("DELETE", tail, JSON, None);
        assert!(matches!(code, 200 | 202), "DELETE {tail}: {code} {body}");
    }

    /// Asks until there is an answer.
    #[track_caller]
    pub(crate) fn until<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(begin.elapsed() < PATIENCE, "still waiting for {what} in {}", self.namespace);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The mirror roles that the pods' labels tell.
    pub(crate) fn roles(&self) -> BTreeMap<String, String> {
        let role = |pod: &Value| {
            let role = pod["metadata"]["labels"]["intersystems.com/mirrorRole"].as_str()?;
            Some((name_of(pod).to_owned(), role.to_owned()))
        };
        self.list("pods").iter().filter_map(role).collect()
    }

    /// Waits until a set has a primary and a backup that could take over; gives the primary's pod.
    pub(crate) fn pair(&self, set: &str) -> String {
        self.until(&format!("a mirror pair in {set}"), || {
            let pods = self.list("pods");
            let of_set = || pods.iter().filter(|pod| name_of(pod).starts_with(&format!("{set}-")));
            let status = |pod: &Value| -> Value {
                let text = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap_or("null");
                serde_json::from_str(text).unwrap()
            };
            of_set().find(|pod| status(pod)["status"] == "Backup" && status(pod)["journal"] == "Active")?;
            of_set().find(|pod| status(pod)["status"] == "Primary").map(|pod| name_of(pod).to_owned())
        })
    }

    /// Makes the backup of a set primary.
    pub(crate) fn fail_over(&self, set: &str) {
        match &self.place {
            Place::Sandbox(kept) => {
                kept.with(|sandbox, runtime| {
                    let _context = runtime.enter();
                    sandbox.fail_over(&self.namespace, set).unwrap();
                });
            }
            Place::ControlPlane(real) => real.iris[0].fail_over(set),
        }
    }

    /// Who plays IRIS on the control plane.
    pub(crate) fn iris(&self) -> &IrisPlayer<'static> {
        match &self.place {
            Place::Sandbox(_) => panic!("the sandbox plays IRIS itself"),
            Place::ControlPlane(real) => &real.iris[0],
        }
    }

    /// While held, no backup catches up. (Where IRIS is played by the tests.)
    pub(crate) fn hold_catch_up(&self, held: bool) {
        match &self.place {
            Place::Sandbox(_) => panic!("the sandbox plays catching up by the clock"),
            Place::ControlPlane(real) => real.iris[0].hold_catch_up(held),
        }
    }

    /// Nothing of iriskit is left in the namespace, its record included.
    #[track_caller]
    pub(crate) fn is_as_new(&self) {
        for plural in ["statefulsets", "services", "roles", "rolebindings", "persistentvolumeclaims", "pods"] {
            assert_eq!(self.names(plural), Vec::<String>::new(), "{plural}");
        }
        let maps = self.names("configmaps");
        assert!(!maps.iter().any(|name| name.ends_with("-iriskit")), "{maps:?}");
    }

    /// Version of every object that only iriskit and its users write, by kind and name.
    pub(crate) fn versions(&self) -> BTreeMap<String, String> {
        let kinds = ["configmaps", "secrets", "services", "serviceaccounts", "statefulsets", "roles", "rolebindings"];
        let mut versions = BTreeMap::new();
        for kind in kinds {
            for object in self.list(kind) {
                let version = object["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
                versions.insert(format!("{kind}/{}", name_of(&object)), version);
            }
        }
        versions
    }
}

/// The name of an object.
pub(crate) fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().expect("a name")
}

/// Whether a pod is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

fn root(plural: &str) -> &'static str {
    match plural {
        "statefulsets" => "apis/apps/v1",
        "leases" => "apis/coordination.k8s.io/v1",
        "roles" | "rolebindings" => "apis/rbac.authorization.k8s.io/v1",
        _ => "api/v1",
    }
}
