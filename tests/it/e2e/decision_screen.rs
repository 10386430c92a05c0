//! What stands on the screen when a change is decided on: causes, the verdict in the question, notes told once, lines that fit.

#![cfg(unix)]

use std::time::Duration;

use expectrl::{Expect, Session};

use super::harness::world::World;
use crate::support::env::Env;

const MIRROR: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: hospital}
spec:
  topology:
    data:
      image: r.example/iris:2024.1
      mirrored: true
    compute:
      image: r.example/iris:2024.1
      replicas: 1
    arbiter: {image: r.example/arbiter:2024.1}
";

const LABELER: [&str; 2] = ["--labeler-image", "r.example/labeler:1"];

/// A folder with the mirror in its sandbox.
fn applied() -> Env {
    let env = Env::new();
    env.write("hospital.yaml", MIRROR);
    let made = env.iriskit(&[&["apply", "hospital.yaml", "--sandbox", "--auto-approve"], &LABELER[..]].concat());
    assert_eq!(made.code, Some(0), "{made}");
    env
}

/// What is asked before `yes`, as one line.
fn question(env: &Env, args: &[&str]) -> String {
    let mut session = Session::spawn(env.command(args)).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    let before = session.expect("approval: ").unwrap();
    let text = String::from_utf8_lossy(before.before()).into_owned();
    session.send_line("no").unwrap();
    let asked = text.split("\r\n\r\n").last().unwrap_or_default().to_owned();
    console::strip_ansi_codes(&asked).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_question_says_what_is_decided() {
    let env = applied();
    env.write("hospital.yaml", &MIRROR.replace("iris:2024.1", "iris:2024.1.2"));
    let args = ["apply", "hospital.yaml", "--sandbox", "--allow", "restart-primary,outage"];
    let asked = question(&env, &args);
    for told in [
        "2 members and 1 other pod of `hospital` restart (4 restarts)",
        "the primary moves twice",
        "no volume is touched.",
        "Not reversible: IRIS upgrades its databases at first start.",
        "Make these changes in sandbox, namespace default?",
    ] {
        assert!(asked.contains(told), "nothing of {told}: {asked}");
    }
    let asked = question(&env, &["destroy", "hospital", "--sandbox"]);
    assert!(asked.contains("4 pods are deleted, 12 volumes stay with all data."), "{asked}");
    let delete = ["destroy", "hospital", "--sandbox", "--allow", "delete-data"];
    let asked = question(&env, &delete);
    assert!(asked.contains("12 volumes of hospital") && asked.contains("Type the name"), "{asked}");
    assert!(!asked.contains("\\n"), "{asked}");
    let confirmed = [&delete[..], &["--confirm", "hospital"]].concat();
    let asked = question(&env, &confirmed);
    assert!(asked.contains("12 volumes are deleted with all data (there is no undo)"), "{asked}");
}

#[test]
fn a_change_says_its_line_and_a_forgotten_labeler_stays() {
    let env = applied();
    let same = env.iriskit(&["plan", "hospital.yaml", "--sandbox"]);
    assert!(same.stdout.contains("No changes.") && same.stdout.contains("note[labeler-kept]"), "{same}");
    env.write(
        "hospital.yaml",
        &MIRROR.replacen("iris:2024.1", "iris:2024.1.2", 1).replace("replicas: 1", "replicas: 2"),
    );
    let plan = env.iriskit(&["plan", "hospital.yaml", "--sandbox"]);
    for told in ["because hospital.yaml:7 image 2024.1 → 2024.1.2", "because hospital.yaml:11 replicas 1 → 2", "undo "]
    {
        assert!(plan.stdout.contains(told), "nothing of {told}: {plan}");
    }
    let out = env.iriskit(&["plan", "hospital.yaml", "--sandbox", "--no-labeler"]);
    assert!(out.stdout.contains("because of --no-labeler"), "{out}");
    let mut env = env;
    env.set("IRISKIT_LABELER_IMAGE", "r.example/labeler:2");
    let other = env.iriskit(&["plan", "hospital.yaml", "--sandbox"]);
    assert!(other.stdout.contains("because IRISKIT_LABELER_IMAGE 1 → 2"), "{other}");
}

#[test]
fn the_cause_is_found_on_the_control_plane() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("hospital.yaml", MIRROR);
    world.apply("hospital.yaml", &LABELER);
    world.no_changes("hospital.yaml", &[]);
    world.env.write("hospital.yaml", &MIRROR.replace("replicas: 1", "replicas: 2"));
    let said = world.iriskit(&["plan", "hospital.yaml"]);
    assert!(said.stdout.contains("because hospital.yaml:11 replicas 1 → 2"), "{said}");
}

