//! The loop: two files in, label and annotation out.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::cluster::{ApiError, Cluster};
use iriskit_core::mirror::{MirrorStatus, Reading, Role, read};
use iriskit_kubernetes::{
    names::{MIRROR_ROLE, MIRROR_STATUS},
    schema::ObjectRef,
};

/// The probe writes every two seconds; an older file says nothing.
const READABLE: Duration = Duration::from_secs(5);
/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often the status is written without need, so that readers can tell it is alive.
const REFRESH: SignedDuration = SignedDuration::from_secs(10);
/// The files hold a line each.
const LONGEST: u64 = 64 * 1024;
/// The status of a member whose files can't be read.
const UNREADABLE: &str = "Unreadable";

/// Which pod, and where IRIS's status is.
#[derive(Debug, Clone)]
pub struct LabelerOptions {
    /// The folder with the files `qlist` and `mirror`.
    pub dir: PathBuf,
    /// Namespace of this pod.
    pub namespace: String,
    /// Name of the own pod.
    pub pod: String,
    /// uid of the own pod: with it a pod that took its name is never written to.
    pub uid: Option<String>,
}

/// What was written last.
#[derive(Debug, Clone, PartialEq)]
struct Written {
    role: Option<Role>,
    status: MirrorStatus,
}

/// Keeps the pod's label and annotation true until `stop` is done. Failed writes are logged and tried again.
pub async fn run(options: &LabelerOptions, cluster: &Cluster, stop: impl Future<Output = ()>) {
    let pod = ObjectRef::namespaced("v1", "Pod", &options.namespace, &options.pod);
    let mut written: Option<Written> = None;
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = ticks.tick() => {}
        }
        let server_time = cluster.server_time();
        let now = server_time.unwrap_or_else(Timestamp::now);
        let wanted = wanted(reading(&options.dir), now);
        if !is_due(written.as_ref(), &wanted) {
            continue;
        }
        match cluster.merge_patch(&pod, &patch(&wanted, options.uid.as_deref())).await {
            Ok(_) => {
                if written.as_ref().is_none_or(|before| before.role != wanted.role) {
                    tracing::info!(role = wanted.role.map_or("none", Role::as_str), "labelled {pod}");
                }
                // Written by our own clock: written again by the server's, known from the response.
                written = server_time.is_some().then_some(wanted);
            }
            Err(error) => report(&pod, &error),
        }
    }
}

fn report(pod: &ObjectRef, error: &ApiError) {
    tracing::warn!(%error, "{pod} could not be labelled");
}

fn wanted(reading: Option<Reading>, at: Timestamp) -> Written {
    let reading = reading.unwrap_or_else(|| Reading { status: UNREADABLE.to_owned(), ..Reading::default() });
    let Reading { member_type, status, journal } = reading;
    let status = MirrorStatus { member_type, status, journal, at };
    Written { role: status.role(), status }
}

fn is_due(written: Option<&Written>, wanted: &Written) -> bool {
    let Some(written) = written else { return true };
    written.role != wanted.role
        || !written.status.says_the_same(&wanted.status)
        || wanted.status.at.duration_since(written.status.at).abs() >= REFRESH
}

fn patch(wanted: &Written, uid: Option<&str>) -> Value {
    let mut patch = json!({"metadata": {
        "labels": {MIRROR_ROLE: wanted.role.map(Role::as_str)},
        "annotations": {MIRROR_STATUS: wanted.status.to_annotation()},
    }});
    if let (Some(uid), Some(metadata)) = (uid, patch.get_mut("metadata").and_then(Value::as_object_mut)) {
        metadata.insert("uid".to_owned(), Value::from(uid));
    }
    patch
}

fn reading(dir: &Path) -> Option<Reading> {
    let row = text(&dir.join("mirror"));
    read(&text(&dir.join("qlist"))?, row.as_deref())
}

