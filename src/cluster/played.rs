//! The sandbox as a cluster: the same client, with a service in place of a connection.

use std::{convert::Infallible, path::Path};

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use kube::client::Body;
use tower::service_fn;

use super::{Cluster, Connection};
use crate::sandbox::{Sandbox, SandboxError};

/// Opens the sandbox that is kept in `folder`.
pub(super) fn open(folder: &Path, namespace: Option<&str>) -> Result<Cluster, SandboxError> {
    Ok(over(&Sandbox::open(Some(folder))?, &folder.display().to_string(), namespace))
}

/// A cluster that talks to `sandbox`.
pub(super) fn over(sandbox: &Sandbox, place: &str, namespace: Option<&str>) -> Cluster {
    let connection = Connection {
        context: "sandbox".to_owned(),
        server: place.to_owned(),
        namespace: namespace.unwrap_or("default").to_owned(),
        user: None,
        ca_sha256: None,
        sandbox: true,
    };
    let sandbox = sandbox.clone();
    let service = service_fn(move |request: Request<Body>| {
        let sandbox = sandbox.clone();
        async move {
            let (parts, body) = request.into_parts();
            // A body that breaks off here can only be one of our own, which are all in memory.
            let bytes = body.collect().await.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
            Ok::<_, Infallible>(sandbox.call(Request::from_parts(parts, bytes)).await)
        }
    });
    Cluster::over(service, connection)
}
