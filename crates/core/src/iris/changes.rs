//! Text × text → what changes, parameter by parameter.

use super::{
    Effect,
    actions::{self, IGNORED},
    cpf::{self, NOT_STATED},
    gateway,
    text::{Action, Setting, Text, numbered_secrets, shown},
};
use iriskit_state::plan::RuleId;

/// One parameter or action that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The section, as written.
    pub section: String,
    /// The key, or the action and what it is about (`CreateDatabase:Name=x`).
    pub key: String,
    /// The value before, or the action's arguments; none when it is new, and for secrets.
    pub before: Option<String>,
    /// The value after; none when the line goes, and for secrets.
    pub after: Option<String>,
    /// Whether the values are secret and left out.
    pub sensitive: bool,
    /// Whether the line goes.
    pub removed: bool,
    /// When it takes effect.
    pub effect: Effect,
    /// The rule behind that.
    pub rule: RuleId,
    /// Whether it touches the mirror.
    pub mirror: bool,
    /// What else is worth knowing; may be empty.
    pub note: &'static str,
}

impl Changed {
    /// Whether data go.
    pub(crate) fn deletes_data(&self) -> bool {
        self.rule == actions::DELETE_DATABASE
    }
}

/// What changes in a CPF merge file, sections and keys in alphabetical order, actions last.
pub(crate) fn cpf_changes(before: &str, after: &str) -> Vec<Changed> {
    let [before, after] = numbered_secrets(before, after);
    let (before, after) = (Text::parse(&before), Text::parse(&after));
    let mut found = settings(&before, &after, cpf_setting);
    let titles = |text: &Text<'_>| text.actions.keys().cloned().collect::<Vec<_>>();
    for title in union(titles(&before), titles(&after)) {
        found.extend(action(before.actions.get(&title), after.actions.get(&title)));
    }
    found
}

/// What changes in a CSP.ini.
pub(crate) fn gateway_changes(before: &str, after: &str) -> Vec<Changed> {
    let [before, after] = numbered_secrets(before, after);
    settings(&Text::parse_gateway(&before), &Text::parse_gateway(&after), gateway_setting)
}

fn settings(
    before: &Text<'_>,
    after: &Text<'_>,
    judge: impl Fn(Option<&Setting<'_>>, Option<&Setting<'_>>) -> Option<Changed>,
) -> Vec<Changed> {
    let places = |text: &Text<'_>| text.settings.keys().cloned().collect::<Vec<_>>();
    let places = union(places(before), places(after));
    places.iter().filter_map(|place| judge(before.settings.get(place), after.settings.get(place))).collect()
}

fn union<T: Ord>(mut one: Vec<T>, other: Vec<T>) -> Vec<T> {
    one.extend(other);
    one.sort();
    one.dedup();
    one
}

fn cpf_setting(before: Option<&Setting<'_>>, after: Option<&Setting<'_>>) -> Option<Changed> {
    let mut changed = setting(before, after)?;
    if changed.removed {
        (changed.effect, changed.rule) = (Effect::NoEffect, RuleId::CpfRemovedLine);
        changed.note = "the value that was merged stays";
        return Some(changed);
    }
    (changed.effect, changed.rule) = (Effect::Unknown, NOT_STATED);
    if cpf::spelled_otherwise(&changed.section).is_some() {
        (changed.effect, changed.rule) = (Effect::NoEffect, RuleId::CpfSectionCase);
        changed.note = IGNORED;
        return Some(changed);
    }
    if let Some(row) = cpf::find(&changed.section, &changed.key) {
        (changed.effect, changed.rule, changed.note) = (row.effect, row.rule, row.note);
        changed.mirror = row.mirror;
    }
    Some(changed)
}

fn gateway_setting(before: Option<&Setting<'_>>, after: Option<&Setting<'_>>) -> Option<Changed> {
    let mut changed = setting(before, after)?;
    if changed.removed {
        (changed.effect, changed.rule) = (Effect::NoEffect, RuleId::CspRemovedLine);
        changed.note = "the value that was merged stays";
    } else if gateway::needs_restart(&changed.section, &changed.key) {
        (changed.effect, changed.rule) = (Effect::NextRestart, RuleId::CspGatewayRestart);
    }
    Some(changed)
}

/// The bare change of a setting, as a live one of a gateway; none when it is as it was.
fn setting(before: Option<&Setting<'_>>, after: Option<&Setting<'_>>) -> Option<Changed> {
    let named = after.or(before)?;
    if before.map(|setting| setting.value) == after.map(|setting| setting.value) {
        return None;
    }
    let sensitive = before.into_iter().chain(after).any(Setting::is_secret);
    let value = |setting: Option<&Setting<'_>>| setting.filter(|_| !sensitive).map(|setting| setting.value.to_owned());
    Some(Changed {
        section: shown(named.section),
        key: shown(named.key),
        before: value(before),
        after: value(after),
        sensitive,
        removed: after.is_none(),
        effect: Effect::Live,
        rule: RuleId::CspLiveMerge,
        mirror: false,
        note: "",
    })
}

fn action(before: Option<&Action<'_>>, after: Option<&Action<'_>>) -> Option<Changed> {
    let named = after.or(before)?;
    if before.map(|action| action.text) == after.map(|action| action.text) {
        return None;
    }
    let verdict = match after {
        Some(after) if after.section != "Actions" => actions::ignored(),
        Some(after) => actions::changed(before, after),
        None => actions::removed(),
    };
    let sensitive = before.into_iter().chain(after).any(Action::is_secret);
    let text = |action: Option<&Action<'_>>| action.filter(|_| !sensitive).map(|action| action.text.to_owned());
    Some(Changed {
        section: named.section.to_owned(),
        key: shown(&named.title),
        before: text(before),
        after: text(after),
        sensitive,
        removed: after.is_none(),
        effect: verdict.effect,
        rule: verdict.rule,
        mirror: verdict.mirror,
        note: verdict.note,
    })
}
