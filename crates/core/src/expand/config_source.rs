//! What is worth knowing about the ConfigMap of `configSource`: nothing in it is left out in silence.

use super::{ConfigTexts, inputs::KEYS};
use crate::{
    diagnostic::{Diagnostic, DiagnosticId, Position},
    ini::{Content, Format, lines},
    iris::{Oddity, action_oddity, spelled_otherwise},
    topology::IrisCluster,
};

/// Everything that is to be said.
pub(crate) fn check(cluster: &IrisCluster, texts: &ConfigTexts) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    keys(cluster, texts, &mut found);
    found
}

fn keys(cluster: &IrisCluster, texts: &ConfigTexts, found: &mut Vec<Diagnostic>) {
    let position = cluster.sources.nearest("spec.configSource.name");
    let map = cluster.config_source.as_deref().unwrap_or_default();
    for key in &texts.binary {
        let message =
            format!("ConfigMap {map}: `{key}` is under `binaryData`, where kubectl puts files that are not UTF-8");
        found.push(
            Diagnostic::error(DiagnosticId::ConfigKeyBinary, message)
                .at(position, "")
                .help("save the file as UTF-8 and make the ConfigMap again"),
        );
    }
    for key in &texts.unread {
        unread(map, key, "is not read", position, found);
    }
    let topology = &cluster.topology;
    if texts.compute_cpf.is_some() && topology.compute.is_none() {
        unread(map, "compute.cpf", "is for compute nodes, and there are none", position, found);
    }
    let mut nodes = std::iter::once(&topology.data.iris).chain(topology.compute.iter().map(|compute| &compute.iris));
    let gateways = topology.webgateway.is_some() || nodes.any(|node| node.webgateway.is_some());
    if texts.csp_merge.is_some() && !gateways {
        unread(map, "CSP-merge.ini", "is for web gateways, and there are none", position, found);
    }
    let cpf = [("common.cpf", &texts.common_cpf), ("data.cpf", &texts.data_cpf), ("compute.cpf", &texts.compute_cpf)];
    for (key, text) in cpf {
        sections(map, key, text.as_deref().unwrap_or_default(), position, found);
    }
}

fn unread(map: &str, key: &str, why: &str, position: Option<&Position>, found: &mut Vec<Diagnostic>) {
    let message = format!("ConfigMap {map}: key `{key}` {why}");
    let mut diagnostic = Diagnostic::warning(DiagnosticId::ConfigKeyUnread, message).at(position, "");
    if !KEYS.contains(&key) {
        let lower = key.to_ascii_lowercase();
        let meant = match lower.as_str() {
            "csp.ini" => Some("CSP-merge.ini"),
            _ => KEYS.into_iter().find(|known| strsim::damerau_levenshtein(&known.to_ascii_lowercase(), &lower) <= 2),
        };
        diagnostic = diagnostic.help(meant.map_or_else(
            || format!("keys that are read: {}", KEYS.join(", ")),
            |known| format!("did you mean `{known}`?"),
        ));
    }
    found.push(diagnostic);
}

/// Sections that IRIS ignores because of their capitals, and names that are no actions; each once.
fn sections(map: &str, key: &str, text: &str, position: Option<&Position>, found: &mut Vec<Diagnostic>) {
    let mut said: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    for line in lines(text, Format::Cpf) {
        let section = line.section.map(str::trim).unwrap_or_default();
        match line.content {
            Content::Heading => {
                let Some(right) = spelled_otherwise(section).filter(|_| said.insert(section.to_owned())) else {
                    continue;
                };
                let message =
                    format!("ConfigMap {map}, {key}: IRIS ignores section `[{section}]`, whose name is `[{right}]`");
                found.push(
                    Diagnostic::warning(DiagnosticId::CpfSectionCase, message)
                        .at(position, "")
                        .help(format!("write [{right}]")),
                );
            }
            Content::Entry { .. } if section == "Actions" => {
                let verb = line.text.split(':').next().unwrap_or_default().trim();
                let help = match action_oddity(verb) {
                    Oddity::None => continue,
                    Oddity::Mistyped(known) => format!("did you mean `{known}`?"),
                    Oddity::Unknown => "actions begin with Create, Modify, Delete, Config or Execute".to_owned(),
                };
                // What stands there may be anything, a secret as well.
                let shown = verb.chars().take_while(char::is_ascii_alphanumeric).take(40).collect::<String>();
                if said.insert(format!("{verb}:")) {
                    let message = format!("ConfigMap {map}, {key}: `{shown}` is no action that is known");
                    found
                        .push(Diagnostic::warning(DiagnosticId::CpfActionUnknown, message).at(position, "").help(help));
                }
            }
            Content::Entry { .. } | Content::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(map: &serde_json::Value) -> Vec<(DiagnosticId, String, String)> {
        let cluster = IrisCluster { config_source: Some("c".into()), ..IrisCluster::default() };
        let found = check(&cluster, &ConfigTexts::of(map));
        found.into_iter().map(|found| (found.id, found.message, found.help.unwrap_or_default())).collect()
    }

    #[test]
    fn every_key_that_is_not_read_is_named() {
        let map = json!({"data": {"CSP.ini": "", "CSP.conf": "", "Common.cpf": "", "merge.cpf": "", "data.cpf": "", "compute.cpf": ""},
            "binaryData": {"common.cpf": "", "x": ""}});
        let found = said(&map);
        let of = |key: &str| {
            let named = found.iter().filter(|(_, message, _)| message.contains(&format!("`{key}`")));
            named.map(|(id, _, help)| (*id, help.as_str())).collect::<Vec<_>>()
        };
        let unread = DiagnosticId::ConfigKeyUnread;
        assert_eq!(of("CSP.ini"), [(unread, "did you mean `CSP-merge.ini`?")]);
        assert_eq!(of("Common.cpf"), [(unread, "did you mean `common.cpf`?")]);
        assert_eq!(of("CSP.conf")[0].0, unread);
        assert_eq!(of("merge.cpf")[0].0, unread);
        assert_eq!(of("x")[0].0, unread);
        assert_eq!(of("compute.cpf")[0].0, unread);
        assert_eq!(of("common.cpf")[0].0, DiagnosticId::ConfigKeyBinary);
        assert_eq!(of("data.cpf"), []);
        assert_eq!(said(&json!({"data": {"data.cpf": "[Actions]\nCreateUser:Name=x\n[config]\nglobals=1\n"}})), []);
    }

    #[test]
    fn sections_and_actions_that_iris_does_not_know_are_named() {
        let text = "[actions]\nCreateDatabase:Name=A\n[Actions]\nCreateDatabse:Name=B\nhunter2 x\n[STARTUP]\na=1\n[own]\na=1\n[map.USER]\n";
        let found = said(&json!({"data": {"data.cpf": text}}));
        let ids: Vec<_> = found.iter().map(|(id, _, help)| (*id, help.as_str())).collect();
        let case = DiagnosticId::CpfSectionCase;
        let unknown = DiagnosticId::CpfActionUnknown;
        assert_eq!(
            ids,
            [
                (case, "write [Actions]"),
                (unknown, "did you mean `CreateDatabase`?"),
                (unknown, "actions begin with Create, Modify, Delete, Config or Execute"),
                (case, "write [Startup]"),
                (case, "write [Map.USER]"),
            ]
        );
    }
}
