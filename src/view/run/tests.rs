//! What a run says, for events made by hand.

use std::time::Duration;

use iriskit_state::plan::PodEffect;

use super::{bars::Rows, lines::Log, report};
use crate::{
    apply::{Action, Event, Report, Seen},
    ui::{Look, StageRow},
    view::tests::sample,
};

const DATA: &str = "StatefulSet/hospital/simple-data-0";
const CPF: &str = "ConfigMap/hospital/simple-data-0";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A run of the first plan that waits, warns and fails.
fn events() -> Vec<Event> {
    let waiting =
        |waited, reason: &str| Event::Waiting { address: DATA.into(), reason: reason.into(), waited: seconds(waited) };
    let step = |address: &str, action, took| Event::StepDone { address: address.into(), action, took };
    let unbound =
        "pod simple-data-0-0: PersistentVolumeClaim iris-data-simple-data-0-0 is Pending: no default StorageClass";
    vec![
        Event::Checked { objects: 13, dry_runs: 12 },
        Event::StageStarted { stage: "data".into(), changes: vec![CPF.into(), DATA.into()] },
        Event::ChangeStarted { address: CPF.into() },
        step(CPF, Action::Create, Duration::from_millis(30)),
        Event::ChangeDone { address: CPF.into(), took: Duration::from_millis(30) },
        Event::ChangeStarted { address: DATA.into() },
        Event::StepStarted { address: DATA.into(), action: Action::Create },
        step(DATA, Action::Create, Duration::from_millis(40)),
        Event::StepStarted { address: DATA.into(), action: Action::WaitReady },
        waiting(1, "0 of 2 pods are ready"),
        waiting(10, unbound),
        waiting(15, unbound),
        waiting(18, "1 of 2 pods is ready"),
        waiting(28, "1 of 2 pods is ready"),
        Event::Warning {
            address: Some("Service/hospital/simple".into()),
            message: "its load balancer has not assigned an address yet".into(),
        },
        Event::PodDeleted { address: DATA.into(), pod: "simple-data-0-1".into(), role: Some("backup".into()) },
        step(DATA, Action::WaitReady, seconds(65)),
        Event::ChangeDone { address: DATA.into(), took: seconds(65) },
        Event::ChangeFailed { address: "ConfigMap/hospital/simple-data-webgateway".into(), reason: "Forbidden".into() },
        Event::StageDone { stage: "data".into() },
    ]
}

fn log(look: Look) -> String {
    let mut log = Log::new(&sample::first(), look, seconds(1800));
    let lines: Vec<_> = events().iter().filter_map(|event| log.line(event, "02:10:44")).collect();
    lines.join("\n")
}

#[test]
fn a_log_tells_waits_with_their_reason_and_not_too_often() {
    insta::assert_snapshot!(log(Look::plain(120)));
}

#[test]
fn a_log_has_the_same_text_in_colour() {
    let coloured = log(Look { colour: true, width: 120 });
    assert_ne!(coloured, log(Look::plain(120)));
    assert_eq!(console::strip_ansi_codes(&coloured), log(Look::plain(120)));
}

#[test]
fn rows_count_what_is_done_and_say_what_goes_on() {
    let mut rows = Rows::new(&sample::first(), seconds(1800));
    let show = |(index, row): (usize, &StageRow)| {
        format!("{index} {:?} {}/{} {} {}", row.state, row.done, row.total, row.text, row.reason)
    };
    let mut seen: Vec<_> = rows.all().iter().enumerate().map(show).collect();
    seen.push(String::new());
    for event in events() {
        seen.extend(rows.after(&event).map(show));
    }
    seen.dedup();
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn a_complete_run_is_a_line() {
    let plan = sample::first();
    let done = plan.resource_changes.iter().map(|change| change.address.clone()).collect();
    let pod = |name: &str, effect| (name.to_owned(), effect);
    let seen = Seen {
        pods: vec![
            pod("simple-data-0-0", PodEffect::Created),
            pod("simple-data-0-1", PodEffect::Created),
            pod("simple-webgateway-0", PodEffect::Restarts),
        ],
        primary_moves: 1,
        volumes_new: 8,
        volumes_deleted: 0,
    };
    let complete = Report { done, seen, ..Report::default() };
    insta::assert_snapshot!(report(&plan, &complete, seconds(41), None, &Look::plain(80)));
}

#[test]
fn a_run_that_was_cut_off_says_how_far_it_came() {
    let plan = sample::first();
    let addresses: Vec<_> = plan.resource_changes.iter().map(|change| change.address.clone()).collect();
    let cut = Report {
        seen: Seen::default(),
        done: addresses[..5].to_vec(),
        failed: Some((
            DATA.into(),
            "not ready after 30 min: pod simple-data-0-0: ImagePullBackOff: no such image".into(),
        )),
        unfinished: vec![CPF.into()],
        deleted_pods: vec![(DATA.into(), "simple-data-0-1".into())],
        not_started: addresses[8..].to_vec(),
        observed: vec!["Service simple: the server added spec.ipFamilies".into()],
    };
    insta::assert_snapshot!(report(&plan, &cut, seconds(1841), Some("iriskit apply simple.yaml"), &Look::plain(80)));
}

#[test]
fn many_objects_are_counted() {
    let plan = sample::first();
    let not_started = (0..40).map(|at| format!("ConfigMap/hospital/settings-{at}")).collect();
    let cut = Report { not_started, ..Report::default() };
    let text = report(&plan, &cut, seconds(1), None, &Look::plain(80));
    assert!(text.contains("and 28 more") && text.lines().count() < 12, "{text}");
}
