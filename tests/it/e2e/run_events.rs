//! What `--json` prints of a run.

use iriskit_state::run_event::{EventLine, RunEvent};

use super::harness::{manifests::STANDALONE, world::World};
use crate::support::env::Output;

#[track_caller]
fn events(output: &Output) -> Vec<RunEvent> {
    let read = |line: &str| -> EventLine {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}: {output}"))
    };
    output.stdout.lines().map(|line| read(line).event).collect()
}

/// The type of each, in order, without repetitions.
fn types(events: &[RunEvent]) -> Vec<String> {
    let of = |event: &RunEvent| serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned();
    let mut types: Vec<String> = events.iter().map(of).collect();
    types.dedup();
    types
}

everywhere!(a_run_is_told_event_by_event);

fn a_run_is_told_event_by_event(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let told = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--json"]);
    assert_eq!(told.code, Some(0), "{told}");
    let events = events(&told);
    let types = types(&events);
    assert_eq!(&types[..2], ["version", "planned_change"], "{types:?}");
    for kind in ["change_summary", "apply_start", "apply_progress", "apply_complete", "log"] {
        assert!(types.iter().any(|known| known == kind), "no {kind}: {told}");
    }
    let planned = events.iter().filter(|event| matches!(event, RunEvent::PlannedChange { .. })).count();
    let complete = events.iter().filter(|event| matches!(event, RunEvent::ApplyComplete { .. })).count();
    assert_eq!(planned, complete, "{told}");
    let Some(RunEvent::Report { report }) = events.last() else { panic!("{told}") };
    assert!(report.complete && report.done.len() == planned && report.go_on.is_none(), "{report:?}");

    let nothing = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--json"]);
    assert!(matches!(self::events(&nothing).last(), Some(RunEvent::Report { report }) if report.complete), "{nothing}");
    // Data asks for its own allowance: the error is the last line.
    let refused = world.iriskit(&["destroy", "standalone", "--json", "--auto-approve", "--allow", "delete-data"]);
    assert_eq!(refused.code, Some(6), "{refused}");
    let events = self::events(&refused);
    let Some(RunEvent::Diagnostic { diagnostic }) = events.last() else { panic!("{refused}") };
    assert_eq!((diagnostic.severity.as_str(), diagnostic.id.as_deref()), ("error", Some("confirmation-missing")));
}
