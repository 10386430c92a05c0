//! A mirror whose members iriskit restarts itself, by role.

use iriskit_state::plan::{AllowanceName, ImpactClass, NoteId, RuleId, Severity};
use std::collections::BTreeSet;

use crate::{
    expand::Rolling,
    mirror::{Forecast, MemberState, MirrorState, Role, RollTerms, forecast},
    plan::{
        impact::{predicted::Predicted, subject::Subject},
        notes,
    },
};

/// What the roll that is asked does to a mirror. `was_primary` are the members that were primary in the new version.
pub(crate) fn predict(
    subject: Subject<'_>,
    state: &MirrorState,
    was_primary: &[String],
    terms: RollTerms,
) -> Predicted {
    let mut predicted = of_forecast(subject, state, was_primary, terms, &foresee(state, was_primary, terms));
    let is_primary = |member: &MemberState| member.likely_role() == Some(Role::Primary);
    if terms.blind && terms.up_to_primary && !state.members.iter().any(is_primary) {
        let message =
            "the roll can't stop before the primary: no member reports its status, and no label says which it is";
        let mut note = notes::on(Severity::Error, NoteId::PrimaryUnknown, subject.object, message);
        note.help = Some("plan without --pause-before, or add the mirror labeler first".to_owned());
        predicted.notes.push(note);
    }
    predicted
}

/// All members are new, and not each has been primary in the new version.
pub(crate) fn last_fail_over(
    subject: Subject<'_>,
    state: &MirrorState,
    was_primary: &[String],
    blind: bool,
) -> Predicted {
    let terms = RollTerms { blind, both_primary: true, up_to_primary: false };
    let forecast = foresee(state, was_primary, terms);
    match (forecast.restarts().next(), subject.rolling) {
        (Some(_), Rolling::ByRole) => of_forecast(subject, state, was_primary, terms, &forecast),
        (Some(primary), Rolling::UpToPrimary) => {
            let message = format!(
                "{} is the only member that has been primary in the new version: the fail-over that is left is not made \
                 (--pause-before)",
                primary.name
            );
            let note = notes::on(Severity::Note, NoteId::UpgradeUnfinished, subject.object, message);
            Predicted { notes: vec![note], ..Predicted::default() }
        }
        _ => Predicted::default(),
    }
}

fn foresee(state: &MirrorState, was_primary: &[String], terms: RollTerms) -> Forecast {
    forecast(state, terms, &was_primary.iter().cloned().collect::<BTreeSet<_>>())
}

fn of_forecast(
    subject: Subject<'_>,
    state: &MirrorState,
    was_primary: &[String],
    terms: RollTerms,
    forecast: &Forecast,
) -> Predicted {
    let set = &subject.object.name;
    let mut predicted = Predicted::of_restarts(forecast);
    let impact = &mut predicted.impact;
    impact.class = if impact.pods.is_empty() { ImpactClass::None } else { ImpactClass::Rolling };
    for rule in impact.pods.iter().filter_map(|pod| pod.rule.as_ref()) {
        if !impact.rules.contains(rule) {
            impact.rules.push(*rule);
        }
    }
    if impact.primary_moves > 0 {
        let (fail_overs, moves) =
            if impact.primary_moves == 1 { ("one fail-over", "moves") } else { ("a fail-over, twice", "moves twice") };
        impact.class = ImpactClass::PrimaryMoves;
        impact.unavailable.push(format!("{set} has no primary for the length of {fail_overs}."));
        impact.rules.push(RuleId::PlannedFailover);
        predicted
            .allowances
            .push((AllowanceName::RestartPrimary, format!("the primary of {set} restarts and its role {moves}")));
    }
    if terms.blind && state.members.iter().any(|member| member.outdated) {
        predicted.allowances.push((AllowanceName::RollBlind, blind_reason(set)));
        if terms.both_primary {
            predicted.impact.effects.push(
                "Nobody can tell which members have been primary in the new version: fail over by hand until both have been."
                    .into(),
            );
        }
    }
    predicted.was_primary = was_primary.to_vec();
    if terms.up_to_primary {
        predicted.impact.left_outdated.clone_from(&forecast.left_outdated);
    }
    predicted.roll = Some(terms);
    predicted
}

/// Why a blind roll has to be allowed.
pub(crate) fn blind_reason(set: &str) -> String {
    format!("the members of {set} do not report their mirror status (no mirror labeler)")
}
