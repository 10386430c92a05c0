//! A plan file with one byte that is not as it was written is refused, whichever byte it is.

use std::fs;

use iriskit_state::plan::{self, PlanFileError};

use super::harness::{manifests::STANDALONE, world::World};
use crate::support::env::Output;

everywhere!(show_and_apply_refuse_an_altered_byte);

/// Secrets leave holes and hashes in the plan.
const SECRETS: &str = "\
---
apiVersion: v1
kind: Secret
metadata: {name: door}
data: {key: c2VzYW1l}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  settings.ini: |
    [door]
    Password=sesame
";

/// A plan of changes and creations, as a file.
fn saved(world: &World) -> Vec<u8> {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let changed =
        STANDALONE.replace("iris-community:2024.1\n", "iris-community:2024.2\n").replace("NodePort", "ClusterIP");
    world.env.write("standalone.yaml", &format!("{changed}{SECRETS}"));
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    fs::read(world.env.path().join("p.plan")).unwrap()
}

/// Bytes between two that are altered: of the fixture in `state/` every byte is, of a whole plan some thousands.
const STRIDE: usize = 11;

#[test]
fn an_altered_byte_is_found_wherever_it_is() {
    let bytes = saved(&World::in_the_sandbox());
    let places: Vec<usize> = (0..bytes.len()).step_by(STRIDE).collect();
    assert!(places.len() >= 2000, "{} of {}", places.len(), bytes.len());
    assert!(bytes.windows(8).any(|part| part == b"\"holes\":"));
    let (mut altered, mut refused) = (bytes.clone(), [0; 2]);
    for at in places {
        altered[at] ^= 1 << (at % 8);
        // What is not text is refused before it is read.
        match str::from_utf8(&altered).map(plan::read) {
            Ok(Ok(_)) => panic!("byte {at} of {} can be altered", bytes.len()),
            Err(_) | Ok(Err(PlanFileError::NotAPlan(_) | PlanFileError::Unsealed)) => refused[0] += 1,
            Ok(Err(PlanFileError::Digest { .. } | PlanFileError::Version(_) | PlanFileError::NotCanonical(_))) => {
                refused[1] += 1;
            }
        }
        altered[at] = bytes[at];
    }
    assert!(refused.iter().all(|count| *count > 0), "not all for one reason: {refused:?}");
    assert!(plan::read(str::from_utf8(&altered).unwrap()).is_ok(), "the test itself left the file as it was");
}

fn show_and_apply_refuse_an_altered_byte(world: &World) {
    let bytes = saved(world);
    let place = |text: &str| bytes.windows(text.len()).position(|part| part == text.as_bytes()).unwrap();
    let versions = world.versions();
    for (at, bit) in [
        (0, 1),
        (bytes.len() - 1, 1),
        (place("\"format_version\"") + 3, 1),
        (place("\"resource_changes\"") + 3, 1),
        (place("\"digest\": \"sha256:") + 20, 1),
        (place("\"expires_at\": \"") + 15, 1),
        (place("\"hash\": \"") + 12, 2),
        (place("\"hash\": \"") + 12, 0x80),
        (place("2024.2"), 1),
        (place("  ") + 1, 0x20 ^ b'\t'),
    ] {
        let mut altered = bytes.clone();
        altered[at] ^= bit;
        fs::write(world.env.path().join("p.plan"), &altered).unwrap();
        for args in [&["show", "p.plan"][..], &["show", "p.plan", "--json"]] {
            is_refused(&world.env.iriskit(args), at);
        }
        is_refused(&world.iriskit(&["apply", "p.plan"]), at);
    }
    assert_eq!(world.versions(), versions, "something was written");
}

#[track_caller]
fn is_refused(output: &Output, at: usize) {
    let ids = ["not-a-plan", "plan-version", "plan-altered"].map(|id| format!("error[{id}]: "));
    let clear = ids.iter().any(|id| output.stderr.starts_with(id)) && output.stderr.contains("make a new one");
    assert!(output.code == Some(1) && output.stdout.is_empty() && clear, "byte {at}: {output}");
}
