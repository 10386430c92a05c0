//! What a saved plan needs besides itself: the manifests that its secret values were read from.

use std::path::PathBuf;

use iriskit_core::plan::NeededValue;
use iriskit_state::plan::Plan;

use crate::ui::plural;

/// More secret values than this are counted.
const VALUES_SHOWN: usize = 4;

/// Which values, and from where.
pub(super) fn told(needed: &[NeededValue]) -> Vec<String> {
    let line = |value: &NeededValue| {
        let from = match value.file.as_deref() {
            Some("-") => ", from standard input".to_owned(),
            Some(file) => format!(", from {file}"),
            None => String::new(),
        };
        format!("{}  {}{from}", value.address, value.place)
    };
    let mut lines: Vec<String> = needed.iter().take(VALUES_SHOWN).map(line).collect();
    if let more @ 1.. = needed.len().saturating_sub(VALUES_SHOWN) {
        lines.push(format!("and {} more", plural(more, "value")));
    }
    lines
}

/// The manifests that a plan was made from.
pub(super) fn manifests(plan: &Plan) -> Vec<PathBuf> {
    plan.sources.iter().map(|source| PathBuf::from(&source.path)).collect()
}

/// Whether some of it came from standard input, which nobody can read again.
pub(super) fn is_from_standard_input(plan: &Plan) -> bool {
    plan.sources.iter().any(|source| source.path == "-")
}
