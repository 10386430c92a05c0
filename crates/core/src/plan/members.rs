//! The pods of a live StatefulSet: revision, role, and who has to restart in which order.

use std::cmp::Reverse;

use serde_json::Value;

use super::{
    claims::missing_in,
    live::{Live, annotation, label, name, uid},
    mirror::at_last,
};
use crate::mirror::{MemberKind, MirrorStatus, image, is_stopped};
use iriskit_kubernetes::names::{MIRROR_ROLE, MIRROR_STATUS};

/// The container that reports it.
const LABELER: &str = "mirror-labeler";

/// One pod of a set.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each read of the pod by itself")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// `primary` or `backup`, where the label says so.
    pub role: Option<String>,
    /// Whether its mirror status is reported.
    pub reports: bool,
    /// What it last said of itself, however long ago.
    pub status: Option<MirrorStatus>,
    /// Whether it runs another revision than its set wants, or lacks a claim of it.
    pub outdated: bool,
    /// The image that IRIS runs from.
    pub image: Option<String>,
    /// Whether IRIS certainly does not run in it.
    pub stopped: bool,
    /// Whether it is ready.
    pub ready: bool,
}

impl Member {
    /// Reads a pod; whether it is outdated only its set can tell.
    pub(super) fn of(pod: &Value) -> Self {
        Self {
            name: name(pod).to_owned(),
            uid: uid(pod).unwrap_or_default().to_owned(),
            role: label(pod, MIRROR_ROLE).map(str::to_owned),
            reports: annotation(pod, MIRROR_STATUS).is_some(),
            status: MirrorStatus::of_pod(pod),
            outdated: false,
            image: pod.get("spec").and_then(image).map(str::to_owned),
            stopped: pod.get("status").is_some() && is_stopped(pod),
            ready: is_ready(pod),
        }
    }

    /// Whether it is the primary by its label.
    pub(super) fn is_primary(&self) -> bool {
        self.role.as_deref() == Some("primary")
    }

    /// Whether it never takes over.
    pub(super) fn is_async(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.kind() == MemberKind::Async)
    }

    /// The number at the end of its name.
    pub(super) fn ordinal(&self) -> u64 {
        ordinal(&self.name)
    }
}

/// Whether a pod is ready.
pub(super) fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let ready = |condition: &Value| condition.get("type") == Some(&Value::from("Ready"));
    let found = conditions.into_iter().flatten().find(|condition| ready(condition));
    found.is_some_and(|condition| condition.get("status") == Some(&Value::from("True")))
}

/// The pods that a live set controls, by name.
pub(super) fn members(set: &Value, live: &Live) -> Vec<Member> {
    let wanted = set.pointer("/status/updateRevision").and_then(Value::as_str);
    live.pods_of(set)
        .into_iter()
        .map(|pod| Member {
            outdated: wanted.is_some_and(|wanted| label(pod, "controller-revision-hash") != Some(wanted))
                || !missing_in(set, pod).is_empty(),
            ..Member::of(pod)
        })
        .collect()
}

/// Whether nobody can know the roles of a set's members: one that runs does not report, or none runs and there is no
/// labeler that would.
pub(super) fn blind(set: &Value, members: &[Member]) -> bool {
    let mut running = members.iter().filter(|member| !member.stopped).peekable();
    if running.peek().is_some() {
        return !running.all(|member| member.reports);
    }
    let side_cars = set.pointer("/spec/template/spec/initContainers").and_then(Value::as_array);
    !side_cars.into_iter().flatten().any(|container| container.get("name") == Some(&Value::from(LABELER)))
}

/// Members in the order in which a destroy takes them: those that are not primary from the highest ordinal down, then
/// the primary.
pub(super) fn primary_last(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by_key(|member| at_last(member.is_primary(), member.ordinal()));
    members
}

/// Members as Kubernetes takes them: from the highest ordinal down.
pub(super) fn highest_first(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by_key(|member| Reverse(member.ordinal()));
    members
}

pub(super) fn ordinal(pod: &str) -> u64 {
    pod.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn member(name: &str, role: Option<&str>) -> Member {
        Member {
            name: name.into(),
            uid: String::new(),
            role: role.map(Into::into),
            reports: true,
            status: None,
            outdated: true,
            image: None,
            stopped: false,
            ready: true,
        }
    }

    fn names(members: Vec<Member>) -> Vec<String> {
        members.into_iter().map(|member| member.name).collect()
    }

    #[test]
    fn the_primary_goes_last_wherever_it_is() {
        let pair = |first, second| vec![member("c-data-0-0", first), member("c-data-0-1", second)];
        assert_eq!(names(primary_last(pair(Some("primary"), Some("backup")))), ["c-data-0-1", "c-data-0-0"]);
        assert_eq!(names(primary_last(pair(Some("backup"), Some("primary")))), ["c-data-0-0", "c-data-0-1"]);
        assert_eq!(names(primary_last(pair(None, None))), ["c-data-0-1", "c-data-0-0"]);
    }

    #[test]
    fn a_set_is_blind_when_a_member_that_runs_is_silent_or_nobody_would_speak() {
        let set = |side_car: &str| json!({"spec": {"template": {"spec": {"initContainers": [{"name": side_car}]}}}});
        let of = |reports, stopped| Member { reports, stopped, ..member("d-0", None) };
        for (members, side_car, expected) in [
            (vec![of(true, false), of(true, false)], "x", false),
            (vec![of(true, false), of(false, false)], "mirror-labeler", true),
            (vec![of(true, false), of(false, true)], "mirror-labeler", false),
            (vec![of(false, true)], "mirror-labeler", false),
            (vec![of(false, true)], "x", true),
        ] {
            assert_eq!(blind(&set(side_car), &members), expected, "{members:?}");
        }
    }

    #[test]
    fn ordinals_are_numbers() {
        let set = (0..11).map(|n| member(&format!("g-{n}"), None)).collect();
        assert_eq!(names(highest_first(set))[..2], ["g-10", "g-9"]);
    }
}
