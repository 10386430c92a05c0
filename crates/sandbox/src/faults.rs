//! Faults on purpose: the next requests that match are answered wrongly, late or not at all.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::requests::RequestLine;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultAction {
    /// Nothing is done; the answer is a failure.
    Answer {
        /// The HTTP status code, such as 429.
        code: u16,
        /// The header `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// The request is dealt with as usual, this much later.
    Delay(Duration),
    /// The request is dealt with, but the connection breaks off before the answer.
    LoseAnswer,
    /// The connection breaks off at once, and the request is dealt with this much later.
    Late(Duration),
    /// The request is dealt with, but the connection breaks off in the middle of the answer.
    CutAnswer,
    /// The request is dealt with, but only half of the answer comes, as if it were all.
    HalveAnswer,
    /// Nothing is done, and no answer ever comes.
    Swallow,
    /// A watch begins, and nothing ever comes of it.
    SilentWatch,
    /// A watch breaks off after this many events.
    CutWatch {
        /// Events that still arrive.
        after: usize,
    },
}

/// Which requests go wrong, and how.
#[derive(Debug, Clone)]
pub struct Fault {
    method: Option<String>,
    path: Option<String>,
    query: Option<String>,
    skip: usize,
    times: usize,
    action: FaultAction,
}

impl Fault {
    /// The next request, whatever it is.
    pub fn new(action: FaultAction) -> Self {
        Self { method: None, path: None, query: None, skip: 0, times: 1, action }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    /// Only requests whose path contains this.
    #[must_use]
    pub fn path(self, part: &str) -> Self {
        Self { path: Some(part.to_owned()), ..self }
    }

    /// Only requests whose query contains this.
    #[must_use]
    pub fn query(self, part: &str) -> Self {
        Self { query: Some(part.to_owned()), ..self }
    }

    /// Lets this many matching requests through first.
    #[must_use]
    pub fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Goes wrong this many times (once unless said otherwise).
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    fn matches(&self, line: &RequestLine) -> bool {
        self.times > 0
            && self.method.as_ref().is_none_or(|method| *method == line.method)
            && self.path.as_ref().is_none_or(|part| line.path.contains(part))
            && self.query.as_ref().is_none_or(|part| line.query.contains(part))
    }
}

/// The faults that are still to come.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds a fault. The first that matches a request counts.
    pub fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Forgets all faults.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What goes wrong with this request.
    pub(super) fn take(&self, line: &RequestLine) -> Option<FaultAction> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = all.iter_mut().find(|fault| fault.matches(line))?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.action.clone())
    }
}
