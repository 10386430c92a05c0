//! The two places where transitions happen: a namespace of a Kubernetes API, and what plays IRIS in it.

use std::{convert::Infallible, path::Path, sync::Arc, thread, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use iriskit::cluster::{Cluster, ConnectOptions, USER_AGENT};
use iriskit_sandbox::{Sandbox, Timing};
use kube::Client;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tower::service_fn;

use crate::{
    scenario::Edit,
    support::{
        controlplane::{AuditEntry, ControlPlane, Namespace, exchange},
        iris::IrisPlayer,
    },
};

/// Whoever acts in these tests, but for iriskit.
const HARNESS: &str = "truth-harness";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Sandbox,
    ControlPlane,
}

/// A namespace that nobody else uses, from two sides: iriskit's and an observer's.
pub(crate) struct World {
    pub(crate) runtime: Runtime,
    pub(crate) client: Client,
    pub(crate) cluster: Cluster,
    pub(crate) namespace: String,
    server: Server,
}

enum Server {
    Sandbox(Sandbox),
    /// Whoever plays IRIS goes first, then the namespace.
    ControlPlane(
        &'static ControlPlane,
        IrisPlayer<'static>,
        #[expect(dead_code, reason = "lives as long")] Namespace<'static>,
    ),
}

/// A moment from which writes are counted.
#[derive(Clone)]
pub(crate) enum Mark {
    Sandbox(usize),
    /// Gives the audit log since, of user agents that start so.
    ControlPlane(Arc<Log>),
}

type Log = dyn Fn(&str) -> Vec<AuditEntry> + Send + Sync;

impl World {
    /// `None` when the tests of the control plane are switched off.
    pub(crate) fn open(place: Place) -> Option<Self> {
        match place {
            Place::Sandbox => Some(Self::in_the_sandbox()),
            Place::ControlPlane => Some(Self::on_the_control_plane(ControlPlane::shared()?)),
        }
    }

    /// Time stands still but for waits, so that nothing takes long.
    fn in_the_sandbox() -> Self {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let (sandbox, client, cluster) = {
            let _context = runtime.enter();
            let sandbox = Sandbox::open_with(None, Timing::default()).unwrap();
            let client = client_of(&sandbox);
            let cluster = iriskit::offline::of_sandbox(&sandbox, "default");
            (sandbox, client, cluster)
        };
        let world =
            Self { runtime, client, cluster, namespace: "default".to_owned(), server: Server::Sandbox(sandbox) };
        world.furnish();
        world
    }

    fn on_the_control_plane(plane: &'static ControlPlane) -> Self {
        let namespace = plane.namespace("truth");
        let name = namespace.name().to_owned();
        let iris = IrisPlayer::start(plane, &name);
        iris.catch_up_after(Duration::from_millis(30));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (client, cluster) = runtime.block_on(async {
            let file = Kubeconfig::read_from(plane.kubeconfig()).unwrap();
            let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
            let options = ConnectOptions {
                kubeconfig: Some(plane.kubeconfig().to_owned()),
                namespace: Some(name.clone()),
                ..ConnectOptions::default()
            };
            (
                Client::try_from(config).unwrap(),
                Cluster::connect(&options, iriskit_core::diff::without_secrets_of).await.unwrap(),
            )
        });
        let server = Server::ControlPlane(plane, iris, namespace);
        let world = Self { runtime, client, cluster, namespace: name, server };
        world.furnish();
        world
    }

    /// Makes what manifests refer to.
    fn furnish(&self) {
        for (name, data) in
            [("login", json!({"username": "CSPSystem", "password": "gate"})), ("key", json!({"iris.key": "[License]"}))]
        {
            let secret = json!({"metadata": {"name": name}, "stringData": data});
            let (code, body) = self.send("POST", "secrets", "application/json", Some(&secret));
            assert_eq!(code, 201, "{body}");
        }
        self.runtime.block_on(self.set_class(Some(true)));
    }

