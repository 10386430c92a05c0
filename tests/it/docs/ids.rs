//! Every id that is declared is used: the compiler can't see that of what is public.

use std::{collections::BTreeSet, fmt::Debug};

use iriskit::cli::ErrorId;
use iriskit_state::plan::{ActionReason, AllowanceName, Component, DiagnosticId, NoteId, ReplaceMode, RuleId};

use super::source::named;

#[test]
fn every_id_is_used() {
    let declared: BTreeSet<(String, String)> = [
        declared("ActionReason", ActionReason::ALL),
        declared("AllowanceName", AllowanceName::ALL),
        declared("Component", Component::ALL),
        declared("DiagnosticId", DiagnosticId::ALL),
        declared("ErrorId", ErrorId::ALL),
        declared("NoteId", NoteId::ALL),
        declared("ReplaceMode", ReplaceMode::ALL),
        declared("RuleId", RuleId::ALL),
    ]
    .concat()
    .into_iter()
    .collect();
    let types: BTreeSet<&str> = declared.iter().map(|(ids, _)| ids.as_str()).collect();
    let used = named(&types.into_iter().collect::<Vec<_>>());
    let idle: Vec<_> = declared.difference(&used).collect();
    assert!(idle.is_empty(), "no code makes these: {idle:?}");
}

fn declared(ids: &str, all: &[impl Debug]) -> Vec<(String, String)> {
    all.iter().map(|id| (ids.to_owned(), format!("{id:?}"))).collect()
}
