//! The sandbox as a server of cases.

use std::sync::OnceLock;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use iriskit_sandbox::Sandbox;
use tokio::runtime::Runtime;

use super::{
    ctx::Ctx,
    server::{Body, Server},
};

/// Runs a case in a sandbox of its own.
pub(super) fn run(name: &str, case: fn(&Ctx<'_>)) {
    let server = Played(Sandbox::open(None).expect("a sandbox in memory"));
    case(&Ctx::new(&server, name));
}

struct Played(Sandbox);

impl Server for Played {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Body>> {
        let answer = self.0.call(request);
        async move { answer.await.map(|body| body.map_err(Into::into).boxed_unsync()) }.boxed()
    }

    fn runtime(&self) -> &Runtime {
        static RUNTIME: OnceLock<Runtime> = OnceLock::new();
        let builder = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        RUNTIME.get_or_init(|| builder().expect("a runtime"))
    }

    fn forget_first_versions(&self) {
        self.0.compact();
    }
}
