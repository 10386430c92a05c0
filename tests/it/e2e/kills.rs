//! The real binary, killed after any of its requests: the next run comes to the end of one that was never disturbed.
//!
//! `IRISKIT_KILLS=all` plays so many points of each deed (a command of its own), otherwise one of each is played.

use std::{
    collections::BTreeMap,
    process::Child,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::harness::{
    manifests::MIRRORED,
    world::{World, name_of},
};
use crate::support::env::Output;

/// Points of a deed that are played when all are asked for.
const POINTS: usize = 12;
/// Points that are played side by side: they mostly wait.
const WORKERS: usize = 4;
/// One lock in so many is left to expire, the others are let go by hand.
const EXPIRES: usize = 6;

const FILE: &str = "mirrored.yaml";
const NAME: &str = "mirrored";
const RECORD: &str = "configmaps/mirrored-iriskit";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    Create,
    Update,
    Roll,
    Scale,
    Replace,
    Adopt,
    Destroy,
}

const DEEDS: [Deed; 7] =
    [Deed::Create, Deed::Update, Deed::Roll, Deed::Scale, Deed::Replace, Deed::Adopt, Deed::Destroy];

impl Deed {
    fn base() -> String {
        // Volumes of this class grow.
        MIRRORED.replace("  configSource:\n", "  storageClassName: expandable\n  configSource:\n")
    }

    /// The manifest that is applied.
    fn text(self) -> String {
        let base = Self::base();
        let (from, to) = match self {
            Self::Create | Self::Adopt | Self::Destroy => return base,
            Self::Update => ("        - /api\n", "        - /api\n        - /csp/more\n"),
            Self::Roll => ("intersystems/iris:2024.1\n", "intersystems/iris:2024.1.1\n"),
            Self::Scale => ("replicas: 1", "replicas: 2"),
            Self::Replace => ("storage: 10Gi", "storage: 20Gi"),
        };
        assert!(base.contains(from), "{self:?}");
        base.replace(from, to)
    }

    /// What there is before it.
    fn prepare(self, world: &World) {
        world.env.write(FILE, &Self::base());
        match self {
            Self::Create => {}
            Self::Adopt => make_by_hand(world),
            _ => drop(world.apply(FILE, &[])),
        }
        if self != Self::Create && self != Self::Adopt {
            world.pair("mirrored-data-0");
        }
        world.env.write(FILE, &self.text());
    }

    /// The command with everything that it needs.
    fn args(self, world: &World) -> Vec<String> {
        let args = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        if self == Self::Destroy {
            return args(&["destroy", NAME, "--auto-approve", "--lock-timeout", "2m"]);
        }
        let more: &[&str] = if self == Self::Adopt { &["--adopt"] } else { &[] };
        let plan = world.plan(FILE, more);
        let allow = plan.allowances().join(",");
        let mut all = args(&[&["apply", FILE, "--auto-approve", "--lock-timeout", "2m"], more].concat());
        if !allow.is_empty() {
            all.extend(["--allow".to_owned(), allow]);
        }
        all
    }
}

/// Others made everything, as it is rendered, without our marks.
fn make_by_hand(world: &World) {
    let rendered = world.iriskit(&["render", FILE]).success();
    for document in rendered.split("\n---\n") {
        let mut object: Value = serde_yaml::from_str(document).expect("YAML");
        if !object.is_object() {
            continue;
        }
        for (map, prefix) in [("labels", "applyset.kubernetes.io/"), ("annotations", "iriskit/applied")] {
            if let Some(entries) = object["metadata"].get_mut(map).and_then(Value::as_object_mut) {
                entries.retain(|name, _| !name.starts_with(prefix));
            }
        }
        let plural = format!("{}s", object["kind"].as_str().expect("a kind").to_lowercase());
        let (code, body) =
            world.send("POST", &format!("{plural}?fieldManager=kubectl-create"), "application/json", Some(&object));
        assert!(matches!(code, 201 | 409), "{plural}: {code} {body}");
    }
    world.pair("mirrored-data-0");
}

