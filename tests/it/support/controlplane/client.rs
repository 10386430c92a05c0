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
            let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
            config.default_retry = false; // a test wants the answer that it got
            Client::try_from(config).unwrap()
        });
        Self { runtime, client: ClientDebug(client) }
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(super) fn client(&self) -> Client {
        self.client.0.clone()
    }

    pub(super) fn send(&self, method: &str, path: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = exchange(&self.client.0, "test-harness", method, path, content_type, body);
        self.runtime.block_on(answer).expect("the API server answers")
    }
}

/// Sends one request. Gives the answer's code and body; a body that isn't JSON comes as a string.
pub(crate) async fn exchange(
    client: &Client,
    user_agent: &str,
    method: &str,
    path: &str,
    content_type: &str,
    body: Option<&Value>,
) -> Result<(u16, Value), kube::Error> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::USER_AGENT, user_agent)
        .body(Body::from(body.map(Value::to_string).unwrap_or_default().into_bytes()))
        .expect("a request");
    let answer = client.send(request).await?;
    let code = answer.status().as_u16();
    let bytes = answer.into_body().collect_bytes().await?;
    let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
    Ok((code, serde_json::from_slice(&bytes).unwrap_or_else(|_| text())))
}
