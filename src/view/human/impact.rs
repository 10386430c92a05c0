//! What a change does to what runs.

use iriskit_state::plan::{
    PodEffect, PodImpact, ReleaseChange, ResourceChange, RuleId, ServiceUntil, Verb, VolumeEffect, VolumeImpact,
};

use super::{change::BELOW, facts::rolls_blind, parameters};
use crate::ui::{Label, pad, plural};
use crate::view::{moment::absolute, page::Page};

/// More pods than this are counted.
const PODS_SHOWN: usize = 6;

/// Writes it below the fields of the change.
pub(super) fn write(page: &mut Page, change: &ResourceChange) {
    let impact = &change.impact;
    restarts(page, change);
    if !matches!(change.change.actions.as_slice(), [Verb::Create | Verb::Delete]) {
        counted(page, &impact.pods, PodEffect::Created, Label::Added, "made");
        counted(page, &impact.pods, PodEffect::Deleted, Label::Removed, "deleted");
        counted(page, &impact.pods, PodEffect::Adopted, Label::Calm, "left running");
        claims(page, &impact.volumes, VolumeEffect::New, Label::Added, "made");
    }
    if change.replace_mode.is_some() {
        claims(page, &impact.volumes, VolumeEffect::Stays, Label::Staying, "left with all data");
    }
    grown(page, &impact.volumes);
    claims(page, &impact.volumes, VolumeEffect::Reused, Label::Danger, "re-used with old data");
    claims(page, &impact.volumes, VolumeEffect::Deleted, Label::Danger, "deleted with all data");
    for sentence in &impact.unavailable {
        page.paragraph(BELOW, Label::Interrupts, sentence);
    }
    services(page, change);
    images(page, change);
    if let Some(why) = &impact.irreversible {
        page.paragraph(BELOW, Label::Danger, &format!("Not reversible: {why}"));
    }
    parameters::write(page, &impact.parameters);
    for sentence in &impact.effects {
        page.paragraph(BELOW, Label::Plain, sentence);
    }
}

/// The pods that restart, in their order, with what each one goes through.
fn restarts(page: &mut Page, change: &ResourceChange) {
    let pods: Vec<_> = change.impact.pods.iter().filter(|pod| pod.effect == PodEffect::Restarts).collect();
    let [first, ..] = pods.as_slice() else { return };
    let heading = if pods.len() == 1 { "then:" } else { "then, one at a time:" };
    page.line(BELOW, heading);
    let known = pods.iter().any(|pod| pod.role.is_some());
    if !known && pods.len() > PODS_SHOWN {
        let text = format!("{} restart, {} first", plural(pods.len(), "pod"), first.pod);
        page.paragraph(BELOW + 2, Label::Interrupts, &text);
        return;
    }
    let name = pods.iter().map(|pod| pod.pod.len()).max().unwrap_or(0);
    // The role that a pod has when its turn comes again is told by what it goes through.
    let again = |at: usize| pods.iter().take(at).any(|before| pods.get(at).is_some_and(|pod| pod.pod == before.pod));
    let now = |(at, pod): (usize, &&PodImpact)| {
        let role = pod.role.as_ref().filter(|_| !again(at));
        role.map(|role| format!("{role} now")).unwrap_or_default()
    };
    let roles: Vec<String> = pods.iter().enumerate().map(now).collect();
    let column = roles.iter().map(String::len).max().unwrap_or(0);
    for (pod, role) in pods.iter().zip(&roles) {
        let role = if known { format!("{}  ", pad(role, column)) } else { String::new() };
        let line = format!(
            "{}  {role}{}",
            pad(&page.paint(Label::Object, &pod.pod), name),
            page.paint(Label::Interrupts, goes_through(pod, &pods, change)),
        );
        page.line(BELOW + 2, &line);
    }
    if rolls_blind(change) {
        page.paragraph(
            BELOW,
            Label::Danger,
            "Nobody reports the members' roles: the order is a guess, and no member is asked whether it has caught up.",
        );
    }
}

