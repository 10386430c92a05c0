//! The mirror labeler against a real API server, with exactly its Role.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::harness::world::{LABELER, World};
use crate::support::controlplane::ControlPlane;

const MANIFEST: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: pair}
spec:
  licenseKeySecret: {name: key}
  topology:
    data:
      image: iris:2024.1
      compatibilityVersion: 2024.1.0
      mirrored: true
      podTemplate:
        metadata: {annotations: {example.com/api-key: canary-of-the-pod}}
        spec: {env: [{name: DOOR_PASSWORD, value: canary-of-the-pod}]}
    arbiter: {image: arbiter:2024.1}
";

/// Where it stands what a labeler said.
const SAID: &str = "labeler.log";

struct Labeler(Child);

impl Labeler {
    fn start(dir: &Path, kubeconfig: &Path, pod: &str, world: &World) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_iriskit"));
        let dir = dir.to_str().unwrap();
        command.args(["mirror-labeler", "-vv", "--dir", dir, "--pod", pod, "--namespace", world.namespace()]);
        command.arg("--kubeconfig").arg(kubeconfig).env_clear().env("HOME", world.env.path());
        let said = fs::File::create(world.env.path().join(SAID)).unwrap();
        let also = said.try_clone().unwrap();
        Self(command.stdin(Stdio::null()).stdout(said).stderr(also).spawn().unwrap())
    }
}

impl Drop for Labeler {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// What the readiness probe of IRIS writes.
struct Probe(PathBuf);

impl Probe {
    fn says(&self, status: &str, journal: &str) {
        let qlist =
            format!("IRIS^/usr/irissys^2024.1.4^running, since Sun^iris.cpf^1972^0^0^ok^IRIS^Failover^{status}^/d");
        self.write("qlist", &qlist);
        self.write("mirror", &format!("PAIR-DATA-0-0^Failover^{status}^{journal}^Caught up"));
    }

    /// By rename, as the probe does; dated ahead, so that it stays fresh however long the test takes.
    fn write(&self, name: &str, text: &str) {
        let (new, path) = (self.0.join(format!("{name}.new")), self.0.join(name));
        fs::write(&new, text).unwrap();
        date(&new, SystemTime::now() + Duration::from_secs(600));
        fs::rename(new, path).unwrap();
    }

    fn grows_old(&self) {
        date(&self.0.join("qlist"), SystemTime::now() - Duration::from_secs(6));
    }
}

fn date(path: &Path, at: SystemTime) {
    fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

fn told(world: &World, pod: &str) -> (Option<String>, Value) {
    let pod = world.get(&format!("pods/{pod}"));
    let text = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap_or("null");
    let role = pod["metadata"]["labels"]["intersystems.com/mirrorRole"].as_str().map(str::to_owned);
    (role, serde_json::from_str(text).unwrap())
}

#[test]
fn the_label_follows_the_files_and_nothing_else_may_be_patched() {
    let Some(plane) = ControlPlane::shared() else { return };
    let Some(world) = World::on_the_control_plane() else { return };
    let world = world.without_iris();
    world.env.write("pair.yaml", MANIFEST);
    world.apply("pair.yaml", &["--labeler-image", LABELER]);
    let role = world.get("roles/pair-mirror-labeler");
    let kubeconfig = plane.restricted_kubeconfig(world.namespace(), &role["rules"]);

    let probe = Probe(world.env.path().join("status"));
    fs::create_dir(&probe.0).unwrap();
    probe.says("Backup", "Active");
    let _labeler = Labeler::start(&probe.0, &kubeconfig, "pair-data-0-0", &world);
    let until = |label: Option<&str>, status: &str, journal: &str| {
        world.until(&format!("{label:?} {status} {journal}"), || {
            let (role, told) = told(&world, "pair-data-0-0");
            (role.as_deref() == label && told["status"] == status && told["journal"] == journal).then_some(told)
        })
    };
    let first = until(Some("backup"), "Backup", "Active");
    assert_eq!(first["type"], "Failover");
    first["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    probe.says("Primary", "N/A");
    until(Some("primary"), "Primary", "N/A");
    probe.says("Backup", "Catchup");
    until(Some("backup"), "Backup", "Catchup");
    probe.grows_old();
    until(None, "Unreadable", "");
    assert_eq!(told(&world, "pair-data-0-1"), (None, Value::Null));
    let said = fs::read_to_string(world.env.path().join(SAID)).unwrap();
    assert!(said.contains("pair-data-0-0") && !said.contains("canary-of-the-pod"), "{said}");

    // The Role reaches the data pods alone.
    let kubeconfig = kubeconfig.to_str().unwrap();
    for other in ["pod/pair-arbiter-0", "statefulset/pair-data-0", "service/pair"] {
        let label = ["patch", other, "--patch", r#"{"metadata": {"labels": {"a": "b"}}}"#];
        let user = ["--kubeconfig", kubeconfig, "--namespace", world.namespace()];
        let output = plane.kubectl(&[&label[..], &user].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains("forbidden"), "{other}: {text}");
    }
}

#[test]
fn a_labeler_of_a_stranger_labels_nothing() {
    let Some(plane) = ControlPlane::shared() else { return };
    let Some(world) = World::on_the_control_plane() else { return };
    let world = world.without_iris();
    world.env.write("pair.yaml", MANIFEST);
    world.apply("pair.yaml", &["--labeler-image", LABELER]);
    let role = world.get("roles/pair-mirror-labeler");
    let kubeconfig = plane.restricted_kubeconfig(world.namespace(), &role["rules"]);
    let probe = Probe(world.env.path().join("status"));
    fs::create_dir(&probe.0).unwrap();
    probe.says("Primary", "N/A");
    let mark = plane.audit_mark();
    let _labeler = Labeler::start(&probe.0, &kubeconfig, "pair-arbiter-0", &world);
    world.until("a refused patch", || {
        let requests = plane.audit_since(mark, "iriskit/");
        let patch = |entry: &&crate::support::controlplane::AuditEntry| {
            entry.namespace == world.namespace() && entry.verb == "patch" && entry.resource == "pods"
        };
        requests.iter().find(patch).map(|entry| assert_eq!(entry.code, 403, "{entry:?}"))
    });
    assert_eq!(told(&world, "pair-arbiter-0"), (None, json!(null)));
}
