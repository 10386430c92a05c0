//! The handle that tests hold.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    build,
    client::Requests,
    say,
    supervisor::{Report, Supervisor},
};

/// A running control plane. All calls block; they are for `#[test]` functions, not for async ones.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    binary: PathBuf,
    requests: Requests,
    supervisor: Supervisor,
}

impl ControlPlane {
    /// The one of this test process, started by the first test that asks. `None` if `IRISKIT_CONTROLPLANE=off`: the
    /// test has to return then, and is counted.
    ///
    /// # Panics
    ///
    /// When it can't be built or started: each test that needs it fails with the same line.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<ControlPlane, String>> = OnceLock::new();
        static SKIPPED: AtomicU32 = AtomicU32::new(0);
        if std::env::var("IRISKIT_CONTROLPLANE").is_ok_and(|value| value == "off") {
            let skipped = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
            say(&format!("IRISKIT_CONTROLPLANE=off, skipped so far: {skipped}"));
            return None;
        }
        match SHARED.get_or_init(Self::start) {
            Ok(plane) => Some(plane),
            Err(message) => panic!("no control plane: {message}"),
        }
    }

    /// One of its own, for a test that stops or breaks its parts. Dropping it stops it and waits for that.
    pub(crate) fn start() -> Result<Self, String> {
        let binary = build::binary()?;
        let supervisor = Supervisor::start(&binary)?;
        let requests = Requests::new(&supervisor.report.kubeconfig);
        Ok(Self { binary, requests, supervisor })
    }

    /// Where it is, and the process ids of its parts.
    pub(crate) fn report(&self) -> &Report {
        &self.supervisor.report
    }

    /// The kubeconfig of an administrator.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.supervisor.report.kubeconfig
    }

    /// An administrator's client and the runtime it lives in, for what needs more than [`Self::request`].
    pub(crate) fn client(&self) -> (kube::Client, &tokio::runtime::Runtime) {
        (self.requests.client(), self.requests.runtime())
    }

    /// Sends a request and gives code and body. `path` starts with a slash and may have a query.
    pub(crate) fn request(&self, method: &str, path: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        self.requests.send(method, path, content_type, body)
    }

    /// GET of something that must be there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (code, body) = self.request("GET", path, "application/json", None);
        assert_eq!(code, 200, "GET {path}: {body}");
        body
    }

    /// POST to a collection that must succeed; gives the stored object.
    pub(crate) fn create(&self, path: &str, object: &Value) -> Value {
        let (code, body) = self.request("POST", path, "application/json", Some(object));
        assert_eq!(code, 201, "POST {path}: {body}");
        body
    }

    /// Merge patch that must succeed; gives the stored object.
    pub(crate) fn patch(&self, path: &str, change: &Value) -> Value {
        let (code, body) = self.request("PATCH", path, "application/merge-patch+json", Some(change));
        assert_eq!(code, 200, "PATCH {path}: {body}");
        body
    }

    /// Deletes; that it isn't there is fine too.
    pub(crate) fn delete(&self, path: &str) {
        let (code, body) = self.request("DELETE", path, "application/json", None);
        assert!(matches!(code, 200 | 202 | 404), "DELETE {path}: {code} {body}");
    }

    /// Runs the kubectl of the same release as administrator.
    pub(crate) fn kubectl(&self, args: &[&str]) -> Output {
        Command::new(&self.binary)
            .arg("kubectl")
            .args(args)
            .env("KUBECONFIG", self.kubeconfig())
            .env("HOME", &self.report().dir) // its discovery cache goes with the cluster
            .output()
            .expect("kubectl runs")
    }

    /// Asks until there is an answer, for at most 60 seconds.
    ///
    /// # Panics
    ///
    /// When the time is over, with `what`.
    pub(crate) fn until<T>(&self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "still waiting for {what} after 60 s");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
