//! What a change does to what runs.

use iriskit_state::plan::{
    PodEffect, PodImpact, ReleaseChange, ResourceChange, Role, RuleId, ServiceUntil, Step, Verb, VolumeEffect,
    VolumeImpact,
};

use super::parameters;
use crate::{
    ui::{Label, plural},
    view::{
        document::{Detail, Line, Span},
        moment::absolute,
    },
};

/// More pods than this are counted.
const PODS_SHOWN: usize = 6;

/// What stands below the fields of the change.
pub(super) fn details(change: &ResourceChange) -> Vec<Detail> {
    let impact = &change.impact;
    let mut details = restarts(change);
    if !matches!(change.change.actions.as_slice(), [Verb::Create | Verb::Delete]) {
        details.extend(counted(&impact.pods, PodEffect::Created, Label::Added, "made"));
        details.extend(counted(&impact.pods, PodEffect::Deleted, Label::Removed, "deleted"));
        details.extend(counted(&impact.pods, PodEffect::Adopted, Label::Calm, "left running"));
        details.extend(claims(&impact.volumes, VolumeEffect::New, Label::Added, "made"));
    }
    if change.replace_mode.is_some() {
        details.extend(claims(&impact.volumes, VolumeEffect::Stays, Label::Staying, "left with all data"));
    }
    details.extend(grown(&impact.volumes));
    details.extend(claims(&impact.volumes, VolumeEffect::Reused, Label::Danger, "re-used with old data"));
    details.extend(claims(&impact.volumes, VolumeEffect::Unknown, Label::Danger, "made or re-used: which is unknown"));
    details.extend(claims(&impact.volumes, VolumeEffect::Deleted, Label::Danger, "deleted with all data"));
    details.extend(impact.unavailable.iter().map(|sentence| statement(Label::Interrupts, sentence)));
    details.extend(services(change));
    details.extend(images(change));
    details.extend(impact.irreversible.iter().map(|why| statement(Label::Danger, format!("Not reversible: {why}"))));
    details.extend(parameters::details(&impact.parameters));
    details.extend(impact.effects.iter().map(|sentence| statement(Label::Plain, sentence)));
    details
}

fn statement(label: Label, text: impl Into<String>) -> Detail {
    Detail::Statement(Span::new(label, text))
}

/// The pods that restart, in their order, with what each one goes through.
fn restarts(change: &ResourceChange) -> Vec<Detail> {
    let pods: Vec<_> = change.impact.pods.iter().filter(|pod| pod.effect == PodEffect::Restarts).collect();
    let [first, ..] = pods.as_slice() else { return Vec::new() };
    let title = match (pods.len(), change.impact.unordered) {
        (1, _) => "then:",
        (_, true) => "then, in no order:",
        (_, false) => "then, one at a time:",
    };
    let title = title.to_owned();
    let known = pods.iter().any(|pod| pod.role.is_some());
    if !known && pods.len() > PODS_SHOWN {
        let text = format!("{} restart, {} first", plural(pods.len(), "pod"), first.pod);
        return vec![Detail::Steps { title, steps: vec![vec![Span::new(Label::Interrupts, text)]] }];
    }
    // The role that a pod has when its turn comes again follows from its transitions.
    let again = |at: usize| pods.iter().take(at).any(|before| pods.get(at).is_some_and(|pod| pod.pod == before.pod));
    let step = |(at, pod): (usize, &&PodImpact)| -> Line {
        let role =
            pod.role.as_ref().filter(|_| !again(at)).map(|role| format!("{} now", role.as_str())).unwrap_or_default();
        let mut step = vec![Span::new(Label::Object, &pod.pod)];
        step.extend(known.then(|| Span::plain(role)));
        step.push(Span::new(Label::Interrupts, goes_through(pod, change)));
        step
    };
    let mut details = vec![Detail::Steps { title, steps: pods.iter().enumerate().map(step).collect() }];
    if rolls_blind(change) {
        details.push(statement(
            Label::Danger,
            "The members do not report their roles: the order is a guess, and no member is checked for having caught up.",
        ));
    }
    details
}

/// Whether the pods are rolled without knowing the members' status.
fn rolls_blind(change: &ResourceChange) -> bool {
    change.steps.iter().any(|step| matches!(step, Step::RollByRole { blind: true, .. }))
}

