//! The API server's audit log: every request it answered, in order.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;

use super::plane::ControlPlane;

/// A place in the audit log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuditMark(u64);

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditEntry {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub(crate) verb: String,
    /// The plural, e.g. `statefulsets`; empty for paths that are no resource.
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dry_run: bool,
    pub(crate) user: String,
    pub(crate) user_agent: String,
    pub(crate) code: u16,
    /// Path and query, as requested.
    pub(crate) uri: String,
}

impl ControlPlane {
    /// The end of the audit log now: everything that was answered before is in front of it.
    pub(crate) fn audit_mark(&self) -> AuditMark {
        let from = fs::metadata(&self.report().audit).unwrap().len();
        AuditMark(from + self.audit_text(from).len() as u64)
    }

    /// The requests answered since `mark` to clients whose user agent starts so, in the order of their answers. A watch
    /// counts when it begins: when the server learns of its end, its client may be long gone.
    pub(crate) fn audit_since(&self, mark: AuditMark, user_agent_prefix: &str) -> Vec<AuditEntry> {
        let entries = self.audit_text(mark.0).lines().filter_map(entry).collect::<Vec<_>>();
        entries.into_iter().filter(|entry| entry.user_agent.starts_with(user_agent_prefix)).collect()
    }

    /// The end of the audit log as it is written now, without waiting for anything.
    pub(crate) fn audit_end(&self) -> u64 {
        fs::metadata(&self.report().audit).unwrap().len()
    }

    /// How many requests of such a user agent were answered in a namespace since, as far as it is written: for who must not
    /// wait.
    pub(crate) fn answered(&self, from: u64, user_agent_prefix: &str, namespace: &str) -> usize {
        let mut log = File::open(&self.report().audit).unwrap();
        log.seek(SeekFrom::Start(from)).unwrap();
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let entries = whole.lines().filter_map(entry);
        entries.filter(|one| one.user_agent.starts_with(user_agent_prefix) && one.namespace == namespace).count()
    }

    /// The log from an offset on. An entry can be written a moment after its answer was read, so this sends a request of
    /// its own and reads until that one is there.
    fn audit_text(&self, from: u64) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let marker = format!("/version?audit-marker={}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.get(&marker);
        let marker = format!("\"requestURI\":\"{marker}\"");
        self.until("the audit log", |plane| {
            let mut log = File::open(&plane.report().audit).unwrap();
            log.seek(SeekFrom::Start(from)).unwrap();
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            let lines = text.split_inclusive('\n').position(|line| line.contains(&marker) && line.ends_with('\n'))?;
            Some(text.split_inclusive('\n').take(lines + 1).collect::<String>())
        })
    }
}

fn entry(line: &str) -> Option<AuditEntry> {
    let event: Value = serde_json::from_str(line).expect("the audit log is JSON lines");
    let code = event["responseStatus"]["code"].as_u64().unwrap_or_default();
    let is_end_of_watch = event["verb"] == "watch" && code == 200 && event["stage"] == "ResponseComplete";
    if is_end_of_watch || !matches!(event["stage"].as_str(), Some("ResponseStarted" | "ResponseComplete")) {
        return None;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let uri = text(&event["requestURI"]);
    let object = &event["objectRef"];
    Some(AuditEntry {
        verb: text(&event["verb"]),
        resource: text(&object["resource"]),
        subresource: text(&object["subresource"]),
        namespace: text(&object["namespace"]),
        name: text(&object["name"]),
        dry_run: uri.split(['?', '&']).skip(1).any(|parameter| parameter == "dryRun=All"),
        user: text(&event["user"]["username"]),
        user_agent: text(&event["userAgent"]),
        code: u16::try_from(code).unwrap(),
        uri,
    })
}
