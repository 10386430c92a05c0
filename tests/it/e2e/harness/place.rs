//! The two places where a scenario plays.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::BodyExt as _;
use iriskit_sandbox::Sandbox;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::{
    controlplane::{ControlPlane, Namespace},
    iris::IrisPlayer,
};

/// A Kubernetes API and what plays IRIS in it.
pub(crate) enum Place {
    Sandbox(Kept),
    ControlPlane(Real),
}

/// A sandbox in a folder. A process has it for itself, so the test lets go of it before the binary runs.
pub(crate) struct Kept {
    pub(super) folder: PathBuf,
    opened: RefCell<Option<(Sandbox, Runtime)>>,
}

/// The control plane. Whoever plays IRIS goes first, then the namespaces.
pub(crate) struct Real {
    pub(super) plane: &'static ControlPlane,
    pub(super) iris: Vec<IrisPlayer<'static>>,
    pub(super) kubeconfig: PathBuf,
    pub(super) namespaces: RefCell<Vec<Namespace<'static>>>,
}

impl Kept {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, opened: RefCell::new(None) }
    }

    /// Does something with the sandbox in this process.
    pub(super) fn with<T>(&self, act: impl FnOnce(&Sandbox, &Runtime) -> T) -> T {
        let mut opened = self.opened.borrow_mut();
        let (sandbox, runtime) = opened.get_or_insert_with(|| open(&self.folder));
        act(sandbox, runtime)
    }

    pub(super) fn send(&self, method: &str, path: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, content_type)
            .header(header::USER_AGENT, "test-harness")
            .body(Bytes::from(body.map(Value::to_string).unwrap_or_default()))
            .expect("a request");
        self.with(|sandbox, runtime| {
            runtime.block_on(async {
                let (head, body) = sandbox.call(request).await.into_parts();
                let bytes = body.collect().await.expect("a whole body").to_bytes();
                (head.status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
            })
        })
    }

    /// Lets go of the folder.
    pub(super) fn close(&self) {
        if let Some((sandbox, runtime)) = self.opened.borrow_mut().take() {
            sandbox.flush().unwrap();
            drop(sandbox);
            drop(runtime);
        }
    }
}

fn open(folder: &Path) -> (Sandbox, Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = {
        let _context = runtime.enter();
        Sandbox::open(Some(folder)).unwrap()
    };
    (sandbox, runtime)
}
