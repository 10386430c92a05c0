//! WATCH: changes as they happen, one JSON document a line.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, stream};
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::{
    body::Cut,
    call::Call,
    read::{Selection, expired, only_namespace, requested_version},
};
use crate::{
    fields,
    key::Resource,
    objects::Failure,
    shared::Shared,
    store::{Change, Store},
    world::World,
};

/// How often an idle watch is sent the version (a bookmark).
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// How long before its end a watch gets a last bookmark.
const LAST_BOOKMARK: Duration = Duration::from_secs(2);
/// How long a watch lasts that does not say.
const LONGEST: Duration = Duration::from_secs(1800);

/// The longest that is taken for an answer.
const LONGEST_ASKED: Duration = Duration::from_secs(7 * 24 * 3600);

/// A watch under way.
struct Watch {
    shared: Weak<Shared>,
    changed: watch::Receiver<u64>,
    kind: &'static iriskit_kubernetes::schema::Kind,
    namespace: Option<String>,
    selection: Selection,
    /// The version that was sent last.
    position: u64,
    lines: VecDeque<Bytes>,
    bookmark: Option<Instant>,
    end: Instant,
    ended: bool,
    /// Events until the connection breaks off.
    left: Option<usize>,
}

/// Starts a watch; `cut` breaks it off after so many events.
pub(super) fn watch(
    shared: &Arc<Shared>,
    world: &World,
    call: &Call,
    cut: Option<usize>,
) -> Result<impl Stream<Item = Result<Bytes, Cut>> + Send + 'static + use<>, Failure> {
    let selection = Selection::of(call)?;
    let from = requested_version(world, call)?;
    let initial = call.query.get("sendInitialEvents").map(|_| call.query.flag("sendInitialEvents"));
    let bookmarks = call.query.flag("allowWatchBookmarks");
    let not_older = call.query.get("resourceVersionMatch") == Some("NotOlderThan");
    if initial == Some(true) && !not_older {
        let message = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        let text = format!("ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: {message}");
        let mut failure = Failure::new(422, "Invalid", text);
        let cause = json!({"reason": "FieldValueForbidden", "message": message, "field": "resourceVersionMatch"});
        failure.details = Some(json!({"group": "meta.k8s.io", "kind": "ListOptions", "causes": [cause]}));
        return Err(failure);
    }
    let now = call.now.instant;
    let timeout =
        call.query.get("timeoutSeconds").and_then(|text| text.parse().ok()).map_or(LONGEST, Duration::from_secs);
    let timeout = timeout.min(LONGEST_ASKED);
    let end = now + timeout;
    let mut state = Watch {
        shared: Arc::downgrade(shared),
        changed: shared.subscribe(),
        kind: call.kind,
        namespace: only_namespace(call).map(str::to_owned),
        selection,
        position: from.unwrap_or_default(),
        lines: VecDeque::new(),
        bookmark: bookmarks.then(|| (now + BOOKMARK_EVERY).min(end - LAST_BOOKMARK.min(timeout))),
        end,
        ended: false,
        left: cut,
    };
    if initial.unwrap_or(from.is_none()) {
        state.send_all(&world.store, initial == Some(true) && bookmarks);
    }
    Ok(stream::unfold(state, |mut state| async move {
        let line = state.next().await?;
        Some((line, state))
    }))
}

impl Watch {
    async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        loop {
            if self.left == Some(0) {
                self.left = None;
                self.ended = true;
                self.lines.clear();
                return Some(Err(Cut));
            }
            if let Some(line) = self.lines.pop_front() {
                if let Some(left) = &mut self.left {
                    *left -= 1;
                }
                return Some(Ok(line));
            }
            if self.ended {
                return None;
            }
            self.changed.mark_unchanged();
            self.read()?;
            if self.lines.is_empty() && !self.ended {
                self.wait().await;
            }
        }
    }

    /// Reads what happened since; `None` when the sandbox is gone.
    fn read(&mut self) -> Option<()> {
        let shared = self.shared.upgrade()?;
        shared.with(|world| self.read_from(&world.store));
        Some(())
    }

    fn read_from(&mut self, store: &Store) {
        match store.changes_after(self.position) {
            Ok(changes) => {
                let lines: Vec<Bytes> = changes.filter_map(|change| self.event(change)).collect();
                self.lines.extend(lines);
                self.position = self.position.max(store.version());
            }
            Err(gone) => {
                self.lines.push_back(line("ERROR", &expired(gone).to_status()));
                self.ended = true;
            }
        }
    }

    async fn wait(&mut self) {
        let until = self.bookmark.unwrap_or(self.end).min(self.end);
        tokio::select! {
            changed = self.changed.changed() => self.ended = changed.is_err(),
            () = tokio::time::sleep_until(until) => {
                if self.bookmark.is_some_and(|at| at <= until) {
                    self.send_bookmark(false);
                    let next = until + BOOKMARK_EVERY;
                    let last = self.end - LAST_BOOKMARK.min(self.end.saturating_duration_since(until));
                    self.bookmark = (next < self.end).then_some(next).or_else(|| (last > until).then_some(last));
                } else {
                    self.ended = true;
                }
            }
        }
    }

    fn send_all(&mut self, store: &Store, mark_end: bool) {
        let all = store.list(Resource::of(self.kind), self.namespace.as_deref());
        let lines: Vec<Bytes> =
            all.filter(|(_, value)| self.selection.matches(value)).map(|(_, value)| line("ADDED", value)).collect();
        self.lines.extend(lines);
        self.position = store.version();
        if mark_end {
            self.send_bookmark(true);
        }
    }

    fn send_bookmark(&mut self, end_of_list: bool) {
        let mut metadata = json!({"resourceVersion": self.position.to_string()});
        if end_of_list {
            fields::set(&mut metadata, &["annotations"], Some(json!({"k8s.io/initial-events-end": "true"})));
        }
        let object = json!({"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": metadata});
        self.lines.push_back(line("BOOKMARK", &object));
    }

    /// The event that a change is to this watch, if any: leaving the selection is a deletion.
    fn event(&self, change: &Change) -> Option<Bytes> {
        let wanted = change.key.resource == Resource::of(self.kind)
            && self.namespace.as_ref().is_none_or(|only| *only == change.key.namespace);
        if !wanted {
            return None;
        }
        let matching = |value: &Option<Arc<Value>>| value.clone().filter(|value| self.selection.matches(value));
        match (matching(&change.old), matching(&change.new)) {
            (None, None) => None,
            (None, Some(new)) => Some(line("ADDED", &new)),
            (Some(_), Some(new)) => Some(line("MODIFIED", &new)),
            (Some(old), None) => {
                let mut old = Value::clone(&old);
                let version = json!(change.version.to_string());
                fields::set(&mut old, &["metadata", "resourceVersion"], Some(version));
                Some(line("DELETED", &old))
            }
        }
    }
}

fn line(kind: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({"type": kind, "object": object})))
}