#[test]
fn equal_notes_of_many_clusters_are_told_once() {
    let env = Env::new();
    let cluster = |at: usize| MIRROR.replace("hospital", &format!("m{at}"));
    env.write("fleet.yaml", &(1..=9).map(cluster).collect::<Vec<_>>().join("---\n"));
    let plan = env.iriskit(&["plan", "fleet.yaml", "--sandbox"]);
    assert_eq!(plan.stdout.matches("[labeler-image-missing]").count(), 1, "{plan}");
    assert!(plan.stdout.contains("warning[labeler-image-missing] (9 times): "), "{plan}");
    assert!(plan.stdout.contains("m1, m2, m3, m4, and 5 more"), "{plan}");
    assert!(plan.stdout.contains("--> fleet.yaml:8:17"), "{plan}");
    let json = env.iriskit(&["plan", "fleet.yaml", "--sandbox", "--json"]);
    assert_eq!(json.stdout.matches("\"labeler-image-missing\"").count(), 9, "JSON keeps all of them");
}

#[test]
fn nothing_breaks_inside_a_word_on_any_terminal() {
    let mut env = applied();
    env.write("hospital.yaml", &MIRROR.replace("iris:2024.1", "iris:2024.1.2").replace("replicas: 1", "replicas: 2"));
    env.set("COLUMNS", "120");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let wide = words(&env.iriskit(&["plan", "hospital.yaml", "--sandbox"]).stdout);
    for columns in [60, 80, 100] {
        env.set("COLUMNS", &columns.to_string());
        let plan = env.iriskit(&["plan", "hospital.yaml", "--sandbox"]);
        for line in plan.stdout.lines() {
            let long = line.split_whitespace().filter(|word| word.chars().count() > 3).count();
            let whole = long <= 2 || line.contains("--") || line.contains('`');
            assert!(console::measure_text_width(line) <= columns || whole, "{columns}: {line}");
        }
        let pieces: Vec<String> =
            words(&plan.stdout).into_iter().filter(|word| !wide.contains(word) && word.len() > 1).collect();
        assert_eq!(pieces, Vec::<String>::new(), "{columns}");
    }
}

#[test]
fn a_failure_is_told_once() {
    let Some(world) = World::on_the_control_plane() else { return };
    let failing = MIRROR.replace(
        "      mirrored: true\n",
        "      podTemplate: {metadata: {annotations: {iriskit-test/fail: ImagePullBackOff}}}\n",
    );
    let failing: String =
        failing.lines().filter(|line| !line.contains("arbiter")).flat_map(|line| [line, "\n"]).collect();
    world.env.write("hospital.yaml", &failing);
    let failed = world.iriskit(&["apply", "hospital.yaml", "--auto-approve", "--timeout", "4s"]);
    assert_eq!(failed.code, Some(5), "{failed}");
    let report = failed.stdout.split("Not done.").nth(1).unwrap_or_default();
    assert!(report.contains("ImagePullBackOff"), "{failed}");
    assert!(!failed.stderr.contains("failed: not") && failed.stderr.contains("the report says why"), "{failed}");
    let error = failed.stderr.split("error[apply-incomplete]").nth(1).unwrap_or_default();
    assert!(!error.contains("ImagePullBackOff"), "{failed}");
}
