//! How an apply ended, as exit codes say it.

use iriskit::apply::{ApplyError, ErrorClass, Report};

use crate::step::finding;

pub(crate) const DONE: i32 = 0;
pub(crate) const ERROR: i32 = 1;
pub(crate) const CHANGES: i32 = 2;
pub(crate) const STALE: i32 = 3;
pub(crate) const LOCKED: i32 = 4;
pub(crate) const INCOMPLETE: i32 = 5;
pub(crate) const REFUSED: i32 = 6;

/// How an apply ended.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) text: String,
    /// What the library reports; of the binary there is only its code.
    pub(crate) report: Option<Report>,
}

impl Outcome {
    pub(crate) fn of(result: Result<Report, ApplyError>) -> Self {
        match result {
            Ok(report) => Self { code: DONE, text: "it was done".to_owned(), report: Some(report) },
            Err(error) => {
                let code = match error.class() {
                    ErrorClass::Error => ERROR,
                    ErrorClass::Stale => STALE,
                    ErrorClass::Locked => LOCKED,
                    ErrorClass::Incomplete => INCOMPLETE,
                    ErrorClass::Refused => REFUSED,
                    ErrorClass::Interrupted => 130,
                };
                Self { code, text: format!("{error}: {:#?}", error.report()), report: None }
            }
        }
    }

    pub(crate) fn of_binary(code: Option<i32>, text: String) -> Self {
        Self { code: code.unwrap_or(-1), text, report: None }
    }

    /// Nothing to say when it ended so.
    pub(crate) fn expect(&self, code: i32, what: &str) -> Result<(), Vec<String>> {
        if self.code == code {
            return Ok(());
        }
        Err(finding(format!("{what}: expected to end with {code}, ended with {}: {}", self.code, self.text)))
    }
}
