//! The real control plane as a server of cases.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use kube::Client;
use tokio::runtime::Runtime;

use super::{
    ctx::Ctx,
    server::{Body, Server},
};
use crate::support::controlplane::ControlPlane;

/// Runs a case in a namespace of its own. The namespace is deleted without waiting, unless the case fails.
pub(super) fn run(name: &str, case: fn(&Ctx<'_>)) {
    let Some(plane) = ControlPlane::shared() else { return };
    let (client, runtime) = plane.client();
    let server = Real { plane, client, runtime };
    let ctx = Ctx::new(&server, name);
    case(&ctx);
    plane.delete(&format!("/api/v1/namespaces/{}", ctx.namespace()));
}

struct Real {
    plane: &'static ControlPlane,
    client: Client,
    runtime: &'static Runtime,
}

impl Server for Real {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Body>> {
        let client = self.client.clone();
        async move {
            let answer = client.send(request.map(kube::client::Body::from)).await.expect("the API server answers");
            answer.map(|body| body.map_err(Into::into).boxed_unsync())
        }
        .boxed()
    }

    fn runtime(&self) -> &Runtime {
        self.runtime
    }

    /// Compacts etcd. The watch cache still has what it has; events are the one kind that is not cached.
    fn forget_first_versions(&self) {
        let address = self.plane.report().etcd.trim_start_matches("http://");
        let body = r#"{"revision":"5"}"#; // far below all that other cases may ask for
        let mut stream = TcpStream::connect(address).expect("etcd listens");
        let length = body.len();
        write!(
            stream,
            "POST /v3/kv/compaction HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .expect("etcd listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("etcd answers");
        assert!(answer.starts_with("HTTP/1.1 200") || answer.contains("has been compacted"), "{answer}");
    }
}
