//! The pods of a live StatefulSet, read for a plan: their state as the rules of a mirror see it, and what only plans ask.

use std::cmp::Reverse;

use serde_json::Value;

use crate::{
    mirror::{LABELER, MemberState, MirrorState, Role, StatusAge, deletion_order, image, is_ready},
    plan::{
        impact::{
            pod_template::template_differs,
            revisions::{has_template_of, revision_of},
        },
        live::{Live, annotation, label},
        storage::claim_templates::missing_in,
    },
};

use iriskit_kubernetes::{
    names::MIRROR_STATUS,
    views::{StatefulSet, readiness::is_unsettled},
};

/// One pod of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// What the rules of a mirror see of it.
    pub state: MemberState,
    /// Whether its mirror status is reported.
    pub reports: bool,
    /// The image that IRIS runs from.
    pub image: Option<String>,
    /// Whether it is ready; one that is being deleted may serve until it has gone.
    pub ready: bool,
}

impl Member {
    /// Reads a pod; whether it is outdated or lacks a claim only its set can tell.
    pub(crate) fn of(pod: &Value) -> Self {
        Self {
            state: MemberState::of(pod, StatusAge::Any),
            reports: annotation(pod, MIRROR_STATUS).is_some(),
            image: pod.get("spec").and_then(image).map(str::to_owned),
            ready: is_ready(pod),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.state.name
    }

    /// The role that it has now, as far as anything says so.
    pub(crate) fn role(&self) -> Option<Role> {
        self.state.likely_role()
    }

    /// Whether it is the primary, as far as anything says so.
    pub(crate) fn is_primary(&self) -> bool {
        self.role() == Some(Role::Primary)
    }

    /// Whether it has to be made anew to be what its set wants.
    pub(crate) fn needs_restart(&self) -> bool {
        self.state.needs_restart()
    }

    /// The number at the end of its name.
    pub(crate) fn ordinal(&self) -> u64 {
        self.state.ordinal()
    }

    /// Its place where all members go; the smallest is the first.
    pub(crate) fn deletion_order(&self) -> impl Ord + use<> {
        deletion_order(self.is_primary(), self.ordinal())
    }
}

/// The pods that a live set controls, by name.
pub(crate) fn members(set: &Value, live: &Live) -> Vec<Member> {
    let wanted = set.pointer("/status/updateRevision").and_then(Value::as_str);
    let by_name = |pod: &Value| wanted.is_some_and(|wanted| label(pod, "controller-revision-hash") != Some(wanted));
    // What the status says is of an older template: the pods' own are compared with the newest.
    let unsettled = is_unsettled(set);
    let revision = |pod: &Value| if unsettled { revision_of(pod, live) } else { None };
    let outdated = |pod: &Value| match revision(pod) {
        Some(revision) => !has_template_of(revision, set),
        None => by_name(pod),
    };
    live.pods_of(set).into_iter().map(|pod| member(pod, set, outdated(pod))).collect()
}

/// The pods that the live set `before` controls, as they are once it is written as `after` and none of them has restarted.
pub(crate) fn members_under(before: &Value, after: &Value, live: &Live) -> Vec<Member> {
    if !template_differs(before, after) {
        let lacking = |known: Member, pod: &Value| member(pod, after, known.state.outdated);
        return members(before, live)
            .into_iter()
            .zip(live.pods_of(before))
            .map(|(known, pod)| lacking(known, pod))
            .collect();
    }
    let pods = live.pods_of(before).into_iter();
    let outdated = |pod: &Value| !revision_of(pod, live).is_some_and(|revision| has_template_of(revision, after));
    pods.map(|pod| member(pod, after, outdated(pod))).collect()
}

/// A pod of a set that wants these claims.
pub(crate) fn member(pod: &Value, set: &Value, outdated: bool) -> Member {
    let mut member = Member::of(pod);
    (member.state.outdated, member.state.lacks_claim) = (outdated, !missing_in(set, pod).is_empty());
    member
}

/// These members of a set as the rules see them.
pub(crate) fn mirror_state<'a>(set: &Value, members: impl IntoIterator<Item = &'a Member>) -> MirrorState {
    MirrorState::of(set, members.into_iter().map(|member| member.state.clone()).collect())
}

/// Whether nobody can know the roles of a set's members: one that runs does not report and has no labeler that will, or the
/// labeler is taken out. A member with a labeler that was just started reports in a moment.
pub(crate) fn blind(set: &Value, members: &[Member]) -> bool {
    let mut side_cars = StatefulSet::new(set).template().spec().init_containers();
    let stays = side_cars.any(|container| container.name() == LABELER);
    let mut running = members.iter().filter(|member| !member.state.stopped).peekable();
    if running.peek().is_none() {
        return !stays;
    }
    running.any(|member| if member.state.has_labeler { !stays } else { !member.reports })
}

/// Members in the order in which a destroy takes them: those that are not primary from the highest ordinal down, then
/// the primary.
pub(crate) fn primary_last(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by_key(Member::deletion_order);
    members
}

/// Members as Kubernetes takes them: from the highest ordinal down.
pub(crate) fn highest_first(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by_key(|member| Reverse(member.ordinal()));
    members
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn member(name: &str, role: Option<&str>) -> Member {
        let labels = role.map(|role| json!({"intersystems.com/mirrorRole": role})).unwrap_or_default();
        Member { reports: true, ready: true, ..Member::of(&json!({"metadata": {"name": name, "labels": labels}})) }
    }

    fn names(members: Vec<Member>) -> Vec<String> {
        members.into_iter().map(|member| member.state.name).collect()
    }

    #[test]
    fn the_primary_goes_last_wherever_it_is() {
        let pair = |first, second| vec![member("c-data-0-0", first), member("c-data-0-1", second)];
        assert_eq!(names(primary_last(pair(Some("primary"), Some("backup")))), ["c-data-0-1", "c-data-0-0"]);
        assert_eq!(names(primary_last(pair(Some("backup"), Some("primary")))), ["c-data-0-0", "c-data-0-1"]);
        assert_eq!(names(primary_last(pair(None, None))), ["c-data-0-1", "c-data-0-0"]);
    }

    #[test]
    fn a_set_is_blind_only_where_there_is_no_labeler() {
        let set = |side_car: &str| json!({"spec": {"template": {"spec": {"initContainers": [{"name": side_car}]}}}});
        let of = |reports, has_labeler, stopped| {
            let mut member = Member { reports, ..member("d-0", None) };
            member.state.has_labeler = has_labeler;
            member.state.stopped = stopped;
            member
        };
        for (members, side_car, expected) in [
            (vec![of(true, false, false), of(true, false, false)], "x", false),
            (vec![of(true, false, false), of(false, false, false)], "mirror-labeler", true),
            // It has just restarted, and reports in a moment.
            (vec![of(true, true, false), of(false, true, false)], "mirror-labeler", false),
            (vec![of(false, true, false), of(false, true, false)], "mirror-labeler", false),
            // Nobody reports any more when the first has restarted.
            (vec![of(true, true, false), of(true, true, false)], "x", true),
            (vec![of(true, false, false), of(false, false, true)], "mirror-labeler", false),
            (vec![of(false, true, true)], "mirror-labeler", false),
            (vec![of(false, true, true)], "x", true),
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
