//! Changed CPF and CSP.ini texts of a ConfigMap, parameter by parameter.

use iriskit_state::plan::{AllowanceName, Component, Impact, ImpactClass, ParameterChange, RuleId, TakesEffect};
use serde_json::Value;

use crate::{
    iris::{Changed, Effect, cpf_changes, gateway_changes},
    plan::impact::{
        predicted::{Predicted, add_impact},
        subject::Subject,
    },
};
use iriskit_kubernetes::views::ConfigMap;

/// What a change of a ConfigMap from `before` to `after` does to those who read its texts.
pub(crate) fn of_config_update(subject: Subject<'_>, before: &Value, after: &Value) -> Predicted {
    let mut impact = Impact::default();
    if !matches!(subject.component, Component::Data | Component::Compute | Component::WebGateway) {
        return Predicted::default();
    }
    let mut allowances = Vec::new();
    for file in files(before, after) {
        let (old, new) = (text(before, &file), text(after, &file));
        if old == new {
            continue;
        }
        let changes = match file.as_str() {
            "CSP.conf" => {
                add_impact(&mut impact, web_server_restart());
                Vec::new()
            }
            "CSP.ini" => gateway_changes(old, new),
            "data.cpf" | "compute.cpf" => cpf_changes(old, new),
            _ => Vec::new(),
        };
        for changed in changes {
            allowances.extend(allowance(subject, &changed));
            add_impact(&mut impact, parameter(&file, changed));
        }
    }
    impact.rules.sort();
    impact.rules.dedup();
    Predicted { impact, allowances, ..Predicted::default() }
}

/// The keys of both, in order.
fn files(before: &Value, after: &Value) -> Vec<String> {
    let keys =
        |object: &Value| object.get("data").and_then(Value::as_object).map(|data| data.keys().cloned().collect());
    let mut files: Vec<String> = keys(before).unwrap_or_default();
    files.extend(keys(after).unwrap_or_default());
    files.sort();
    files.dedup();
    files
}

fn text<'a>(object: &'a Value, file: &str) -> &'a str {
    ConfigMap::new(object).text(file).unwrap_or_default()
}

fn web_server_restart() -> Impact {
    Impact {
        class: ImpactClass::Live,
        effects: vec!["The web servers of the gateways read CSP.conf again and restart; their pods don't.".into()],
        rules: vec![RuleId::CspConfRestart],
        ..Impact::default()
    }
}

/// What a parameter needs before it may be changed.
fn allowance(subject: Subject<'_>, changed: &Changed) -> Option<(AllowanceName, String)> {
    let reason = || format!("{} has {} delete a database with its data", subject.object.name, changed.key);
    changed.deletes_data().then(|| (AllowanceName::DeleteData, reason()))
}

fn parameter(file: &str, changed: Changed) -> Impact {
    let class = match changed.effect {
        _ if changed.deletes_data() => ImpactClass::Data,
        Effect::Live | Effect::NewProcesses | Effect::Unknown => ImpactClass::Live,
        Effect::NoEffect | Effect::FirstStart | Effect::NextRestart => ImpactClass::None,
    };
    let lost = changed.deletes_data().then(|| "a deleted database comes back only from a backup.".to_owned());
    let rule = changed.rule;
    let parameter = ParameterChange {
        file: file.to_owned(),
        section: changed.section,
        key: changed.key,
        before: changed.before,
        after: changed.after,
        sensitive: changed.sensitive,
        removed: changed.removed,
        takes_effect: match changed.effect {
            Effect::Live => TakesEffect::Live,
            Effect::NewProcesses => TakesEffect::NewProcesses,
            Effect::NextRestart => TakesEffect::NextRestart,
            Effect::FirstStart => TakesEffect::FirstStart,
            Effect::NoEffect => TakesEffect::NoEffect,
            Effect::Unknown => TakesEffect::Unknown,
        },
        mirror: changed.mirror,
        loaded_by: Vec::new(),
        waiting: Vec::new(),
        note: changed.note.to_owned(),
        rule,
    };
    Impact { class, irreversible: lost, rules: vec![rule], parameters: vec![parameter], ..Impact::default() }
}
