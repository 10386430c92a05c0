//! What is done to objects, in words that rows and lines share.

use std::time::Duration;

use super::took::took;
use crate::apply::Action;

/// A wait that is over sooner was none.
const MOMENT: Duration = Duration::from_secs(1);

/// A step that begins.
pub(super) fn begun(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "changing",
        Action::Delete => "deleting",
        Action::WaitReady => "waiting",
        Action::WaitMirror => "waiting for the mirror",
        Action::TakeOver => "taking over",
        Action::Roll => "rolling by role",
        Action::DeletePods => "deleting pods by role",
        Action::Grow => "growing a volume",
        Action::Adopt => "checking its pods",
        Action::ReplacePods => "replacing pods",
    }
}

/// A step that is done.
pub(super) fn done(action: Action, time: Duration) -> String {
    match action {
        Action::Create => "created".to_owned(),
        Action::Update => "changed".to_owned(),
        Action::Delete => "deleted".to_owned(),
        Action::WaitMirror => "mirror is whole".to_owned(),
        Action::WaitReady if time < MOMENT => "ready".to_owned(),
        Action::WaitReady => format!("ready after {}", took(time)),
        Action::TakeOver => format!("taken over in {}", took(time)),
        Action::Roll => format!("rolled in {}", took(time)),
        Action::DeletePods => format!("pods deleted in {}", took(time)),
        Action::Grow => "volume grows".to_owned(),
        Action::Adopt => "its pods kept running".to_owned(),
        Action::ReplacePods => format!("pods replaced in {}", took(time)),
    }
}

/// A pod that was deleted by its role.
pub(super) fn pod_deleted(pod: &str, role: Option<&str>) -> String {
    let role = role.map(|role| format!(" ({role})")).unwrap_or_default();
    format!("pod {pod}{role} deleted")
}