fn goes_through(pod: &PodImpact, change: &ResourceChange) -> String {
    if pod.rule == Some(RuleId::BothPrimary) {
        return "fails over: both must have been primary".to_owned();
    }
    match (pod.role, &pod.successor) {
        (Some(Role::Primary), Some(successor)) => format!("fails over to {successor}, restarts"),
        (Some(Role::Primary), None) if change.impact.primary_moves > 0 => "fails over, restarts".to_owned(),
        (Some(Role::Backup), _) => "restarts, must catch up".to_owned(),
        _ if pod.rule == Some(RuleId::StuckPodReplaced) => "is not ready; replaced by iriskit".to_owned(),
        _ if pod.rule == Some(RuleId::RepairFirst) => "does not run; replaced".to_owned(),
        _ => "restarts".to_owned(),
    }
}

/// Services without endpoints, and until when.
fn services(change: &ResourceChange) -> impl Iterator<Item = Detail> + '_ {
    change.impact.services.iter().map(|service| {
        let name = service.service.rsplit('/').next().unwrap_or(&service.service);
        let until = match service.until {
            ServiceUntil::FailOver => format!("when {} goes, until another member is primary", service.pod),
            ServiceUntil::PodReady => format!("until {} is ready again", service.pod),
            ServiceUntil::Gone => format!("once {} is gone", service.pod),
        };
        statement(Label::Interrupts, format!("Service {name} has no endpoints {until}."))
    })
}

/// What another image of IRIS means.
fn images(change: &ResourceChange) -> impl Iterator<Item = Detail> + '_ {
    change.impact.images.iter().map(|image| match image.change {
        ReleaseChange::SameRelease => statement(Label::Plain, "Another build of the same release of IRIS."),
        ReleaseChange::MajorRelease => statement(Label::Danger, "Another release of IRIS: this needs a decision."),
        ReleaseChange::Downgrade => statement(Label::Danger, "An older IRIS than the one that wrote the data."),
        ReleaseChange::Unknown => {
            let why = image.reason.as_deref().unwrap_or_default();
            statement(Label::Danger, format!("Whether it is another release of IRIS is unknown: {why}."))
        }
    })
}

fn counted(pods: &[PodImpact], effect: PodEffect, label: Label, verb: &str) -> Option<Detail> {
    let names: Vec<_> = pods.iter().filter(|pod| pod.effect == effect).map(|pod| pod.pod.as_str()).collect();
    let range = range(&names)?;
    Some(statement(label, format!("{} {verb}: {range}", plural(names.len(), "pod"))))
}

fn claims(volumes: &[VolumeImpact], effect: VolumeEffect, label: Label, verb: &str) -> Option<Detail> {
    let chosen: Vec<_> = volumes.iter().filter(|volume| volume.effect == effect).collect();
    let names: Vec<_> = chosen.iter().map(|volume| volume.claim.as_str()).collect();
    let range = range(&names)?;
    let oldest = chosen.iter().filter_map(|volume| volume.created_at.as_deref()).min();
    let made = oldest.map(|at| format!(", made {}", absolute(at))).unwrap_or_default();
    Some(statement(label, format!("{} {verb}: {range}{made}", plural(names.len(), "volume"))))
}

/// Volumes that grow, those of the same sizes together.
fn grown(volumes: &[VolumeImpact]) -> Vec<Detail> {
    let mut sizes: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for volume in volumes.iter().filter(|volume| volume.effect == VolumeEffect::Grows) {
        let (from, to) = (volume.size_before.as_deref().unwrap_or("?"), volume.size.as_deref().unwrap_or("?"));
        match sizes.iter_mut().find(|(known_from, known_to, _)| (*known_from, *known_to) == (from, to)) {
            Some((.., names)) => names.push(&volume.claim),
            None => sizes.push((from, to, vec![&volume.claim])),
        }
    }
    let said = |(from, to, names): (&str, &str, Vec<&str>)| {
        let verb = if names.len() == 1 { "grows" } else { "grow" };
        let range = range(&names).unwrap_or_default();
        statement(Label::Changed, format!("{} {verb} from {from} to {to}: {range}", plural(names.len(), "volume")))
    };
    sizes.into_iter().map(said).collect()
}

/// Few names whole, many by their first and last.
fn range(names: &[&str]) -> Option<String> {
    match names {
        [] => None,
        [first, .., last] if names.len() > 3 => Some(format!("{first} … {last}")),
        names => Some(names.join(", ")),
    }
}
