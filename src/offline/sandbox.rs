//! The sandbox as a cluster: the same client, with a service in place of a connection.

use std::{convert::Infallible, path::Path};

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use iriskit_core::diff::without_secrets_of;
use iriskit_sandbox::{Sandbox, SandboxError};
use tower::service_fn;

use crate::cluster::{Cluster, Connection, RequestBody};

/// The context of a sandbox.
pub(super) const CONTEXT: &str = "sandbox";

/// The namespace of documents that name none.
const NAMESPACE: &str = "default";

/// Opens the sandbox that is kept in `folder`.
pub fn open_sandbox(folder: &Path, namespace: Option<&str>) -> Result<Cluster, SandboxError> {
    Ok(over(&Sandbox::open(Some(folder))?, &folder.display().to_string(), namespace.unwrap_or(NAMESPACE)))
}

/// A cluster that talks to `sandbox`, which is steered from outside.
pub fn of_sandbox(sandbox: &Sandbox, namespace: &str) -> Cluster {
    over(sandbox, "memory", namespace)
}

fn over(sandbox: &Sandbox, place: &str, namespace: &str) -> Cluster {
    let connection = Connection {
        context: CONTEXT.to_owned(),
        server: place.to_owned(),
        namespace: namespace.to_owned(),
        user: None,
        ca_sha256: None,
        sandbox: true,
    };
    let sandbox = sandbox.clone();
    let service = service_fn(move |request: Request<RequestBody>| {
        let sandbox = sandbox.clone();
        async move {
            let (parts, body) = request.into_parts();
            // A body that breaks off here can only be one of our own, which are all in memory.
            let bytes = body.collect().await.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
            Ok::<_, Infallible>(sandbox.call(Request::from_parts(parts, bytes)).await)
        }
    });
    Cluster::over(service, connection, without_secrets_of)
}