/// The text of a file that was written a moment ago.
fn text(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let age = SystemTime::now().duration_since(file.metadata().ok()?.modified().ok()?).unwrap_or_default();
    if age > READABLE {
        return None;
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http_body_util::{BodyExt as _, Full};
    use tokio::time::sleep;

    use super::*;
    use crate::cluster::{Connection, RequestBody};

    type Patches = Vec<(Option<String>, Value)>;

    #[derive(Clone, Default)]
    struct Pod {
        patches: Arc<Mutex<Patches>>,
        fails: Arc<Mutex<usize>>,
    }

    impl Pod {
        fn cluster(&self) -> Cluster {
            let pod = self.clone();
            let service = tower::service_fn(move |request: http::Request<_>| {
                let pod = pod.clone();
                async move {
                    let body: RequestBody = request.into_body();
                    let bytes = body.collect().await?.to_bytes();
                    let patch: Value = serde_json::from_slice(&bytes).unwrap();
                    let mut fails = pod.fails.lock().unwrap();
                    if *fails > 0 {
                        *fails -= 1;
                        return Ok(http::Response::builder()
                            .status(403)
                            .body(Full::new(bytes::Bytes::from("{}")))
                            .unwrap());
                    }
                    let role = patch["metadata"]["labels"][MIRROR_ROLE].as_str().map(str::to_owned);
                    let text = patch["metadata"]["annotations"][MIRROR_STATUS].as_str().unwrap();
                    pod.patches.lock().unwrap().push((role, serde_json::from_str(text).unwrap()));
                    let answer = http::Response::builder().header("date", "Sun, 22 Nov 2026 05:56:34 GMT");
                    Ok::<_, tower::BoxError>(answer.body(Full::new(bytes::Bytes::from("{}"))).unwrap())
                }
            });
            let connection = Connection {
                context: "t".into(),
                server: "t".into(),
                namespace: "n".into(),
                user: None,
                ca_sha256: None,
                sandbox: false,
            };
            Cluster::over(service, connection, |text, _| text.to_owned())
        }

        fn take(&self) -> Vec<(Option<String>, String)> {
            let patches = std::mem::take(&mut *self.patches.lock().unwrap());
            patches
                .into_iter()
                .map(|(role, status)| (role, format!("{} {}", status["status"], status["journal"]).replace('"', "")))
                .collect()
        }
    }

    fn write(dir: &Path, name: &str, text: &str, age: Duration) {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        // Far enough from the limit that a slow machine does not matter.
        File::options().write(true).open(&path).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }

    fn qlist(status: &str) -> String {
        format!("IRIS^/usr^2024.1^running^iris.cpf^1972^0^0^ok^IRIS^Failover^{status}^/d")
    }

    const NOW: Duration = Duration::ZERO;
    /// In the future: fresh however long the test takes.
    fn played(dir: &Path, status: &str, journal: &str) {
        let ahead = SystemTime::now() + Duration::from_secs(600);
        for (name, text) in [("qlist", qlist(status)), ("mirror", format!("M^Failover^{status}^{journal}^x"))] {
            std::fs::write(dir.join(name), text).unwrap();
            File::options().write(true).open(dir.join(name)).unwrap().set_modified(ahead).unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn roles_are_written_on_change_and_every_ten_seconds() {
        let dir = tempfile::tempdir().unwrap();
        let options = LabelerOptions {
            dir: dir.path().to_owned(),
            namespace: "n".into(),
            pod: "p".into(),
            uid: Some("u".into()),
        };
        let pod = Pod::default();
        let cluster = pod.cluster();
        let some = |role: &str, text: &str| (Some(role.to_owned()), text.to_owned());
        let play = async {
            sleep(Duration::from_millis(2500)).await;
            // The first is repeated as soon as the server's clock is known.
            assert_eq!(pod.take(), [(None, "Unreadable ".to_owned()), (None, "Unreadable ".to_owned())]);
            played(dir.path(), "Backup", "Catchup");
            sleep(Duration::from_secs(1)).await;
            assert_eq!(pod.take(), [some("backup", "Backup Catchup")]);
            played(dir.path(), "Backup", "Active");
            sleep(Duration::from_secs(1)).await;
            assert_eq!(pod.take(), [some("backup", "Backup Active")]);
            sleep(Duration::from_secs(20)).await;
            assert_eq!(pod.take(), [some("backup", "Backup Active"), some("backup", "Backup Active")]);
            *pod.fails.lock().unwrap() = 2;
            played(dir.path(), "Primary", "N/A");
            sleep(Duration::from_secs(3)).await;
            assert_eq!(pod.take(), [some("primary", "Primary N/A")]);
            std::fs::remove_file(dir.path().join("qlist")).unwrap();
            sleep(Duration::from_secs(1)).await;
            assert_eq!(pod.take(), [(None, "Unreadable ".to_owned())]);
        };
        tokio::select! {
            () = run(&options, &cluster, std::future::pending()) => unreachable!(),
            () = play => {}
        }
    }

    #[test]
    fn a_file_older_than_five_seconds_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(reading(dir.path()), None);
        write(dir.path(), "qlist", &qlist("Backup"), Duration::from_secs(60));
        write(dir.path(), "mirror", "M^Failover^Backup^Active^x", NOW);
        assert_eq!(reading(dir.path()), None);
        write(dir.path(), "qlist", &qlist("Backup"), NOW);
        assert_eq!(reading(dir.path()).map(|reading| reading.journal).as_deref(), Some("Active"));
        write(dir.path(), "mirror", "M^Failover^Backup^Active^x", Duration::from_secs(60));
        assert_eq!(reading(dir.path()).map(|reading| reading.journal).as_deref(), Some(""));
    }

    #[test]
    fn the_patch_removes_the_label_and_guards_the_pod() {
        let at = Timestamp::UNIX_EPOCH;
        let patch = patch(&wanted(None, at), Some("u"));
        assert_eq!(patch["metadata"]["labels"], json!({MIRROR_ROLE: null}));
        assert_eq!(patch["metadata"]["uid"], "u");
    }
}
