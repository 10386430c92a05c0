//! The mirror sets of a namespace, and what their labelers write on the pods.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use kube::Client;
use serde_json::{Value, json};

use super::mirror::{Event, EventKind, Member, Mirror, Role};
use crate::support::controlplane::exchange;

pub(super) const USER_AGENT: &str = "iris-player";
const REFRESH: Duration = Duration::from_secs(2);

pub(super) struct MirrorSets {
    client: Client,
    namespace: String,
    /// By the name of the StatefulSet.
    pub(super) mirrors: BTreeMap<String, Mirror>,
    /// StatefulSets by uid: do they hold a mirror set?
    sets: BTreeMap<String, bool>,
    /// Uids of pods whose deletion is in the history.
    deleted: BTreeSet<String>,
    /// What was written on a pod, by its uid.
    written: BTreeMap<String, (Value, Instant)>,
    pub(super) history: Vec<(Instant, Event)>,
    pub(super) catch_up: Duration,
    pub(super) held: bool,
}

impl MirrorSets {
    pub(super) fn new(client: Client, namespace: &str) -> Self {
        Self {
            client,
            namespace: namespace.to_owned(),
            mirrors: BTreeMap::new(),
            sets: BTreeMap::new(),
            deleted: BTreeSet::new(),
            written: BTreeMap::new(),
            history: Vec::new(),
            catch_up: Duration::from_millis(200),
            held: false,
        }
    }

    /// A list of all data pods: those that are not in it are gone.
    pub(super) async fn saw_all(&mut self, pods: &[Value]) {
        for mirror in self.mirrors.values_mut() {
            let there = |member: &Member| pods.iter().any(|pod| pod["metadata"]["uid"] == member.uid.as_str());
            let gone: Vec<u32> = mirror.members.iter().filter(|(_, member)| !there(member)).map(|(&n, _)| n).collect();
            for ordinal in gone {
                mirror.stop(ordinal);
            }
        }
        for pod in pods {
            self.saw(pod, false).await;
        }
    }

    /// A pod as the API server shows it; `gone` if this was the last of it.
    pub(super) async fn saw(&mut self, pod: &Value, gone: bool) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (name, uid) = (text(&pod["metadata"]["name"]), text(&pod["metadata"]["uid"]));
        let Some((set, ordinal)) = name.rsplit_once('-').and_then(|(set, n)| Some((set.to_owned(), n.parse().ok()?)))
        else {
            return;
        };
        if !self.mirrors.contains_key(&set) {
            if gone || !self.holds_a_mirror(&set, &pod["metadata"]["ownerReferences"][0]["uid"]).await {
                return;
            }
            self.mirrors.insert(set.clone(), Mirror::default());
        }
        let going = gone || pod["metadata"]["deletionTimestamp"].is_string();
        if going && self.deleted.insert(uid.clone()) {
            self.history.push((Instant::now(), Event { pod: name.clone(), what: EventKind::Deleted }));
        }
        let mirror = self.mirrors.get_mut(&set).expect("just put there");
        if !going && is_ready(pod) {
            mirror.start(ordinal, &name, &uid);
        } else if mirror.members.get(&ordinal).is_some_and(|member| member.uid == uid) {
            mirror.stop(ordinal);
            if !going {
                self.write(&name, &uid, Value::Null, Value::Null).await;
            }
        }
        if gone && self.mirrors[&set].members.is_empty() && self.get(&format!("statefulsets/{set}")).await.is_none() {
            self.keep_history(&set);
            self.mirrors.remove(&set); // a set of the same name will be another mirror
        }
    }

    /// Lets all sets settle, and writes what changed or grew old.
    pub(super) async fn advance(&mut self) {
        let catch_up = (!self.held).then_some(self.catch_up);
        for set in self.mirrors.keys().cloned().collect::<Vec<_>>() {
            self.mirrors.get_mut(&set).expect("its key").settle(Instant::now(), catch_up);
            self.keep_history(&set);
        }
        // Who gives up a role goes first, so that there are never two primaries.
        let mut due: Vec<_> = self.mirrors.values().flat_map(|mirror| mirror.members.values()).map(status).collect();
        due.sort_by_key(|(.., role)| *role);
        for (pod, uid, status, role) in due {
            let fresh = |(old, at): &(Value, Instant)| *old == status && at.elapsed() < REFRESH;
            if self.written.get(&uid).is_some_and(fresh) {
                continue;
            }
            let label = match role {
                Some(Role::Primary) => json!("primary"),
                Some(Role::Backup) => json!("backup"),
                _ => Value::Null,
            };
            let mut stamped = status.clone();
            stamped["at"] = json!(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            self.write(&pod, &uid, label, json!(stamped.to_string())).await;
            self.written.insert(uid, (status, Instant::now()));
        }
    }

    fn keep_history(&mut self, set: &str) {
        let events = std::mem::take(&mut self.mirrors.get_mut(set).expect("a known set").events);
        self.history.extend(events.into_iter().map(|event| (Instant::now(), event)));
    }

    /// Writes label and annotation, unless the pod of that name is another one by now.
    async fn write(&self, pod: &str, uid: &str, role: Value, status: Value) {
        let path = format!("/api/v1/namespaces/{}/pods/{pod}?fieldManager=mirror-labeler", self.namespace);
        let body = json!({"metadata": {
            "uid": uid,
            "labels": {"intersystems.com/mirrorRole": role},
            "annotations": {"iriskit/mirror-status": status},
        }});
        let answer =
            exchange(&self.client, USER_AGENT, "PATCH", &path, "application/merge-patch+json", Some(&body)).await;
        if let Ok((code, body)) = answer {
            assert!(matches!(code, 200 | 404 | 409 | 422), "PATCH {path}: {code} {body}");
        }
    }

    /// Mirrored sets have at least two members, and are rolled by role or are one shard each.
    async fn holds_a_mirror(&mut self, set: &str, uid: &Value) -> bool {
        let uid = uid.as_str().unwrap_or_default();
        if let Some(&known) = self.sets.get(uid) {
            return known;
        }
        let Some(object) = self.get(&format!("statefulsets/{set}")).await else { return false };
        let spec = &object["spec"];
        let mirrored = spec["replicas"].as_u64() >= Some(2)
            && (spec["updateStrategy"]["type"] == "OnDelete"
                || spec["template"]["metadata"]["labels"]["intersystems.com/shard"].is_string());
        self.sets.insert(uid.to_owned(), mirrored);
        mirrored
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let path = format!("/apis/apps/v1/namespaces/{}/{path}", self.namespace);
        let answer = exchange(&self.client, USER_AGENT, "GET", &path, "application/json", None).await;
        answer.ok().filter(|(code, _)| *code == 200).map(|(_, object)| object)
    }
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

/// Pod, uid, the annotation without its time, role.
fn status(member: &Member) -> (String, String, Value, Option<Role>) {
    let (kind, status) = match member.role {
        Some(Role::Primary) => ("Failover", "Primary"),
        Some(Role::Backup) => ("Failover", "Backup"),
        Some(Role::Async) => ("Disaster Recovery", "Connected"),
        None => ("Failover", "Waiting"),
    };
    let journal = if member.journal.is_empty() { "N/A" } else { &member.journal };
    let value = json!({"type": kind, "status": status, "journal": journal});
    (member.pod.clone(), member.uid.clone(), value, member.role)
}
