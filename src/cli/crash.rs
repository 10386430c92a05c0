//! When iriskit itself is wrong: where it stopped is told, what it had in its hands is not, for that may be a secret.

use std::panic::{self, AssertUnwindSafe, Location};

use super::{ErrorId, ExitCode};
use crate::{
    ui::{ColourChoice, Environment, Ui},
    view::{self, Message},
};

/// Panics are told in our words from now on, in whatever thread they happen.
pub(super) fn tell_panics(colour: ColourChoice) {
    panic::set_hook(Box::new(move |panic| {
        let ui = Ui::new(colour, &Environment::of_process());
        ui.status(&view::message(&message(panic.location()), &ui.err()));
    }));
}

/// Runs it; a panic, which was told by then, is an error like others.
pub(super) fn caught(run: impl FnOnce() -> ExitCode) -> ExitCode {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(ExitCode::Error)
}

fn message(location: Option<&Location<'_>>) -> Message {
    let place = location.map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    Message {
        id: ErrorId::Internal.as_str().to_owned(),
        text: format!("iriskit stopped because of a mistake in itself{place}"),
        help: vec![
            "this is never your fault: report the line above with the command; `plan` shows how far it came".into(),
        ],
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_its_words_stay_inside() {
        assert_eq!(caught(|| std::panic::resume_unwind(Box::new("canary"))), ExitCode::Error);
        assert_eq!(caught(|| ExitCode::Stale), ExitCode::Stale);
        let told = message(Some(Location::caller()));
        assert!(told.text.contains("src/cli/crash.rs:"), "{}", told.text);
    }
}
