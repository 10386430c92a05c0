//! The client: a cluster to talk to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use kube::{Client, client::Body};
use serde_json::Value;
use tokio::time::Instant;
use tower::{BoxError, Layer as _, Service};

use super::{
    ApiError, ConnectError, ConnectOptions, Connection, Mask, WriteGate,
    config::{self, Chosen},
    credentials_error::of_credentials,
    gate::GateLayer,
    transport,
};

/// A cluster to talk to. Clones share one connection.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
    gate: Option<WriteGate>,
}

struct Inner {
    client: Client,
    connection: Connection,
    mask: Mask,
    date: Mutex<Option<(Timestamp, Instant)>>,
    /// When it was said last that the server is waited for.
    said: Mutex<Option<Instant>>,
    heard: Option<Mutex<Heard>>,
}

/// Every path that was read, with the answer.
pub type Heard = BTreeMap<String, Result<Value, ApiError>>;

impl std::fmt::Debug for Cluster {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Cluster").field(&self.inner.connection).finish()
    }
}

impl Cluster {
    /// Finds the configuration and opens the connection. Server messages about bodies are masked by `mask`.
    pub async fn connect(options: &ConnectOptions, mask: Mask) -> Result<Self, ConnectError> {
        Self::connect_telling(options, mask, |_| {}).await
    }

    /// The same; `waits` is told when it takes long, and for what.
    pub async fn connect_telling(
        options: &ConnectOptions,
        mask: Mask,
        waits: impl Fn(&str) + Send + Sync,
    ) -> Result<Self, ConnectError> {
        let Chosen { config, connection, origin } = config::choose(options).await?;
        match transport::open(config, &waits).await {
            Ok(client) => Ok(Self::with(client, connection, mask, None)),
            Err(error) => Err(ConnectError::Unreachable {
                server: connection.server,
                context: connection.context,
                origin,
                message: error_chain(&*error),
            }),
        }
    }

    /// A cluster behind any service that answers like a Kubernetes API: the sandbox, and fakes in tests.
    pub fn over<S, B>(service: S, connection: Connection, mask: Mask) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let client = Client::new(GateLayer.layer(service), connection.namespace.clone());
        Self::with(client, connection, mask, None)
    }

    fn with(client: Client, connection: Connection, mask: Mask, heard: Option<Mutex<Heard>>) -> Self {
        Self {
            inner: Arc::new(Inner { client, connection, mask, date: Mutex::new(None), said: Mutex::new(None), heard }),
            gate: None,
        }
    }

    /// The same cluster, whose changes pass a gate.
    #[must_use]
    pub(crate) fn behind(&self, gate: &WriteGate) -> Self {
        Self { inner: Arc::clone(&self.inner), gate: Some(gate.clone()) }
    }

    pub(super) fn gate(&self) -> Option<&WriteGate> {
        self.gate.as_ref()
    }

    /// The same cluster, which remembers what is read through this handle.
    #[must_use]
    pub fn listening(&self) -> Self {
        let (client, connection) = (self.inner.client.clone(), self.inner.connection.clone());
        Self::with(client, connection, self.inner.mask, Some(Mutex::new(Heard::new())))
    }

    /// What was read through a [`Cluster::listening`] handle so far.
    pub fn heard(&self) -> Heard {
        let heard = self.inner.heard.as_ref();
        heard.map(|heard| heard.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    pub(super) fn hear(&self, path: &str, answer: impl FnOnce() -> Result<Value, ApiError>) {
        if let Some(heard) = &self.inner.heard {
            heard.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), answer());
        }
    }

    /// What plans say about the cluster.
    pub fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    /// The server's time: its last `Date` header and what has passed since. `None` before the first answer.
    pub fn server_time(&self) -> Option<Timestamp> {
        let (date, seen) = (*self.inner.date.lock().unwrap_or_else(PoisonError::into_inner))?;
        let passed = SignedDuration::try_from(seen.elapsed()).ok()?;
        date.checked_add(passed).ok()
    }

    pub(super) fn saw_date(&self, date: Timestamp) {
        *self.inner.date.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
    }

    /// Whether something may be said again that is not said more often than `every`.
    pub(super) fn may_say(&self, every: Duration) -> bool {
        let mut said = self.inner.said.lock().unwrap_or_else(PoisonError::into_inner);
        let may = said.is_none_or(|at| at.elapsed() >= every);
        if may {
            *said = Some(Instant::now());
        }
        may
    }

    pub(super) fn mask(&self) -> Mask {
        self.inner.mask
    }

    /// Warnings with nothing in them that is secret in `body`.
    pub(super) fn masked(&self, warnings: &[String], body: &Value) -> Vec<String> {
        warnings.iter().map(|warning| (self.inner.mask)(warning, body)).collect()
    }

    pub(super) fn client(&self) -> &Client {
        &self.inner.client
    }
}

/// An error and everything that caused it, without repeating what a text already ends with.
pub(super) fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(text) = of_credentials(error) {
        return text;
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
