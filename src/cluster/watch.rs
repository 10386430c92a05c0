//! Watching: changes as they happen.

use std::time::Duration;

use futures::{StreamExt as _, stream, stream::BoxStream};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value;
use tokio::time::timeout;

use super::{ApiError, Cluster, client::error_chain, exchange::Call, resource::Resource, uri::Target};
use iriskit_kubernetes::schema::ObjectRef;

/// The server ends a watch after this time; bookmarks come every minute.
const SERVER_LIMIT: Duration = Duration::from_secs(290);
/// Longer silence means that nothing comes through any more: what is watched is listed anew.
const SILENCE_LIMIT: Duration = Duration::from_secs(75);

/// What happened to an object.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchEvent {
    /// It appeared, or came to match the selector.
    Added(Value),
    /// It changed.
    Modified(Value),
    /// It is gone, or no longer matches the selector; its last state.
    Deleted(Value),
    /// Nothing happened up to this resourceVersion.
    Bookmark(String),
}

/// Events until the server ends the watch (a plain end) or an error, which is the last item.
pub type WatchStream = BoxStream<'static, Result<WatchEvent, ApiError>>;

impl WatchEvent {
    /// The resourceVersion from which a watch may go on.
    pub fn resource_version(&self) -> Option<&str> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => {
                object.pointer("/metadata/resourceVersion").and_then(Value::as_str)
            }
            Self::Bookmark(version) => Some(version),
        }
    }

    fn read(line: &[u8], path: &str) -> Result<Self, ApiError> {
        let malformed = |message: String| ApiError::Malformed { path: path.to_owned(), message };
        let mut event: Value = serde_json::from_slice(line).map_err(|error| malformed(error.to_string()))?;
        let object = event.get_mut("object").map(Value::take).unwrap_or_default();
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "ADDED" => Ok(Self::Added(object)),
            "MODIFIED" => Ok(Self::Modified(object)),
            "DELETED" => Ok(Self::Deleted(object)),
            "BOOKMARK" => {
                let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
                Ok(Self::Bookmark(version.unwrap_or_default().to_owned()))
            }
            "ERROR" => Err(ApiError::from_status(&object, 500, None)),
            other => Err(malformed(format!("a watch event of type `{other}`"))),
        }
    }
}

/// Where a watch is.
enum State {
    Unopened(Call),
    Reading(Body, Vec<u8>),
    Ended,
}

impl Cluster {
    /// Changes of the objects of a kind after `resource_version` (from a list or an earlier event).
    pub fn watch(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        label_selector: Option<&str>,
        resource_version: &str,
    ) -> WatchStream {
        match Resource::of(api_version, kind) {
            Ok(resource) => {
                let target = Target::new(resource.collection(namespace)).maybe("labelSelector", label_selector);
                self.events(target, resource_version)
            }
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    /// Changes of one object after `resource_version`. A right for its name alone is enough.
    pub fn watch_one(&self, object: &ObjectRef, resource_version: &str) -> WatchStream {
        match Resource::of(&object.api_version, &object.kind) {
            Ok(resource) => {
                let selector = format!("metadata.name={}", object.name);
                let target = Target::new(resource.collection(object.namespace.as_deref()));
                self.events(target.with("fieldSelector", &selector), resource_version)
            }
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    fn events(&self, target: Target, resource_version: &str) -> WatchStream {
        let target = target
            .with("watch", "true")
            .with("allowWatchBookmarks", "true")
            .with("timeoutSeconds", &SERVER_LIMIT.as_secs().to_string())
            .with("resourceVersion", resource_version);
        let path = target.as_str().to_owned();
        let cluster = self.clone();
        stream::unfold(State::Unopened(Call::get(target)), move |state| {
            let (cluster, path) = (cluster.clone(), path.clone());
            async move { next(&cluster, &path, state).await }
        })
        .boxed()
    }
}

async fn next(cluster: &Cluster, path: &str, state: State) -> Option<(Result<WatchEvent, ApiError>, State)> {
    let (mut body, mut buffer) = match state {
        State::Ended => return None,
        State::Reading(body, buffer) => (body, buffer),
        State::Unopened(call) => match cluster.open(&call).await {
            Ok(answer) => (answer.into_body(), Vec::new()),
            Err(error) => return Some((Err(error), State::Ended)),
        },
    };
    loop {
        if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let rest = buffer.split_off(end + 1);
            if buffer.trim_ascii().is_empty() {
                buffer = rest;
                continue;
            }
            let event = WatchEvent::read(&buffer, path);
            let state = if event.is_ok() { State::Reading(body, rest) } else { State::Ended };
            return Some((event, state));
        }
        match timeout(SILENCE_LIMIT, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    buffer.extend_from_slice(data);
                }
            }
            Ok(Some(Err(error))) => {
                let message = format!("{path}: the watch was interrupted: {}", error_chain(&error));
                return Some((Err(ApiError::Transport { message, sent: true }), State::Ended));
            }
            Ok(None) => return None,
            Err(_) => {
                let (method, path) = ("GET".to_owned(), path.to_owned());
                return Some((Err(ApiError::Timeout { method, path, limit: SILENCE_LIMIT }), State::Ended));
            }
        }
    }
}