fn goes_through(pod: &PodImpact, pods: &[&PodImpact], change: &ResourceChange) -> String {
    if pod.rule == Some(RuleId::BothPrimary) {
        return "fails over: both must have been primary".to_owned();
    }
    let backup = pods.iter().find(|other| other.role.as_deref() == Some("backup"));
    match (pod.role.as_deref(), backup) {
        (Some("primary"), Some(backup)) if change.impact.primary_moves > 0 => {
            format!("fails over to {}, restarts", backup.pod)
        }
        (Some("primary"), None) if change.impact.primary_moves > 0 => "fails over, restarts".to_owned(),
        (Some("backup"), _) => "restarts, must catch up".to_owned(),
        _ if pod.rule == Some(RuleId::RepairFirst) => "does not run; made anew".to_owned(),
        _ => "restarts".to_owned(),
    }
}

/// Services without endpoints, and until when.
fn services(page: &mut Page, change: &ResourceChange) {
    for service in &change.impact.services {
        let name = service.service.rsplit('/').next().unwrap_or(&service.service);
        let until = match service.until {
            ServiceUntil::FailOver => format!("when {} goes, until another member is primary", service.pod),
            ServiceUntil::PodReady => format!("until {} is ready again", service.pod),
            ServiceUntil::Gone => format!("once {} is gone", service.pod),
        };
        page.paragraph(BELOW, Label::Interrupts, &format!("Service {name} has no endpoints {until}."));
    }
}

/// What another image of IRIS means.
fn images(page: &mut Page, change: &ResourceChange) {
    for image in &change.impact.images {
        let (label, text) = match image.change {
            ReleaseChange::SameRelease => (Label::Plain, "Another build of the same release of IRIS.".to_owned()),
            ReleaseChange::MajorRelease => (Label::Danger, "Another release of IRIS: a human decision.".to_owned()),
            ReleaseChange::Downgrade => (Label::Danger, "An older IRIS than the one that wrote the data.".to_owned()),
            ReleaseChange::Unknown => {
                let why = image.reason.as_deref().unwrap_or_default();
                (Label::Danger, format!("Whether it is another release of IRIS is unknown: {why}."))
            }
        };
        page.paragraph(BELOW, label, &text);
    }
}

fn counted(page: &mut Page, pods: &[PodImpact], effect: PodEffect, label: Label, verb: &str) {
    let names: Vec<_> = pods.iter().filter(|pod| pod.effect == effect).map(|pod| pod.pod.as_str()).collect();
    if let Some(range) = range(&names) {
        page.paragraph(BELOW, label, &format!("{} {verb}: {range}", plural(names.len(), "pod")));
    }
}

fn claims(page: &mut Page, volumes: &[VolumeImpact], effect: VolumeEffect, label: Label, verb: &str) {
    let chosen: Vec<_> = volumes.iter().filter(|volume| volume.effect == effect).collect();
    let names: Vec<_> = chosen.iter().map(|volume| volume.claim.as_str()).collect();
    let Some(range) = range(&names) else { return };
    let oldest = chosen.iter().filter_map(|volume| volume.created_at.as_deref()).min();
    let made = oldest.map(|at| format!(", made {}", absolute(at))).unwrap_or_default();
    page.paragraph(BELOW, label, &format!("{} {verb}: {range}{made}", plural(names.len(), "volume")));
}

/// Volumes that grow, those of the same sizes together.
fn grown(page: &mut Page, volumes: &[VolumeImpact]) {
    let mut sizes: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for volume in volumes.iter().filter(|volume| volume.effect == VolumeEffect::Grows) {
        let (from, to) = (volume.size_before.as_deref().unwrap_or("?"), volume.size.as_deref().unwrap_or("?"));
        match sizes.iter_mut().find(|(known_from, known_to, _)| (*known_from, *known_to) == (from, to)) {
            Some((.., names)) => names.push(&volume.claim),
            None => sizes.push((from, to, vec![&volume.claim])),
        }
    }
    for (from, to, names) in sizes {
        let verb = if names.len() == 1 { "grows" } else { "grow" };
        let range = range(&names).unwrap_or_default();
        let text = format!("{} {verb} from {from} to {to}: {range}", plural(names.len(), "volume"));
        page.paragraph(BELOW, Label::Changed, &text);
    }
}

/// Few names whole, many by their first and last.
fn range(names: &[&str]) -> Option<String> {
    match names {
        [] => None,
        [first, .., last] if names.len() > 3 => Some(format!("{first} … {last}")),
        names => Some(names.join(", ")),
    }
}
