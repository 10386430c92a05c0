//! Objects as watches tell of them. In go kinds and namespaces; out come the newest state of each object, and what became
//! of every pod that was seen.

mod pod_history;
mod watch_cache;

pub(super) use pod_history::{PodHistory, is_pod_of};
pub(super) use watch_cache::{WatchCache, WatchCaches};
