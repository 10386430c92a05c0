//! Keys that stand twice in one mapping: reported with both places, the later one is left out.

use std::collections::HashMap;

use super::{Key, Kind, Node, Span};
use crate::diagnostic::{Diagnostic, DiagnosticId};

pub(super) fn report(node: &mut Node, file: &str, diagnostics: &mut Vec<Diagnostic>) {
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(|item| report(item, file, diagnostics)),
        Kind::Mapping(entries) => {
            let mut seen: HashMap<String, Span> = HashMap::with_capacity(entries.len());
            entries.retain(|(Key { name, span }, _)| {
                let Some(first) = seen.get(name) else {
                    seen.insert(name.clone(), span.clone());
                    return true;
                };
                diagnostics.push(
                    Diagnostic::error(DiagnosticId::DuplicateKey, format!("key `{name}` appears twice in one mapping"))
                        .at(Some(&span.in_file(file)), "again here")
                        .at(Some(&first.in_file(file)), "first here"),
                );
                false
            });
            for (_, value) in entries {
                report(value, file, diagnostics);
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {}
    }
}
