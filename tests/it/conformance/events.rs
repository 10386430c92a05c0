//! The events of a watch, in order.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::AbortHandle;

use super::server::Body;

const PATIENCE: Duration = Duration::from_secs(60);

/// A watch under way. Dropping it ends the watch.
pub(super) struct Events {
    path: String,
    lines: Receiver<Value>,
    seen: Vec<Value>,
    reader: AbortHandle,
}

impl Events {
    pub(super) fn follow(path: &str, mut body: Body, runtime: &Runtime) -> Self {
        let (sender, lines) = channel();
        let reader = runtime.spawn(async move {
            let mut rest = Vec::new();
            while let Some(Ok(frame)) = body.frame().await {
                rest.extend_from_slice(&frame.into_data().unwrap_or_default());
                while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = rest.drain(..=end).collect();
                    if sender.send(serde_json::from_slice(&line).expect("an event is JSON")).is_err() {
                        return;
                    }
                }
            }
        });
        Self { path: path.to_owned(), lines, seen: Vec::new(), reader: reader.abort_handle() }
    }

    /// All events up to the first that is as wanted.
    #[track_caller]
    pub(super) fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let Some(event) = self.next() else { panic!("watch {} ended after {}", self.path, self.told()) };
            events.push(event);
            if events.last().is_some_and(&wanted) {
                return events;
            }
        }
    }

    /// The next event, which must be of this type; gives its object.
    #[track_caller]
    pub(super) fn expect(&mut self, kind: &str) -> Value {
        let Some(mut event) = self.next() else { panic!("watch {} ended after {}", self.path, self.told()) };
        assert_eq!(event["type"], kind, "watch {}: {event}", self.path);
        event["object"].take()
    }

    /// All events until the server ends the watch.
    #[track_caller]
    pub(super) fn rest(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// `None` once the watch has ended.
    #[track_caller]
    fn next(&mut self) -> Option<Value> {
        let begin = Instant::now();
        match self.lines.recv_timeout(PATIENCE) {
            Ok(event) => {
                self.seen.push(event.clone());
                Some(event)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("watch {}: nothing for {:?} after {}", self.path, begin.elapsed(), self.told())
            }
        }
    }

    fn told(&self) -> String {
        let short = |event: &Value| format!("{} {}", event["type"], event["object"]["metadata"]["name"]);
        self.seen.iter().map(short).collect::<Vec<_>>().join(", ")
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
