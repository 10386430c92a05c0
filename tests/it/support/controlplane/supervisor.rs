//! The supervisor process (`controlplane up`), which lives as long as its standard input is open.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use serde::Deserialize;

use super::build;

/// What the supervisor prints once the cluster is usable.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) kubeconfig: PathBuf,
    pub(crate) audit: PathBuf,
    pub(crate) dir: PathBuf,
    pub(crate) server: String,
    /// Where etcd listens, without TLS.
    pub(crate) etcd: String,
    pub(crate) version: String,
    /// Process ids by part: `etcd`, `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `kwok`.
    pub(crate) pids: BTreeMap<String, u32>,
}

#[derive(Debug)]
pub(super) struct Supervisor {
    child: Child,
    alive: Option<ChildStdin>,
    pub(super) report: Report,
}

impl Supervisor {
    /// Returns when the cluster is usable. The supervisor itself sets the time limit.
    pub(super) fn start(binary: &Path) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let runs = build::home().join("run");
        fs::create_dir_all(&runs).map_err(|error| format!("{}: {error}", runs.display()))?;
        remove_leftovers(&runs);
        let dir = runs.join(format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let mut child = Command::new(binary)
            .arg("up")
            .arg("--dir")
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let alive = child.stdin.take();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).map_err(|error| error.to_string())?;
        if line.is_empty() {
            let mut message = String::new();
            _ = child.stderr.take().unwrap().read_to_string(&mut message);
            _ = child.wait();
            return Err(message);
        }
        let report = serde_json::from_str(&line).map_err(|error| format!("{error} in {line}"))?;
        Ok(Self { child, alive, report })
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.alive.take());
        _ = self.child.wait();
    }
}

/// Removes the folders of supervisors that were killed, known by the id of the test process that started them.
fn remove_leftovers(runs: &Path) {
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_string_lossy().split('-').next().unwrap_or_default().to_owned();
        if !processes.join(owner).exists() {
            _ = fs::remove_dir_all(entry.path());
        }
    }
}