    /// The storage class of this place alone: nobody else beside us uses it.
    pub(crate) fn class(&self) -> String {
        format!("own-{}", self.namespace)
    }

    /// Asks for the class `name`, or for all of them without one.
    async fn ask_class(&self, method: &str, name: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        let path = format!("/apis/storage.k8s.io/v1/storageclasses{name}");
        let answer = exchange(&self.client, HARNESS, method, &path, content_type, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Its own class as it is now.
    pub(crate) async fn live_class(&self) -> Option<Value> {
        let (code, class) = self.ask_class("GET", &format!("/{}", self.class()), "application/json", None).await;
        (code == 200).then_some(class)
    }

    /// Makes its own class, or changes it: whether volumes of it can grow. `None` deletes it.
    pub(crate) async fn set_class(&self, expands: Option<bool>) {
        let name = format!("/{}", self.class());
        let Some(expands) = expands else {
            self.ask_class("DELETE", &name, "application/json", None).await;
            return;
        };
        let patch = json!({"allowVolumeExpansion": expands});
        if self.ask_class("PATCH", &name, "application/merge-patch+json", Some(&patch)).await.0 == 200 {
            return;
        }
        let (code, mut like) = self.ask_class("GET", "/expandable", "application/json", None).await;
        assert_eq!(code, 200, "{like}");
        like["metadata"] = json!({"name": self.class()});
        like["allowVolumeExpansion"] = json!(expands);
        let (code, body) = self.ask_class("POST", "", "application/json", Some(&like)).await;
        assert_eq!(code, 201, "{body}");
    }

    /// The kinds that are looked at and served here: plural, apiVersion and kind.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        let has_deployments = matches!(self.server, Server::ControlPlane(..));
        KINDS.into_iter().filter(move |(plural, ..)| has_deployments || *plural != DEPLOYMENTS)
    }

    /// Whether it has the kind that an edit brings along.
    pub(crate) fn serves(&self, edit: &Edit) -> bool {
        let Edit::Companion(_, Some(object)) = edit else { return true };
        self.kinds().any(|(.., kind)| object["kind"] == kind)
    }

    /// How another process reaches it.
    pub(crate) fn kubeconfig(&self) -> Option<&Path> {
        match &self.server {
            Server::Sandbox(_) => None,
            Server::ControlPlane(plane, ..) => Some(plane.kubeconfig()),
        }
    }

    pub(crate) fn path(&self, tail: &str) -> String {
        let plural = tail.split(['/', '?']).next().unwrap_or_default();
        format!("/{}/namespaces/{}/{tail}", root(plural), self.namespace)
    }

    pub(crate) async fn ask(&self, method: &str, tail: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = exchange(&self.client, HARNESS, method, &self.path(tail), content_type, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {tail}: {error}"))
    }

    /// By the whole path.
    pub(crate) async fn ask_path(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = exchange(&self.client, HARNESS, method, path, "application/json", body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    pub(crate) fn send(&self, method: &str, tail: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        self.runtime.block_on(self.ask(method, tail, content_type, body))
    }

    /// Makes the backup of a set primary, where there is a pair.
    pub(crate) async fn fail_over(&self, set: &str) {
        match &self.server {
            Server::Sandbox(sandbox) => {
                // Without a pair there is nothing to do.
                let _ = sandbox.fail_over(&self.namespace, set);
            }
            Server::ControlPlane(_, iris, _) => {
                if self.ask("GET", &format!("statefulsets/{set}"), "application/json", None).await.0 == 200 {
                    on_another_thread(|| {
                        iris.pair(set);
                        iris.fail_over(set);
                    });
                }
            }
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        match &self.server {
            Server::Sandbox(sandbox) => Mark::Sandbox(sandbox.requests().len()),
            Server::ControlPlane(plane, ..) => {
                let plane: &'static ControlPlane = plane;
                let mark = on_another_thread(|| plane.audit_mark());
                Mark::ControlPlane(Arc::new(move |agent| plane.audit_since(mark, agent)))
            }
        }
    }

    /// What iriskit wrote since, `METHOD plural/name`, in order; dry-runs and questions about rights are no writes.
    pub(crate) fn writes_since(&self, mark: &Mark) -> Vec<String> {
        let lines: Vec<(String, String)> = match (&self.server, mark) {
            (Server::Sandbox(sandbox), Mark::Sandbox(from)) => {
                let lines = sandbox.requests().split_off(*from);
                let ours = lines.into_iter().filter(|line| line.user_agent.starts_with("iriskit/"));
                ours.map(|line| (line.method, format!("{}?{}", line.path, line.query))).collect()
            }
            (_, Mark::ControlPlane(since)) => {
                let here = format!("/namespaces/{}/", self.namespace);
                let entries = on_another_thread(|| since(USER_AGENT)).into_iter();
                // What was refused changed nothing: a delete that is guarded is tried again.
                let ours = entries.filter(|entry| entry.uri.contains(&here) && entry.code < 300);
                ours.map(|entry| (method_of(&entry.verb).to_owned(), entry.uri)).collect()
            }
            _ => unreachable!("a mark of another place"),
        };
        let writes = lines
            .into_iter()
            .filter(|(method, uri)| method != "GET" && !uri.contains("dryRun=All") && !uri.contains("accessreviews"));
        writes.map(|(method, uri)| format!("{method} {}", tail(&uri))).collect()
    }
}

/// Does something that blocks, where we may be inside a runtime.
fn on_another_thread<T: Send>(act: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(act).join().expect("it does not panic"))
}

/// The verb of the audit log as a method.
fn method_of(verb: &str) -> &str {
    match verb {
        "create" => "POST",
        "update" => "PUT",
        "patch" => "PATCH",
        "delete" | "deletecollection" => "DELETE",
        _ => "GET",
    }
}

/// `configmaps/x` of `/api/v1/namespaces/n/configmaps/x?…`.
fn tail(uri: &str) -> &str {
    let path = uri.split('?').next().unwrap_or_default();
    path.split("/namespaces/").nth(1).and_then(|rest| rest.split_once('/')).map_or(path, |(_, tail)| tail)
}

/// What only a real control plane has.
const DEPLOYMENTS: &str = "deployments";

/// The kinds that are looked at: plural, apiVersion and kind.
pub(crate) const KINDS: [(&str, &str, &str); 12] = [
    ("configmaps", "v1", "ConfigMap"),
    ("deployments", "apps/v1", "Deployment"),
    ("ingresses", "networking.k8s.io/v1", "Ingress"),
    ("persistentvolumeclaims", "v1", "PersistentVolumeClaim"),
    ("poddisruptionbudgets", "policy/v1", "PodDisruptionBudget"),
    ("pods", "v1", "Pod"),
    ("rolebindings", "rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("roles", "rbac.authorization.k8s.io/v1", "Role"),
    ("secrets", "v1", "Secret"),
    ("serviceaccounts", "v1", "ServiceAccount"),
    ("services", "v1", "Service"),
    ("statefulsets", "apps/v1", "StatefulSet"),
];

fn root(plural: &str) -> String {
    let known = KINDS.iter().find(|(known, ..)| *known == plural).unwrap_or_else(|| panic!("no kind {plural}"));
    let group = if known.1.contains('/') { "apis" } else { "api" };
    format!("{group}/{}", known.1)
}

/// A client of its own for the observer: the sandbox is a service like any server.
fn client_of(sandbox: &Sandbox) -> Client {
    let sandbox = sandbox.clone();
    let service = service_fn(move |request: Request<Body>| {
        let sandbox = sandbox.clone();
        async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect().await.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
            Ok::<_, Infallible>(sandbox.call(Request::from_parts(parts, bytes)).await)
        }
    });
    Client::new(service, "default")
}
