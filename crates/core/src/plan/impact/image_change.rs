//! Another image of IRIS: from which release to which, and what that asks for.

use iriskit_state::plan::{AllowanceName, Component, ImageImpact, NoteId, ReleaseChange, RuleId, Severity};
use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    iris::{ImageChange, image_change},
    mirror,
    plan::{
        impact::{pod_template::image, predicted::Predicted, subject::Subject},
        live::Live,
        mirror::members::Member,
        notes,
    },
    topology::ReleaseVersion,
};
use iriskit_kubernetes::views::{Object, Phase, Pod, StatefulSet};

/// What it means that pods of a data or compute set come to the image of `after`.
pub(crate) fn predict(
    subject: Subject<'_>,
    (before, after): (&Value, &Value),
    restarting: &[Member],
    live: &Live,
) -> Predicted {
    let mut predicted = Predicted::default();
    if !matches!(subject.component, Component::Data | Component::Compute) {
        return predicted;
    }
    let Some(to) = image(after) else { return predicted };
    let Some((from, ran)) = images_before(before, restarting, live) else { return predicted };
    for from in from.into_iter().filter(|from| *from != to) {
        let mut image = image_impact(from, to);
        if !ran && image.change != ReleaseChange::SameRelease {
            image.reason = Some(format!("no pod of {} ever ran {from}", subject.object.name));
            image.change = ReleaseChange::Unknown;
        }
        predicted = predicted.and(of_image(subject, image));
    }
    predicted
}

/// The images that pods come from, and whether they ran them. Where none restarts, or none of those that do ever ran, the
/// other pods of the set count: an image that never ran is nothing that one comes from. Without pods it is that of the
/// set. A pod whose IRIS never started says nothing of its volumes; where all are like that and the set never came to a
/// second revision there was nothing before, so nothing is said.
fn images_before<'a>(set: &'a Value, restarting: &[Member], live: &'a Live) -> Option<(BTreeSet<&'a str>, bool)> {
    let all = live.pods_of(set);
    let restarts = |pod: &&Value| restarting.iter().any(|member| member.name() == Object::new(pod).name());
    let of_plan: Vec<&Value> = all.iter().copied().filter(restarts).collect();
    let (never, mut ran): (Vec<&Value>, Vec<&Value>) = of_plan.into_iter().partition(|pod| never_ran(pod));
    if ran.is_empty() {
        ran = all.into_iter().filter(|pod| !never_ran(pod)).collect();
    }
    let view = StatefulSet::new(set);
    if ran.is_empty() && !never.is_empty() && view.current_revision() == view.update_revision() {
        return None;
    }
    let mut images: BTreeSet<&str> = ran.iter().filter_map(|pod| mirror::image(Pod::new(pod).spec().value())).collect();
    if images.is_empty() {
        images.extend(image(set));
    }
    Some((images, !ran.is_empty() || never.is_empty()))
}

/// Whether IRIS never started in a pod.
fn never_ran(pod: &Value) -> bool {
    let pod = Pod::new(pod);
    match pod.container_status("iris") {
        Some(status) => status.is_waiting() && !status.has_terminated_before() && status.restart_count() == 0,
        None => pod.phase() == Phase::Pending,
    }
}

fn image_impact(from: &str, to: &str) -> ImageImpact {
    let (change, reason) = match image_change(from, to) {
        ImageChange::SameRelease => (ReleaseChange::SameRelease, None),
        ImageChange::MajorRelease { .. } => (ReleaseChange::MajorRelease, None),
        ImageChange::Downgrade { .. } => (ReleaseChange::Downgrade, None),
        ImageChange::Unknown { reason } => (ReleaseChange::Unknown, Some(reason)),
    };
    ImageImpact { from: from.to_owned(), to: to.to_owned(), change, reason }
}

fn of_image(subject: Subject<'_>, image: ImageImpact) -> Predicted {
    let mut predicted = Predicted::default();
    let set = &subject.object.name;
    let release = |image: &str| ReleaseVersion::of_image(image).map_or(image.to_owned(), |version| version.to_string());
    let (from, to) = (release(&image.from), release(&image.to));
    let rules = &mut predicted.impact.rules;
    match image.change {
        ReleaseChange::SameRelease => rules.push(RuleId::ReleaseSame),
        ReleaseChange::MajorRelease => {
            rules.push(RuleId::ReleaseMajor);
            let reason = format!(
                "{set} goes from IRIS {from} to {to}: back up first; classes may have to be compiled again on each member"
            );
            predicted.allowances.push((AllowanceName::MajorUpgrade, reason));
        }
        ReleaseChange::Unknown => {
            rules.push(RuleId::ReleaseUnknown);
            let why = image.reason.as_deref().unwrap_or_default();
            predicted.allowances.push((
                AllowanceName::MajorUpgrade,
                format!("whether {set} comes to another release of IRIS is unknown: {why}"),
            ));
        }
        ReleaseChange::Downgrade => {
            rules.push(RuleId::ReleaseDowngrade);
            let text = format!("its image would go back from IRIS {from} to {to}, which can't open what {from} wrote");
            let mut note = notes::on(Severity::Error, NoteId::ImageDowngrade, subject.object, text);
            note.help = Some(format!("set the image back ({}), or restore a backup into a new cluster", image.from));
            predicted.notes.push(note);
        }
    }
    if subject.holds_data && image.change != ReleaseChange::Downgrade && !is_same_build(&image) {
        predicted.impact.irreversible = Some("IRIS upgrades its databases at first start.".into());
        predicted.impact.rules.push(RuleId::UpgradeOneWay);
    }
    predicted.impact.images.push(image);
    predicted
}

/// Whether both tags name the same full build, so that nothing is upgraded.
fn is_same_build(image: &ImageImpact) -> bool {
    const FULL: usize = 4;
    let build = |image: &str| ReleaseVersion::of_image(image).filter(|version| version.0.len() >= FULL);
    image.change == ReleaseChange::SameRelease && build(&image.from).is_some_and(|from| Some(from) == build(&image.to))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn iris_never_ran_in_a_pod_that_is_still_to_be_started() {
        let iris = |status: Value| json!({"status": {"phase": "Running", "containerStatuses": [status]}});
        let waiting = json!({"waiting": {"reason": "ImagePullBackOff"}});
        for (pod, expected) in [
            (json!({}), true),
            (json!({"status": {"phase": "Pending"}}), true),
            (json!({"status": {"phase": "Running"}}), false),
            (iris(json!({"name": "iris", "state": {"running": {}}})), false),
            (iris(json!({"name": "iris", "state": waiting})), true),
            (iris(json!({"name": "iris", "state": waiting, "restartCount": 1})), false),
            (iris(json!({"name": "iris", "state": waiting, "lastState": {"terminated": {}}})), false),
        ] {
            assert_eq!(never_ran(&pod), expected, "{pod}");
        }
    }
}
