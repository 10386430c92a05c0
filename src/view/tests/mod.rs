//! What people read, for plans made by hand.

pub(in crate::view) mod sample;

use super::plan_text as plan;
use crate::ui::Look;
use iriskit_state::plan::{NotReady, NotReadyState, Note, NoteId, Plan, Severity, Verified};
use sample as of;

/// The text at both ends of the range of widths, plain.
fn widths(of: &Plan) -> String {
    format!("{}\n{}\n{}", plan(of, &Look::plain(80)), "=".repeat(120), plan(of, &Look::plain(120)))
}

/// The text with colours, its escapes spelled out.
fn colours(of: &Plan) -> String {
    plan(of, &Look { colour: true, width: 120 }).replace('\u{1b}', "␛")
}

#[test]
fn first_plan_of_a_mirrored_cluster() {
    insta::assert_snapshot!(widths(&of::first()));
}

#[test]
fn first_plan_in_colour() {
    insta::assert_snapshot!(colours(&of::first()));
}

#[test]
fn new_image_of_a_mirror_pair() {
    insta::assert_snapshot!(widths(&of::image()));
}

#[test]
fn new_image_in_colour() {
    insta::assert_snapshot!(colours(&of::image()));
}

#[test]
fn drift_stands_apart() {
    insta::assert_snapshot!(widths(&of::drift()));
}

#[test]
fn nothing_to_do() {
    insta::assert_snapshot!(plan(&of::unchanged(), &Look::plain(80)));
}

#[test]
fn nothing_to_do_does_not_hide_what_is_not_ready() {
    let mut document = of::unchanged();
    let one = |name: &str, state, reason: &str| NotReady {
        address: format!("StatefulSet/hospital/{name}"),
        state,
        reason: reason.to_owned(),
        pods: Vec::new(),
    };
    document.not_ready = vec![
        one("simple-data-0", NotReadyState::Waiting, "1 of 2 pods ready; simple-data-0-1 is not scheduled (0/3 nodes)"),
        one("simple-compute", NotReadyState::Unsettled, "the controller has not seen the change yet"),
        one("simple-webgateway", NotReadyState::Failed, "it is being deleted"),
    ];
    insta::assert_snapshot!(widths(&document));
}

#[test]
fn configuration_is_shown_line_by_line_and_secrets_are_not() {
    insta::assert_snapshot!(widths(&of::configuration()));
}

#[test]
fn every_kind_of_change_in_two_namespaces() {
    insta::assert_snapshot!(widths(&of::everything()));
}

#[test]
fn what_the_server_refuses_is_not_called_unverified() {
    let mut document = of::everything();
    let unverified = document.resource_changes.iter().find(|change| change.verified == Verified::Local).unwrap();
    let note = Note {
        severity: Severity::Error,
        id: NoteId::ServerRefuses,
        message: "the server refuses it (422): no".into(),
        address: Some(unverified.address.clone()),
        source: None,
        help: None,
    };
    document.notes.push(note);
    let text = plan(&document, &Look::plain(120));
    assert!(text.contains("refused by the server") && !text.contains("unverified"), "{text}");
}

#[test]
fn destroy_keeps_volumes() {
    insta::assert_snapshot!(widths(&of::destroy()));
}

#[test]
fn destroy_in_colour() {
    insta::assert_snapshot!(colours(&of::destroy()));
}

#[test]
fn destroy_with_data() {
    insta::assert_snapshot!(plan(&of::destroy_with_data(), &Look::plain(80)));
}

#[test]
fn the_same_trouble_of_many_objects_is_told_once() {
    insta::assert_snapshot!(plan(&of::blocked(), &Look::plain(80)));
}

#[test]
fn lines_keep_to_the_width_and_break_between_words() {
    let samples = [
        of::first(),
        of::image(),
        of::drift(),
        of::unchanged(),
        of::configuration(),
        of::everything(),
        of::destroy(),
        of::destroy_with_data(),
        of::blocked(),
    ];
    for sample in samples {
        let wide = plan(&sample, &Look::plain(100_000));
        let words: std::collections::BTreeSet<&str> = wide.split_whitespace().chain(["-", "+"]).collect();
        for width in 40..=130 {
            let narrow = plan(&sample, &Look::plain(width));
            for line in narrow.lines() {
                assert!(console::measure_text_width(line) <= width || is_whole(line), "{width}: {line}");
            }
            for word in narrow.split_whitespace() {
                assert!(words.contains(word), "{width}: {word} is a piece of a word");
            }
        }
    }
}

/// Whether a line can't be broken: it is a word behind signs and numbers, or the name of an object behind its kind, or there is
/// something in it that is copied as a whole.
fn is_whole(line: &str) -> bool {
    let words = line.split_whitespace().filter(|word| word.chars().count() > 3).count();
    words <= 2 || line.contains("iriskit ") || line.contains("--") || line.contains('`')
}

#[test]
fn colour_changes_nothing_but_colour() {
    for sample in [of::first(), of::image(), of::configuration(), of::everything(), of::destroy()] {
        let coloured = plan(&sample, &Look { colour: true, width: 100 });
        assert_eq!(console::strip_ansi_codes(&coloured), plan(&sample, &Look::plain(100)));
    }
}