fn started(world: &World, args: &[String]) -> Child {
    world.started(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn ended(world: &World, args: &[String]) -> Output {
    Output::of(started(world, args).wait_with_output().unwrap())
}

/// What there is of everything but what differs from run to run, and the uids of claims.
fn everything(world: &World) -> (BTreeMap<String, Value>, BTreeMap<String, Value>) {
    let mut all = BTreeMap::new();
    for kind in ["configmaps", "services", "serviceaccounts", "statefulsets", "roles", "rolebindings", "pods"] {
        for object in world.list(kind) {
            let mut kept = json!({"data": object["data"], "rules": object["rules"], "subjects": object["subjects"]});
            if kind == "statefulsets" {
                kept = object["spec"].clone();
            }
            let is_record =
                object["metadata"]["name"] == "mirrored-iriskit" || object["metadata"]["name"] == "kube-root-ca.crt";
            if is_record || kind == "pods" {
                kept = json!({"image": object["spec"]["containers"][0]["image"]});
            }
            let text = kept.to_string().replace(world.namespace(), "NAMESPACE");
            all.insert(format!("{kind}/{}", name_of(&object)), Value::String(text));
        }
    }
    let claims = world.list("persistentvolumeclaims");
    (all, claims.iter().map(|claim| (name_of(claim).to_owned(), claim["metadata"]["uid"].clone())).collect())
}

/// The deed, killed after so many of its requests were answered. `false` when it had ended before.
fn killed(world: &World, args: &[String], after: usize) -> bool {
    let plane = world.plane().expect("on the control plane");
    let from = plane.audit_end();
    let mut child = started(world, args);
    let begun = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            let ended = Output::of(child.wait_with_output().unwrap());
            assert_eq!(ended.code, Some(0), "{args:?}, not killed after {after}: {ended}");
            return false;
        }
        if plane.answered(from, "iriskit/", world.namespace()) >= after {
            child.kill().unwrap();
            let ended = Output::of(child.wait_with_output().unwrap());
            // It may have come to its end at this very moment.
            assert!(matches!(ended.code, None | Some(0)), "{args:?} killed after {after}: {ended}");
            return ended.code.is_none();
        }
        assert!(begun.elapsed() < Duration::from_secs(180), "{args:?} after {after}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A deed, the request after which it is killed, and what there is in the end.
type Point = (Deed, usize, BTreeMap<String, Value>);

/// How many requests an undisturbed run makes, and what there is then.
fn undisturbed(deed: Deed) -> (usize, BTreeMap<String, Value>) {
    let world = World::on_the_control_plane().expect("it is there");
    let plane = world.plane().expect("on the control plane");
    deed.prepare(&world);
    let args = deed.args(&world);
    let from = plane.audit_end();
    let done = ended(&world, &args);
    assert_eq!(done.code, Some(0), "{deed:?}: {done}");
    let requests = plane.answered(from, "iriskit/", world.namespace());
    if deed != Deed::Destroy {
        world.pair("mirrored-data-0");
    }
    (requests, everything(&world).0)
}

/// One point. `false` when the run had ended before.
fn play(deed: Deed, at: usize, number: usize, expected: &BTreeMap<String, Value>) -> bool {
    let world = World::on_the_control_plane().expect("it is there");
    deed.prepare(&world);
    let (_, claims) = everything(&world);
    let args = deed.args(&world);
    if !killed(&world, &args, at) {
        return false;
    }
    // What the record says of the run, the history says later.
    let record = world.find(RECORD);
    let had_begun = record.is_some_and(|record| {
        let text = record["data"]["record.json"].as_str().unwrap_or("null");
        serde_json::from_str::<Value>(text).is_ok_and(|record| record["run"].is_object())
    });
    if !number.is_multiple_of(EXPIRES) {
        let _ = world.iriskit(&["lock", "release", NAME, "--auto-approve"]);
    }
    let mut again = ended(&world, &args);
    if again.code == Some(3) {
        // What the killed run deleted went between plan and check, which is told: plan again.
        again = ended(&world, &args);
    }
    let nothing_left = deed == Deed::Destroy && again.stderr.contains("no-record");
    assert!(again.code == Some(0) || nothing_left, "{deed:?} killed after {at}: {again}");
    if deed != Deed::Destroy {
        world.pair("mirrored-data-0");
        world.no_changes(FILE, &[]);
        let history = world.iriskit(&["history", NAME]).to_string();
        assert_eq!(history.contains("ended without a word"), had_begun, "{deed:?} killed after {at}: {history}");
    }
    let (found, now) = everything(&world);
    let names = |all: &BTreeMap<String, Value>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(expected), "{deed:?} killed after {at}: {again}");
    for (object, value) in expected {
        assert_eq!(&found[object], value, "{deed:?} killed after {at}: {object}");
    }
    assert!(claims.iter().all(|(claim, uid)| now.get(claim) == Some(uid)), "{deed:?} killed after {at}");
    true
}

#[test]
fn a_binary_that_is_killed_anywhere_is_followed_by_one_that_ends_its_work() {
    if World::on_the_control_plane().is_none() {
        return;
    }
    let all = std::env::var("IRISKIT_KILLS").is_ok_and(|kills| kills == "all");
    let points_of_each = if all { POINTS } else { 1 };
    let deeds: Mutex<Vec<Deed>> = Mutex::new(DEEDS.into());
    let points: Mutex<Vec<Point>> = Mutex::default();
    let played = Mutex::new((0_usize, 0_usize));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(deed) = { deeds.lock().unwrap().pop() } {
                    let (requests, expected) = undisturbed(deed);
                    let at = (0..points_of_each).map(|point| (2 * point + 1) * requests / (2 * points_of_each));
                    points.lock().unwrap().extend(at.map(|at| (deed, at.max(1), expected.clone())));
                }
                while let Some((deed, at, expected)) = { points.lock().unwrap().pop() } {
                    let number = {
                        let mut played = played.lock().unwrap();
                        played.0 += 1;
                        played.0
                    };
                    let counts = play(deed, at, number, &expected);
                    played.lock().unwrap().1 += usize::from(counts);
                }
            });
        }
    });
    let (_, killed) = played.into_inner().unwrap();
    eprintln!("kills: {killed} points on the control plane, each ended by the next run");
    assert!(killed >= if all { 60 } else { 5 }, "{killed}");
}
