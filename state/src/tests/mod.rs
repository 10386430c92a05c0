//! Files that were ever written stay readable; altered ones are refused.

use crate::{
    history::HistoryReport,
    lock::{LockHolder, LockReport},
    plan::{self, Plan},
    record::Record,
    sandbox::SandboxState,
    snapshot::Snapshot,
    status::StatusReport,
};

const PLAN_1_0: &str = include_str!("../../fixtures/plan-1.0.json");
const PLAN_1_1: &str = include_str!("../../fixtures/plan-1.1.json");
const PLAN_1_2: &str = include_str!("../../fixtures/plan-1.2.json");
const RECORD_1_0: &str = include_str!("../../fixtures/record-1.0.json");
const RECORD_1_1: &str = include_str!("../../fixtures/record-1.1.json");
const RECORD_1_2: &str = include_str!("../../fixtures/record-1.2.json");
const SANDBOX_1_0: &str = include_str!("../../fixtures/sandbox-1.0.json");

#[test]
fn a_plan_of_every_version_is_read_and_written_back_to_the_byte() {
    for (version, text) in [("1.0", PLAN_1_0), ("1.1", PLAN_1_1), ("1.2", PLAN_1_2)] {
        let mut read: Plan = plan::read(text).unwrap();
        assert_eq!(read.format_version, version);
        assert_eq!(read.resource_changes.len(), 3, "{version}");
        assert_eq!(plan::write(&mut read).unwrap(), text, "{version}");
    }
}

#[test]
fn a_record_of_every_version_is_read_and_written_back_to_the_byte() {
    for text in [RECORD_1_0, RECORD_1_1, RECORD_1_2] {
        assert_eq!(Record::parse(text).unwrap().to_text().unwrap(), text.trim_end());
    }
}

#[test]
fn the_holder_of_a_lock_of_version_1_0_is_read_and_written_back_to_the_byte() {
    let text = include_str!("../../fixtures/lock-1.0.json").trim_end();
    assert_eq!(LockHolder::parse(text).unwrap().to_text().unwrap(), text);
    let newer = text.replacen("\"format_version\":\"1.0\"", "\"format_version\":\"1.1\"", 1);
    assert!(LockHolder::parse(&newer).unwrap_err().to_string().contains("format version 1.1 can't be read"));
}

#[test]
fn what_commands_print_of_version_1_0_is_read_and_written_back_to_the_byte() {
    let text = include_str!("../../fixtures/status-1.0.json");
    assert_eq!(serde_json::from_str::<StatusReport>(text).unwrap().to_text().unwrap(), text);
    let text = include_str!("../../fixtures/history-1.0.json");
    assert_eq!(serde_json::from_str::<HistoryReport>(text).unwrap().to_text().unwrap(), text);
    let text = include_str!("../../fixtures/lock-report-1.0.json");
    assert_eq!(serde_json::from_str::<LockReport>(text).unwrap().to_text().unwrap(), text);
}

#[test]
fn the_lines_of_a_run_of_version_1_0_are_read_and_written_back_to_the_byte() {
    for line in include_str!("../../fixtures/run-event-1.0.jsonl").lines() {
        let read: crate::run_event::EventLine = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap().to_string(), line);
    }
}

#[test]
fn the_state_of_a_sandbox_of_version_1_0_is_read_and_written_back_to_the_byte() {
    assert_eq!(SandboxState::parse(SANDBOX_1_0).unwrap().to_text().unwrap(), SANDBOX_1_0.trim_end());
    let newer = SANDBOX_1_0.replacen("1.0", "1.1", 1);
    assert!(SandboxState::parse(&newer).unwrap_err().to_string().contains("format version 1.1 can't be read"));
}

#[test]
fn a_snapshot_of_version_1_0_is_read_and_written_back_to_the_byte() {
    let text = include_str!("../../fixtures/snapshot-1.0.json");
    assert_eq!(Snapshot::parse(text).unwrap().to_text().unwrap(), text);
    let newer = text.replacen("\"format_version\": \"1.0\"", "\"format_version\": \"1.1\"", 1);
    assert!(Snapshot::parse(&newer).unwrap_err().to_string().contains("format version 1.1 can't be read"));
    assert!(Snapshot::parse("{}").is_err() && Snapshot::parse("kind: Service").is_err());
}

#[test]
fn every_altered_byte_is_refused() {
    let bytes = PLAN_1_0.as_bytes();
    for at in 0..bytes.len() {
        let mut altered = bytes.to_vec();
        altered[at] ^= 1;
        if let Ok(text) = String::from_utf8(altered) {
            assert!(plan::read(&text).is_err(), "byte {at} of {}", bytes.len());
        }
    }
}

#[test]
fn an_altered_word_is_told_from_one_that_is_not_known() {
    let altered = PLAN_1_1.replacen("backup-first", "backup-last", 1);
    assert!(matches!(plan::read(&altered), Err(plan::PlanFileError::Digest { .. })));
    let mut document: serde_json::Value = serde_json::from_str(&altered).unwrap();
    document.as_object_mut().unwrap().remove("digest");
    let digest = crate::sha256_hex(document.to_string().as_bytes());
    document["digest"] = format!("sha256:{digest}").into();
    let error = plan::read(&format!("{document:#}\n")).unwrap_err();
    assert_eq!(error.to_string(), "not a plan file: `backup-last` is no rule that this iriskit knows");
}

#[test]
fn a_file_that_is_cut_or_has_a_tail_is_refused() {
    assert!(plan::read(PLAN_1_0.get(..PLAN_1_0.len() / 2).unwrap()).is_err());
    assert!(plan::read(&format!("{PLAN_1_0}\n")).is_err());
    assert!(plan::read(PLAN_1_0.trim_end()).is_err());
}

#[test]
fn another_version_is_named() {
    let error =
        plan::read(&PLAN_1_0.replacen("\"format_version\": \"1.0\"", "\"format_version\": \"7.0\"", 1)).unwrap_err();
    assert!(error.to_string().contains("7.0"), "{error}");
    let error = Record::parse(r#"{"format_version":"2.0","objects":[],"plans":{}}"#).unwrap_err();
    assert!(error.to_string().contains("2.0"), "{error}");
}

#[test]
fn a_record_forgets_its_oldest_plans() {
    let mut record = Record::parse(RECORD_1_0).unwrap();
    for day in 0..(crate::record::PLANS_KEPT + 5) {
        let entry = crate::record::PlanEntry {
            state: crate::record::PlanState::Done,
            at: format!("2030-01-01T00:{day:02}:00Z"),
            // The oldest of all, from a file that can still be applied.
            expires_at: (day == 0).then(|| "2030-01-02T00:00:00Z".to_owned()),
        };
        record.plans.insert(format!("plan-{day:02}"), entry);
    }
    let kept = Record::parse(&record.to_text().unwrap()).unwrap();
    assert_eq!(kept.plans.len(), crate::record::PLANS_KEPT);
    assert!(kept.plans.contains_key("plan-54") && !kept.plans.contains_key("plan-05"));
    assert!(kept.plans.contains_key("plan-00"), "it could be applied once more");
}
