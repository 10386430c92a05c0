//! How far a run came, told from its events: for who does not wait for its own report.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use iriskit_core::plan::active;
use iriskit_state::plan::Plan;

use super::{Event, Report};

/// Follows a run. Clones follow the same one.
#[derive(Debug, Clone, Default)]
pub struct Follower(Arc<Mutex<Followed>>);

#[derive(Debug, Default)]
struct Followed {
    report: Report,
    /// Begun, and neither done nor failed.
    open: BTreeSet<String>,
}

impl Follower {
    /// Before the first event of a run of `plan`.
    pub(super) fn begin(&self, plan: &Plan) {
        let not_started = active(plan).map(|change| change.address.clone()).collect();
        *self.followed() = Followed { report: Report { not_started, ..Report::default() }, open: BTreeSet::new() };
    }

    /// Takes an event in.
    pub(super) fn see(&self, event: &Event) {
        self.followed().see(event);
    }

    /// How far the run came.
    pub fn report(&self) -> Report {
        self.followed().report()
    }

    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    fn see(&mut self, event: &Event) {
        match event {
            Event::ChangeStarted { address } => {
                self.report.not_started.retain(|known| known != address);
                self.open.insert(address.clone());
            }
            Event::ChangeDone { address, .. } => {
                self.open.remove(address);
                self.report.done.push(address.clone());
            }
            Event::ChangeFailed { address, reason } => {
                if self.report.failed.is_none() {
                    self.open.remove(address);
                    self.report.failed = Some((address.clone(), reason.clone()));
                }
            }
            Event::PodDeleted { address, pod, .. } => self.report.deleted_pods.push((address.clone(), pod.clone())),
            Event::Checked { .. }
            | Event::StageStarted { .. }
            | Event::StageDone { .. }
            | Event::StepStarted { .. }
            | Event::StepDone { .. }
            | Event::Waiting { .. }
            | Event::Warning { .. } => {}
        }
    }

    fn report(&self) -> Report {
        Report { unfinished: self.open.iter().cloned().collect(), ..self.report.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_begun_and_not_ended_is_unfinished() {
        let report = Report { not_started: vec!["a".into(), "b".into(), "c".into()], ..Report::default() };
        let mut followed = Followed { report, open: BTreeSet::new() };
        let address = String::from;
        for event in [
            Event::ChangeStarted { address: address("a") },
            Event::ChangeStarted { address: address("b") },
            Event::ChangeDone { address: address("a"), took: Duration::ZERO },
            Event::PodDeleted { address: address("b"), pod: "b-1".into(), role: None },
        ] {
            followed.see(&event);
        }
        let report = followed.report();
        assert_eq!(
            (report.done, report.unfinished, report.not_started),
            (vec!["a".into()], vec!["b".into()], vec!["c".into()])
        );
        assert_eq!(report.deleted_pods, [("b".into(), "b-1".into())]);
    }
}
