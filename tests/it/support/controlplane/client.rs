//! Plain requests to the API server, blocking, as the cluster's administrator.

use std::path::Path;

use http::{Request, header};
use kube::Client;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use tokio::runtime::Runtime;

#[derive(Debug)]
pub(super) struct Requests {
    runtime: Runtime,
    client: ClientDebug,
}

struct ClientDebug(Client);

impl std::fmt::Debug for ClientDebug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Requests {
    pub(super) fn new(kubeconfig: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let file = Kubeconfig::read_from(kubeconfig).unwrap();
            let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
            Client::try_from(config).unwrap()
        });
        Self { runtime, client: ClientDebug(client) }
    }

    /// The answer's code and body; a body that isn't JSON comes as a string.
    pub(super) fn send(&self, method: &str, path: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, content_type)
            .header(header::USER_AGENT, "test-harness")
            .body(Body::from(bytes))
            .unwrap();
        self.runtime.block_on(async {
            let answer = self.client.0.send(request).await.expect("the API server answers");
            let code = answer.status().as_u16();
            let bytes = answer.into_body().collect_bytes().await.expect("the answer has a body");
            let value = serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
            (code, value)
        })
    }
}
