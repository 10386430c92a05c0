//! Internal errors: where iriskit stopped is printed; the values it worked on are not, since they may be secret.

use std::panic::{self, AssertUnwindSafe, Location};

use super::{ErrorId, ExitCode};
use crate::{
    ui::{ColourChoice, Environment, Ui},
    view::{self, Message},
};

/// Panics are reported as internal errors from now on, in whatever thread they happen.
pub(super) fn tell_panics(colour: ColourChoice) {
    panic::set_hook(Box::new(move |panic| {
        let ui = Ui::new(colour, &Environment::of_process());
        ui.status(&view::message(&message(panic.location()), &ui.err()));
    }));
}

/// Runs it; a panic, which was reported by then, is an error like others.
pub(super) fn caught(run: impl FnOnce() -> ExitCode) -> ExitCode {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(ExitCode::Error)
}

fn message(location: Option<&Location<'_>>) -> Message {
    let place = location.map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    Message {
        id: ErrorId::Internal.as_str().to_owned(),
        text: format!("iriskit stopped because of an internal error{place}"),
        help: vec![
            "this is a bug in iriskit: report the line above with the command; `iriskit plan` shows what is left to do"
                .into(),
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
